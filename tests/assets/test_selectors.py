"""Facts of assets for outward work."""

import hashlib

import pytest
from django.contrib.auth.models import User

from assets.selectors import AssetFacts, asset_facts
from assets.services import addresses
from assets.services.alt_texts import set_alt_texts
from tests.factories.assets import PDF, make_asset, picture

pytestmark = pytest.mark.django_db


def test_facts_are_those_of_the_current_version(
    adder: User, approver: User, django_assert_num_queries: object
) -> None:
    make_asset("a.png", picture(), actor=adder, approver=approver)
    set_alt_texts({"a.png": {"en-US": "Shoe"}}, actor=adder, reason="r")
    make_asset("a.png", picture("red"), actor=adder)
    make_asset("waits.png", actor=adder)
    make_asset("m.pdf", PDF, actor=adder, approver=approver)
    checksum = hashlib.sha256(picture()).hexdigest()

    with django_assert_num_queries(1):  # type: ignore[operator]
        facts = asset_facts(["a.png", "waits.png", "m.pdf", "unknown", "A.PNG"])

    assert facts.keys() == {"a.png", "waits.png", "m.pdf"}
    assert facts["a.png"] == AssetFacts(
        code="a.png",
        kind="image",
        revision=3,
        alt={"en-US": "Shoe"},
        version=1,
        checksum=checksum,
        mime="image/png",
        extension="png",
        size=len(picture()),
        width=60,
        height=40,
    )
    assert facts["waits.png"] == AssetFacts(code="waits.png", kind="image", revision=1, alt={})
    assert facts["a.png"].url_path == f"/media/{checksum}.png"
    assert facts["a.png"].thumbnail_path == f"/media/thumb/{checksum}.webp"
    assert (facts["waits.png"].url_path, facts["waits.png"].thumbnail_path) == (None, None)
    assert facts["m.pdf"].thumbnail_path is None


def test_absolute_addresses_use_the_public_url(settings: object) -> None:
    settings.PUBLIC_URL = "https://pim.example/"  # type: ignore[attr-defined]

    assert addresses.public_url("a" * 64, "jpg") == f"https://pim.example/media/{'a' * 64}.jpg"

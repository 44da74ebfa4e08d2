"""The demonstration brand, loaded once for all tests of a module; each test breaks something and takes it
back.

Everything goes in by the doors people use: proposals and their approval, channel settings, new versions of
pictures, observations, publications.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from assets.services.adding import AssetInput, add_assets
from catalog.models import Availability, Product
from catalog.services.availability import Observation, take_availability
from catalog.services.products import propose_edit, propose_product
from catalog.services.structure import load_structure
from channels.models import Channel, Listing
from channels.services.profiles import profile_with_parents, store_profile
from channels.services.settings import describe, update_channel
from config.demo import loader
from config.demo.pictures import BRAND
from config.roles import ROLE_NAMES
from tests.factories.assets import picture
from tests.factories.catalog import approve_and_apply
from tests.factories.channels import stored_profile
from tests.factories.listings import publish, read_feed
from workflows.models import Source

FILE_OF = {
    "google_us": "google_us_en-US_USD",
    "google_de": "google_de_de-DE_EUR",
    "google_es": "google_es_en-US_EUR",
}
STRUCTURE = json.loads((BRAND / "structure.json").read_text(encoding="utf-8"))
Row = dict[str, str]


@dataclass
class Demo:
    """The loaded brand and what may be done to it; `settings` are the test's own."""

    people: dict[str, User]
    before: dict[str, dict[str, Row]]
    settings: Any = None

    @property
    def google(self) -> Channel:
        """The channel as it is now."""
        return Channel.objects.select_related("scope", "profile").get(code="google")

    def edit(self, sku: str, /, **values: Any) -> None:
        """Propose an edit as the merchandiser and have the reviewer approve it."""
        product = Product.objects.get(sku=sku)
        request = propose_edit(product.pk, values, actor=self.people["merchandiser"], reason="tests")
        approve_and_apply(request.pk, self.people["reviewer"])

    def add(self, sku: str, /, *, like: str, **values: Any) -> Product:
        """Propose a product with the values of another but its identifiers, and have it approved."""
        document = Product.objects.get(sku=like).document
        raw = {key: value for key, value in document.items() if key not in ("#exists", "sku", "gtin", "mpn")}
        request = propose_product(
            {**raw, "sku": sku, "mpn": f"M-{sku[:20]}", **values},
            actor=self.people["merchandiser"],
            reason="tests",
        )
        approve_and_apply(request.pk, self.people["reviewer"])
        return Product.objects.get(sku=sku)

    def set(self, **values: Any) -> None:
        """Change settings of the Google channel."""
        update_channel(self.google.pk, values, actor=self.people["channel_manager"], reason="tests")

    def map(self, **sources: Any) -> None:
        """Map target fields anew; a text stands for a constant."""
        wanted = {
            name: {"constant": source} if isinstance(source, str) else source
            for name, source in sources.items()
        }
        self.set(mapping={**describe(self.google)["mapping"], **wanted})

    def structure(self, what: str, code: str, **values: Any) -> None:
        """Load one object of the brand's structure with other values."""
        item = next((item for item in STRUCTURE[what] if item["code"] == code), {"code": code})
        load_structure({what: [{**item, **values}]}, actor=self.people["admin"], reason="tests")

    def repaint(self, code: str, size: tuple[int, int], fmt: str = "PNG", **options: Any) -> None:
        """Replace a picture by another, approved."""
        result = add_assets(
            [AssetInput(code, picture("teal", size=size, fmt=fmt, **options))],
            actor=self.people["asset_manager"],
            reason="tests",
            approved_by=self.people["reviewer"],
        )
        assert result.approved == (code,), result

    def observe(self, sku: str, status: str) -> None:
        """Say the same of a product at every location it is known at."""
        places = Availability.objects.filter(product__sku=sku).values_list("location__code", flat=True)
        seen = [Observation("tests", 2, sku, place, status, None, timezone.now()) for place in places]
        assert seen
        take_availability(seen, source=Source.objects.get(code=loader.HOUSE), actor=self.people["operator"])

    def narrow(self, rule_id: str, **params: Any) -> None:
        """Judge by a profile in which one rule has other parameters: for what no file can break."""
        own = stored_profile("google")
        rule = replace(own.rules[rule_id], params=params)
        store_profile(replace(own, code="tests", parent="google", rules={rule_id: rule}, fields={}, sets={}))
        self.set(profile="tests")

    def publish(self) -> None:
        """Publish the Google channel."""
        publish("google")

    def listing(self, sku: str, market: str = "google_us") -> Listing:
        """Return what Google is told of a SKU in a market."""
        return Listing.objects.get(channel__code="google", product__sku=sku, market=market)

    def feed(self, market: str = "google_us") -> dict[str, Row]:
        """Return the rows of a market's file by id."""
        return {row["id"]: row for row in read_feed("google", FILE_OF[market])}


@contextmanager
def taken_back() -> Iterator[None]:
    """Run in a transaction that is taken back at the end, within another one or not."""
    atomic = transaction.atomic()
    # As Django's TestCase marks its own: jobs open durable transactions, which may not lie in a common one.
    atomic._from_testcase = True  # type: ignore[attr-defined]
    with atomic:
        yield
        transaction.set_rollback(True)


def load_demo(folder: Path) -> Demo:
    """Load the brand by the steps of `quickstart`; its pictures are plain ones of the same size."""
    people = {role: User.objects.create_user(role, is_staff=True) for role in ROLE_NAMES}
    for role, user in people.items():
        user.groups.add(Group.objects.get(name=role))
    with (
        override_settings(MEDIA_ROOT=folder / "media", FEED_ROOT=folder / "feeds"),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(loader, "draw_picture", _plain)
        for step in loader.STEPS:
            step.run(loader.Cast(people, datetime.now(UTC)))
        demo = Demo(people, {})
        demo.before = {market: demo.feed(market) for market in ("google_us", "google_de")}
    assert profile_with_parents("google")[0].rules.keys() == stored_profile("google").rules.keys()
    return demo


def _plain(spec: Any) -> bytes:
    return picture("navy", size=(spec.pixels, spec.pixels), fmt="JPEG", comment=spec.code.encode())

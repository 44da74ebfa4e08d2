"""The real catalogue on an own storefront and on Google: what is live and held equals a count of the files
alone.
"""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from channels.models import Listing
from channels.services.publish import request_publication
from channels.services.recompute import check_all
from channels.services.settings import load_channels
from tests.catalog.akeneo_layout import lay_out
from workflows.services.jobs import run_job

pytestmark = [pytest.mark.sample_data, pytest.mark.django_db]

PICTURES = ("picture", "image", "variation_image")
APPAREL = dict.fromkeys(("clothing", "shoes", "accessories", "tshirts"), "166")
LINK = "https://shop.example/{locale}/p/{external_id}"
CHANNELS = [
    {
        "code": "shop",
        "scope": "ecommerce",
        "profile": "own_storefront",
        "label": "Shop",
        "link_pattern": LINK,
        "mapping": {"pictures": {"builtin": "pictures", "attributes": list(PICTURES)}},
    },
    {
        "code": "google",
        "scope": "ecommerce",
        "profile": "google",
        "label": "Google",
        "link_pattern": LINK,
        "mapping": {
            "title": {"attributes": ["name"]},
            "image_link": {"builtin": "main_picture", "attributes": list(PICTURES)},
            "gtin": {"attributes": ["ean"]},
            "google_product_category": {"constant_by_family": APPAREL},
        },
    },
]


@pytest.fixture
def export(sample_data: Path, tmp_path: Path, cast: dict[str, User]) -> Path:
    """The real export, imported and approved, with both channels published."""
    folder = lay_out(sample_data, tmp_path / "export")
    call_command(
        "import_akeneo", str(folder), user="operator", approve=True, as_approver="reviewer", verbosity=0
    )
    load_channels({"channels": CHANNELS}, actor=cast["admin"], reason="tests")
    for code in ("shop", "google"):
        job = run_job(request_publication(code, actor=cast["channel_manager"]).pk)
        assert job.state == "done", job.error
    return folder


def rows(folder: Path, name: str, key: str) -> dict[str, dict[str, str]]:
    """Read one file of the export without any of our code."""
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return {row[key].lower(): row for row in csv.DictReader(file, delimiter=";")}


def sellable(folder: Path) -> dict[str, bool]:
    """Return for each enabled product whether name, English description, dollar price and a picture are
    there.
    """
    models, products = rows(folder, "product_models.csv", "code"), rows(folder, "products.csv", "sku")
    found = {}
    for sku, product in products.items():
        if product["enabled"] != "1":
            continue
        levels = [product]
        while (parent := levels[-1].get("parent")) and parent.lower() in models:
            levels.append(models[parent.lower()])
        texts = ("name", "description-en_US-ecommerce", "price-USD")
        has_texts = all(any((level.get(text) or "").strip() for level in levels) for text in texts)
        has_picture = any(
            level.get(column) and (folder / level[column]).is_file()
            for level in levels
            for column in PICTURES
        )
        found[sku] = has_texts and has_picture
    return found


def test_live_and_held_equal_a_count_of_the_files(export: Path) -> None:
    expected = sellable(export)

    states = {
        listing.product.sku.lower(): listing.state
        for listing in Listing.objects.filter(
            channel__code="shop", market="ecommerce_us", locale="en-US"
        ).select_related("product")
    }

    assert {sku: state == "live" for sku, state in states.items()} == expected
    assert Counter(states.values()) == {
        "live": sum(expected.values()),
        "held": len(expected) - sum(expected.values()),
    }
    assert sum(expected.values()) > 0
    assert check_all().differences == []


def test_on_google_nothing_is_live_and_every_held_unit_names_field_and_rule(export: Path) -> None:
    listings = Listing.objects.filter(channel__code="google")

    assert listings.count() == 3 * len(sellable(export))
    assert set(listings.values_list("state", flat=True)) == {"held"}
    for listing in listings:
        errors = [reason for reason in listing.reasons if reason[1] == "error"]
        assert errors, listing
        assert all(
            rule.startswith("google.") and field for rule, _severity, _effect, _part, field, _ in errors
        )

"""Akeneo's demo catalogue on two channels, held against an independent reading of its CSV files."""

from __future__ import annotations

import csv
import html
import re
from collections import Counter
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from channels.models import Channel, Listing, Profile, ProfileRule
from channels.services.recompute import check_all
from channels.services.settings import load_channels
from tests.catalog.akeneo_layout import lay_out
from tests.channels.test_publish import publish
from tests.factories.catalog import somebody

pytestmark = [pytest.mark.sample_data, pytest.mark.django_db]
PICTURES = ("picture", "image", "variation_image")
MAPPING = {"pictures": {"builtin": "pictures", "attributes": list(PICTURES)}}


@pytest.fixture
def icecat(sample_data: Path, tmp_path: Path, cast: dict[str, User]) -> Path:
    """The catalogue, imported and approved, and an own storefront and a Google channel on its US market."""
    export = lay_out(sample_data, tmp_path / "export")
    call_command("import_akeneo", str(export), user="admin", approve=True, as_approver="reviewer", json=True)
    channels = [
        {"code": "own", "scope": "ecommerce_us", "profile": "own_storefront", "mapping": MAPPING},
        {"code": "required", "scope": "ecommerce_us", "profile": "akeneo_ecommerce", "mapping": MAPPING},
        {
            "code": "google",
            "scope": "ecommerce_us",
            "profile": "google",
            "link_pattern": "https://shop.example/{sku}",
            "mapping": {
                "google_product_category": {"constant_by_family": {"clothing": "1604", "shoes": "187"}}
            },
        },
    ]
    load_channels({"channels": channels}, actor=somebody("channels", superuser=True), reason="tests")
    return export


def expected(export: Path) -> dict[str, bool]:
    """Read the CSV files alone: which enabled products have name, description, price and picture."""
    models = {}
    with (export / "product_models.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            models[row["code"].casefold()] = row
    found = {}
    with (export / "products.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            if row["enabled"] != "1":
                continue
            levels = [row]
            while levels[-1].get("parent"):
                levels.append(models[levels[-1]["parent"].casefold()])
            found[row["sku"]] = all(
                (
                    any(text(level.get("name")) for level in levels),
                    any(text(level.get("description-en_US-ecommerce")) for level in levels),
                    any(text(level.get("price-USD")) for level in levels),
                    any(
                        level.get(name) and (export / level[name]).is_file()
                        for level in levels
                        for name in PICTURES
                    ),
                )
            )
    return found


def text(cell: str | None) -> str:
    """What a person reads of a cell."""
    return html.unescape(re.sub(r"<[^>]*>", "", cell or "")).strip()


def test_live_and_held_on_the_own_storefront_equal_an_independent_count(icecat: Path) -> None:
    publish("own")

    stored = dict(Listing.objects.filter(channel__code="own").values_list("external_id", "state"))
    wanted = expected(icecat)
    assert {sku: state == "live" for sku, state in stored.items()} == wanted
    assert Counter(stored.values())["live"] == sum(wanted.values()) > 0


def test_every_unit_held_on_google_names_field_and_rule(icecat: Path) -> None:
    publish("google")

    listings = list(Listing.objects.filter(channel__code="google"))
    assert {listing.state for listing in listings} == {"held"}
    for listing in listings:
        errors = [reason for reason in listing.reasons if reason[1] == "error"]
        assert errors
        assert all(reason[0].startswith("google.") and reason[4] for reason in errors)


def test_imported_requirements_score_and_never_hold(icecat: Path) -> None:
    rules = ProfileRule.objects.filter(version__profile__code="akeneo_ecommerce")
    with (icecat / "families.csv").open(encoding="utf-8", newline="") as file:
        pairs = [
            (row["code"], attribute)
            for row in csv.DictReader(file, delimiter=";")
            for attribute in filter(None, row["requirements-ecommerce"].split(","))
        ]
    assert rules.count() == len(pairs)
    assert set(rules.values_list("severity", "effect", "kind")) == {("warning", "send", "presence")}
    assert sorted(Profile.objects.filter(code__startswith="akeneo_").values_list("code", flat=True)) == [
        "akeneo_ecommerce",
        "akeneo_mobile",
        "akeneo_print",
    ]

    publish("own")
    publish("required")

    own = dict(Listing.objects.filter(channel__code="own").values_list("external_id", "state"))
    required = dict(Listing.objects.filter(channel__code="required").values_list("external_id", "state"))
    assert own == required
    warned = Listing.objects.filter(channel__code="required", rule_ids__contains=" akeneo_ecommerce.")
    assert warned.count() > 0
    assert Channel.objects.count() == 3
    publish("google")
    assert check_all().differences == []

"""A small shop for the tests that need a database: structure, pictures, products and two channels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from catalog.services.structure import load_structure
from channels.models import Channel
from channels.services.settings import load_channels
from tests.factories.assets import make_asset, picture
from tests.factories.catalog import STRUCTURE, make_product, somebody

GOOGLE = {
    "code": "google",
    "scope": "site",
    "profile": "google",
    "label": "Google",
    "link_pattern": "https://shop.example/{locale}/p/{external_id}",
    "allow_demo_identifiers": True,
    "mapping": {
        "title": {"attributes": ["name"]},
        "google_product_category": {"constant_by_family": {"shoes": "187"}},
        "gender": {"constant": "unisex"},
        "age_group": {"constant": "adult"},
        "size": {"constant": "42"},
    },
}
SHOP = {"code": "shop", "scope": "site", "profile": "own_storefront", "label": "Own shop", "public": True}
GTINS = ("9520000000011", "9520000000028", "9520000000035", "9520000000042", "9520000000059")
GOOD = {
    "name:en-US": "Trail Runner 2",
    "name:de-DE": "Trail Runner 2 (neu)",
    "description:en-US": "<p>Light and fast.</p>",
    "price.USD": "129.00",
    "price.EUR": "119",
    "colour": "red",
    "brand": "Alpenrot",
    "picture": "shoe.png",
    "#family": "shoes",
    "#kind": "simple",
    "#categories": ["running"],
}


@pytest.fixture
def manager(db: None) -> User:
    """Somebody who may do everything with channels."""
    return somebody("channels", superuser=True)


@pytest.fixture
def shop(manager: User) -> None:
    """Structure, one approved picture, and the two channels."""
    load_structure(STRUCTURE, actor=manager, reason="tests")
    make_asset(
        "shoe.png", picture(size=(1600, 1600)), actor=manager, approver=somebody("pictures", superuser=True)
    )
    load_channels({"channels": [GOOGLE, SHOP]}, actor=manager, reason="tests")


@pytest.fixture
def google(shop: None) -> Channel:
    """The Google channel of the small shop."""
    return Channel.objects.get(code="google")


@pytest.fixture
def make_good(shop: None) -> Callable[..., Any]:
    """A function that makes a product that is ready for both channels."""

    def make(number: int = 1, **over: Any) -> Any:
        sku = over.pop("sku", f"S-{number}")
        return make_product(sku, **{**GOOD, "gtin": GTINS[number % 5], **over})

    return make

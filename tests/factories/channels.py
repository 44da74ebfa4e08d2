"""Units, markets and profiles for tests of channel rules, made by hand and without a database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from channels.rules.evaluate import CompiledProfile, compile_profile
from channels.rules.inputs import AttributeInfo, MarketContext, Unit
from channels.rules.spec import ProfileSpec, Source
from channels.services.profile_files import read_profile_file, resolve_parents

PROFILE_DIR = Path(__file__).parents[2] / "channels" / "profiles"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Shot:
    """A picture's facts."""

    checksum: str | None = "a" * 64
    mime: str = "image/jpeg"
    width: int | None = 1600
    height: int | None = 1600
    size: int = 400_000
    alt: Mapping[str, str] = field(default_factory=dict)
    name: str = "shoe"


ATTRIBUTES = {
    info.code: info
    for info in (
        AttributeInfo("title", "text"),
        AttributeInfo("description", "rich_text"),
        AttributeInfo("brand", "reference", entity="brand"),
        AttributeInfo("gtin", "identifier"),
        AttributeInfo("mpn", "text"),
        AttributeInfo("price", "price", price_kind="regular"),
        AttributeInfo("sale_price", "price", price_kind="sale"),
        AttributeInfo("picture", "asset"),
        AttributeInfo("gallery", "assets"),
        AttributeInfo("color", "select"),
        AttributeInfo("size", "select"),
        AttributeInfo("gender", "select"),
        AttributeInfo("age_group", "select"),
        AttributeInfo("material", "text"),
        AttributeInfo("pattern", "text"),
        AttributeInfo("google_category", "text"),
        AttributeInfo("weight", "measurement"),
        AttributeInfo("highlights", "text"),
        AttributeInfo("waterproof", "boolean"),
    )
}


def make_market(**over: Any) -> MarketContext:
    """A US market in English with readable labels."""
    fields: dict[str, Any] = {
        "market": "google_us",
        "country": "US",
        "currency": "USD",
        "locale": "en-US",
        "attributes": ATTRIBUTES,
        "link_pattern": "https://shop.example/{locale}/p/{external_id}",
        "flags": frozenset({"allow_demo_identifiers"}),
        "option_label": lambda attribute, option: option.capitalize(),
        "record_label": lambda entity, record: record.capitalize(),
        "picture_url": lambda picture: f"https://media.example/{picture.name}.jpg",
    }
    return MarketContext(**{**fields, **over})


GOOD_VALUES: dict[str, Any] = {
    "title": "Trail Runner 2 – Red, 42",
    "description": "<p>Light shoe for rough paths.</p><p>Dries fast.</p>",
    "brand": "fellwind",
    "gtin": "9520000000011",
    "mpn": "TR2-R-42",
    "price.USD": "129.00",
    "sale_price.USD": "99.00",
    "picture": "main",
    "gallery": ["side", "back"],
    "color": "red",
    "size": "42",
    "gender": "unisex",
    "age_group": "adult",
    "material": "Mesh",
    "google_category": "187",
}
GOOD_ASSETS = {"main": Shot(name="main"), "side": Shot(name="side"), "back": Shot(name="back")}
GOOGLE_MAPPING = {"google_product_category": Source(attributes=("google_category",))}


def make_unit(values: Mapping[str, Any] | None = None, **over: Any) -> Unit:
    """A good unit; `values` replaces attribute values (None removes one), `over` fields of the unit."""
    found = {**GOOD_VALUES, **(values or {})}

    def resolve(code: str, part: str | None = None) -> Any:
        return found.get(f"{code}.{part}" if part else code)

    fields: dict[str, Any] = {
        "product_id": "018f0000-0000-7000-8000-000000000001",
        "sku": "TR2-R-42",
        "external_id": "TR2-R-42",
        "resolve": resolve,
        "kind": "variant",
        "family": "footwear",
        "group_id": "TR2",
        "assets": GOOD_ASSETS,
        "category_paths": [["Outdoor", "Footwear", "Running"]],
        "axes": ["color", "size"],
    }
    return Unit(**{**fields, **over})


def stored_profile(code: str) -> ProfileSpec:
    """A shipped profile with its parents laid in."""
    files = {
        spec.code: spec for spec in (read_profile_file(path) for path in sorted(PROFILE_DIR.glob("*.json")))
    }
    return resolve_parents(files)[code]


def google(
    mapping: Mapping[str, Source] | None = None, profile: ProfileSpec | None = None, **market: Any
) -> CompiledProfile:
    """The Google profile compiled for a market; `mapping` adds to the usual one."""
    return compile_profile(
        profile or stored_profile("google"), {**GOOGLE_MAPPING, **(mapping or {})}, make_market(**market)
    )

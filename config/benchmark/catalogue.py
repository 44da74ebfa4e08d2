"""The catalogue that the benchmark makes up: an outdoor range in two languages, the same at every run.

Thirty columns with the mix a brand has: texts and two long texts in two languages, selects, a multiselect,
decimals, prices in two currencies, a measurement, a boolean, a date, a GTIN, a brand, a category, a family
and a picture. Asked for more, it adds texts and decimals.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from PIL import Image

from assets.services.adding import AssetInput
from catalog.rules.gtin import check_digit
from catalog.services.availability import Observation

SOURCE = "benchmark"
CHANNEL, SHOP = "google", "shop"
LOCATION = "warehouse"
LOCALES = ("en-US", "de-DE")
FAMILIES = {"jacket": "5598", "backpack": "100"}
PICTURES = 100
PICTURE_PIXELS = 600
LEAST_VALUES, MOST_VALUES = 30, 300

_SEED = 20261101
_SELECTS = {"color": 24, "size": 12, "material": 16, "season": 8}
_FEATURES = 20
_BRANDS = 30
_CATEGORIES = 60
_COLUMNS = (
    "sku",
    "gtin",
    "mpn",
    "#family",
    "#categories",
    "#state",
    *(f"{text}:{locale}" for text in ("name", "summary", "description", "care") for locale in LOCALES),
    "brand",
    "color",
    "size",
    "gender",
    "age_group",
    "material",
    "season",
    "features",
    "volume",
    "warmth",
    "price.USD",
    "price.EUR",
    "weight",
    "recycled",
    "launched",
    "image",
)


def structure_spec(values: int) -> dict[str, Any]:
    """Return the model structure of products with that many values, as `load_structure` takes it."""
    attributes = [*_attributes(), *_more_attributes(values)]
    codes = [attribute["code"] for attribute in attributes]
    return {
        "scopes": [
            {"code": CHANNEL, "kind": "channel", "locales": list(LOCALES)},
            {
                "code": "google_us",
                "parent": CHANNEL,
                "kind": "market",
                "country": "US",
                "currency": "USD",
                "locales": ["en-US"],
            },
            {
                "code": "google_de",
                "parent": CHANNEL,
                "kind": "market",
                "country": "DE",
                "currency": "EUR",
                "locales": ["de-DE"],
            },
            {"code": SHOP, "kind": "channel", "locales": ["en-US"]},
            {
                "code": "shop_us",
                "parent": SHOP,
                "kind": "market",
                "country": "US",
                "currency": "USD",
                "locales": ["en-US"],
            },
        ],
        "entities": [{"code": "brand", "records": [_named("brand", n) for n in range(_BRANDS)]}],
        "attributes": attributes,
        "families": [
            {"code": family, "attributes": codes, "label_attribute": "name", "image_attribute": "image"}
            for family in FAMILIES
        ],
        "categories": [
            {"code": "range", "labels": {"en-US": "Range"}},
            *({**_named("category", n), "parent": "range"} for n in range(_CATEGORIES)),
        ],
        "locations": [{"code": LOCATION, "labels": {"en-US": "Warehouse"}}],
    }


def channels_spec() -> dict[str, Any]:
    """Return the Google channel, with a market in each of two countries, as `load_channels` takes it."""
    return {
        "channels": [
            {
                "code": CHANNEL,
                "scope": CHANNEL,
                "profile": "google",
                "label": "Google",
                "link_pattern": "https://shop.example/{language}/p/{external_id}",
                "allow_demo_identifiers": True,
                "mapping": {
                    "title": {"attributes": ["name"]},
                    "image_link": {"builtin": "main_picture", "attributes": ["image"]},
                    "google_product_category": {"constant_by_family": FAMILIES},
                    "custom_label_0": {"attributes": ["season"]},
                },
            }
        ]
    }


def shop_spec() -> dict[str, Any]:
    """Return the own storefront, open to anybody, as `load_channels` takes it."""
    return {
        "channels": [
            {
                "code": SHOP,
                "scope": SHOP,
                "profile": "own_storefront",
                "label": "Shop",
                "link_pattern": "https://shop.example/{language}/p/{external_id}",
                "public": True,
                "allow_demo_identifiers": True,
                "mapping": {"pictures": {"builtin": "pictures", "attributes": ["image"]}},
            }
        ]
    }


def _attributes() -> list[dict[str, Any]]:
    texts: list[dict[str, Any]] = [
        {"code": "name", "type": "text", "localised": True, "searchable": True},
        {"code": "summary", "type": "text", "localised": True, "searchable": True},
        {"code": "description", "type": "textarea", "localised": True},
        {"code": "care", "type": "textarea", "localised": True},
    ]
    selects = [
        {"code": code, "type": "select", "options": [_named(code, n) for n in range(count)]}
        for code, count in _SELECTS.items()
    ]
    return [
        {"code": "sku", "type": "identifier", "scheme": "free"},
        {"code": "gtin", "type": "identifier", "scheme": "gtin"},
        {"code": "mpn", "type": "text"},
        *texts,
        {"code": "brand", "type": "reference", "entity": "brand", "filterable": True},
        *selects,
        {"code": "gender", "type": "select", "options": _options("male", "female", "unisex")},
        {"code": "age_group", "type": "select", "options": _options("adult", "kids")},
        {
            "code": "features",
            "type": "multiselect",
            "options": [_named("feature", n) for n in range(_FEATURES)],
            "filterable": True,
        },
        {"code": "volume", "type": "decimal", "filterable": True},
        {"code": "warmth", "type": "decimal"},
        {"code": "price", "type": "price", "price_kind": "regular", "filterable": True},
        {"code": "weight", "type": "measurement", "measurement_family": "weight", "unit": "g"},
        {"code": "recycled", "type": "boolean", "filterable": True},
        {"code": "launched", "type": "date"},
        {"code": "image", "type": "asset"},
    ]


def _more_attributes(values: int) -> list[dict[str, Any]]:
    return [
        {"code": f"more_{n}", "type": "decimal" if n % 3 == 2 else "text"}
        for n in range(values - LEAST_VALUES)
    ]


def _named(kind: str, number: int) -> dict[str, Any]:
    words = random.Random(f"{kind} {number}")  # noqa: S311 - made-up data, the same at every run
    return {
        "code": f"{kind}_{number}",
        "labels": {locale: _phrase(words, locale, 2).title() for locale in LOCALES},
    }


def _options(*codes: str) -> list[dict[str, Any]]:
    return [{"code": code, "labels": dict.fromkeys(LOCALES, code.title())} for code in codes]


def pictures() -> Iterator[AssetInput]:
    """Yield the pictures that all products share, each of another colour."""
    for number in range(PICTURES):
        colour = (40 + number, 200 - number, (number * 37) % 256)
        drawn = io.BytesIO()
        Image.new("RGB", (PICTURE_PIXELS, PICTURE_PIXELS), colour).save(drawn, "PNG")
        yield AssetInput(_picture_code(number), drawn.getvalue())


def _picture_code(number: int) -> str:
    return f"pictures/{number:03}.png"


def write_delivery(file: Path, products: int, values: int) -> int:
    """Write the delivery as a CSV file that `import_delivery` takes; returns its bytes. Streams."""
    made_up = random.Random(_SEED)  # noqa: S311 - made-up data, the same at every run
    more = _more_attributes(values)
    with file.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow([*_COLUMNS, *(attribute["code"] for attribute in more)])
        for number in range(products):
            cells = _row(number, made_up)
            cells += [
                _decimal(made_up) if attribute["type"] == "decimal" else _phrase(made_up, "en-US", 6)
                for attribute in more
            ]
            writer.writerow(cells)
    return file.stat().st_size


def _row(number: int, made_up: random.Random) -> list[str]:
    texts = [
        _phrase(made_up, locale, words) for words in (5, 9, 90, 40) for locale in LOCALES
    ]  # name, summary, description, care
    price = made_up.randrange(1500, 60_000)
    return [
        sku_of(number),
        _gtin(number),
        f"MPN-{number:07}",
        made_up.choice(list(FAMILIES)),
        f"category_{made_up.randrange(_CATEGORIES)}",
        "active",
        *texts,
        f"brand_{made_up.randrange(_BRANDS)}",
        f"color_{made_up.randrange(_SELECTS['color'])}",
        f"size_{made_up.randrange(_SELECTS['size'])}",
        made_up.choice(("male", "female", "unisex")),
        made_up.choice(("adult", "kids")),
        f"material_{made_up.randrange(_SELECTS['material'])}",
        f"season_{made_up.randrange(_SELECTS['season'])}",
        "|".join(f"feature_{n}" for n in sorted(made_up.sample(range(_FEATURES), 3))),
        _decimal(made_up),
        _decimal(made_up),
        f"{price / 100:.2f}",
        f"{price / 110:.2f}",
        f"{made_up.randrange(80, 4000)} g",
        made_up.choice(("true", "false")),
        f"20{made_up.randrange(15, 26)}-{made_up.randrange(1, 13):02}-{made_up.randrange(1, 29):02}",
        _picture_code(number % PICTURES),
    ]


def observations(products: int, moment: datetime) -> Iterator[Observation]:
    """Yield what the warehouse says of each product at one moment; every tenth is sold out."""
    for number in range(products):
        left = 0 if number % 10 == 9 else number % 90 + 1
        status = "in_stock" if left else "out_of_stock"
        yield Observation(
            file=LOCATION,
            line=number + 2,
            sku=sku_of(number),
            location=LOCATION,
            status=status,
            quantity=left,
            observed_at=moment,
        )


def sku_of(number: int) -> str:
    """Return the SKU of the product at a place in the delivery."""
    return f"SKU-{number:07}"


def _gtin(number: int) -> str:
    body = f"952{number:09}"  # prefix 952: GS1 keeps it for demonstrations
    return f"{body}{check_digit(body)}"


def _decimal(made_up: random.Random) -> str:
    return f"{made_up.randrange(1, 10_000) / 100:.2f}"


def _phrase(made_up: random.Random, locale: str, length: int) -> str:
    return " ".join(made_up.choices(_WORDS[locale], k=length)).capitalize()


def _words(locale: str, endings: tuple[str, ...], letters: str) -> list[str]:
    made_up = random.Random(locale)  # noqa: S311 - made-up data, the same at every run
    return [
        "".join(made_up.choice(letters) + made_up.choice("aeiou") for _ in range(made_up.randrange(1, 4)))
        + made_up.choice(endings)
        for _ in range(600)
    ]


_WORDS = {
    "en-US": _words("en-US", ("t", "n", "s", "ry", "ing"), "bdfghlmnprstw"),
    "de-DE": _words("de-DE", ("en", "er", "ß", "ung", "ücke"), "bdfghklmnrstwz"),
}

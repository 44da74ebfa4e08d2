"""How each rule of the Google profile is broken once in the demonstration brand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from assets.models import Asset
from tests.channels.demo_brand import Demo

BOOT, BOOTS, SIBLING = "TB-FELLGATE-M-PEAT-42", "TB-FELLGATE-M", "TB-FELLGATE-M-PEAT-41"
POLES, POLES_PICTURE = "TB-STAVE-ALU", "trail/stave-alu-ember.jpg"
SWEATER, SWEATERS = "TB-MOORWOOL-M", "TB-MOORWOOL"
BOOT_PICTURE = "footwear/fellgate-mid-m-peat.jpg"
LAST_OLD_DAY = datetime(2027, 1, 30, 23, 59, tzinfo=UTC)
FIRST_NEW_DAY = datetime(2027, 1, 31, tzinfo=UTC)
LONG = "x" * 101
NOTHING = {"attributes": ["runtime"]}
Do = Callable[[Demo], None]


@dataclass(frozen=True)
class Break:
    """How to break a rule: what to do, on which unit to look for it, and what else that breaks there."""

    do: Do
    unit: str = POLES
    also: frozenset[str] = frozenset()
    market: str = "google_us"
    moment: datetime | None = None


def mapped(unit: str = POLES, also: tuple[str, ...] = (), /, **sources: Any) -> Break:
    """Break a rule by the channel's mapping; a text stands for a constant."""
    return Break(lambda demo: demo.map(**sources), unit, frozenset(also))


def edited(sku: str = POLES, unit: str = "", also: tuple[str, ...] = (), /, **values: Any) -> Break:
    """Break a rule by an approved edit of a product, seen on it or on a unit below it."""
    return Break(lambda demo: demo.edit(sku, **values), unit or sku, frozenset(also))


def repainted(size: tuple[int, int], *also: str, **options: Any) -> Break:
    """Break a rule by a new version of the poles' picture."""
    return Break(lambda demo: demo.repaint(POLES_PICTURE, size, **options), POLES, frozenset(also))


def both(*steps: Do) -> Do:
    """Do one thing after the other."""

    def do(demo: Demo) -> None:
        for step in steps:
            step(demo)

    return do


def in_spain(unit: str, step: Do) -> Break:
    """Break a rule that binds where Google does not demand a field: on a market of its own."""
    market = {"parent": "google", "kind": "market", "country": "ES", "currency": "EUR", "locales": ["en-US"]}
    return Break(
        both(lambda demo: demo.structure("scopes", "google_es", **market), step), unit, market="google_es"
    )


def long_description(demo: Demo) -> None:
    demo.structure("attributes", "description", limits={"max_chars": 6000})
    demo.edit(POLES, **{"description:en-US": "x" * 5001})


def long_highlight(demo: Demo) -> None:
    options = [{"code": code, "labels": {"en-US": code * 20}} for code in ("recycled", "vegan")]
    demo.structure("attributes", "features", options=options)
    demo.map(product_highlight={"attributes": ["features"]})
    demo.edit(POLES, features=["pfas_free", "recycled", "vegan", "repairable"])


def highlights(demo: Demo, *features: str) -> None:
    demo.map(product_highlight={"attributes": ["features"]})
    demo.edit(POLES, features=list(features))


def many_pictures(demo: Demo) -> None:
    demo.map(additional_image_link={"builtin": "additional_pictures", "attributes": ["image", "more_images"]})
    pictures = Asset.objects.exclude(code=POLES_PICTURE).order_by("code").values_list("code", flat=True)
    demo.edit(POLES, more_images=list(pictures[:11]))


def odd_second_picture(demo: Demo) -> None:
    demo.edit(POLES, more_images=[BOOT_PICTURE])
    demo.repaint(BOOT_PICTURE, (600, 600), fmt="AVIF")


def poles_are_shoes(demo: Demo) -> None:
    demo.edit(POLES, google_product_category="187")
    demo.map(gender="unisex", age_group="adult")


def only_a_sibling_has_its_material(demo: Demo) -> None:
    demo.edit(BOOTS, materials=None)
    demo.edit(SIBLING, materials=["suede"])


PUBLIC_URL = Break(lambda demo: setattr(demo.settings, "PUBLIC_URL", "media.torrenbeck.example"))
SMALL = "google.image_link.min_500_announced"
ADVISED = "google.image_link.advised_1500"

BREAKS: dict[str, Break] = {
    "base.unit.recalled": edited(**{"#state": "recalled"}),
    "base.unit.in_assortment": Break(lambda demo: demo.set(assortment={"exclude": [POLES]})),
    "google.id.required": mapped(id=NOTHING),
    "google.id.max_length": mapped(id="x" * 51),
    "google.title.required": edited(**{"name:en-US": None}),
    "google.title.max_length": edited(**{"name:en-US@google": "x" * 151}),
    "google.title.capitals": edited(**{"name:en-US": "STAVE ALUMINUM TREKKING POLES"}),
    "google.description.required": edited(**{"description:en-US": {"$empty": True}}),
    "google.description.max_length": Break(long_description),
    "google.description.no_link": edited(**{"description:en-US": "More at https://torrenbeck.example."}),
    "google.link.required": Break(lambda demo: demo.set(link_pattern="")),
    "google.link.format": Break(lambda demo: demo.set(link_pattern="https://x.example/größe/{external_id}")),
    "google.mobile_link.format": mapped(mobile_link="m.torrenbeck.example/1"),
    "google.canonical_link.format": mapped(canonical_link="ftp://torrenbeck.example/1"),
    "google.image_link.format": PUBLIC_URL,
    "google.additional_image_link.format": mapped(additional_image_link="/media/1.jpg"),
    "google.lifestyle_image_link.format": mapped(lifestyle_image_link="https://media.example/a b.jpg"),
    "google.video_link.format": mapped(video_link="https://video.example/ä"),
    "google.product_highlight.max_length": Break(long_highlight),
    "google.product_highlight.count": Break(
        lambda demo: highlights(demo, "vegan"),
        also=frozenset({"google.product_highlight.advised"}),
    ),
    "google.product_highlight.advised": Break(lambda demo: highlights(demo, "vegan", "repairable")),
    "google.product_type.max_length": Break(
        lambda demo: demo.structure("categories", "poles", labels={"en-US": "x" * 751})
    ),
    "google.google_product_category.advised": edited(google_product_category=None),
    "google.google_product_category.format": mapped(google_product_category="Poles >"),
    "google.image_link.required": edited(image=None),
    "google.image_link.picture_format": repainted((1500, 1500), fmt="AVIF"),
    "google.image_link.min_100": repainted((99, 120), SMALL, ADVISED),
    "google.image_link.min_250_apparel": Break(
        lambda demo: demo.repaint(BOOT_PICTURE, (300, 249)), BOOT, frozenset({SMALL, ADVISED})
    ),
    "google.image_link.min_500_announced": repainted((499, 600), ADVISED),
    "google.image_link.min_500": Break(
        lambda demo: demo.repaint(POLES_PICTURE, (499, 600)), also=frozenset({ADVISED}), moment=FIRST_NEW_DAY
    ),
    "google.image_link.advised_1500": repainted((1499, 1500)),
    "google.image_link.max_megapixels": Break(
        lambda demo: demo.narrow("google.image_link.max_megapixels", max=2)
    ),
    "google.image_link.max_bytes": repainted((2400, 2400), compress_level=0),
    "google.additional_image_link.max_items": Break(many_pictures),
    "google.additional_image_link.picture_format": Break(odd_second_picture),
    "google.availability_date.format": mapped(availability_date="next spring"),
    "google.expiration_date.format": mapped(expiration_date="2026-02-30"),
    "google.price.required": edited(**{"price.USD": None}),
    "google.price.format": mapped(BOOT, price="0.00 USD"),
    "google.price.currency": mapped(BOOT, price="199.00 EUR"),
    "google.sale_price.format": mapped(sale_price="0.00 USD"),
    "google.sale_price.currency": mapped(sale_price="9.00 EUR"),
    "google.sale_price.below_price": edited(**{"sale_price.USD": "89.00"}),
    "google.sale_price_effective_date.format": mapped(sale_price_effective_date="2026-12-02/2026-12-01"),
    "google.cost_of_goods_sold.format": mapped(cost_of_goods_sold="12,00 USD"),
    "google.cost_of_goods_sold.currency": mapped(cost_of_goods_sold="12.00 EUR"),
    "google.unit_pricing_measure.format": mapped(
        unit_pricing_measure="a bottle", unit_pricing_base_measure="1 l"
    ),
    "google.unit_pricing_base_measure.format": mapped(unit_pricing_base_measure="3 l"),
    "google.unit_pricing_base_measure.required": mapped(unit_pricing_measure="750 ml"),
    "google.shipping_weight.format": mapped(shipping_weight="2 stone"),
    "google.shipping_weight.range": mapped(shipping_weight="2001 kg"),
    "google.shipping_label.max_length": mapped(shipping_label=LONG),
    "google.brand.required": edited(brand=None),
    "google.brand.max_length": mapped(brand="x" * 71),
    "google.brand.placeholder": mapped(brand="N/A"),
    "google.gtin.required_media": edited(google_product_category="784", gtin=None),
    "google.gtin.advised": edited(gtin=None),
    "google.gtin.format": mapped(gtin="4006381333932"),
    "google.gtin.restricted": mapped(gtin="2000000000008"),
    "google.gtin.restricted_padded": mapped(gtin="200000000004"),
    "google.gtin.demonstration": Break(lambda demo: demo.set(allow_demo_identifiers=False)),
    "google.gtin.pack_indicator": mapped(gtin="10856435001702"),
    "google.mpn.required": edited(gtin=None, mpn=None),
    "google.mpn.max_length": mapped(mpn="x" * 71),
    "google.identifier_exists.required": edited(
        POLES, "", ("google.brand.required", "google.mpn.required"), gtin=None, mpn=None, brand=None
    ),
    "google.identifier_exists.values": mapped(identifier_exists="maybe"),
    "google.identifier_exists.contradicts": mapped(identifier_exists="no"),
    "google.condition.values": mapped(condition="mint"),
    "google.condition.required": mapped(condition={"constant_by_family": {}}),
    "google.adult.values": mapped(adult="perhaps"),
    "google.color.required": edited(SWEATERS, SWEATER, color=None),
    "google.color.advised": in_spain(SWEATER, lambda demo: demo.edit(SWEATERS, color=None)),
    "google.size.required": Break(poles_are_shoes),
    "google.size.advised": in_spain(POLES, poles_are_shoes),
    "google.gender.required": edited(BOOTS, BOOT, gender=None),
    "google.gender.advised": in_spain(BOOT, lambda demo: demo.edit(BOOTS, gender=None)),
    "google.age_group.required": edited(BOOTS, BOOT, age_group=None),
    "google.age_group.advised": in_spain(BOOT, lambda demo: demo.edit(BOOTS, age_group=None)),
    "google.color.max_length": mapped(color=LONG),
    "google.color.no_number": mapped(color="123"),
    "google.color.max_colours": mapped(color="red/blue/green/white"),
    "google.size.max_length": mapped(size=LONG),
    "google.size_type.values": mapped(size_type="huge"),
    "google.size_system.values": mapped(size_system="PL"),
    "google.gender.values": mapped(gender="men"),
    "google.age_group.values": mapped(age_group="teen"),
    "google.material.max_length": mapped(material="x" * 201),
    "google.pattern.max_length": mapped(pattern=LONG),
    "google.item_group_id.required": mapped(BOOT, item_group_id=NOTHING),
    "google.item_group_id.format": mapped(item_group_id="TB STAVE"),
    "google.item_group_id.members_differ": mapped(SWEATER, size="M"),
    "google.item_group_id.same_attributes": Break(only_a_sibling_has_its_material, BOOT),
    "google.item_group_id.same_brand": edited(SIBLING, BOOT, brand="havnfell"),
    "google.is_bundle.values": mapped(is_bundle="2"),
    "google.multipack.format": mapped(multipack="1"),
    "google.multipack.not_with_bundle": mapped("TB-SET-CAMP2", ("google.gtin.advised",), multipack="2"),
    **{f"google.custom_label_{n}.max_length": mapped(**{f"custom_label_{n}": LONG}) for n in range(5)},
}

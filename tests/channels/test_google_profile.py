"""Every rule of the Google profile, broken once on a good unit: what its severity promises must happen."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from channels.rules.availability import join_availability
from channels.rules.decide import Said, decide
from channels.rules.evaluate import Evaluation, evaluate, group_values
from channels.rules.inputs import AttributeInfo, GroupMember
from channels.rules.spec import Source
from tests.factories.channels import ATTRIBUTES, GOOD_ASSETS, NOW, Shot, google, make_unit, stored_profile

LAST_OLD_DAY = datetime(2027, 1, 30, 23, 59, tzinfo=UTC)
FIRST_NEW_DAY = datetime(2027, 1, 31, tzinfo=UTC)


def picture(**over: Any) -> dict[str, Any]:
    """A good unit whose main picture is changed."""
    return {"unit": {"assets": {**GOOD_ASSETS, "main": Shot(name="main", **over)}}}


def side_picture(**over: Any) -> dict[str, Any]:
    """A good unit whose second picture is changed."""
    return {"unit": {"assets": {**GOOD_ASSETS, "side": Shot(name="side", **over)}}}


def constant(field: str, value: str, **more: Any) -> dict[str, Any]:
    """A channel that maps a field to a fixed text."""
    return {"mapping": {field: Source(constant=value)}, **more}


def listed(field: str, values: list[str]) -> dict[str, Any]:
    """A channel that maps a field to an attribute with these values."""
    return {"mapping": {field: Source(attributes=("highlights",))}, "values": {"highlights": values}}


def sibling(**over: Any) -> GroupMember:
    """Another member of the group."""
    return GroupMember("018f0000-0000-7000-8000-000000000002", {"sku": "TR2-R-43", **over})


def grouped(*others: GroupMember) -> dict[str, Any]:
    """A good unit in a group with others."""
    values = group_values(google(), make_unit())
    return {"unit": {"group": (GroupMember(make_unit().product_id, values), *others)}}


MINE = {"color": "Red", "size": "42", "gender": "unisex", "age_group": "adult", "material": "Mesh"}
PLAIN = {"google_category": "632"}
MEDIA = {"google_category": "784"}
NO_IDS = {"brand": None, "gtin": None, "mpn": None}
LONG = "x" * 101

BREAKS: dict[str, dict[str, Any]] = {
    "base.unit.recalled": {"unit": {"state": "recalled"}},
    "base.unit.in_assortment": {"unit": {"in_assortment": False}},
    "google.id.required": {"unit": {"external_id": ""}},
    "google.id.max_length": {"unit": {"external_id": "x" * 51}},
    "google.id.unique": {"unit": {"external_id_taken": True}},
    "google.title.required": {"values": {"title": None}},
    "google.title.max_length": {"values": {"title": "x" * 151}},
    "google.title.capitals": {"values": {"title": "TRAIL RUNNER 2 RED"}},
    "google.description.required": {"values": {"description": {"$empty": True}}},
    "google.description.max_length": {"values": {"description": "x" * 5001}},
    "google.description.no_link": {"values": {"description": "See https://shop.example for more."}},
    "google.link.required": {"market": {"link_pattern": ""}},
    "google.link.format": {"market": {"link_pattern": "https://shop.example/größe/{external_id}"}},
    "google.mobile_link.format": constant("mobile_link", "m.shop.example/1"),
    "google.canonical_link.format": constant("canonical_link", "ftp://shop.example/1"),
    "google.image_link.format": {"market": {"picture_url": lambda _: "/media/main.jpg"}},
    "google.additional_image_link.format": {"market": {"picture_url": lambda p: f"//m/{p.name}.jpg"}},
    "google.lifestyle_image_link.format": {
        "mapping": {"lifestyle_image_link": Source(attributes=("gallery",))},
        "market": {"picture_url": lambda p: f"https://media.example/{p.name} 1.jpg"},
    },
    "google.video_link.format": constant("video_link", "https://video.example/ä"),
    "google.product_highlight.max_length": listed("product_highlight", ["x" * 151, "two", "three", "four"]),
    "google.product_highlight.count": listed("product_highlight", ["one"]),
    "google.product_highlight.advised": listed("product_highlight", ["one", "two"]),
    "google.product_type.max_length": {"unit": {"category_paths": [["x" * 751]]}},
    "google.google_product_category.advised": {"values": {"google_category": None}},
    "google.google_product_category.format": {"values": {"google_category": "Shoes >"}},
    "google.image_link.required": {"values": {"picture": None, "gallery": None}},
    "google.image_link.picture_format": picture(mime="image/avif"),
    "google.image_link.min_100": {**picture(width=99), "values": PLAIN},
    "google.image_link.min_250_apparel": picture(height=249),
    "google.image_link.min_500_announced": picture(width=499),
    "google.image_link.min_500": {**picture(width=499), "moment": FIRST_NEW_DAY},
    "google.image_link.advised_1500": picture(width=1499),
    "google.image_link.max_megapixels": picture(width=8001, height=8000),
    "google.image_link.max_bytes": picture(size=16 * 1024 * 1024 + 1),
    "google.additional_image_link.max_items": {
        "mapping": {"additional_image_link": Source(builtin="additional_pictures")},
        "values": {"gallery": [f"p{n}" for n in range(11)]},
        "unit": {"assets": {"main": Shot(name="main"), **{f"p{n}": Shot(name=f"p{n}") for n in range(11)}}},
    },
    "google.additional_image_link.picture_format": side_picture(mime="image/heic"),
    "google.availability_date.format": constant("availability_date", "next spring"),
    "google.expiration_date.format": constant("expiration_date", "2026-02-30"),
    "google.price.required": {"values": {"price.USD": None}},
    "google.price.format": {"values": {"price.USD": "0.00"}},
    "google.price.currency": constant("price", "129.00 EUR"),
    "google.sale_price.format": {"values": {"sale_price.USD": "cheap"}},
    "google.sale_price.currency": constant("sale_price", "99.00 EUR"),
    "google.sale_price.below_price": {"values": {"sale_price.USD": "129.00"}},
    "google.sale_price_effective_date.format": constant("sale_price_effective_date", "2026-12-02/2026-12-01"),
    "google.cost_of_goods_sold.format": constant("cost_of_goods_sold", "12,00 USD"),
    "google.cost_of_goods_sold.currency": constant("cost_of_goods_sold", "12.00 EUR"),
    "google.unit_pricing_measure.format": constant("unit_pricing_measure", "a bottle"),
    "google.unit_pricing_base_measure.format": constant("unit_pricing_base_measure", "3 l"),
    "google.unit_pricing_base_measure.required": constant("unit_pricing_measure", "750 ml"),
    "google.shipping_weight.format": constant("shipping_weight", "2 stone"),
    "google.shipping_weight.range": constant("shipping_weight", "2001 kg"),
    "google.shipping_label.max_length": constant("shipping_label", LONG),
    "google.brand.required": {"values": {"brand": None}},
    "google.brand.max_length": {"values": {"brand": "x" * 71}},
    "google.brand.placeholder": {"values": {"brand": "N/A"}},
    "google.gtin.required_media": {"values": {**MEDIA, "gtin": None}},
    "google.gtin.advised": {"values": {**PLAIN, "gtin": None}},
    "google.gtin.format": {"values": {"gtin": "4006381333932"}},
    "google.gtin.restricted": {"values": {"gtin": "2000000000008"}},
    "google.gtin.restricted_padded": {"values": {"gtin": "200000000004"}},
    "google.gtin.demonstration": {"market": {"flags": frozenset()}},
    "google.gtin.pack_indicator": {"values": {"gtin": "10856435001702"}},
    "google.mpn.required": {"values": {**PLAIN, "gtin": None, "mpn": None}},
    "google.mpn.max_length": {"values": {"mpn": "x" * 71}},
    "google.identifier_exists.required": {"values": NO_IDS},
    "google.identifier_exists.values": constant("identifier_exists", "maybe"),
    "google.identifier_exists.contradicts": constant("identifier_exists", "no"),
    "google.condition.values": constant("condition", "mint"),
    "google.condition.required": {"mapping": {"condition": Source(constant_by_family={})}},
    "google.adult.values": constant("adult", "perhaps"),
    "google.color.required": {"values": {"color": None}},
    "google.color.advised": {"values": {"color": None}, "market": {"country": "ES"}},
    "google.size.required": {"values": {"size": None}},
    "google.size.advised": {"values": {"size": None}, "market": {"country": "ES"}},
    "google.gender.required": {"values": {"gender": None}},
    "google.gender.advised": {"values": {"gender": None}, "market": {"country": "ES"}},
    "google.age_group.required": {"values": {"age_group": None}},
    "google.age_group.advised": {"values": {"age_group": None}, "market": {"country": "ES"}},
    "google.color.max_length": {"values": {"color": LONG}},
    "google.color.no_number": {"values": {"color": "123"}},
    "google.color.max_colours": {"values": {"color": "red/blue/green/white"}},
    "google.size.max_length": {"values": {"size": LONG}},
    "google.size_type.values": constant("size_type", "huge"),
    "google.size_system.values": constant("size_system", "PL"),
    "google.gender.values": {"values": {"gender": "men"}},
    "google.age_group.values": {"values": {"age_group": "teen"}},
    "google.material.max_length": {"values": {"material": "x" * 201}},
    "google.pattern.max_length": {"values": {"pattern": LONG}},
    "google.item_group_id.required": {"unit": {"group_id": ""}},
    "google.item_group_id.format": {"unit": {"group_id": "TR 2"}},
    "google.item_group_id.members_differ": grouped(sibling(brand="Fellwind", **MINE)),
    "google.item_group_id.same_attributes": grouped(
        sibling(brand="Fellwind", **{**MINE, "size": "43"}, pattern="Dots")
    ),
    "google.item_group_id.same_brand": grouped(sibling(brand="Other", **{**MINE, "size": "43"})),
    "google.is_bundle.values": constant("is_bundle", "2"),
    "google.multipack.format": constant("multipack", "1"),
    "google.multipack.not_with_bundle": {
        "mapping": {"multipack": Source(constant="2"), "is_bundle": Source(constant="yes")}
    },
    **{f"google.custom_label_{n}.max_length": constant(f"custom_label_{n}", LONG) for n in range(5)},
}
JOINED = {"google.availability.known", "google.availability_date.required"}
PROFILE = stored_profile("google")


def run(case: dict[str, Any]) -> Evaluation:
    attributes = {**ATTRIBUTES, "brand": AttributeInfo("brand", "reference", entity="brand")}
    labels = {"record_label": lambda _, record: record if record == "N/A" else record.capitalize()}
    market = {"attributes": attributes, **labels, **case.get("market", {})}
    compiled = google(case.get("mapping"), **market)
    return evaluate(compiled, make_unit(case.get("values"), **case.get("unit", {})), case.get("moment", NOW))


GOOD = run({})


def test_every_rule_of_the_profile_has_a_case() -> None:
    assert set(PROFILE.rules) == set(BREAKS) | JOINED


def test_good_unit_has_no_reason_and_full_score() -> None:
    assert (GOOD.reasons, GOOD.score, GOOD.completeness, GOOD.good) == ((), 100, 100, True)


@pytest.mark.parametrize("rule_id", sorted(BREAKS))
def test_breaking_a_rule_does_what_its_severity_says(rule_id: str) -> None:
    rule = PROFILE.rules[rule_id]
    live = decide(Said({}, {}), GOOD, NOW, 7)
    said = Said(live.parts, {})
    case = BREAKS[rule_id]
    moment = case.get("moment", NOW)

    broken = run(case)
    decision = decide(said, broken, moment, 7)

    found = [reason for reason in broken.reasons if reason.rule.id == rule_id]
    assert [(reason.rule.field, reason.rule.severity) for reason in found] == [(rule.field, rule.severity)]
    assert rule.message.format_map(found[0].params)
    assert broken.score < 100
    if rule.effect == "stand_down":
        assert decision.state == "withdrawn"
        assert decision.parts == {}
    elif rule.severity == "error":
        assert rule.part in broken.held
        assert decision.state == "partly_held"
        assert decision.parts[rule.part] == GOOD.checksums[rule.part]
        assert decide(Said({}, {}), broken, moment, 7).state == "held"
    else:
        assert rule.effect == "send"
        others = {r.rule.id for r in broken.reasons if r.rule.severity == "error"}
        assert rule.part not in {PROFILE.rules[other].part for other in others}
        assert decision.parts[rule.part] == broken.checksums[rule.part]


def test_picture_rule_changes_on_its_date_and_says_when() -> None:
    before = run({**picture(width=499), "moment": LAST_OLD_DAY})
    after = run({**picture(width=499), "moment": FIRST_NEW_DAY})

    assert [(r.rule.id, r.rule.severity) for r in before.reasons] == [
        ("google.image_link.min_500_announced", "warning"),
        ("google.image_link.advised_1500", "warning"),
    ]
    assert before.held == frozenset()
    assert before.due == FIRST_NEW_DAY
    assert [(r.rule.id, r.rule.severity) for r in after.reasons] == [
        ("google.image_link.min_500", "error"),
        ("google.image_link.advised_1500", "warning"),
    ]
    assert after.held == {"media"}
    assert after.due is None


@pytest.mark.parametrize(
    ("status", "date", "sent", "rule_ids"),
    [
        ("in_stock", "", "in_stock", []),
        ("out_of_stock", "", "out_of_stock", []),
        (None, "", "out_of_stock", ["google.availability.known"]),
        ("unknown", "", "out_of_stock", ["google.availability.known"]),
        ("preorder", "", "out_of_stock", ["google.availability_date.required"]),
        ("preorder", "2026-12-15T09:00-0500", "preorder", []),
        ("backorder", "2026-12-15", "backorder", []),
    ],
)
def test_joined_availability(status: str | None, date: str, sent: str, rule_ids: list[str]) -> None:
    joined = join_availability(PROFILE, status, {"availability_date": date})

    assert joined.value == sent
    assert [reason.rule.id for reason in joined.reasons] == rule_ids


def test_category_written_as_a_path_counts_as_apparel() -> None:
    path = "Apparel & Accessories > Clothing > Shirts & Tops"

    found = run({"values": {"google_category": path, "gender": None}})

    assert "google.gender.required" in found.rule_ids.split()


def test_bodies_of_the_good_unit_are_what_the_feed_says() -> None:
    assert GOOD.bodies["offer"] == b'{"price":"129.00 USD","sale_price":"99.00 USD"}'
    assert GOOD.bodies["media"] == (
        b'{"additional_image_link":["https://media.example/side.jpg","https://media.example/back.jpg"],'
        b'"image_link":"https://media.example/main.jpg"}'
    )
    assert b'"description":"Light shoe for rough paths. Dries fast."' in GOOD.bodies["content"]
    assert b'"link":"https://shop.example/en-US/p/TR2-R-42"' in GOOD.bodies["content"]

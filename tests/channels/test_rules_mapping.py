"""What target fields say for stored values of each type."""

from __future__ import annotations

import itertools
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.rules.evaluate import compile_profile, evaluate
from channels.rules.mapping import plain_text, price_text
from channels.rules.spec import BUILTINS, ProfileError, Source, parse_profile
from tests.factories.channels import GOOD_ASSETS, NOW, Shot, make_market, make_unit, stored_profile


def said(type_: str, source: Source, *, values: dict[str, Any] | None = None, **field: Any) -> Any:
    """What one field says of a good unit."""
    profile = parse_profile(
        {"code": "demo", "fields": [{"field": "f", "part": "content", "type": type_, **field}]}
    )
    unit = make_unit(values)
    found = evaluate(compile_profile(profile, {"f": source}, make_market()), unit, NOW)

    return orjson.loads(found.bodies["content"]).get("f")


@pytest.mark.parametrize(
    ("type_", "source", "values", "expected"),
    [
        ("text", Source(attributes=("mpn", "title")), {"mpn": {"$empty": True}}, "Trail Runner 2 – Red, 42"),
        ("text", Source(attributes=("unknown", "mpn")), {}, "TR2-R-42"),
        ("text", Source(attributes=("description",)), {}, "Light shoe for rough paths. Dries fast."),
        ("html", Source(attributes=("description",)), {"description": "<p>One</p>"}, "<p>One</p>"),
        ("text", Source(attributes=("color",)), {}, "Red"),
        ("enum", Source(attributes=("color",)), {}, "red"),
        ("text", Source(attributes=("color",)), {"color": ["red", "blue"]}, "Red/Blue"),
        ("texts", Source(attributes=("color",), limit=1), {"color": ["red", "blue"]}, ["Red"]),
        ("text", Source(attributes=("brand",)), {}, "Fellwind"),
        ("text", Source(attributes=("weight",)), {"weight": {"amount": "1.25", "unit": "kg"}}, "1.25 kg"),
        ("text", Source(attributes=("waterproof",)), {"waterproof": False}, "no"),
        ("price", Source(attributes=("price",)), {}, "129.00 USD"),
        ("price", Source(builtin="sale_price"), {}, "99.00 USD"),
        ("text", Source(constant="new"), {}, "new"),
        ("text", Source(constant_by_family={"footwear": "187"}), {}, "187"),
        ("text", Source(constant_by_family={"packs": "100"}), {}, None),
        ("text", Source(builtin="category_path"), {}, "Outdoor > Footwear > Running"),
        ("json", Source(builtin="variant_axes"), {}, {"color": "Red", "size": "42"}),
        ("pictures", Source(builtin="pictures", limit=1), {}, ["https://media.example/main.jpg"]),
        ("picture", Source(attributes=("gallery",)), {}, "https://media.example/side.jpg"),
        ("enum", Source(builtin="identifier_exists"), {}, "no"),
    ],
)  # fmt: skip
def test_field_says(type_: str, source: Source, values: dict[str, Any], expected: Any) -> None:
    assert said(type_, source, values=values) == expected


@pytest.mark.parametrize("profile", ["google", "own_storefront"])
def test_whatever_a_field_can_be_mapped_to_is_judged_without_failing(profile: str) -> None:
    spec, market, unit = stored_profile(profile), make_market(), make_unit({})
    sources = [
        *(Source(builtin=name) for name in BUILTINS),
        *(Source(attributes=(code,)) for code in market.attributes),
        Source(constant="x"),
        Source(constant_by_family={"footwear": "x"}),
    ]
    refused = set()

    for field, source in itertools.product(spec.fields.values(), sources):
        try:
            compiled = compile_profile(spec, {field.name: source}, market)
        except ProfileError:
            refused.add((field.type, source.builtin))
            continue
        evaluate(compiled, unit, NOW)

    assert ("enum", "pictures") in refused
    assert {builtin for _type, builtin in refused} == {
        "pictures", "additional_pictures", "category_paths", "variant_axes",
    }  # fmt: skip


def test_refused_built_in_is_named_with_its_field() -> None:
    overrides = {"condition": Source(builtin="pictures"), "price": Source(builtin="variant_axes")}

    with pytest.raises(ProfileError) as caught:
        compile_profile(stored_profile("google"), overrides, make_market())

    assert sorted(caught.value.problems) == [
        "Field condition (type enum) can't hold what the built-in pictures gives.",
        "Field price (type price) can't hold what the built-in variant_axes gives.",
    ]


def test_prices_and_pictures_as_objects() -> None:
    assert said("price", Source(builtin="price"), as_object=True) == {"amount": "129.00", "currency": "USD"}
    assert said("picture", Source(builtin="main_picture"), as_object=True) == {
        "url": "https://media.example/main.jpg",
        "alt": "",
        "width": 1600,
        "height": 1600,
    }


def test_picture_without_approved_version_is_not_said() -> None:
    profile = compile_profile(stored_profile("google"), {}, make_market())
    unit = make_unit({"gallery": None}, assets={**GOOD_ASSETS, "main": Shot(checksum=None)})

    found = evaluate(profile, unit, NOW)

    assert "google.image_link.required" in found.rule_ids.split()
    assert found.bodies["media"] == b"{}"


def test_link_escapes_what_it_is_given() -> None:
    profile = compile_profile(stored_profile("google"), {}, make_market())

    found = evaluate(profile, make_unit(external_id="A/B ä?"), NOW)

    assert b'"link":"https://shop.example/en-US/p/A%2FB%20%C3%A4%3F"' in found.bodies["content"]


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("15", "USD", "15.00 USD"),
        ("15.5", "EUR", "15.50 EUR"),
        ("1500.00", "JPY", "1500 JPY"),
        ("0.125", "USD", "0.125 USD"),
        ("1.5", "KWD", "1.500 KWD"),
        ("1E+3", "EUR", "1000.00 EUR"),
        ("cheap", "EUR", "cheap EUR"),
    ],
)
def test_price_text(amount: str, currency: str, text: str) -> None:
    assert price_text(amount, currency) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("a<br>b", "a b"),
        ("<p>one</p><p>two&nbsp;&amp; three</p>", "one two & three"),
        ("5 &lt; 6", "5 < 6"),
        ("  tabs\tand\nlines ", "tabs and lines"),
    ],
)
def test_plain_text(html: str, text: str) -> None:
    assert plain_text(html) == text


@given(st.text(max_size=40))
def test_plain_text_leaves_no_line_break_and_no_outer_space(text: str) -> None:
    found = plain_text(text)

    assert found == found.strip()
    assert not set("\n\t\r") & set(found)


def own_storefront(values: dict[str, Any], flags: frozenset[str] = frozenset()) -> Any:
    profile = compile_profile(
        stored_profile("own_storefront"), {"name": Source(attributes=("title",))}, make_market(flags=flags)
    )
    return evaluate(profile, make_unit(values), NOW)


@pytest.mark.parametrize(
    ("gtin", "rule"),
    [
        ("4006381333932", "own_storefront.gtin.format"),
        ("2000000000008", "own_storefront.gtin.restricted"),
        ("9520000000011", "own_storefront.gtin.demonstration"),
    ],
)
def test_own_storefront_leaves_out_a_gtin_that_is_not_valid_and_warns(gtin: str, rule: str) -> None:
    found = own_storefront({"gtin": gtin})

    assert [(reason.rule.id, reason.rule.severity) for reason in found.reasons] == [(rule, "warning")]
    assert b'"gtin"' not in found.bodies["content"]
    assert found.good


def test_own_storefront_sends_a_valid_gtin() -> None:
    found = own_storefront({"gtin": "4006381333931"})

    assert found.reasons == ()
    assert b'"gtin":"4006381333931"' in found.bodies["content"]


def test_own_storefront_only_warns_about_missing_brand_and_gtin() -> None:
    found = own_storefront({"brand": None, "gtin": None})

    assert found.rule_ids.split() == ["own_storefront.brand.advised", "own_storefront.gtin.advised"]
    assert found.good


@pytest.mark.parametrize(
    ("missing", "rule", "part"),
    [
        ({"title": None}, "own_storefront.name.required", "content"),
        ({"description": None}, "own_storefront.description.required", "content"),
        ({"picture": None, "gallery": None}, "own_storefront.pictures.required", "media"),
    ],
)
def test_own_storefront_holds_for_what_it_requires(missing: dict[str, Any], rule: str, part: str) -> None:
    found = own_storefront({"gtin": "4006381333931", **missing})

    assert found.rule_ids.split() == [rule]
    assert found.held == {part}


def test_own_storefront_stands_down_without_a_price() -> None:
    assert own_storefront({"price.USD": None}).stands_down

"""Resolving: locale, then level, then scope; the first key present is the value, and its origin is told."""

from __future__ import annotations

import pytest

from catalog.rules.resolve import Origin, Place, hidden_overrides, resolve
from catalog.rules.structure import categories_of, family_of, state_of
from catalog.rules.values import AttributeSpec
from workflows.rules.documents import EMPTY, Document

NAME = AttributeSpec(code="name", type="text", localised=True, scopable=True)
WEIGHT = AttributeSpec(code="weight", type="measurement")
SKU = AttributeSpec(code="sku", type="identifier")
PRICE = AttributeSpec(code="price", type="price", scopable=True)
AMAZON_DE = Place(("amazon_de", "amazon"), ("de-AT", "de-DE", "en-US"))


def test_the_exact_override_wins() -> None:
    own: Document = {"name:de-AT@amazon_de": "A", "name:de-AT@amazon": "B", "name:de-AT": "C"}

    found = resolve(NAME, AMAZON_DE, [own])

    assert found is not None
    assert (found.value, found.key, found.level, found.origin) == (
        "A",
        "name:de-AT@amazon_de",
        0,
        Origin.OVERRIDE,
    )


@pytest.mark.parametrize(
    ("levels", "value", "origin"),
    [
        ([{"name:de-AT@amazon": "B", "name:de-AT": "C"}], "B", Origin.OVERRIDE),
        ([{"name:de-AT": "C"}, {"name:de-AT@amazon_de": "P"}], "C", Origin.OWN),
        ([{}, {"name:de-AT@amazon": "P", "name:de-AT": "Q"}], "P", Origin.INHERITED),
        ([{"name:de-DE@amazon_de": "F"}, {"name:de-AT": "P"}], "P", Origin.INHERITED),
        ([{"name:en-US": "E"}, {"name:de-DE": "D"}], "D", Origin.FALLBACK),
        ([{"name:de-AT": EMPTY}, {"name:de-AT": "P"}], EMPTY, Origin.OWN),
    ],
)
def test_locale_comes_before_level_and_level_before_scope(
    levels: list[Document], value: object, origin: Origin
) -> None:
    found = resolve(NAME, AMAZON_DE, levels)

    assert found is not None
    assert (found.value, found.origin) == (value, origin)


def test_nothing_said_resolves_to_nothing() -> None:
    assert resolve(NAME, AMAZON_DE, [{"name:fr-FR": "x"}]) is None


def test_a_fact_that_is_not_scopable_ignores_scopes() -> None:
    found = resolve(WEIGHT, AMAZON_DE, [{}, {"weight": {"amount": "1", "unit": "kg"}}])

    assert found is not None
    assert (found.key, found.origin) == ("weight", Origin.INHERITED)


def test_identifiers_never_inherit() -> None:
    assert resolve(SKU, AMAZON_DE, [{}, {"sku": "P-1"}]) is None


def test_each_currency_is_a_value_of_its_own() -> None:
    levels: list[Document] = [{"price.EUR@amazon": "10", "price.USD": "12"}]

    euro, dollar = resolve(PRICE, AMAZON_DE, levels, "EUR"), resolve(PRICE, AMAZON_DE, levels, "USD")

    assert euro is not None
    assert dollar is not None
    assert (euro.value, dollar.value) == ("10", "12")


def test_an_attribute_limited_to_some_locales_skips_the_others() -> None:
    limited = AttributeSpec(code="name", type="text", localised=True, locales=frozenset({"en-US"}))

    found = resolve(limited, AMAZON_DE, [{"name:de-AT": "x", "name:en-US": "y"}])

    assert found is not None
    assert found.value == "y"


def test_an_override_hidden_by_a_nearer_value_is_reported() -> None:
    levels: list[Document] = [{"name:de-AT": "C"}, {"name:de-AT@amazon_de": "P"}]
    found = resolve(NAME, AMAZON_DE, levels)

    assert found is not None
    assert hidden_overrides(NAME, AMAZON_DE, levels, found) == ["name:de-AT@amazon_de"]


def test_structure_does_not_resolve_like_values() -> None:
    variant: Document = {"#exists": True, "#state": "active", "#categories": ["sale"]}
    parent: Document = {"#exists": True, "#state": "recalled", "#categories": ["running", "sale"]}
    root: Document = {"#exists": True, "#state": "active", "#family": "shoes"}

    assert family_of([variant, parent, root]) == "shoes"
    assert categories_of([variant, parent, root]) == ["sale", "running"]
    assert state_of([variant, parent, root]) == "recalled"
    assert state_of([variant, {}]) == "archived"

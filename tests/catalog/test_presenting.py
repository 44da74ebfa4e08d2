"""Values as pages show them."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from catalog.services.presenting import plain_text, present_values, value_choices
from catalog.services.schema import current_schema
from tests.factories.assets import make_asset, make_asset_user
from tests.factories.catalog import make_product
from workflows.registry import Shown
from workflows.rules.documents import EMPTY

pytestmark = pytest.mark.usefixtures("structure")


def test_rich_text_is_shown_without_markup() -> None:
    rich = "<p>Light &amp; dry.</p><ul><li>one</li><li>two</li></ul>"

    assert plain_text(rich) == "Light & dry.\n• one\n• two"
    shown = present_values(current_schema(), [("description:en-US", rich)])
    assert shown == [Shown("Light & dry.\n• one\n• two", typed=rich)]


def test_the_same_amount_in_another_unit_means_the_same() -> None:
    first, second, third = present_values(
        current_schema(),
        [
            ("weight", {"amount": "310", "unit": "g"}),
            ("weight", {"amount": "0.31", "unit": "kg"}),
            ("weight", {"amount": "0.32", "unit": "kg"}),
        ],
    )

    assert (first.text, second.text) == ("310 g", "0.31 kg")
    assert first.meaning == second.meaning is not None
    assert third.meaning != second.meaning


@pytest.mark.parametrize(
    ("key", "value", "text", "typed"),
    [
        ("name:en-US", "Shoe", "Shoe", "Shoe"),
        ("name:en-US", None, "", ""),
        ("name:en-US", dict(EMPTY), "deliberately empty", None),
        ("colour", "red", "Red", "red"),
        ("waterproof", True, "yes", "true"),
        ("brand", "Alpenrot", "Alpenrot", "Alpenrot"),
        ("tags", ["new", "eco"], "new, eco", None),
        ("#kind", "simple", "Simple", None),
        ("gone", "x", "x", None),
    ],
)
def test_values_read_as_people_say_them(key: str, value: Any, text: str, typed: str | None) -> None:
    shown = present_values(current_schema(), [(key, value)])[0]

    assert (shown.text, shown.typed) == (text, typed)


def test_linked_products_are_named() -> None:
    shoe = make_product("TR-1", **{"name:en-US": "Trail Runner"})
    links = [{"product": str(shoe.pk), "quantity": 2}, {"product": str(uuid4())}]

    related, parent = present_values(current_schema(), [("related", links), ("#parent", str(shoe.pk))])

    assert related.text == "2 × Trail Runner (TR-1)\na product that is not true yet"
    assert parent.text == "Trail Runner (TR-1)"


def test_choices_are_offered_where_there_is_a_list() -> None:
    schema = current_schema()

    assert value_choices(schema, "colour") == [("blue", "blue"), ("red", "Red")]
    assert value_choices(schema, "waterproof") == [("true", "yes"), ("false", "no")]
    assert value_choices(schema, "brand") == [("Alpenrot", "Alpenrot"), ("Fjord", "Fjord")]
    assert value_choices(schema, "name:en-US") == []
    assert value_choices(schema, "#state") == []


def test_pictures_and_queries_do_not_grow_with_the_values(django_assert_num_queries: Any) -> None:
    actor = make_asset_user("drawer", "add_asset")
    codes = [make_asset(f"p{number}.png", actor=actor).code for number in range(4)]
    schema = current_schema()

    for count in (1, 4):
        with django_assert_num_queries(2):
            shown = present_values(schema, [("picture", code) for code in codes[:count]])
        assert [row.pictures[0].name for row in shown] == codes[:count]
        assert all(row.pictures[0].thumbnail.startswith("/media/") for row in shown)

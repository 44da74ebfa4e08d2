"""The product list: what it finds, how it narrows and pages, and that its cost does not grow."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog import registry
from catalog.admin import product_list
from catalog.admin.product_list import list_page
from catalog.models import Product
from catalog.services.products import propose_edit
from catalog.services.schema import current_schema
from catalog.services.structure import load_structure
from tests.factories.catalog import make_product

pytestmark = pytest.mark.usefixtures("structure")

LIST = "/admin/catalog/product/"


@pytest.fixture
def shoes() -> dict[str, Product]:
    """A parent in two colours, and a simple product beside it."""
    parent = make_product(
        "RUN",
        **{
            "#kind": "parent",
            "#family": "shoes",
            "#family_variant": "shoes_colour",
            "#categories": ["running"],
            "name:en-US": "Trail Runner",
            "waterproof": True,
        },
    )
    variants = {
        sku: make_product(sku, **{"#kind": "variant", "#parent": str(parent.pk), "colour": colour})
        for sku, colour in (("RUN-R", "red"), ("RUN-B", "blue"))
    }
    pack = make_product("PACK", **{"name:en-US": "Backpack", "waterproof": False, "#state": "draft"})
    return {"RUN": parent, **variants, "PACK": pack}


def skus(user: User, query: str = "") -> list[str]:
    """Return the SKUs of a page, in its order."""
    return [row.product.sku for row in list_page(QueryDict(query), user, current_schema()).rows]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["PACK", "RUN-B", "RUN-R", "RUN"]),
        ("order=sku", ["PACK", "RUN", "RUN-B", "RUN-R"]),
        ("order=changed", ["PACK", "RUN-B", "RUN-R", "RUN"]),
        ("family=shoes&order=sku", ["RUN", "RUN-B", "RUN-R"]),
        ("category=master&order=sku", ["RUN", "RUN-B", "RUN-R"]),
        ("kind=whole&order=sku", ["PACK", "RUN"]),
        ("kind=variant&order=sku", ["RUN-B", "RUN-R"]),
        ("state=draft", ["PACK"]),
        ("a.waterproof=true&order=sku", ["RUN", "RUN-B", "RUN-R"]),
        ("a.waterproof=false", ["PACK"]),
        ("a.colour=red", ["RUN-R"]),
        ("q=backpack", ["PACK"]),
        ("q=RUN-R&family=shoes", ["RUN-R"]),
        ("q=backpack&family=shoes", []),
    ],
)
def test_the_address_narrows_the_list(
    query: str, expected: list[str], shoes: dict[str, Product], merchandiser: User
) -> None:
    assert skus(merchandiser, query) == expected


def test_a_variant_is_in_the_strictest_state_above_it(merchandiser: User) -> None:
    parent = make_product("RUN", **{"#kind": "parent", "#state": "recalled"})
    make_product("RUN-R", **{"#kind": "variant", "#parent": str(parent.pk)})

    assert skus(merchandiser, "state=recalled&order=sku") == ["RUN", "RUN-R"]
    assert skus(merchandiser, "state=active") == []


def test_an_own_value_hides_the_parents_in_filters_too(merchandiser: User) -> None:
    parent = make_product("RUN", **{"#kind": "parent", "colour": "red"})
    make_product("RUN-R", **{"#kind": "variant", "#parent": str(parent.pk)})
    make_product("RUN-B", **{"#kind": "variant", "#parent": str(parent.pk), "colour": "blue"})

    assert skus(merchandiser, "a.colour=red&order=sku") == ["RUN", "RUN-R"]
    assert skus(merchandiser, "a.colour=blue") == ["RUN-B"]


def test_a_deliberately_empty_value_hides_the_parents_in_filters_too(merchandiser: User) -> None:
    parent = make_product("P", **{"#kind": "parent", "tags": ["new"], "waterproof": True})
    below = {"#kind": "variant", "#parent": str(parent.pk)}
    make_product("V-SAYS", **below, tags={"$empty": True}, waterproof={"$empty": True})
    make_product("V-INHERITS", **below)

    assert skus(merchandiser, "a.tags=new") == ["V-INHERITS", "P"]
    assert skus(merchandiser, "a.waterproof=true") == ["V-INHERITS", "P"]


@pytest.fixture
def moods(superuser: User) -> None:
    """A filterable choice that channels may adapt, one that differs by language, and a yes or no."""
    moods = [{"code": "calm"}, {"code": "wild"}]
    attributes = [
        {"code": "mood", "type": "select", "scopable": True, "filterable": True, "options": moods},
        {"code": "tone", "type": "select", "localised": True, "filterable": True, "options": moods},
        {"code": "loud", "type": "boolean", "scopable": True, "filterable": True},
    ]
    load_structure({"attributes": attributes}, actor=superuser, reason="tests")


@pytest.mark.usefixtures("moods")
def test_what_one_channel_is_told_neither_counts_nor_hides(merchandiser: User) -> None:
    parent = make_product("P", **{"#kind": "parent", "mood": "calm", "loud": False})
    variant = {"#kind": "variant", "#parent": str(parent.pk), "mood@site": "wild", "loud@site": True}
    make_product("V", **variant)

    assert skus(merchandiser, "a.mood=calm") == ["V", "P"]
    assert skus(merchandiser, "a.mood=wild") == []
    assert skus(merchandiser, "a.loud=false") == ["V", "P"]
    assert skus(merchandiser, "a.loud=true") == []


@pytest.mark.usefixtures("moods")
def test_a_nearer_value_hides_the_parents_in_its_own_language_only(merchandiser: User) -> None:
    parent = make_product("P", **{"#kind": "parent", "tone:en-US": "calm", "tone:de-DE": "calm"})
    below = {"#kind": "variant", "#parent": str(parent.pk)}
    make_product("V-ONE", **below, **{"tone:en-US": "wild"})
    make_product("V-BOTH", **below, **{"tone:en-US": "wild", "tone:de-DE": "wild"})

    assert skus(merchandiser, "a.tone=calm") == ["V-ONE", "P"]
    assert skus(merchandiser, "a.tone=wild") == ["V-BOTH", "V-ONE"]


def test_an_open_request_marks_and_filters(shoes: dict[str, Product], merchandiser: User) -> None:
    propose_edit(shoes["PACK"].pk, {"name:en-US": "Rucksack"}, actor=merchandiser)

    page = list_page(QueryDict("open=1"), merchandiser, current_schema())

    assert [(row.product.sku, row.open_requests) for row in page.rows] == [("PACK", 1)]


def test_unknown_filters_are_left_out_and_named(shoes: dict[str, Product], merchandiser: User) -> None:
    page = list_page(QueryDict("family=hats&a.smell=good&order=size"), merchandiser, current_schema())

    assert page.count == 4
    assert page.unknown == ["size", "hats", "smell"]


@pytest.mark.parametrize("order", ["new", "sku", "changed"])
def test_pages_hold_every_product_once_forwards_and_backwards(
    order: str, merchandiser: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(product_list, "PAGE_SIZE", 3)
    for number in range(8):
        make_product(f"P|{number}")
    everything = sorted(f"P|{number}" for number in range(8))

    forwards, query = [], f"order={order}"
    while query:
        page = list_page(QueryDict(query), merchandiser, current_schema())
        forwards.append([row.product.sku for row in page.rows])
        query, back = page.next.removeprefix("?"), page.previous.removeprefix("?")
    backwards = [forwards[-1]]
    while back:
        page = list_page(QueryDict(back), merchandiser, current_schema())
        backwards.append([row.product.sku for row in page.rows])
        back = page.previous.removeprefix("?")

    assert [len(rows) for rows in forwards] == [3, 3, 2]
    assert sorted(sku for rows in forwards for sku in rows) == everything
    assert backwards[::-1] == forwards


def test_search_results_are_paged_in_their_rank(merchandiser: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(product_list, "PAGE_SIZE", 2)
    for number in range(5):
        make_product(f"P-{number}", **{"name:en-US": "Lamp " * (number + 1)})

    first = list_page(QueryDict("q=lamp"), merchandiser, current_schema())
    second = list_page(QueryDict(first.next.removeprefix("?")), merchandiser, current_schema())

    assert (first.count, first.first, first.last, second.first, second.last) == (5, 1, 2, 3, 4)
    assert not {row.product.sku for row in first.rows} & {row.product.sku for row in second.rows}


def test_counting_stops_where_it_would_get_dear(merchandiser: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(product_list, "COUNT_LIMIT", 2)
    for number in range(4):
        make_product(f"P-{number}")

    page = list_page(QueryDict(""), merchandiser, current_schema())

    assert (page.count, page.counted_all) == (2, False)


def test_a_nonsense_place_is_the_beginning(shoes: dict[str, Product], merchandiser: User) -> None:
    for query in ("after=x", "after=%7C", "order=changed&after=2026%7Cx", "before="):
        assert len(skus(merchandiser, query)) == 4, query


def test_rows_tell_variants_apart_and_show_a_picture_of_theirs(
    client: Client, shoes: dict[str, Product], merchandiser: User
) -> None:
    client.force_login(merchandiser)

    text = unescape(client.get(LIST).content.decode())

    assert text.count("Trail Runner</a>") == 3
    assert '<span class="cc-hint">Red</span>' in text
    assert f"{LIST}{shoes['RUN-R'].pk}/change/" in text


def test_higher_apps_add_columns(
    client: Client,
    shoes: dict[str, Product],
    merchandiser: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(registry, "_columns", [])
    asked: list[tuple[int, User]] = []

    def build(ids: Any, user: User) -> dict[UUID, str]:
        asked.append((len(ids), user))
        return {shoes["PACK"].pk: "<b>96 %</b>"}

    registry.register_product_column("Shop", build)
    client.force_login(merchandiser)

    text = client.get(LIST).content.decode()

    assert '<th scope="col">Shop</th>' in text
    assert "&lt;b&gt;96 %&lt;/b&gt;" in text
    assert asked == [(4, merchandiser)]


def test_the_list_costs_the_same_for_2_and_for_20_products(
    client: Client,
    merchandiser: User,
    django_assert_num_queries: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(registry, "_columns", [])
    client.force_login(merchandiser)
    for number in range(2):
        make_product(f"P-{number}", **{"name:en-US": f"Product {number}", "colour": "red"})
    client.get(LIST)
    with CaptureQueriesContext(connection) as two:
        client.get(f"{LIST}?a.colour=red")
    cost = len(two)
    for number in range(2, 20):
        make_product(f"P-{number}", **{"name:en-US": f"Product {number}", "colour": "red"})

    with django_assert_num_queries(cost):
        client.get(f"{LIST}?a.colour=red")
    assert cost == 12


@pytest.mark.parametrize(("role", "status"), [("", 403), ("support", 200), ("merchandiser", 200)])
def test_only_who_may_view_products_sees_the_list(
    role: str, status: int, client: Client, make_account: Callable[..., User]
) -> None:
    client.force_login(make_account(role, name="somebody"))

    assert client.get(LIST).status_code == status


def test_the_list_takes_nothing(client: Client, superuser: User) -> None:
    client.force_login(superuser)

    assert client.post(LIST, {"action": "delete_selected"}).status_code == 405


def test_empty_lists_teach(client: Client, merchandiser: User, support: User) -> None:
    client.force_login(merchandiser)
    assert "Propose the first product by hand" in client.get(LIST).content.decode()
    assert "Nothing is called “lamp”." in client.get(f"{LIST}?q=lamp").content.decode()
    assert "No product passes these filters." in client.get(f"{LIST}?state=draft").content.decode()

    client.force_login(support)
    text = client.get(LIST).content.decode()
    assert "There are no products yet." in text
    assert "Propose the first product by hand" not in text

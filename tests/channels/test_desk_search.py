"""Finding products at the desk by whatever a customer says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.services.schema import current_schema
from channels.desk.finding import find_products
from channels.desk.truth import facts_of
from channels.desk.views import _families_together
from tests.factories.catalog import edit_product, make_product
from tests.factories.listings import publish, set_stock

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]


@pytest.fixture
def desk(client: Client, support: User) -> Client:
    """A client of somebody at the desk."""
    client.force_login(support)
    return client


def test_any_title_sku_gtin_or_part_finds(make_good: Make) -> None:
    first = make_good(1, **{"name:en-US@site": "Mountain Comet"})
    second = make_good(2, **{"name:de-DE": "Bergläufer"})

    assert find_products("comet mount") == [first.pk]
    assert find_products("berglauf") == [second.pk]
    assert find_products("s-2") == [second.pk]
    assert find_products("9520000000028") == [first.pk]
    assert find_products("09520000000028") == [first.pk]
    assert find_products("00000035") == [second.pk]
    assert sorted(find_products("trail runner")) == [first.pk, second.pk]
    assert find_products("nothing of it") == []
    assert find_products("   ") == []


def test_title_that_a_channel_still_shows_finds(make_good: Make) -> None:
    product = make_good(1)
    make_good(2, **{"name:en-US": "Other", "name:de-DE": "Anderer"})
    publish("shop", "google")
    edit_product(product.pk, {"name:en-US": "Fell Glider", "name:de-DE": "Gleiter"})

    assert find_products("trail runner") == [product.pk]
    assert find_products("RUNNER neu") == [product.pk]
    assert find_products("glider") == [product.pk]
    assert product.pk in find_products("light fast trail")  # where none has all, most of the words will do
    publish("shop", "google")
    assert find_products("trail runner") == []


@pytest.mark.parametrize("text", ["strasse", "STRASSE cafe", "Café", "sse"])
def test_title_still_shown_is_compared_as_the_catalogues_search_does(make_good: Make, text: str) -> None:
    product = make_good(1, **{"name:en-US": "Straße zum Café"})
    make_good(2)
    publish("shop")
    edit_product(product.pk, {"name:en-US": "Fell Glider"})

    assert find_products(text) == [product.pk]


def test_title_of_a_part_held_back_finds(make_good: Make) -> None:
    product = make_good(1)
    publish("google")
    edit_product(product.pk, {"name:en-US": "N" * 160, "name:de-DE": "N" * 160})
    publish("google")

    assert find_products("trail runner") == [product.pk]


def test_title_shown_for_a_parents_name_finds(make_good: Make) -> None:
    parent = make_good(
        1, **{"#kind": "parent", "#family_variant": "shoes_colour", "gtin": None, "colour": None}
    )
    variant = make_product(
        "V-1", **{"#kind": "variant", "#parent": str(parent.pk), "colour": "red", "gtin": "9520000000042"}
    )
    publish("shop")
    edit_product(parent.pk, {"name:en-US": "Fell Glider", "name:de-DE": "Gleiter"})

    assert find_products("trail") == [variant.pk]


def test_former_sku_that_channels_keep_as_id_finds(make_good: Make) -> None:
    product = make_good(1)
    publish("shop")
    edit_product(product.pk, {"sku": "NEW-1"})

    assert find_products("S-1") == [product.pk]
    assert find_products("new-1") == [product.pk]


def test_single_product_opens_at_once(desk: Client, make_good: Make) -> None:
    product = make_good(1)

    response = desk.get("/desk/?q=s-1")

    assert response.status_code == 302
    assert response["Location"] == f"/desk/products/{product.pk}/"


def test_results_show_picture_title_sku_price_and_stock(desk: Client, make_good: Make) -> None:
    product, recalled = make_good(1), make_good(3, **{"#state": "recalled"})
    set_stock(product, "in_stock", 4)
    set_stock(recalled, "in_stock", 9)
    parent = make_good(2, **{"#kind": "parent", "#family_variant": "shoes_colour", "colour": None})
    make_product("V-1", **{"#kind": "variant", "#parent": str(parent.pk), "colour": "red"})

    page = desk.get("/desk/?q=trail").content.decode()

    assert "3 products for “trail”" in page
    for text in (
        "/media/thumb/",
        "S-1",
        "$129.00",
        "€119.00",
        "In stock · 4",
        "Recalled",
        "not for sale",
        "S-2",
        "1 variant",
    ):
        assert text in page
    assert f"/desk/products/{parent.pk}/?q=trail" in page
    assert "In stock · 9" not in page


def test_nothing_found_says_what_to_try(desk: Client, shop: None) -> None:
    page = desk.get("/desk/?q=" + quote("<b>x</b>")).content.decode()

    assert "Nothing is called “&lt;b&gt;x&lt;/b&gt;”" in page
    assert "Try fewer words" in page


@pytest.mark.parametrize("query", ["'", "\\", "%25", "%22%22", "a" * 5000, "*", "&|!()", "%F0%9F%91%9F"])
def test_no_query_breaks_the_search(desk: Client, make_good: Make, query: str) -> None:
    make_good(1)

    assert desk.get(f"/desk/?q={query}").status_code in (200, 302)


def test_search_costs_the_same_for_two_and_for_twenty(desk: Client, make_good: Make) -> None:
    for number in range(2):
        make_good(number, sku=f"A-{number}", gtin=None)
    desk.get("/desk/?q=trail")
    counts = []
    for count in (2, 20):
        for number in range(2, count):
            make_good(number, sku=f"A-{number}", gtin=None)
        with CaptureQueriesContext(connection) as queries:
            page = desk.get("/desk/?q=trail").content.decode()
        assert f"{count} products for" in page
        counts.append(len(queries))

    expected = 11 if connection.vendor == "postgresql" else 13
    assert counts == [expected, expected]


def test_variants_follow_their_parent_where_both_are_found(desk: Client, make_good: Make) -> None:
    parent = make_good(
        1, **{"#kind": "parent", "#family_variant": "shoes_colour", "gtin": None, "colour": None}
    )
    variants = [
        make_product(f"V-{colour}", **{"#kind": "variant", "#parent": str(parent.pk), "colour": colour})
        for colour in ("red", "blue")
    ]
    other = make_good(2, sku="V-other")

    hits = desk.get("/desk/?q=v-").context["hits"]
    assert {(hit.facts.id, hit.is_below) for hit in hits} == {
        (product.pk, False) for product in [*variants, other]
    }
    facts = facts_of([variants[0].pk, other.pk, parent.pk, variants[1].pk], current_schema())
    ordered = _families_together([variants[0].pk, other.pk, parent.pk, variants[1].pk], facts)

    assert ordered == [other.pk, parent.pk, variants[0].pk, variants[1].pk]

"""Lists of the storefront: members, filters, pages, ETags and their queries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from channels.models import Listing
from tests.factories.catalog import edit_product, make_product
from tests.factories.listings import publish, set_stock

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
LIST = "/api/v1/storefront/shop/products/"


def skus(client: Client, query: str = "") -> list[str]:
    """Return the ids a list answers with, in its order."""
    response = client.get(LIST + query)
    assert response.status_code == 200, response.content
    return [item["listing"]["id"] for item in response.json()["results"]]


def copies(count: int) -> None:
    """Say the first listing of each place under many other products, as rows."""
    for listing in Listing.objects.filter(channel__code="shop"):
        rows = [
            Listing(
                **{
                    field.attname: getattr(listing, field.attname)
                    for field in Listing._meta.concrete_fields
                    if field.attname not in ("id", "product_id", "external_id")
                },
                id=UUID(int=listing.id.int + number + 1),
                product_id=UUID(int=listing.product_id.int + number + 1),
                external_id=f"copy {number}",
            )
            for number in range(count)
        ]
        Listing.objects.bulk_create(rows)


def test_list_holds_what_is_said_in_a_place_by_product_id(client: Client, make_good: Make) -> None:
    first, second = make_good(1), make_good(2)
    make_good(3, **{"price.EUR": None})
    publish("shop")
    make_good(4)

    german = client.get(LIST).json()

    assert (german["next"], german["previous"]) == (None, None)
    assert [item["id"] for item in german["results"]] == [str(first.pk), str(second.pk)]
    assert skus(client, "?market=site_us") == ["S-1", "S-2", "S-3"]


def test_pages_meet_everything_once_both_ways(client: Client, make_good: Make) -> None:
    make_good(1)
    publish("shop")
    copies(6)
    met, address = [], LIST + "?page_size=3"
    while address:
        page = client.get(address).json()
        met.append([item["id"] for item in page["results"]])
        last, address = page, page["next"]
    before = client.get(last["previous"]).json()

    everything = [
        str(pk) for pk in Listing.objects.filter(market="site_de").values_list("product_id", flat=True)
    ]
    assert [len(page) for page in met] == [3, 3, 1]
    assert [pk for page in met for pk in page] == sorted(everything)
    assert [item["id"] for item in before["results"]] == met[1]


@pytest.mark.parametrize(
    ("query", "field"),
    [("page_size=0", "page_size"), ("page_size=many", "page_size"), ("cursor=bogus", "cursor"),
     ("cursor=cD1ub3RhbmlkZW50aWZpZXI%3D", "cursor"), ("updated_since=yesterday", "updated_since"),
     ("q=%00", "q"), ("colour=red", "colour"), ("market=x", "market")],
)  # fmt: skip
def test_parameter_that_cannot_be_used_is_named(client: Client, shop: None, query: str, field: str) -> None:
    response = client.get(f"{LIST}?{query}")

    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert [error["path"] for error in response.json()["errors"]] == [field]


def test_page_holds_at_most_two_hundred(client: Client, make_good: Make) -> None:
    make_good(1)
    publish("shop")
    copies(220)

    assert len(skus(client)) == 50
    assert len(skus(client, "?page_size=5000")) == 200


def test_former_sku_finds_the_product_as_its_own_address_does(client: Client, make_good: Make) -> None:
    product = make_good(1)
    make_good(2)
    publish("shop")
    edit_product(product.pk, {"sku": "NEW-1"})
    publish("shop")

    assert skus(client, "?sku=s-1") == skus(client, "?sku=new-1") == ["S-1"]
    assert client.get("/api/v1/storefront/shop/products/by-sku/S-1/").status_code == 200


def test_filters_choose_by_product_truth(client: Client, make_good: Make) -> None:
    make_good(1)
    make_good(2, **{"name:de-DE": "Bergstiefel", "#categories": ["master"]})
    publish("shop")

    assert skus(client, "?sku=s-2") == ["S-2"]
    assert skus(client, "?sku=S") == []
    assert skus(client, "?gtin=9520000000028") == ["S-1"]
    assert skus(client, "?gtin=09520000000028") == ["S-1"]
    assert skus(client, "?gtin=S-1") == []
    assert skus(client, "?category=running") == ["S-1"]
    assert skus(client, "?category=master") == ["S-1", "S-2"]
    assert skus(client, "?category=unknown") == []
    assert skus(client, "?q=bergst") == ["S-2"]
    assert skus(client, "?q=nothing") == []
    assert skus(client, "?q=bergst&sku=S-1") == []


def test_variants_are_found_by_what_their_parents_say(client: Client, make_good: Make) -> None:
    parent = make_good(
        1, **{"#kind": "parent", "#family_variant": "shoes_colour", "gtin": None, "colour": None}
    )
    make_product(
        "V-1", **{"#kind": "variant", "#parent": str(parent.pk), "colour": "red", "gtin": "9520000000042"}
    )
    make_product(
        "V-2", **{"#kind": "variant", "#parent": str(parent.pk), "colour": "blue", "gtin": "9520000000059"}
    )
    make_good(4, gtin=None)
    publish("shop")

    assert skus(client, "?group=s-1") == ["V-1", "V-2"]
    assert skus(client, "?q=trail") == ["V-1", "V-2", "S-4"]
    assert skus(client, "?category=running") == ["V-1", "V-2", "S-4"]
    assert skus(client, "?q=v-2") == ["V-2"]


def test_updated_since_keeps_what_was_said_anew(client: Client, make_good: Make) -> None:
    product = make_good(1)
    make_good(2)
    publish("shop")
    hour_ago = timezone.now() - timedelta(hours=1)
    Listing.objects.update(said_from=hour_ago)
    edit_product(product.pk, {"name:de-DE": "Neu"})
    publish("shop")
    since = (hour_ago + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")

    assert skus(client, f"?updated_since={since}") == ["S-1"]


def test_list_etag_follows_members_order_query_and_stock(client: Client, make_good: Make) -> None:
    product = make_good(1)
    set_stock(product, "in_stock", 2)
    publish("shop")
    first = client.get(LIST)
    again = client.get(LIST, headers={"If-None-Match": first["ETag"]})
    other_query = client.get(LIST + "?page_size=10")
    set_stock(product, "out_of_stock", 0)
    sold_out = client.get(LIST, headers={"If-None-Match": first["ETag"]})
    make_good(2)
    publish("shop")
    grown = client.get(LIST, headers={"If-None-Match": sold_out["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert other_query["ETag"] != first["ETag"]
    assert sold_out.status_code == 200
    assert sold_out.json()["results"][0]["availability"]["status"] == "out_of_stock"
    assert grown.status_code == 200
    assert len(grown.json()["results"]) == 2


def test_list_costs_the_same_queries_for_20_and_for_200(client: Client, make_good: Make) -> None:
    product = make_good(1)
    set_stock(product, "in_stock", 2)
    publish("shop")
    copies(230)
    client.get(LIST)
    postgresql = connection.vendor == "postgresql"
    expected = {"": 3, "&category=running": 4, "&gtin=9520000000028": 3, "&q=trail": 4 if postgresql else 6}

    for query, count in expected.items():
        for size in (20, 200):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(f"{LIST}?page_size={size}{query}").status_code == 200
            assert len(queries) == count, (query, size)
            assert len(queries) <= 6

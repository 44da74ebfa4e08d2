"""One product of the storefront: stored bytes with the availability of this moment, addresses, ETags."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from catalog.services.structure import load_structure
from channels.api.access import load_facts
from channels.models import Body, Listing
from tests.factories.catalog import edit_product
from tests.factories.listings import publish, set_stock

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
ROOT = "/api/v1/storefront/shop/products"
US = "?market=site_us"


@pytest.fixture
def shoe(make_good: Make) -> Any:
    """A product that both channels say."""
    product = make_good(1)
    set_stock(product, "in_stock", 7)
    publish("shop")
    return product


def test_product_is_its_stored_bodies_with_availability(client: Client, shoe: Any) -> None:
    response = client.get(f"{ROOT}/{shoe.pk}/{US}")

    listing = Listing.objects.get(product=shoe, market="site_us")
    bodies = [Body.objects.get(pk=getattr(listing, part)).body for part in ("content", "media", "offer")]
    stored = "{" + ",".join(body[1:-1] for body in bodies) + "}"
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert f'"listing":{stored},"availability"' in response.content.decode()
    answer = response.json()
    said_from = datetime.fromisoformat(answer.pop("said_from"))
    assert said_from == listing.said_from
    fields = answer.pop("listing")
    assert answer == {
        "id": str(shoe.pk),
        "market": "site_us",
        "locale": "en-US",
        "version": 1,
        "availability": {"status": "in_stock", "quantity": 7, "known": True},
    }
    assert (fields["id"], fields["name"], fields["price"]) == (
        "S-1",
        "Trail Runner 2",
        {"amount": "129.00", "currency": "USD"},
    )


def test_first_market_and_its_first_language_are_the_default(client: Client, shoe: Any) -> None:
    answer = client.get(f"{ROOT}/{shoe.pk}/").json()

    assert (answer["market"], answer["locale"]) == ("site_de", "de-DE")
    assert answer["listing"]["name"] == "Trail Runner 2 (neu)"
    assert answer["listing"]["price"] == {"amount": "119.00", "currency": "EUR"}


@pytest.mark.parametrize(
    ("query", "field", "sentence"),
    [
        ("?market=site_fr", "market", "“site_fr” is not served here; there is: site_de, site_us."),
        ("?market=", "market", "“” is not served here; there is: site_de, site_us."),
        ("?locale=fr-FR", "locale", "“fr-FR” is not served here; there is: de-DE."),
        ("?market=site_us&locale=de-DE", "locale", "“de-DE” is not served here; there is: en-US."),
        ("?language=de", "language", "There is no parameter “language” here."),
    ],
)
def test_unknown_place_is_a_problem_that_names_the_field(
    client: Client, shoe: Any, query: str, field: str, sentence: str
) -> None:
    response = client.get(f"{ROOT}/{shoe.pk}/{query}")

    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert response.json() == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": sentence,
        "code": "invalid",
        "errors": [{"path": field, "code": "unknown", "detail": sentence}],
    }


@pytest.mark.parametrize("sku", ["A/B", "A B", "Ünï 42", "a%2Fb", "x/", "50% off?", "..", "1+1#2"])
def test_any_sku_is_an_address(client: Client, make_good: Make, sku: str) -> None:
    product = make_good(1, sku=sku)
    publish("shop")

    response = client.get(f"{ROOT}/by-sku/{quote(sku, safe='')}/")

    assert response.status_code == 200
    assert response.json()["id"] == str(product.pk)


def test_sku_is_found_without_regard_to_case(client: Client, shoe: Any) -> None:
    by_sku = client.get(f"{ROOT}/by-sku/s-1/")

    assert by_sku.content == client.get(f"{ROOT}/{shoe.pk}/").content


@pytest.mark.parametrize(
    "address",
    [
        "01a20000-0000-7000-8000-000000000000/",
        "no-id/",
        "by-sku/",
        "by-sku/S-2/",
        "by-sku/S%00/",
        "by-sku/%FF/",
    ],
)
def test_what_nobody_says_is_not_found(client: Client, shoe: Any, address: str) -> None:
    response = client.get(f"{ROOT}/{address}")

    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "not_found"


def test_only_what_is_live_is_answered(client: Client, make_good: Make, shoe: Any) -> None:
    held = make_good(2, **{"price.USD": None})
    parent = make_good(3, **{"#kind": "parent"})
    unpublished = make_good(4)
    publish("shop")
    late = make_good(5)
    edit_product(shoe.pk, {"#state": "recalled"})

    statuses = [
        client.get(f"{ROOT}/{product.pk}/{US}").status_code
        for product in (shoe, held, parent, unpublished, late)
    ]
    publish("shop")

    assert statuses == [200, 404, 404, 200, 404]
    assert client.get(f"{ROOT}/{shoe.pk}/{US}").status_code == 404


def test_an_edit_shows_once_it_is_published(client: Client, shoe: Any) -> None:
    before = client.get(f"{ROOT}/{shoe.pk}/{US}")
    edit_product(shoe.pk, {"name:en-US": "Trail Runner 3"})
    unpublished = client.get(f"{ROOT}/{shoe.pk}/{US}", headers={"If-None-Match": before["ETag"]})
    publish("shop")
    after = client.get(f"{ROOT}/{shoe.pk}/{US}", headers={"If-None-Match": before["ETag"]})

    assert unpublished.status_code == 304
    assert after.status_code == 200
    assert (after.json()["version"], after.json()["listing"]["name"]) == (2, "Trail Runner 3")


def test_known_etag_is_not_sent_again_until_stock_moves(client: Client, shoe: Any) -> None:
    first = client.get(f"{ROOT}/{shoe.pk}/{US}")
    again = client.get(f"{ROOT}/{shoe.pk}/{US}", headers={"If-None-Match": f'"other", W/{first["ETag"]}'})
    set_stock(shoe, "out_of_stock", 0)
    sold_out = client.get(f"{ROOT}/{shoe.pk}/{US}", headers={"If-None-Match": first["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert (again["ETag"], again["Cache-Control"]) == (first["ETag"], "public, no-cache")
    assert "Content-Type" not in again.headers
    assert sold_out.status_code == 200
    assert sold_out.json()["availability"] == {"status": "out_of_stock", "quantity": 0, "known": True}
    assert sold_out["ETag"] != first["ETag"]


def test_stock_that_grew_too_old_counts_as_unknown(client: Client, shoe: Any) -> None:
    first = client.get(f"{ROOT}/{shoe.pk}/{US}")

    with time_machine.travel(timezone.now() + timedelta(days=7, minutes=1)):
        later = client.get(f"{ROOT}/{shoe.pk}/{US}", headers={"If-None-Match": first["ETag"]})

    assert later.status_code == 200
    assert later.json()["availability"] == {"status": "out_of_stock", "quantity": None, "known": False}


def test_stock_adds_up_over_locations(client: Client, shoe: Any) -> None:
    set_stock(shoe, "out_of_stock", 0)
    set_stock(shoe, "in_stock", 3, location="leipzig")
    set_stock(shoe, "in_stock", 9, location="reno", observed_at=timezone.now() - timedelta(days=8))
    set_stock(shoe, "backorder", location="web", observed_at=datetime(2020, 1, 1, tzinfo=UTC))

    assert client.get(f"{ROOT}/{shoe.pk}/").json()["availability"] == {
        "status": "in_stock",
        "quantity": 3,
        "known": True,
    }


def test_product_nobody_counted_is_out_of_stock(client: Client, make_good: Make) -> None:
    product = make_good(1)
    publish("shop")

    answer = client.get(f"{ROOT}/{product.pk}/").json()

    assert answer["availability"] == {"status": "out_of_stock", "quantity": None, "known": False}


def test_item_reads_alike_by_itself_and_in_the_list(client: Client, shoe: Any) -> None:
    item = client.get(f"{ROOT}/{shoe.pk}/{US}").json()

    assert client.get(f"{ROOT}/{US}").json()["results"] == [item]


def test_one_query_answers_an_item(
    client: Client, shoe: Any, django_assert_num_queries: Callable[..., Any]
) -> None:
    client.get(f"{ROOT}/{shoe.pk}/")
    client.get(f"{ROOT}/by-sku/S-1/")

    for address in (f"{ROOT}/{shoe.pk}/", f"{ROOT}/by-sku/S-1/", f"{ROOT}/no-id/"):
        with django_assert_num_queries(1):
            client.get(address)


def test_head_and_options_answer_and_nothing_else(client: Client, shoe: Any) -> None:
    address = f"{ROOT}/{shoe.pk}/"
    got = client.get(address)
    head = client.head(address)

    assert (head.status_code, head.content) == (200, b"")
    assert (head["ETag"], head["Content-Length"]) == (got["ETag"], str(len(got.content)))
    assert client.options(address).status_code == 200
    for method in ("post", "put", "patch", "delete"):
        refused = getattr(client, method)(address)
        assert refused.status_code == 405
        assert refused["Content-Type"] == "application/problem+json"
        assert refused["Allow"] == "GET, HEAD, OPTIONS"


def test_settings_changed_elsewhere_are_noticed_by_the_next_request(
    client: Client, shoe: Any, manager: Any
) -> None:
    client.get(f"{ROOT}/{shoe.pk}/")
    facts = load_facts("shop")
    assert facts is not None
    load_structure(
        {
            "scopes": [
                {
                    "code": "site_at",
                    "parent": "site",
                    "country": "AT",
                    "currency": "EUR",
                    "locales": ["de-DE"],
                    "fallbacks": {"de-DE": ["en-US"]},
                }
            ]
        },
        actor=manager,
        reason="tests",
    )

    response = client.get(f"{ROOT}/{shoe.pk}/")

    assert list(facts.places) == ["site_de", "site_us"]
    assert response.status_code == 404
    publish("shop")
    assert client.get(f"{ROOT}/{shoe.pk}/").json()["market"] == "site_at"


@pytest.mark.skipif(connection.vendor != "postgresql", reason="statements are prepared on PostgreSQL only")
def test_read_is_prepared_once_per_connection(client: Client, shoe: Any) -> None:
    client.get(f"{ROOT}/{shoe.pk}/")
    client.get(f"{ROOT}/{shoe.pk}/")

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE name = 'concord_storefront_item_by_id'"
        )
        assert cursor.fetchone() == (1,)

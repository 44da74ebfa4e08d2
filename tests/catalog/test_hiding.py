"""An override that products below hide by values of their own is accepted, and said."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client

from catalog.models import Product
from catalog.services.hiding import Hiding, hidden_below
from catalog.services.schema import current_schema
from tests.factories.catalog import make_product

pytestmark = pytest.mark.usefixtures("structure")


@pytest.fixture
def parent() -> Product:
    root = make_product("RUN", **{"#kind": "parent", "#family": "shoes", "name:en-US": "Runner"})
    for sku, name in (("RUN-R", {}), ("RUN-B", {"name:en-US": "Blue runner"})):
        make_product(sku, **{"#kind": "variant", "#parent": str(root.pk), **name})
    return root


def send(client: Client, product: Product, doing: str, key: str, value: str) -> Any:
    address = f"/admin/catalog/product/{product.pk}/change/?scope=site&locale=en-US"
    return client.post(address, {"revision": "1", "do": doing, f"v.{key}": value})


def test_values_nearer_on_the_scope_its_ancestors_or_base_hide_an_override(parent: Product) -> None:
    variants = dict(Product.objects.filter(parent=parent).values_list("sku", "pk"))
    make_product("RUN-S", **{"#kind": "variant", "#parent": str(parent.pk), "name:en-US@site": "Shop"})
    make_product("RUN-D", **{"#kind": "variant", "#parent": str(parent.pk), "name:en-US@site_de": "Shop"})
    keys = ["name:en-US@site", "name:de-DE@site", "name:en-US", "#state"]

    found = hidden_below(current_schema(), parent.pk, keys)

    assert {key: [each.sku for each in hiding] for key, hiding in found.items()} == {
        "name:en-US@site": ["RUN-B", "RUN-S"]
    }
    assert found["name:en-US@site"][0] == Hiding(variants["RUN-B"], "RUN-B")


def test_what_is_no_override_costs_no_query(parent: Product, django_assert_num_queries: Any) -> None:
    schema = current_schema()

    with django_assert_num_queries(0):
        assert hidden_below(schema, parent.pk, ["name:en-US", "#state"]) == {}


def test_checking_warns_beside_the_field_and_in_the_result(
    client: Client, parent: Product, merchandiser: User
) -> None:
    client.force_login(merchandiser)

    answer = send(client, parent, "check", "name:en-US@site", "Shop runner")

    warnings = answer.context["form"].slots["name:en-US@site"].warnings
    child = Product.objects.get(sku="RUN-B")
    assert len(warnings) == 1
    assert f'href="/admin/catalog/product/{child.pk}/change/"' in warnings[0]
    assert unescape(answer.content.decode()).count("It does not reach") == 2


def test_proposing_warns_with_the_proposal(client: Client, parent: Product, merchandiser: User) -> None:
    client.force_login(merchandiser)

    answer = send(client, parent, "submit", "name:en-US@site", "Shop runner")

    said = [str(message) for message in get_messages(answer.wsgi_request)]
    assert answer.status_code == 302
    assert len(said) == 2
    assert said[1].startswith("name (") or said[1].startswith("Name (")
    assert "It does not reach" in said[1]


def test_an_override_nothing_hides_is_not_warned_of(
    client: Client, parent: Product, merchandiser: User
) -> None:
    client.force_login(merchandiser)

    answer = send(client, Product.objects.get(sku="RUN-R"), "check", "name:en-US@site", "Red")

    assert "It does not reach" not in answer.content.decode()

"""Proposing a product that does not exist yet: what it is first, then its values."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from catalog.models import Product
from tests.factories.catalog import make_product
from workflows.models import ChangeRequest

pytestmark = pytest.mark.usefixtures("structure")

LIST = "/admin/catalog/product/"
ADD = f"{LIST}add/"


def slots(answer: Any) -> dict[str, Any]:
    return answer.context["form"].slots


def patch_of(request: ChangeRequest) -> dict[str, Any]:
    return request.changes.get().patch


def test_a_new_product_is_asked_what_it_is_first(client: Client, merchandiser: User) -> None:
    client.force_login(merchandiser)

    assert 'name="kind"' in client.get(ADD).content.decode()
    problem = client.get(f"{ADD}?kind=variant").content.decode()
    assert "A variant needs a parent: name its SKU." in problem
    assert "Only a variant" not in problem
    assert (
        "is not the SKU of a parent product" in client.get(f"{ADD}?kind=variant&parent=NO").content.decode()
    )


def test_a_new_product_becomes_a_request(client: Client, merchandiser: User) -> None:
    client.force_login(merchandiser)
    address = f"{ADD}?kind=simple&family=shoes"
    assert set(slots(client.get(address))) >= {"sku", "name:en-US", "price.USD", "colour", "#state"}

    typed = {"kind": "simple", "family": "shoes", "v.sku": "NEW-1", "v.name:en-US": "Slipper"}
    answer = client.post(address, {**typed, "v.price.USD": "cheap"})
    assert slots(answer)["price.USD"].errors == ["“cheap” is not a number."]
    assert slots(answer)["name:en-US"].entry.value == "Slipper"
    assert ChangeRequest.objects.count() == 0

    answer = client.post(address, {**typed, "v.price.USD": "20", "reason": "range"})
    assert (answer.status_code, answer.headers["Location"]) == (302, LIST)
    assert patch_of(ChangeRequest.objects.get()) == {
        "#exists": True,
        "#kind": "simple",
        "#state": "draft",
        "#family": "shoes",
        "sku": "NEW-1",
        "name:en-US": "Slipper",
        "price.USD": "20",
    }
    assert Product.objects.count() == 0


def test_a_new_variant_inherits_from_its_parent(client: Client, merchandiser: User) -> None:
    parent = make_product("RUN", **{"#kind": "parent", "#family": "shoes", "name:en-US": "Runner"})
    client.force_login(merchandiser)
    address = f"{ADD}?kind=variant&parent=run"

    found = slots(client.get(address))
    client.post(address, {"kind": "variant", "parent": "run", "v.sku": "RUN-B", "v.colour": "blue"})

    assert found["name:en-US"].origin.label == "Runner"
    assert patch_of(ChangeRequest.objects.latest("pk")) == {
        "#exists": True,
        "#kind": "variant",
        "#state": "draft",
        "#parent": str(parent.pk),
        "sku": "RUN-B",
        "colour": "blue",
    }


def test_viewers_propose_no_new_product(client: Client, support: User) -> None:
    client.force_login(support)

    assert client.get(ADD).status_code == 403
    assert client.post(ADD, {"kind": "simple", "v.sku": "X"}).status_code == 403
    assert ChangeRequest.objects.count() == 0

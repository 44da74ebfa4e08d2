"""One door, from outside: no address of the site lets even a superuser write product truth past a request."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from catalog.models import Product
from catalog.services.products import propose_edit
from tests.channels.conftest import GOOD
from tests.factories.catalog import make_product, make_structure, somebody
from workflows.models import ChangeRequest
from workflows.services.jobs import run_job, runnable_jobs

UNSAFE = ("post", "put", "patch", "delete")
BODIES: tuple[dict[str, Any], ...] = (
    {},
    {"document": "{}", "revision": "9", "sku": "X", "state": "archived", "kind": "simple", "_save": "Save"},
    {"v.name:en-US": "Smuggled", "name:en-US": "Smuggled", "revision": "1", "_save": "Save"},
    {"action": "delete_selected", "post": "yes"},
)


def addresses(patterns: list[Any], prefix: str = "") -> Iterator[str]:
    """Yield every route of the site as text."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route


def filled(route: str, values: dict[str, str]) -> str:
    """Put values into a route's parameters; those without one get "1"."""
    text = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: values.get(found[1], "1"), route)
    text = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", lambda found: values.get(found[1], "1"), text)
    text = re.sub(r"\(\?:?[^()]*\)\??|[\^$\\]|\\Z", "", text).replace("?", "")
    return "/" + text.lstrip("/")


@pytest.fixture
def product(db: None) -> Product:
    make_structure()
    plain = {key: value for key, value in GOOD.items() if key not in ("picture",)}
    return make_product("A-1", **plain)


def truth() -> list[Any]:
    """Return all there is about products, without any guard in the way."""
    return [
        *QuerySet(Product).order_by("pk").values(),
        *Product.history.order_by("history_id").values(),
    ]


def test_no_address_writes_truth(client: Client, superuser: User, product: Product) -> None:
    client.force_login(superuser)
    client.raise_request_exception = False
    before = truth()
    values = {
        "object_id": str(product.pk),
        "object_pk": str(product.pk),
        "pk": str(product.pk),
        "product_id": str(product.pk),
        "id": str(product.pk),
        "version_id": "1",
        "sku": "A-1",
        "channel": "shop",
        "app_label": "catalog",
        "content_type_id": "1",
    }
    numbers = {"sku": "A-1", "channel": "shop", "app_label": "catalog"}
    tried = 0

    for route in addresses(get_resolver().url_patterns):
        if "logout" in route:
            continue
        address = filled(route, values if "product" in route else numbers)
        for method in UNSAFE:
            for body in BODIES if method == "post" else BODIES[1:2]:
                sent = {**body, "_selected_action": str(product.pk)}
                if method == "post":
                    response = client.post(address, sent)
                else:
                    response = getattr(client, method)(address, sent, content_type="application/json")
                assert response.status_code < 500, (method, address)
                tried += 1
        for job_id in runnable_jobs():
            run_job(job_id)
        assert truth() == before, address

    assert tried > 500


def test_deciding_on_somebody_elses_request_writes_a_revision_with_that_request(
    client: Client, superuser: User, product: Product, merchandiser: User
) -> None:
    request = propose_edit(product.pk, {"name:en-US": "Trail Runner 3"}, actor=merchandiser)
    client.force_login(superuser)

    response = client.post(f"/admin/workflows/changerequest/{request.pk}/decide/", {"step": "approve"})
    for job_id in runnable_jobs():
        run_job(job_id)

    assert response.status_code == 302
    newest = Product.history.get(id=product.pk, revision=2)
    assert (newest.change_request_id, newest.history_user) == (request.pk, superuser)
    assert newest.document["name:en-US"] == "Trail Runner 3"


def test_a_superuser_cannot_approve_their_own(client: Client, superuser: User, product: Product) -> None:
    request = propose_edit(product.pk, {"name:en-US": "Mine"}, actor=superuser)
    client.force_login(superuser)

    client.post(f"/admin/workflows/changerequest/{request.pk}/decide/", {"step": "approve"})
    for job_id in runnable_jobs():
        run_job(job_id)

    assert ChangeRequest.objects.get(pk=request.pk).state == "submitted"
    assert QuerySet(Product).get(pk=product.pk).revision == 1


@pytest.mark.parametrize("role", ["support", "reviewer"])
def test_people_who_only_look_propose_nothing_by_any_address(
    client: Client, make_account: Any, product: Product, role: str
) -> None:
    client.force_login(make_account(role))
    client.raise_request_exception = False
    somebody("nobody")
    before = (truth(), ChangeRequest.objects.count())
    values = {"object_id": str(product.pk), "pk": str(product.pk), "id": str(product.pk), "sku": "A-1"}

    for route in addresses(get_resolver().url_patterns):
        if "catalog/product" in route or "desk" in route or "storefront" in route:
            for body in BODIES:
                client.post(filled(route, values), body)

    assert (truth(), ChangeRequest.objects.count()) == before

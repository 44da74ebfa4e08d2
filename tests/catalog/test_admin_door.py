"""No admin address of the catalogue writes truth: every one is tried by whom no permission stops."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse

from catalog.models import Category, IdentifierEntry, Product
from tests.factories.catalog import edit_product, make_product
from workflows.models import Change, ChangeRequest

pytestmark = pytest.mark.usefixtures("structure")

MODELS = [model for model in site._registry if model._meta.app_label == "catalog"]
SENT = {
    "_save": "Save",
    "action": "delete_selected",
    "post": "yes",
    "revision": "99",
    "document": "{}",
    "sku": "HACKED",
    "state": "archived",
    "v.sku": "HACKED",
    "v.#state": "archived",
    "m.name:en-US": "empty",
    "from": "1",
    "to": "2",
    "key": "name:en-US",
    "do": "submit",
}


def patterns(entries: list[Any]) -> Iterator[URLPattern]:
    for entry in entries:
        if isinstance(entry, URLResolver):
            yield from patterns(entry.url_patterns)
        else:
            yield entry


def addresses(model: Any, pk: Any, version: Any, user: User) -> Iterator[str]:
    """Return every address of a model's admin, filled with an object that exists."""
    values = {
        "object_id": pk,
        "object_pk": pk,
        "pk": pk,
        "version_id": version,
        "user_id": user.pk,
        "group_id": user.groups.get().pk,
    }
    for pattern in patterns(site._registry[model].get_urls()):
        if pattern.name is None:
            yield reverse(f"admin:catalog_{model._meta.model_name}_changelist") + f"{pk}/"
            continue
        args = [values[name] for name in pattern.pattern.converters]
        args = args or [pk, version][: pattern.pattern.regex.groups]  # simple-history's groups have no names
        yield reverse(f"admin:{pattern.name}", args=args)


def truth() -> list[Any]:
    """Return everything that is true of products, with its history."""
    history = Product.history.order_by("history_id").values_list("history_id", "revision", "document")
    rows = Product.objects.order_by("pk").values_list(
        "pk", "document", "revision", "provenance", "sku", "state"
    )
    return [list(rows), list(history), list(IdentifierEntry.objects.order_by("pk").values_list())]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.model_name)
def test_no_address_writes_truth(model: Any, client: Client, superuser: User, merchandiser: User) -> None:
    product = make_product("TR-1", **{"name:en-US": "Trail Runner", "#categories": ["running"]})
    edit_product(product.pk, {"name:en-US": "Trail Runner 2"})
    objects = {Product: product, Category: Category.objects.get(code="running")}
    obj = objects.get(model) or model.objects.first()
    pk = obj.pk if obj is not None else 1
    version = obj.history.first().pk if obj is not None and hasattr(obj, "history") else 1
    before, applied = truth(), ChangeRequest.objects.filter(state="applied").count()
    client.force_login(superuser)

    tried = set()
    for address in addresses(model, pk, version, merchandiser):
        for method in (client.post, client.put, client.patch, client.delete):
            answer = method(address, {**SENT, "_selected_action": str(pk)})
            assert answer.status_code < 500, address
            assert truth() == before, address
        tried.add(address)

    assert len(tried) >= 5
    assert ChangeRequest.objects.filter(state="applied").count() == applied
    assert not Change.objects.exclude(request__state="applied").exclude(outcome="").exists()

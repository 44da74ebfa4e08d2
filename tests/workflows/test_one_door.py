"""One door: product truth can't be written by model, manager or signal, only by applying a change request."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import transaction
from django.db.models import Model, ProtectedError, QuerySet

from catalog.models import Product
from tests.factories.catalog import make_product, make_structure
from workflows.exceptions import NotAllowed
from workflows.models import GovernedModel


@pytest.fixture
def product(db: None) -> Product:
    make_structure()
    parent = make_product("P-1", **{"#kind": "parent"})
    return make_product("V-1", **{"#kind": "variant", "#parent": str(parent.pk), "name:en-US": "One"})


def save(product: Product) -> None:
    product.document = {}
    product.save()


def save_fields(product: Product) -> None:
    product.state = "archived"
    product.save(update_fields=["state"])


def raw_save(product: Product) -> None:
    Model.save_base(product, raw=True)


def fresh_save(product: Product) -> None:
    Product(id=product.pk, sku="X").save(force_insert=True)


WRITES: list[Callable[[Product], Any]] = [
    save,
    save_fields,
    raw_save,
    fresh_save,
    lambda product: product.delete(),
    lambda product: Model.delete(product),
    lambda _product: Product.objects.create(sku="X"),
    lambda _product: Product.objects.get_or_create(sku="X"),
    lambda _product: Product.objects.update_or_create(sku="X"),
    lambda product: Product.objects.bulk_create([product]),
    lambda product: Product.objects.bulk_update([product], ["state"]),
    lambda _product: Product.objects.update(state="archived"),
    lambda _product: Product.objects.filter(sku="V-1").delete(),
    lambda _product: Product.objects.all()._raw_delete("default"),
    lambda _product: Product._base_manager.update(state="archived"),
    lambda _product: Product._default_manager.filter(sku="V-1").delete(),
    lambda product: product.parent.children.update(state="archived"),
    lambda product: product.parent.children.create(sku="X"),
    lambda product: product.parent.children.add(product, bulk=False),
    lambda product: product.parent.children.add(product),
    lambda _product: QuerySet(Product).filter(sku="V-1").delete(),
]


@pytest.mark.parametrize("write", WRITES, ids=[str(number) for number in range(len(WRITES))])
def test_every_write_outside_apply_is_refused(product: Product, write: Callable[[Product], Any]) -> None:
    before = list(QuerySet(Product).order_by("pk").values())
    history = Product.history.count()

    with pytest.raises((NotAllowed, ProtectedError)), transaction.atomic():
        write(product)

    assert list(QuerySet(Product).order_by("pk").values()) == before
    assert Product.history.count() == history


def test_fixtures_are_refused_too(product: Product, tmp_path: Path) -> None:
    fixture = tmp_path / "truth.json"
    fields = {
        "document": {},
        "revision": 9,
        "sku": "V-1",
        "sku_folded": "v-1",
        "kind": "simple",
        "state": "active",
        "updated_at": "2026-01-01T00:00:00Z",
    }
    rows = [{"model": "catalog.product", "pk": str(product.pk), "fields": fields}]
    fixture.write_text(json.dumps(rows), encoding="utf-8")

    with pytest.raises(NotAllowed):
        call_command("loaddata", str(fixture), verbosity=0)

    assert QuerySet(Product).get(pk=product.pk).revision == 1


def test_every_governed_model_has_the_guard_as_base_and_default_manager() -> None:
    governed = [model for model in apps.get_models() if issubclass(model, GovernedModel)]

    assert Product in governed
    for model in governed:
        assert model._meta.base_manager_name == "objects"
        assert model._base_manager.get_queryset().__class__.__name__ == "GovernedQuerySet"
        assert model._default_manager.get_queryset().__class__.__name__ == "GovernedQuerySet"
        for relation in model._meta.related_objects:
            field = relation.field
            assert field.remote_field.on_delete.__name__ in {"PROTECT", "DO_NOTHING"}, field

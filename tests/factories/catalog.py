"""Catalogue rows for tests: structure through its service, products through apply."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User

from catalog.models import Product
from catalog.services.products import propose_edit, propose_product
from catalog.services.structure import load_structure
from workflows.services.jobs import run_job
from workflows.services.reviews import approve_request

STRUCTURE: dict[str, list[dict[str, Any]]] = {
    "scopes": [
        {"code": "site", "labels": {"en-US": "Site"}, "locales": ["en-US", "de-DE"]},
        {
            "code": "site_us",
            "parent": "site",
            "labels": {"en-US": "Site US"},
            "country": "US",
            "currency": "USD",
            "locales": ["en-US"],
        },
        {
            "code": "site_de",
            "parent": "site",
            "labels": {"en-US": "Site Germany"},
            "country": "DE",
            "currency": "EUR",
            "locales": ["de-DE"],
            "fallbacks": {"de-DE": ["en-US"]},
        },
    ],
    "groups": [{"code": "content", "labels": {"en-US": "Content"}}],
    "entities": [
        {
            "code": "brand",
            "labels": {"en-US": "Brand"},
            "records": [{"code": "Alpenrot", "labels": {"en-US": "Alpenrot"}}, {"code": "Fjord"}],
        }
    ],
    "attributes": [
        {
            "code": "sku",
            "type": "identifier",
            "scheme": "sku",
            "group": "content",
            "labels": {"en-US": "SKU"},
        },
        {"code": "gtin", "type": "identifier", "scheme": "gtin", "group": "content"},
        {
            "code": "name",
            "type": "text",
            "group": "content",
            "labels": {"en-US": "Name", "de-DE": "Name"},
            "localised": True,
            "scopable": True,
            "searchable": True,
            "limits": {"max_chars": 200},
        },
        {"code": "description", "type": "rich_text", "localised": True, "scopable": True, "searchable": True},
        {"code": "price", "type": "price", "scopable": True, "filterable": True, "price_kind": "regular"},
        {
            "code": "colour",
            "type": "select",
            "filterable": True,
            "options": [{"code": "red", "labels": {"en-US": "Red"}}, {"code": "blue"}],
        },
        {
            "code": "tags",
            "type": "multiselect",
            "filterable": True,
            "options": [{"code": code} for code in ("new", "sale", "eco")],
        },
        {
            "code": "weight",
            "type": "measurement",
            "measurement_family": "weight",
            "unit": "g",
            "filterable": True,
        },
        {"code": "stock_level", "type": "integer", "filterable": True},
        {"code": "waterproof", "type": "boolean", "filterable": True},
        {"code": "brand", "type": "reference", "entity": "brand"},
        {"code": "picture", "type": "asset"},
        {"code": "related", "type": "products"},
    ],
    "families": [
        {
            "code": "shoes",
            "labels": {"en-US": "Shoes"},
            "attributes": ["sku", "name", "price", "colour"],
            "label_attribute": "name",
            "image_attribute": "picture",
            "variants": [
                {"code": "shoes_colour", "levels": [{"axes": ["colour"], "attributes": ["colour", "sku"]}]}
            ],
        }
    ],
    "categories": [
        {"code": "master", "labels": {"en-US": "All"}},
        {"code": "running", "parent": "master", "labels": {"en-US": "Running"}},
    ],
    "locations": [{"code": "berlin", "labels": {"en-US": "Berlin"}}],
}


def make_structure() -> None:
    """Load a small structure with one attribute of most types."""
    load_structure(STRUCTURE, actor=somebody("structure", superuser=True), reason="tests")


def somebody(name: str, *, superuser: bool = False) -> User:
    """Return an account by name, made if needed."""
    user, _created = User.objects.get_or_create(
        username=name, defaults={"is_superuser": superuser, "is_staff": True}
    )
    return user


def make_product(sku: str = "A-1", **values: Any) -> Product:
    """Propose, approve and apply a new product; keyword keys are value keys (`**{"name:en-US": "Shoe"}`)."""
    author, approver = somebody("maker", superuser=True), somebody("checker", superuser=True)
    request = propose_product({"sku": sku, "#state": "active", **values}, actor=author, reason="tests")
    approve_and_apply(request.pk, approver)
    return Product.objects.get(pk=request.changes.get().object_id)


def edit_product(product_id: UUID, values: Mapping[str, Any]) -> Product:
    """Propose, approve and apply an edit."""
    author, approver = somebody("maker", superuser=True), somebody("checker", superuser=True)
    request = propose_edit(product_id, values, actor=author, reason="tests")
    approve_and_apply(request.pk, approver)
    return Product.objects.get(pk=product_id)


def approve_and_apply(request_id: int, approver: User) -> dict[str, Any]:
    """Approve a request and run its job; returns the counts by outcome."""
    job = run_job(approve_request(request_id, reviewer=approver).pk)
    assert job.state == "done", job.error
    return dict(job.result)

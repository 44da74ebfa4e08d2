"""Change requests for tests of screens: many at once, in the states people meet them in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User

from catalog.models import Product
from catalog.services.products import people_source, propose_edit
from tests.factories.catalog import make_product
from workflows.models import ChangeRequest
from workflows.services.requests import ProposedChange, propose_changes


def make_request(
    author: User, *, sku: str = "A-1", title: str = "Better title", **over: Any
) -> ChangeRequest:
    """Return a submitted request for another title of a new product; `values` and `submit` can be given."""
    product = Product.objects.filter(sku=sku).first() or make_product(sku, **{"name:en-US": f"Shoe {sku}"})
    values = over.pop("values", {"name:en-US": f"Light shoe {sku}"})
    return propose_edit(product.pk, values, actor=author, title=title, reason="season start", **over)


def make_big_request(author: User, count: int, *, conflicts: int = 0) -> ChangeRequest:
    """Return one request that renames `count` new products, the first `conflicts` of them in conflict."""
    changes = []
    for number in range(count):
        product = make_product(f"B-{number:03}", **{"name:en-US": f"Boot {number}"})
        conflict = {"name:en-US": f"Boot {number}"} if number < conflicts else {}
        changes.append(
            ProposedChange(
                model="catalog.product",
                object_id=product.pk,
                label=product.sku,
                patch={"name:en-US": f"Warm boot {number}"},
                base={"name:en-US": "Older name" if conflict else f"Boot {number}"},
                base_revision=1,
                conflicts=conflict,
            )
        )
    return propose_changes(changes, title="Warm boots", actor=author, source=people_source(), reason="winter")


def make_conflict(author: User, proposed: Mapping[str, Any], *, base: Mapping[str, Any]) -> ChangeRequest:
    """Return a request whose keys are all in conflict with a product that has other values."""
    truth = {"name:en-US": "Truth", "colour": "red", "weight": "310 g"}
    product = make_product("C-1", **truth)
    change = ProposedChange(
        model="catalog.product",
        object_id=product.pk,
        label=product.sku,
        patch=dict(proposed),
        base=dict(base),
        base_revision=1,
        conflicts={key: product.document.get(key) for key in proposed},
    )
    return propose_changes([change], title="Delivery", actor=author, source=people_source())

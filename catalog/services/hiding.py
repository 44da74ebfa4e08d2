"""Which products below hide an override: a value stated nearer is truer, so it does not reach them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from catalog.models import Product
from catalog.rules.keys import ValueKey
from catalog.rules.resolve import nearer_keys
from catalog.services.schema import Schema


@dataclass(frozen=True)
class Hiding:
    """A product below that has a value of its own where an override would hold."""

    product_id: UUID
    sku: str


def hidden_below(schema: Schema, product_id: UUID, keys: Collection[str]) -> dict[str, list[Hiding]]:
    """Return by key what hides the overrides among these keys of a product; keys nothing hides are left out.

    One query for each level below, none without an override.
    """
    overrides = {
        text: nearer_keys(key, schema.scopes[key.scope].chain)
        for text in keys
        if not text.startswith("#") and (key := ValueKey.parse(text)).scope in schema.scopes
    }
    found: dict[str, list[Hiding]] = defaultdict(list)
    parents = {product_id} if overrides else set()
    while parents:
        rows = Product.objects.filter(parent__any_of=parents).order_by("sku_folded")
        parents = set()
        for pk, sku, document in rows.values_list("pk", "sku", "document"):
            parents.add(pk)
            for text, nearer in overrides.items():
                if any(document.get(key) is not None for key in nearer):
                    found[text].append(Hiding(pk, sku))
    return dict(found)

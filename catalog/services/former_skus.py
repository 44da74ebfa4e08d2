"""SKUs that products had before they were renamed: reserved for them, and still leading to them.

They are identifier rows marked as former, so the one constraint on identifiers keeps anybody else from
taking them. History says which they are: the SKU belongs to the product that had it last. A product that
was never renamed has none and costs nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from catalog.models import IdentifierEntry, Product
from catalog.rules.keys import fold
from workflows.bulk import insert_rows
from workflows.registry import Write

SKU = "sku"
FormerRow = tuple[str, str, str]
"""(attribute, value, folded value), as identifiers are derived"""


def release(folded: Collection[str]) -> None:
    """Make room for these SKUs, which products take (back) now. One statement."""
    IdentifierEntry.objects.filter(attribute=SKU, former=True, value_folded__any_of=folded).delete()


def reserve(renames: Sequence[Write]) -> None:
    """Keep the old SKU of each rename for its product, unless another one takes it in the same batch.

    Call after the identifiers of the whole batch are written. Two statements.
    """
    old = {fold(str(write.old[SKU])): write for write in renames}
    rows = IdentifierEntry.objects.filter(attribute=SKU, value_folded__any_of=old)
    for folded in rows.values_list("value_folded", flat=True):
        del old[folded]
    _insert((write.object_id, str(write.old[SKU])) for write in old.values())


def former_by_history(ids: Collection[UUID]) -> dict[UUID, set[FormerRow]]:
    """Return the former SKUs of products as their history tells them; two queries."""
    history = Product.history.model._default_manager
    now = Product.objects.filter(sku_folded=OuterRef("sku_folded"))
    had = history.filter(~Exists(now), id__any_of=ids).order_by()
    gone = set(had.values_list("sku_folded", flat=True))
    last: dict[str, tuple[UUID, str]] = {}
    rows = history.filter(sku_folded__any_of=gone).order_by("history_id")
    for product_id, sku, folded in rows.values_list("id", "sku", "sku_folded"):
        last[folded] = (product_id, sku)
    found: dict[UUID, set[FormerRow]] = defaultdict(set)
    for folded, (product_id, sku) in last.items():
        found[product_id].add((SKU, sku, folded))
    return {pk: found[pk] for pk in ids if pk in found}


def stored_former(ids: Collection[UUID]) -> dict[UUID, set[FormerRow]]:
    """Return the former SKUs that are kept of products. One query."""
    found: dict[UUID, set[FormerRow]] = defaultdict(set)
    rows = IdentifierEntry.objects.filter(product_id__any_of=ids, former=True)
    for product_id, *row in rows.values_list("product_id", "attribute", "value", "value_folded"):
        found[product_id].add((row[0], row[1], row[2]))
    return found


def rebuild(ids: Collection[UUID]) -> None:
    """Write the former SKUs of products anew from history. Call when all current identifiers are written."""
    with transaction.atomic():
        IdentifierEntry.objects.filter(product_id__any_of=ids, former=True).delete()
        wanted = former_by_history(ids)
        _insert((pk, sku) for pk, rows in wanted.items() for _attribute, sku, _folded in rows)


def _insert(rows: Iterable[tuple[UUID, str]]) -> None:
    insert_rows(
        IdentifierEntry,
        ("product", "attribute", "value", "value_folded", "former"),
        [(product_id, SKU, sku, fold(sku), True) for product_id, sku in rows],
    )

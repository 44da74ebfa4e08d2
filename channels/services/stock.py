"""Availability as channels send it: one status per product over all locations, too old counting as
unknown.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from catalog.models import Availability
from workflows.batches import batched

FRESH_FOR = timedelta(days=7)
"""How long an observation is believed; the same for every location."""
_BEST_FIRST = ("in_stock", "preorder", "backorder", "out_of_stock")
QUERY_IDS = 2000


@dataclass(frozen=True, slots=True)
class Stock:
    """What is known of one product: best fresh status over locations, quantity together, and age.

    `status` is None when nothing fresh is known; `quantity` is None when no fresh location counts pieces.
    """

    status: str | None
    quantity: int | None
    observed_at: datetime | None


UNKNOWN = Stock(None, None, None)


class StatusSum:
    """A name for the statuses of many rows, in whatever order and pieces they were read; of constant size.

    The sum of each row's digest, a multiset hash (MSet-Add-Hash: Clarke, Devadas, van Dijk, Gassend, Suh,
    "Incremental Multiset Hash Functions and Their Application to Memory Integrity Checking", 2003).
    Quantities and times are not in it, and a status that is unknown adds nothing.
    """

    _MODULUS = 1 << 160

    def __init__(self) -> None:
        self._sum = 0

    def add(self, product_id: UUID, status: str | None, rows: int = 1) -> None:
        """Count a product's status in, once for each row that says it."""
        if status is not None:
            digest = hashlib.blake2b(product_id.bytes + status.encode(), digest_size=20).digest()
            self._sum = (self._sum + rows * int.from_bytes(digest)) % self._MODULUS

    def __str__(self) -> str:
        return f"{self._sum:040x}"


def stock_of(ids: Collection[UUID], moment: datetime) -> dict[UUID, Stock]:
    """Return what is known of these products at a moment; products nobody observed are left out.

    One query for each 2,000 ids. Observations older than `FRESH_FOR` count as unknown.
    """
    rows: dict[UUID, list[tuple[str, int | None, datetime]]] = defaultdict(list)
    for batch in batched(sorted(ids), QUERY_IDS):
        found = Availability.objects.filter(product_id__in=batch)
        for product_id, status, quantity, observed_at in found.values_list(
            "product_id", "status", "quantity", "observed_at"
        ):
            rows[product_id].append((status, quantity, observed_at))
    return {product_id: combine(found, moment) for product_id, found in rows.items()}


def combine(rows: Iterable[tuple[str, int | None, datetime]], moment: datetime) -> Stock:
    """Combine observations (status, quantity, observed at) of one product over its locations."""
    every = list(rows)
    fresh = [row for row in every if row[2] > moment - FRESH_FOR]
    if not fresh:
        return Stock(None, None, max((row[2] for row in every), default=None))
    status = min((row[0] for row in fresh), key=_BEST_FIRST.index)
    counted = [quantity for _status, quantity, _observed in fresh if quantity is not None]
    return Stock(status, sum(counted) if counted else None, max(row[2] for row in fresh))

"""Row locks of this app; their place in the order between tables: change request, source, delivery; locations
are locked by themselves.
"""

from __future__ import annotations

from collections.abc import Iterable

from catalog.models import Delivery, Location
from workflows.models import Source


def lock_delivery(delivery: Delivery) -> Delivery:
    """Lock a delivery's source, whose shadows then have one writer, and the delivery; return it as it is now.

    Call inside atomic, with the row of its change request locked before where it has one. Two queries. On
    SQLite the transaction itself (BEGIN IMMEDIATE) is the lock.
    """
    # NO KEY: rows that only refer to the source (requests, availability) need not wait.
    list(Source.objects.select_for_update(of=("self",), no_key=True).filter(pk=delivery.source_id))
    return Delivery.objects.select_for_update(of=("self",)).get(pk=delivery.pk)


def lock_locations(ids: Iterable[int]) -> None:
    """Lock locations in pk order: what is known of them then has one writer, also where nothing is known yet.

    Call inside atomic. One query. On SQLite the transaction itself is the lock.
    """
    list(Location.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=set(ids)).order_by("pk"))

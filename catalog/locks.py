"""Locks of this app; their place in the order between tables: structure, change request, source, delivery,
product, asset, listing. Locations are locked by themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db import connection

from catalog.models import Delivery, Location, Product, SchemaVersion
from workflows.models import Source

_LINEAGE = 0x43_4F_4E_43_4C_49_4E_45


def lock_lineage(*, exclusive: bool) -> None:
    """Hold the tree of products until the transaction ends: alone to move or retype what stands in it, with
    others to hang something new below it.

    Two requests that each close half a circle touch different rows, so no row lock would keep them apart.
    Take it after the rows that are to be written; whoever holds it waits for no row. Call inside atomic. On
    SQLite the transaction itself (BEGIN IMMEDIATE) is the lock.
    """
    if connection.vendor == "postgresql":
        function = "pg_advisory_xact_lock" if exclusive else "pg_advisory_xact_lock_shared"
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {function}(%s)", [_LINEAGE])


def hold_structure() -> None:
    """Let nobody write structure until the transaction ends; others may hold it too.

    What is applied then derives by the structure that is true when it commits. Call inside atomic, before
    locking rows. One query on PostgreSQL; on SQLite the transaction itself is the lock.
    """
    if connection.vendor == "postgresql":
        table = connection.ops.quote_name(SchemaVersion._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT 1 FROM {table} WHERE id = 1 FOR SHARE")  # noqa: S608 - a model's name


def lock_structure() -> None:
    """Hold all model structure until the transaction ends, before reading what is to be compared and written.

    Writers of structure wait for each other, so none writes over what it did not see; readers don't wait.
    Call inside atomic. Two queries.
    """
    SchemaVersion.objects.get_or_create(pk=1)
    SchemaVersion.objects.select_for_update().get(pk=1)


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


def lock_products(ids: Collection[UUID]) -> None:
    """Lock products with their keys, in id order; rows that come to refer to them wait. Call inside atomic.

    One query, none without ids. On SQLite the transaction itself is the lock.
    """
    if ids:
        list(Product.objects.select_for_update(of=("self",)).filter(pk__any_of=ids).order_by("pk"))

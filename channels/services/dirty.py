"""From what changed to which units have to be looked at again.

Applying changes and naming services write a log of changed objects. Expanding reads it, follows uses,
parents and groups, and marks the units of every channel; changes of configuration and the passing of time
mark them too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import orjson
from django.db import connection, transaction

from catalog.models import Category, Product, Use
from channels.constants import SELLABLE_KINDS
from channels.models import Channel, Listing
from channels.services.plans import ChannelPlan
from workflows.models import DirtyObject

Item = TypeVar("Item")
BATCH = 2000
_LOCK = 0x43_4F_4E_43_44_49_52_54
_USE_KINDS = {
    "assets.asset": "asset",
    "catalog.option": "option",
    "catalog.record": "record",
    "catalog.category": "category",
    "catalog.family": "family",
}


def expand_dirty() -> int:
    """Mark the units that changed objects bear on, on every channel; returns how many objects were read.

    One transaction under one lock: exactly the log rows read are deleted, by id, so a row written meanwhile
    is left for the next time. Attributes, scopes and channel settings need no marks here: they are part of
    each channel's stamp (`channels.services.plans`).
    """
    with transaction.atomic():
        _lock()
        rows = list(DirtyObject.objects.values_list("pk", "model", "object_id"))
        if not rows:
            return 0
        objects: dict[str, set[str]] = defaultdict(set)
        for _pk, model, object_id in rows:
            objects[model].add(object_id)
        touched = {UUID(object_id) for object_id in objects.get("catalog.product", ())}
        for model, kind in _USE_KINDS.items():
            if targets := objects.get(model):
                touched |= _users(kind, _with_categories_below(targets) if kind == "category" else targets)
        related = with_relatives(touched)
        related |= with_relatives(_users("product", {str(pk) for pk in related}) - related)
        mark_units(related)
        for batch in _batches([row[0] for row in rows]):
            DirtyObject.objects.filter(pk__in=batch).delete()
    return len(rows)


def _lock() -> None:
    """Let one process at a time expand; SQLite's writers are serial anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _users(kind: str, targets: Collection[str]) -> set[UUID]:
    found: set[UUID] = set()
    for batch in _batches(sorted(targets)):
        found.update(Use.objects.filter(kind=kind, target__in=batch).values_list("product_id", flat=True))
    return found


def _with_categories_below(codes: Collection[str]) -> set[str]:
    """Return the codes with those of every category under them, whose paths hold their names."""
    paths = dict(Category.objects.values_list("path", "code"))
    roots = [path for path, code in paths.items() if code in codes]
    return {code for path, code in paths.items() if path.startswith(tuple(roots))} | set(codes)


def with_relatives(ids: Collection[UUID]) -> set[UUID]:
    """Return products with everything in the same tree: parents above, variants below, siblings."""
    found: set[UUID] = set()
    tops: set[UUID] = set()
    level = set(ids)
    while level:
        above: set[UUID | None] = set()
        for batch in _batches(sorted(level)):
            for pk, parent, kind in Product.objects.filter(pk__in=batch).values_list(
                "pk", "parent_id", "kind"
            ):
                found.add(pk)
                above.add(parent)
                if kind == "parent":
                    tops.add(pk)
        level = {pk for pk in above if pk is not None} - found
    level = tops
    while level:
        below: set[UUID] = set()
        for batch in _batches(sorted(level)):
            for pk, kind in Product.objects.filter(parent_id__in=batch).values_list("pk", "kind"):
                found.add(pk)
                if kind == "parent":
                    below.add(pk)
        level = below
    return found


def mark_units(ids: Collection[UUID], channel: Channel | None = None) -> None:
    """Mark the sellable ones of these products on every channel, or on one; marks that are there stay."""
    postgresql = connection.vendor == "postgresql"
    chosen = "p.id = ANY(%s)" if postgresql else "p.id IN (SELECT value FROM json_each(%s))"
    kinds = ", ".join(["%s"] * len(SELLABLE_KINDS))
    sql = (
        "INSERT INTO channels_dirtyunit (channel_id, product_id) "  # noqa: S608 - nothing but marks
        "SELECT c.id, p.id FROM channels_channel c, catalog_product p "
        f"WHERE {chosen} AND p.kind IN ({kinds}){' AND c.id = %s' if channel else ''} ON CONFLICT DO NOTHING"
    )
    with connection.cursor() as cursor:
        for batch in _batches(sorted(ids)):
            given = list(batch) if postgresql else orjson.dumps([pk.hex for pk in batch]).decode()
            cursor.execute(sql, [given, *SELLABLE_KINDS, *([channel.pk] if channel else [])])


def mark_reconfigured(plan: ChannelPlan) -> bool:
    """Mark every unit of a channel whose configuration moved since it last did; says whether it did."""
    channel = plan.channel
    if channel.seen_stamp == plan.stamp:
        return False
    kinds = ", ".join(["%s"] * len(SELLABLE_KINDS))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO channels_dirtyunit (channel_id, product_id) "  # noqa: S608 - a list of marks
            f"SELECT %s, id FROM catalog_product WHERE kind IN ({kinds}) ON CONFLICT DO NOTHING",
            [channel.pk, *SELLABLE_KINDS],
        )
        cursor.execute(
            "INSERT INTO channels_dirtyunit (channel_id, product_id) "
            "SELECT DISTINCT channel_id, product_id FROM channels_listing "
            "WHERE channel_id = %s AND stamp <> %s ON CONFLICT DO NOTHING",
            [channel.pk, plan.stamp],
        )
        Channel.objects.filter(pk=channel.pk).update(seen_stamp=plan.stamp)
    channel.seen_stamp = plan.stamp
    return True


def mark_due(channel: Channel, moment: datetime) -> int:
    """Mark units with a listing whose answer may have changed by time alone; returns how many."""
    due = Listing.objects.filter(channel=channel, due_at__lte=moment).values_list("product_id", flat=True)
    ids = set(due)
    if ids:
        mark_units(ids, channel)
    return len(ids)


def take_units(channel: Channel, limit: int) -> list[UUID]:
    """Take up to `limit` marked units; call inside the transaction that evaluates them, before reading them.

    Taking first closes a race: a unit that changes after it was read is marked anew, since its mark is gone.
    """
    lock = "FOR UPDATE" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM channels_dirtyunit WHERE id IN (SELECT id FROM channels_dirtyunit "  # noqa: S608 - constants
            f"WHERE channel_id = %s ORDER BY product_id LIMIT %s {lock}) RETURNING product_id",
            [channel.pk, limit],
        )
        return sorted(row[0] if isinstance(row[0], UUID) else UUID(row[0]) for row in cursor.fetchall())


def _batches(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]


def affected_units(ids: Iterable[UUID]) -> set[UUID]:
    """Return the sellable units whose listings may change when these products do. About three queries."""
    related = with_relatives(set(ids))
    found: set[UUID] = set()
    for batch in _batches(sorted(related)):
        found.update(
            Product.objects.filter(pk__in=batch, kind__in=SELLABLE_KINDS).values_list("pk", flat=True)
        )
    return found

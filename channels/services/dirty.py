"""From what changed to which units have to be looked at again.

Applying changes and naming services write a log of changed objects. Expanding reads it, follows uses,
parents and groups, and marks the units of every channel; changes of configuration and the passing of time
mark them too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import connection, transaction
from django.db.models import Max

from catalog.models import Category, Product, Use
from channels.constants import SELLABLE_KINDS
from channels.models import Channel
from channels.services.plans import ChannelPlan
from workflows.batches import batched
from workflows.models import DirtyObject

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
    """Mark the units that changed objects bear on, on every channel; returns how many log rows were read.

    One transaction under one lock: exactly the rows read are deleted, by id, so a row written meanwhile is
    left for the next time. Memory is that of one piece of the log and of one piece of what uses it, however
    much changed. Attributes, scopes and channel settings need no marks here: they are part of each channel's
    stamp (`channels.services.plans`).
    """
    count = 0
    with transaction.atomic():
        _lock()
        last = DirtyObject.objects.aggregate(last=Max("pk"))["last"] or 0
        while rows := list(DirtyObject.objects.filter(pk__lte=last).order_by("pk")[:BATCH].values_list()):
            for touched in _touched(rows):
                _mark_with_relatives(touched)
            DirtyObject.objects.filter(pk__in=[row[0] for row in rows]).delete()
            count += len(rows)
    return count


def _lock() -> None:
    """Let one process at a time write marks of many units, until its transaction ends.

    Two that write the same ones in different orders would wait for each other. SQLite's writers are serial
    anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _touched(rows: Iterable[Sequence[Any]]) -> Iterator[list[UUID]]:
    """Yield the products that logged objects are or are used by, in pieces of at most `BATCH`."""
    objects: dict[str, set[str]] = defaultdict(set)
    for _pk, model, object_id in rows:
        objects[model].add(object_id)
    if products := objects.get("catalog.product"):
        yield sorted(map(UUID, products))
    for model, kind in _USE_KINDS.items():
        if targets := objects.get(model):
            yield from _users(kind, _with_categories_below(targets) if kind == "category" else targets)


def _mark_with_relatives(ids: Collection[UUID]) -> None:
    """Mark products, everything in their trees, and what is made of any of these (bundles), with theirs."""
    related = with_relatives(ids)
    mark_units(related)
    for users in _users("product", {str(pk) for pk in related}):
        mark_units(with_relatives(set(users) - related))


def _users(kind: str, targets: Collection[str]) -> Iterator[list[UUID]]:
    """Yield the products that use any of the targets, by id, in pieces of at most `BATCH`."""
    for batch in batched(sorted(targets), BATCH):
        uses = Use.objects.filter(kind=kind, target__in=batch).order_by("product_id")
        ids = uses.values_list("product_id", flat=True).distinct()
        yield from batched(ids.iterator(chunk_size=BATCH), BATCH)


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
        for batch in batched(sorted(level), BATCH):
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
        for batch in batched(sorted(level), BATCH):
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
        for batch in batched(sorted(ids), BATCH):
            given = batch if postgresql else orjson.dumps([pk.hex for pk in batch]).decode()
            cursor.execute(sql, [given, *SELLABLE_KINDS, *([channel.pk] if channel else [])])


def mark_reconfigured(plan: ChannelPlan) -> bool:
    """Mark every unit of a channel whose configuration moved since it last did; says whether it did."""
    channel = plan.channel
    if channel.seen_stamp == plan.stamp:
        return False
    kinds = ", ".join(["%s"] * len(SELLABLE_KINDS))
    with transaction.atomic(), connection.cursor() as cursor:
        _lock()
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


def mark_due(channel: Channel, moment: datetime) -> None:
    """Mark the units with a listing whose answer may have changed by time alone. One statement."""
    kinds = ", ".join(["%s"] * len(SELLABLE_KINDS))
    with transaction.atomic(), connection.cursor() as cursor:
        _lock()
        cursor.execute(
            "INSERT INTO channels_dirtyunit (channel_id, product_id) "  # noqa: S608 - a list of marks
            "SELECT DISTINCT l.channel_id, l.product_id FROM channels_listing l "
            "JOIN catalog_product p ON p.id = l.product_id "
            f"WHERE l.channel_id = %s AND l.due_at <= %s AND p.kind IN ({kinds}) ON CONFLICT DO NOTHING",
            [channel.pk, connection.ops.adapt_datetimefield_value(moment), *SELLABLE_KINDS],
        )


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


def affected_units(ids: Iterable[UUID]) -> set[UUID]:
    """Return the sellable units whose listings may change when these products do. About three queries."""
    related = with_relatives(set(ids))
    found: set[UUID] = set()
    for batch in batched(sorted(related), BATCH):
        found.update(
            Product.objects.filter(pk__in=batch, kind__in=SELLABLE_KINDS).values_list("pk", flat=True)
        )
    return found

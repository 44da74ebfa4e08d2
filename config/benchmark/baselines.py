"""What Concord is held against: the least that any program could do with the same rows."""

from __future__ import annotations

import csv
import io
import time
from pathlib import Path

import orjson
from django.db import connection, models, transaction

from catalog.models import Product
from workflows.identity import uuid7

BATCH = 1000
ROUNDS = 3
FETCH_ROWS = 2000


class _TakenBack(Exception):
    """Ends a transaction without a trace."""


def bare_bulk_create() -> tuple[int, float]:
    """Write a copy of every product row by `bulk_create` and take it back, three times.

    Returns how many rows and the best seconds. A plain queryset, the product rows alone: no history, changes
    or derived tables. The copies are in memory before the clock starts.
    """
    plain: models.QuerySet[Product] = models.QuerySet(Product)
    rows = list(plain.order_by("pk"))
    best = float("inf")
    for number in range(ROUNDS):
        for row in rows:
            row.pk = uuid7()
            row.sku_folded = f"{number}{row.sku_folded[1:]}"
            row._state.adding = True
        start = time.perf_counter()
        try:
            with transaction.atomic():
                plain.bulk_create(rows, batch_size=BATCH)
                best = min(best, time.perf_counter() - start)
                raise _TakenBack
        except _TakenBack:
            pass
    return len(rows), best


def bare_cursor(channel: str, file: Path) -> tuple[int, float]:
    """Read the bodies of all a channel says by a server cursor, decode them, and write them by `csv.writer`.

    Returns how many rows and the seconds. Whatever values a body holds become its cells: no columns, formats,
    availability or order.
    """
    start = time.perf_counter()
    count = 0
    with (
        transaction.atomic(),
        connection.chunked_cursor() as cursor,
        io.TextIOWrapper(file.open("wb"), encoding="utf-8", newline="") as handle,
    ):
        writer = csv.writer(handle, delimiter="\t", lineterminator="\n")
        cursor.execute(
            "SELECT c.body, m.body, o.body FROM channels_listing l "
            "JOIN channels_body c ON c.checksum = l.content "
            "JOIN channels_body m ON m.checksum = l.media "
            "JOIN channels_body o ON o.checksum = l.offer "
            "JOIN channels_channel h ON h.id = l.channel_id WHERE h.code = %s",
            [channel],
        )
        while rows := cursor.fetchmany(FETCH_ROWS):
            for content, media, offer in rows:
                writer.writerow(
                    [
                        *orjson.loads(content).values(),
                        *orjson.loads(media).values(),
                        *orjson.loads(offer).values(),
                    ]
                )
            count += len(rows)
    return count, time.perf_counter() - start

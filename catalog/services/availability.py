"""Availability: what locations say, by location, without review; late observations never overwrite."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.locks import lock_locations
from catalog.models import Availability, AvailabilityLog, Location
from catalog.rules.keys import fold
from catalog.selectors import products_by_sku
from catalog.services.incoming import CellProblem, DeliveryReport
from workflows.bulk import insert_rows, update_rows
from workflows.models import Source
from workflows.permissions import may_deliver

CHUNK = 1000


@dataclass(frozen=True)
class Observation:
    """What a source saw of one SKU at one location."""

    file: str
    line: int
    sku: str
    location: str
    status: str
    quantity: int | None
    observed_at: datetime


def take_availability(
    rows: Iterable[Observation | tuple[str, int, CellProblem]],
    *,
    source: Source,
    actor: Any = None,
    dry_run: bool = False,
) -> DeliveryReport:
    """Write observations, chunk by chunk; a row counts as unchanged when it is older than, or says, what is
    known.

    A (file, line, problem) in place of an observation is a row the reader rejected. Without an actor (an
    operator at the shell) the source alone answers for the rows; with one, raises `NotAllowed` unless they
    may deliver for it. Three writes and five reads for each 1,000 rows; imports that name the same location
    take turns, chunk by chunk.
    """
    if actor is not None:
        may_deliver(actor, source).require()
    report = DeliveryReport()
    locations = dict(Location.objects.values_list("code_folded", "pk"))
    stream = iter(rows)
    while chunk := list(islice(stream, CHUNK)):
        with transaction.atomic():
            _take_chunk(chunk, source, locations, report, dry_run=dry_run)
    return report


def _take_chunk(
    chunk: list[Observation | tuple[str, int, CellProblem]],
    source: Source,
    locations: dict[str, int],
    report: DeliveryReport,
    *,
    dry_run: bool,
) -> None:
    observations = [row for row in chunk if isinstance(row, Observation)]
    products = products_by_sku({fold(row.sku) for row in observations})
    named = {pk for row in observations if (pk := locations.get(fold(row.location))) is not None}
    if not dry_run:
        # Read after this, since a place nobody spoke of yet has no row that could be locked.
        lock_locations(named)
    rows = Availability.objects.filter(product_id__in=products.values(), location_id__in=named)
    known: dict[tuple[UUID, int], Availability] = {(row.product_id, row.location_id): row for row in rows}
    created: dict[tuple[UUID, int], Availability] = {}
    changed: dict[tuple[UUID, int], Availability] = {}
    log: list[Availability] = []
    for row in chunk:
        if not isinstance(row, Observation):
            report.reject(*row)
            continue
        product = products.get(fold(row.sku))
        location = locations.get(fold(row.location))
        if product is None or location is None:
            field, value = ("sku", row.sku) if product is None else ("location", row.location)
            what = _("There is no product “%s”.") if product is None else _("There is no location “%s”.")
            report.reject(row.file, row.line, CellProblem(field, value, what % value))
            continue
        place = (product, location)
        old = known.get(place)
        if old is not None and row.observed_at <= old.observed_at:
            report.count(row.file, "unchanged")
            continue
        report.count(row.file, "changed" if old else "new")
        before = old.status if old else None
        entry = old or Availability(product_id=product, location_id=location)
        entry.status, entry.quantity = row.status, row.quantity
        entry.observed_at, entry.source = row.observed_at, source
        if old is None:
            created[place] = known[place] = entry
        elif place not in created:
            changed[place] = entry
        if before != row.status:
            log.append(
                Availability(
                    product_id=product,
                    location_id=location,
                    status=row.status,
                    quantity=row.quantity,
                    observed_at=row.observed_at,
                )
            )
    if not dry_run:
        # In the order of products: their rows are held one by one as the new rows' references are checked.
        _write([created[place] for place in sorted(created)], list(changed.values()), log)


def _write(created: list[Availability], changed: list[Availability], log: list[Availability]) -> None:
    columns = ("product", "location", "status", "quantity", "observed_at", "source")
    insert_rows(
        Availability,
        columns,
        [
            (row.product_id, row.location_id, row.status, row.quantity, row.observed_at, row.source_id)
            for row in created
        ],
    )
    update_rows(
        Availability,
        "id",
        columns[2:],
        [(row.pk, row.status, row.quantity, row.observed_at, row.source_id) for row in changed],
    )
    now = timezone.now()
    insert_rows(
        AvailabilityLog,
        (*columns[:5], "recorded_at"),
        [(row.product_id, row.location_id, row.status, row.quantity, row.observed_at, now) for row in log],
    )

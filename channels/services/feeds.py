"""Feed files and what they carried: handing over what is said, whole or not at all.

What a run hands over is written down first (`Handover` intervals), the files are made from exactly those
rows, and the run is marked done last. A run killed anywhere is taken up again and ends as an undisturbed one
would.
"""

from __future__ import annotations

import contextlib
import csv
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, TextIO
from uuid import UUID

import orjson
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Q

from channels.constants import RunState
from channels.models import Channel, FeedRun, Handover, Listing
from channels.rules.availability import JoinedAvailability, join_availability
from channels.rules.feed_text import cell
from channels.services.plans import ChannelPlan, PlannedPlace
from channels.services.stock import UNKNOWN, StatusSum, stock_of
from workflows.batches import batched

GOOGLE_TSV = "google_tsv"
FETCH_ROWS = 2000
EXAMPLES = 20
Step = Callable[[], None]


class SaidRow(NamedTuple):
    """One listing as it is said: its unit, id and bodies."""

    product_id: UUID
    external_id: str
    content: str
    media: str
    offer: str


def begin_run(channel: Channel, *, actor: Any, moment: datetime) -> FeedRun:
    """Return the channel's unfinished run, or a new one; the database allows one unfinished run a channel."""
    run, _created = FeedRun.objects.get_or_create(
        channel=channel, state=RunState.WRITING, defaults={"started_at": moment, "actor": actor}
    )
    return run


def note_handovers(run: FeedRun) -> None:
    """Write which versions this run carries, as intervals, in two statements.

    Running it again for the same run writes nothing.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE channels_handover SET until_run_id = %s
             WHERE channel_id = %s AND until_run_id IS NULL AND NOT EXISTS (
                   SELECT 1 FROM channels_listing l
                    WHERE l.id = channels_handover.listing_id AND l.version_id = channels_handover.version_id
                      AND l.content <> '')
            """,
            [run.pk, run.channel_id],
        )
        cursor.execute(
            """
            INSERT INTO channels_handover (listing_id, version_id, channel_id, from_run_id)
            SELECT l.id, l.version_id, l.channel_id, %s FROM channels_listing l
             WHERE l.channel_id = %s AND l.content <> ''
               AND NOT EXISTS (SELECT 1 FROM channels_handover h WHERE h.version_id = l.version_id)
            """,
            [run.pk, run.channel_id],
        )


def finish_run(
    run: FeedRun, plan: ChannelPlan, counts: dict[str, int], moment: datetime, step: Step
) -> FeedRun:
    """Hand over: note what is carried, write the files if anything in them moved, mark the run done.

    `step` is called between files and every few thousand rows (it renews the job's lease and may raise).
    """
    note_handovers(run)
    last = FeedRun.objects.filter(channel=plan.channel, state=RunState.DONE).order_by("-pk").first()
    stock = _stock_now(plan, moment) if plan.spec.feed else ""
    mark = {"stock": str(stock), "stamp": plan.stamp}
    if last is not None and not _moves_files(run) and last.availability == mark and _files_are_there(last):
        run.files, run.warnings = last.files, last.warnings
    elif plan.spec.feed == GOOGLE_TSV:
        run.files_begun = True
        run.save(update_fields=["files_begun"])
        written = _write_files(plan, moment, step)
        run.files, run.warnings = written.files, written.warnings
        mark["stock"] = str(written.stock)
    run.availability = mark
    run.counts = counts
    run.state = RunState.DONE
    run.finished_at = moment
    run.save(update_fields=["files", "warnings", "availability", "counts", "state", "finished_at"])
    _remove_old_files(run, plan)
    return run


def feed_folder(channel: Channel) -> Path:
    """Return the folder a channel's feed files lie in."""
    return Path(settings.FEED_ROOT) / channel.code


def _moves_files(run: FeedRun) -> bool:
    """Whether a run says something the last one's files don't, or an attempt of it touched them already.

    Asked of what is stored, since the attempt that noted the handovers may have died before writing them; one
    that died between two files left some of them new and some old, whatever the stock says by now.
    """
    return run.files_begun or Handover.objects.filter(Q(from_run=run) | Q(until_run=run)).exists()


def _files_are_there(run: FeedRun) -> bool:
    folder = feed_folder(run.channel)
    return all((folder / entry["name"]).is_file() for entry in run.files)


def _stock_now(plan: ChannelPlan, moment: datetime) -> StatusSum:
    """Name the statuses that files written now would hold."""
    found = StatusSum()
    if _joined(plan) is None:
        return found
    said = Listing.objects.filter(channel=plan.channel).exclude(content="").order_by("product_id")
    rows = said.values_list("product_id").annotate(rows=Count("pk"))
    for batch in batched(rows.iterator(chunk_size=FETCH_ROWS), FETCH_ROWS):
        stock = stock_of([product_id for product_id, _rows in batch], moment)
        for product_id, count in batch:
            found.add(product_id, stock.get(product_id, UNKNOWN).status, count)
    return found


def _joined(plan: ChannelPlan) -> str | None:
    """Return the field that takes its value from stock at the moment of writing, if there is one."""
    return next((one.name for one in plan.spec.fields.values() if one.joined), None)


@dataclass
class _Written:
    """What was written: the files, what no listing stores of them, and the statuses that their rows hold.

    A status that moves while files are written may be old in one and new in the next. Such a sum is that of
    no single moment, so the next run finds another and writes the files again.
    """

    files: list[dict[str, Any]] = field(default_factory=list)
    warnings: dict[str, dict[str, Any]] = field(default_factory=dict)
    stock: StatusSum = field(default_factory=StatusSum)

    def add(self, row: SaidRow, status: str | None, found: JoinedAvailability) -> None:
        """Count what a row says of its stock."""
        self.stock.add(row.product_id, status)
        for reason in found.reasons:
            entry = self.warnings.setdefault(reason.rule.id, {"count": 0, "examples": []})
            entry["count"] += 1
            if len(entry["examples"]) < EXAMPLES:
                entry["examples"].append(row.external_id)


def _write_files(plan: ChannelPlan, moment: datetime, step: Step) -> _Written:
    folder = feed_folder(plan.channel)
    folder.mkdir(parents=True, exist_ok=True)
    written = _Written()
    for place in plan.places:
        currency = place.profile.market.currency
        name = f"{plan.channel.code}_{place.market}_{place.locale}_{currency}.tsv"
        with _whole(folder / name) as handle:
            rows = _write_tsv(handle, plan, place, moment, written, step)
        written.files.append(
            {
                "name": name,
                "market": place.market,
                "locale": place.locale,
                "currency": currency,
                "rows": rows,
                "bytes": (folder / name).stat().st_size,
            }
        )
        step()
    return written


@contextlib.contextmanager
def _whole(path: Path) -> Iterator[TextIO]:
    """Open a file that appears under its name only once it is complete and on disk."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("w", encoding="utf-8", newline="") as handle:
            yield handle
            handle.flush()
            os.fsync(handle.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _write_tsv(
    handle: TextIO,
    plan: ChannelPlan,
    place: PlannedPlace,
    moment: datetime,
    written: _Written,
    step: Step,
) -> int:
    """Write one Google text feed: a header of every sent field, a row for each listing that is said."""
    columns = [one.name for one in plan.spec.fields.values() if one.sent]
    joined = _joined(plan)
    writer = csv.writer(handle, delimiter="\t", lineterminator="\n")
    writer.writerow(columns)
    place_of, blank = {name: number for number, name in enumerate(columns)}, [""] * len(columns)
    count = 0
    for rows in batched(said_rows(plan.channel, place.market, place.locale), FETCH_ROWS):
        stock = stock_of({row.product_id for row in rows}, moment) if joined is not None else {}
        for row in rows:
            body = orjson.loads(row.content)
            body.update(orjson.loads(row.media))
            offer = orjson.loads(row.offer)
            body.update(offer)
            if joined is not None:
                status = stock.get(row.product_id, UNKNOWN).status
                found = join_availability(plan.spec, status, offer)
                body[joined] = found.value
                written.add(row, status, found)
            cells = blank.copy()
            for name, value in body.items():
                if name in place_of:
                    cells[place_of[name]] = cell(value)
            writer.writerow(cells)
        count += len(rows)
        step()
    return count


def said_rows(channel: Channel, market: str, locale: str) -> Iterator[SaidRow]:
    """Yield everything said in one place, by external id, streaming from one statement."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(
            """
            SELECT l.product_id, l.external_id, c.body, m.body, o.body
              FROM channels_listing l
              JOIN channels_body c ON c.checksum = l.content
              JOIN channels_body m ON m.checksum = l.media
              JOIN channels_body o ON o.checksum = l.offer
             WHERE l.channel_id = %s AND l.market = %s AND l.locale = %s AND l.content <> ''
             ORDER BY l.external_id
            """,
            [channel.pk, market, locale],
        )
        while rows := cursor.fetchmany(FETCH_ROWS):
            for product_id, *rest in rows:
                yield SaidRow(product_id if isinstance(product_id, UUID) else UUID(product_id), *rest)


def _remove_old_files(run: FeedRun, plan: ChannelPlan) -> None:
    """Remove files of markets and languages that are no more, and pieces a killed run left."""
    folder = feed_folder(plan.channel)
    if not folder.is_dir():
        return
    kept = {entry["name"] for entry in run.files}
    for path in folder.iterdir():
        if path.name not in kept and path.name.endswith((".tsv", ".part")):
            path.unlink(missing_ok=True)

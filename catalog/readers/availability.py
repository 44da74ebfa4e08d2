"""Availability files: CSV with sku, location, quantity or status, observed_at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.constants import AvailabilityStatus
from catalog.readers.csv_files import CsvSource, check_csv, read_csv, whole_number
from catalog.services.availability import Observation
from catalog.services.incoming import CellProblem
from workflows.exceptions import Invalid

MAX_QUANTITY = 2_000_000_000


def check_availability_file(path: Path) -> CsvSource:
    """Check the whole file before anything is written; raises `Invalid` in one sentence."""
    source = CsvSource(path=path, name=path.name, required=("sku", "location", "observed_at"))
    columns = set(check_csv(source).columns)
    if not columns & {"quantity", "status"}:
        raise Invalid(_("%(file)s needs a column “quantity” or “status”.") % {"file": path.name})
    unknown = sorted(columns - {"sku", "location", "observed_at", "quantity", "status"})
    if unknown:
        raise Invalid(
            _("%(file)s has columns that mean nothing here: %(columns)s.")
            % {"file": path.name, "columns": ", ".join(unknown)}
        )
    return source


def read_availability(source: CsvSource) -> Iterator[Observation | tuple[str, int, CellProblem]]:
    """Yield observations, or (file, line, problem) for rows that can't be read."""
    for line, cells in read_csv(source):
        row = _observation(source.name, line, cells)
        yield (source.name, line, row) if isinstance(row, CellProblem) else row


def _observation(file: str, line: int, cells: Mapping[str, str]) -> Observation | CellProblem:
    status, text = cells.get("status", "").strip().lower(), cells.get("quantity", "").strip()
    quantity: int | None = None
    if text:
        quantity = whole_number(text, MAX_QUANTITY)
        if quantity is None:
            return CellProblem("quantity", text, _("A quantity is a whole number of 0 or more."))
    if status and status not in AvailabilityStatus.values:
        return CellProblem(
            "status",
            status,
            _("A status is one of %(known)s.") % {"known": ", ".join(AvailabilityStatus.values)},
        )
    if not status and quantity is None:
        return CellProblem("quantity", "", _("The row says neither a quantity nor a status."))
    observed = cells["observed_at"].strip()
    try:
        moment = datetime.fromisoformat(observed)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        return CellProblem(
            "observed_at", observed, _("The time of observation must be ISO 8601 with its time zone.")
        )
    if moment > timezone.now() + timedelta(minutes=5):
        return CellProblem("observed_at", observed, _("The time of observation lies in the future."))
    return Observation(
        file=file,
        line=line,
        sku=cells["sku"].strip(),
        location=cells["location"].strip(),
        status=status or ("in_stock" if quantity else "out_of_stock"),
        quantity=quantity,
        observed_at=moment,
    )

"""Deriving anew what products say of an attribute, after what lists and search make of it was changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.locks import lock_structure
from catalog.measurements import MEASURES
from catalog.models import Attribute, Product, SchemaVersion
from catalog.rules.derive import REFERRING_TYPES, Deriver
from catalog.rules.keys import ValueKey
from catalog.services.derived import CHUNK, rebuild, stored_rows, write_rows
from catalog.services.schema import current_schema
from workflows.constants import JobState
from workflows.models import Job
from workflows.rules.documents import Document
from workflows.services import jobs

DERIVE_JOB = "catalog.derive"
DERIVING_FIELDS = ("filterable", "searchable", "measurement_family", "entity")
"""The fields of an attribute that derived rows depend on, beside its type, which never changes."""


def derives_otherwise(attribute: Attribute, fields: Mapping[str, Any]) -> bool:
    """Tell whether an attribute's derived rows will be others once it has these fields."""
    moved = {name for name in DERIVING_FIELDS if name in fields and getattr(attribute, name) != fields[name]}
    if attribute.type in REFERRING_TYPES:
        moved.discard("filterable")  # they are filtered by their uses, which are always there
    return bool(moved)


@dataclass(frozen=True)
class Lag:
    """Attributes of which filters and search do not know yet what every product says."""

    codes: tuple[str, ...]
    is_stopped: bool
    """Whether for some of them nothing runs: their job failed or was cancelled."""


def derive_anew(codes: Collection[str], *, actor: Any) -> Job | None:
    """Enqueue a job that brings the derived rows of all products with these attributes up to date, and with
    those whose job failed or was cancelled; None where there is nothing to do.

    Call inside the transaction that changed the attributes, under `lock_structure`. What is applied meanwhile
    derives by the new structure already. Which job sees to an attribute stands beside the structure until it
    is done: that outlives the job. Up to four queries.
    """
    underived = _underived()
    wanted = sorted({*codes, *_abandoned(underived)})
    if not wanted:
        return None
    job = jobs.enqueue(
        DERIVE_JOB,
        {"attributes": wanted},
        actor=actor,
        label=_("Filters and search: %(attributes)s") % {"attributes": ", ".join(wanted)},
    )
    SchemaVersion.objects.filter(pk=1).update(underived=underived | dict.fromkeys(wanted, job.pk))
    return job


def find_lag() -> Lag | None:
    """Return what filters and search may miss, None where they are up to date. One query, two where not."""
    underived = _underived()
    return Lag(tuple(sorted(underived)), bool(_abandoned(underived))) if underived else None


def derive_everything() -> int:
    """Write every derived table anew, after which nothing lags behind; returns how many products."""
    underived = _underived()
    count = rebuild()
    _settle(underived)
    return count


def _underived() -> dict[str, int]:
    return SchemaVersion.objects.filter(pk=1).values_list("underived", flat=True).first() or {}


def _abandoned(underived: Mapping[str, int]) -> list[str]:
    """Return the attributes whose job will not end well any more."""
    if not underived:
        return []
    jobs_alive = Job.objects.filter(
        pk__in=set(underived.values()), state__in=(JobState.QUEUED, JobState.RUNNING)
    )
    alive = set(jobs_alive.values_list("pk", flat=True))
    return [code for code, job_id in underived.items() if job_id not in alive]


def _settle(done: Mapping[str, int]) -> None:
    """Note that attributes are up to date; one that a newer job sees to by now stays behind."""
    with transaction.atomic():
        lock_structure()
        left = {code: job_id for code, job_id in _underived().items() if done.get(code) != job_id}
        SchemaVersion.objects.filter(pk=1).update(underived=left)


@jobs.job_handler(DERIVE_JOB)
def derive_job(context: jobs.JobContext) -> dict[str, Any]:
    """Compare and write chunk by chunk in the order of products; continues where a killed attempt stopped."""
    codes = frozenset(context.params["attributes"])
    position = context.position
    done, written = int(position.get("done", 0)), int(position.get("written", 0))
    total = Product.objects.count()
    while True:
        with transaction.atomic():
            last, read, changed = _derive_chunk(codes, position.get("after"))
        if last is None:
            _settle(dict.fromkeys(codes, context.job.pk))
            return {"products": written}
        done, written = done + read, written + changed
        position = {"after": str(last), "done": done, "written": written}
        context.progress(done, max(done, total), position=position, products=written)


def _derive_chunk(codes: frozenset[str], after: str | None) -> tuple[UUID | None, int, int]:
    """Return the last product of a chunk, how many it holds, and how many of them have the attributes."""
    rows = Product.objects.order_by("pk").select_for_update(of=("self",), no_key=True)
    if after is not None:
        rows = rows.filter(pk__gt=after)
    chunk = list(rows.values_list("pk", "document")[:CHUNK])
    # Read under the rows' locks: whoever applies to them meanwhile did so by this structure, or will.
    deriver = Deriver(current_schema().attributes, MEASURES)
    chosen = {pk: document for pk, document in chunk if _has(document, codes)}
    stored = stored_rows(chosen)
    write_rows([(pk, stored[pk], deriver.derive(document)) for pk, document in chosen.items()])
    return (chunk[-1][0] if chunk else None), len(chunk), len(chosen)


def _has(document: Document, codes: frozenset[str]) -> bool:
    return any(not key.startswith("#") and ValueKey.parse(key).code in codes for key in document)

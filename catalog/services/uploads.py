"""Deliveries that somebody uploads on screen: a file is kept, previewed by one job and taken in by another.

The file stands in the data directory until its delivery was taken in or it is discarded. One that nobody came
back to is removed with an upload a week later.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from guardian.shortcuts import get_objects_for_user

from catalog.constants import DeliveryState
from catalog.models import Delivery
from catalog.readers.delivery import announced_skus, check_delivery_file, read_delivery
from catalog.services.incoming import Counts, DeliveryReport
from catalog.services.intake import check_delivery_rights, take_delivery
from catalog.services.schema import current_schema
from workflows.constants import JobState, SourceKind
from workflows.exceptions import Locked, NotFound, NotReady
from workflows.models import Job, Source
from workflows.permissions import Right, may_propose
from workflows.services.jobs import JobContext, enqueue, job_handler

PREVIEW_JOB = "catalog.preview_delivery"
TAKE_JOB = "catalog.take_delivery"
ENDED_EARLY = (JobState.FAILED, JobState.CANCELLED)
KEPT_S = 7 * 24 * 60 * 60
SHOWN = 100
COUNTED = ("new", "changed", "unchanged", "rejected")


def deliverable_sources(user: Any) -> QuerySet[Source]:
    """Return the sources the user may deliver files for: by a global right, or by grants. People are none."""
    if not may_propose(user):
        return Source.objects.none()
    found: QuerySet[Source] = get_objects_for_user(user, Right.DELIVER, klass=Source)
    return found.exclude(kind=SourceKind.PERSON).order_by("label", "code")


def preview_upload(content: Iterable[bytes], *, name: str, source: Source, actor: Any) -> Job:
    """Keep an uploaded file and enqueue the job that tells what it would change.

    Raises `NotAllowed`, and `Invalid` for a file that is no delivery; then nothing is kept.
    """
    check_delivery_rights(actor, source)
    _forget_old()
    token = uuid4().hex
    path = _path(token)
    _keep(content, path)
    try:
        _csv, facts = check_delivery_file(path, current_schema(), name=name)
        return enqueue(
            PREVIEW_JOB,
            {"file": token, "name": name, "source": source.pk},
            actor=actor,
            label=_("Preview of the delivery %(name)s") % {"name": name},
            total=facts.rows,
        )
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def propose_upload(preview_id: int, *, actor: Any) -> Job:
    """Enqueue the job that takes a previewed file in as one change request.

    Asked again it returns the same job, or another where that one failed or was stopped. Raises `NotReady`
    before the preview is done, `NotFound` where the file is not kept any more.
    """
    with transaction.atomic():
        preview = _lock_preview(preview_id)
        last = taking(preview)
        if last is not None and last.state not in ENDED_EARLY:
            return last
        if not is_kept(preview):
            raise _gone(preview.params["name"])
        if preview.state != JobState.DONE:
            raise NotReady(
                _("The preview of %(name)s is not done: look at what it would change before you propose it.")
                % {"name": preview.params["name"]}
            )
        job = enqueue(
            TAKE_JOB,
            {name: preview.params[name] for name in ("file", "name", "source")},
            actor=actor,
            label=_("Delivery %(name)s") % {"name": preview.params["name"]},
            total=preview.total,
        )
        preview.params["taken_by"] = job.pk
        preview.save(update_fields=["params"])
        return job


def discard_upload(preview_id: int) -> None:
    """Remove a previewed file; raises `NotReady` where a job is taking it in, or did."""
    with transaction.atomic():
        preview = _lock_preview(preview_id)
        job = taking(preview)
        if job is not None and job.state not in ENDED_EARLY:
            raise NotReady(
                _("%(name)s was proposed meanwhile: it can't be discarded any more.")
                % {"name": preview.params["name"]}
            )
        _path(preview.params["file"]).unlink(missing_ok=True)


def _lock_preview(preview_id: int) -> Job:
    """Lock a preview: a file is either proposed or discarded."""
    return Job.objects.select_for_update(of=("self",)).get(pk=preview_id, kind=PREVIEW_JOB)


def taking(preview: Job) -> Job | None:
    """Return the job that took, or takes, a previewed file in; the last where it was proposed again."""
    return Job.objects.filter(pk=preview.params.get("taken_by")).first()


def is_kept(preview: Job) -> bool:
    """Tell whether a previewed file is still here."""
    return _path(preview.params["file"]).is_file()


@job_handler(PREVIEW_JOB)
def preview_job(context: JobContext) -> dict[str, Any]:
    """Tell what an uploaded file would change; writes nothing."""
    report = _take(context, dry_run=True)
    rows, cells = report.rejected_rows, report.cells_left_out
    return {
        **_counts(report.counts),
        "report": {
            "rows": rows[:SHOWN],
            "row_count": len(rows),
            "cells": cells[:SHOWN],
            "cell_count": len(cells),
            "changes": report.changes[:SHOWN],
            "change_count": len(report.changes) + report.more_changes,
        },
    }


@job_handler(TAKE_JOB)
def take_job(context: JobContext) -> dict[str, Any]:
    """Take an uploaded file in, and let go of it; taken up again it continues where it stopped.

    Its position is the delivery: one that was read to its end is not read again, be the file here or not.
    """
    taken = Delivery.objects.filter(pk=context.position.get("delivery", 0)).first()
    if taken is not None and taken.state == DeliveryState.WITHDRAWN:
        raise Locked(_("Somebody withdrew this delivery while it was being read."))
    if taken is None or taken.state == DeliveryState.READING:
        _take(context, dry_run=False)
        taken = Delivery.objects.get(pk=context.position["delivery"])
    _path(context.params["file"]).unlink(missing_ok=True)
    return {
        **{name: getattr(taken, name) for name in COUNTED},
        "report": {"request": taken.request_id, "delivery": taken.pk},
    }


def _take(context: JobContext, *, dry_run: bool) -> DeliveryReport:
    name, path = context.params["name"], _path(context.params["file"])
    if not path.is_file():
        raise _gone(name)
    source = Source.objects.get(pk=context.params["source"])
    schema = current_schema()
    csv_source, facts = check_delivery_file(path, schema, name=name)
    return take_delivery(
        read_delivery(csv_source, schema),
        source=source,
        actor=context.job.actor,
        name=name,
        checksum=facts.checksum,
        title=f"{name} · {source}",
        dry_run=dry_run,
        begun=lambda delivery: context.progress(context.job.done, position={"delivery": delivery}),
        progress=lambda counts: context.progress(counts.read, facts.rows, **_counts(counts)),
        announced=announced_skus(csv_source, facts, schema),
    )


def _counts(counts: Counts) -> dict[str, int]:
    return {name: getattr(counts, name) for name in COUNTED}


def _gone(name: str) -> NotFound:
    return NotFound(_("The file %(name)s is not kept here any more: upload it again.") % {"name": name})


def _folder() -> Path:
    return Path(settings.DATA_DIR) / "deliveries"


def _path(token: str) -> Path:
    return _folder() / f"{token}.csv"


def _keep(content: Iterable[bytes], path: Path) -> None:
    """Write a file under a temporary name and give it its own when it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    try:
        with part.open("wb") as file:
            for block in content:
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _forget_old() -> None:
    for path in _folder().glob("*.*"):
        # Another upload may forget the same file in this moment.
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < time.time() - KEPT_S:
                path.unlink()

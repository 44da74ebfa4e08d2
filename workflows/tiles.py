"""What change control shows on the home page of those who keep it running: how the work goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Count, Max, Min, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from workflows.constants import JobState
from workflows.models import Job
from workflows.panels import register_panel
from workflows.permissions import Right

COUNTED_FOR = timedelta(days=7)
TAKEN_UP_WITHIN = timedelta(minutes=5)
"""A job that waits for longer while none runs says that no worker is there."""


def register() -> None:
    """Register the panels; called once when the app is ready."""
    register_panel("home.tiles", "jobs", template="workflows/jobs_tile.html", build=jobs_tile, position=50)


def jobs_tile(_objects: Sequence[Any], request: HttpRequest) -> Mapping[str, Any] | None:
    """Return jobs in numbers and whether a worker takes them up, to those who run them. One query.

    Running jobs count as stalled once their lease ran out: their process died and no other took over.
    """
    if not (request.user.has_perm(Right.VIEW_JOB) and request.user.has_perm(Right.CANCEL_JOB)):
        return None
    now = timezone.now()
    running, waiting = Q(state=JobState.RUNNING), Q(state=JobState.QUEUED)
    recent = Q(finished_at__gt=now - COUNTED_FOR)
    found = Job.objects.aggregate(
        running=Count("pk", filter=running & Q(lease_until__gte=now)),
        stalled=Count("pk", filter=running & Q(lease_until__lt=now)),
        waiting=Count("pk", filter=waiting),
        oldest=Min("created_at", filter=waiting),
        failed=Count("pk", filter=recent & Q(state=JobState.FAILED)),
        done=Count("pk", filter=recent & Q(state=JobState.DONE)),
        last=Max("started_at"),
    )
    if found["last"] is None and not found["waiting"]:
        return None
    oldest = found["oldest"]
    late = oldest is not None and oldest < now - TAKEN_UP_WITHIN and not found["running"]
    return {
        **found,
        "url": reverse("admin:workflows_job_changelist"),
        "no_worker": late or bool(found["stalled"] and not found["running"]),
        "days": COUNTED_FOR.days,
    }

"""The first page of the admin: what waits for this person, and where each of it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Min, Sum
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workflows.admin.job_status import JobStatus, job_status
from workflows.constants import REVIEWABLE, UNFINISHED, JobState, RequestState
from workflows.models import ChangeRequest, Job
from workflows.panels import render_panels
from workflows.permissions import Right, may_resume
from workflows.selectors import requests_to_review, requests_written_by, stopped_requests

FAILED_WITHIN = timedelta(days=7)
SHOWN = 5


@dataclass(frozen=True)
class Waiting:
    """One line of what waits: how many, of what, where it is done, and since when or what more."""

    count: int
    words: str
    url: str
    detail: str = ""
    since: datetime | None = None


_others: list[Callable[[Any], list[Waiting]]] = []


def register_waiting(build: Callable[[Any], list[Waiting]]) -> None:
    """Register what of a higher app waits for a user; `build` checks the user's rights and makes constant
    queries.
    """
    _others.append(build)


def home_context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add what the home page shows to the admin's context; the query count does not grow with the data."""
    user: Any = request.user
    waiting = waiting_for(user)
    my_requests, my_count = _own_requests(user)
    jobs = _running_jobs(user)
    tiles = render_panels("home.tiles", (), request)
    context.update(
        greeting=greeting(timezone.localtime(), user.get_short_name() or user.get_username()),
        waiting=waiting,
        waiting_words=_how_many(len(waiting)),
        my_requests=my_requests,
        my_count=my_count,
        jobs=jobs,
        tiles=tiles,
        reads_only=not any(
            map(user.has_perm, (Right.PROPOSE, Right.APPROVE, Right.CANCEL_JOB, Right.DELIVER))
        ),
        products_url=_address("admin:catalog_product_changelist"),
        desk_url=_address("desk:search"),
        requests_url=_address("admin:workflows_changerequest_changelist"),
        sees_requests=user.has_perm(Right.VIEW_REQUEST),
        is_new=not ChangeRequest.objects.exists(),
    )
    return context


def greeting(now: datetime, name: str) -> str:
    """Return a greeting for the time of day."""
    if now.hour < 12:
        return _("Good morning, %(name)s.") % {"name": name}
    if now.hour < 18:
        return _("Good afternoon, %(name)s.") % {"name": name}
    return _("Good evening, %(name)s.") % {"name": name}


def waiting_for(user: Any) -> list[Waiting]:
    """Return what waits for this person, most urgent first; lines without anything are left out."""
    lines = [*_stopped(user), *_reviews(user), *_sent_back(user), *_drafts(user), *_failed_jobs(user)]
    for build in _others:
        lines += build(user)
    return [line for line in lines if line.count]


def _how_many(count: int) -> str:
    if not count:
        return _("Nothing waits for you.")
    return ngettext("%(count)s thing waits for you.", "%(count)s things wait for you.", count) % {
        "count": count
    }


def _stopped(user: Any) -> list[Waiting]:
    """Return approved requests whose applying stopped, to those who may resume it. Two queries."""
    if not may_resume(user):
        return []
    whole = stopped_requests().aggregate(count=Count("id"), oldest=Min("decided_at"))
    words = ngettext(
        "approved request stopped before it was applied",
        "approved requests stopped before they were applied",
        whole["count"],
    )
    return [
        Waiting(whole["count"], words, _queue(queue="all", state="stopped"), _("oldest"), whole["oldest"])
    ]


def _reviews(user: Any) -> list[Waiting]:
    """Return changes to review and, by source, the conflicts among them. Two queries."""
    if not user.has_perm(Right.APPROVE):
        return []
    open_requests = requests_to_review(user)
    whole = open_requests.aggregate(count=Count("id"), oldest=Min("submitted_at"))
    lines = [
        Waiting(
            whole["count"],
            ngettext("change request to review", "change requests to review", whole["count"]),
            _queue(queue="review"),
            _("oldest"),
            whole["oldest"],
        )
    ]
    by_source = (
        open_requests.filter(conflict_count__gt=0)
        .values("source__code", "source__label")
        .annotate(conflicts=Sum("conflict_count"), oldest=Min("submitted_at"))
        .order_by("-conflicts")[:SHOWN]
    )
    for row in by_source:
        source = row["source__label"] or row["source__code"]
        words = ngettext("conflict from %(source)s", "conflicts from %(source)s", row["conflicts"])
        address = _queue(queue="review", source=row["source__code"], conflicts="open")
        lines.append(
            Waiting(row["conflicts"], words % {"source": source}, address, _("oldest"), row["oldest"])
        )
    return lines


def _sent_back(user: Any) -> list[Waiting]:
    """Return own requests that a reviewer sent back. One query."""
    if not user.has_perm(Right.PROPOSE):
        return []
    found = requests_written_by(user).filter(state=RequestState.CHANGES_ASKED)
    whole = found.aggregate(count=Count("id"), oldest=Min("decided_at"))
    words = ngettext("of your requests came back", "of your requests came back", whole["count"])
    address = _queue(queue="mine", state=RequestState.CHANGES_ASKED.value)
    return [Waiting(whole["count"], words, address, _("oldest"), whole["oldest"])]


def _drafts(user: Any) -> list[Waiting]:
    """Return own requests that were never submitted. One query."""
    if not user.has_perm(Right.PROPOSE):
        return []
    count = requests_written_by(user).filter(state=RequestState.DRAFT).count()
    words = ngettext("draft that nobody reviews yet", "drafts that nobody reviews yet", count)
    return [Waiting(count, words, _queue(queue="mine", state=RequestState.DRAFT.value))]


def _failed_jobs(user: Any) -> list[Waiting]:
    """Return jobs that failed lately, to those who run them. One query."""
    if not (user.has_perm(Right.CANCEL_JOB) and user.has_perm(Right.VIEW_JOB)):
        return []
    failed = Job.objects.filter(state=JobState.FAILED, finished_at__gt=timezone.now() - FAILED_WITHIN)
    whole = failed.aggregate(count=Count("id"), newest=Min("finished_at"))
    words = ngettext("job failed in the last week", "jobs failed in the last week", whole["count"])
    address = f"{_address('admin:workflows_job_changelist')}?state__exact={JobState.FAILED.value}"
    return [Waiting(whole["count"], words, address, _("oldest"), whole["newest"])]


def _own_requests(user: Any) -> tuple[list[ChangeRequest], int]:
    """Return own requests that others have to act on, newest first, and how many there are. Two queries."""
    if not user.has_perm(Right.PROPOSE):
        return [], 0
    waits_for_others = (*REVIEWABLE, RequestState.APPROVED, RequestState.SCHEDULED, RequestState.APPLYING)
    found = requests_written_by(user).filter(state__in=waits_for_others)
    return list(found.order_by("-id")[:SHOWN]), found.count()


def _running_jobs(user: Any) -> list[JobStatus]:
    """Return jobs that wait or run, to those who may see jobs. One query."""
    if not user.has_perm(Right.VIEW_JOB):
        return []
    jobs = Job.objects.filter(state__in=UNFINISHED).order_by("id")[:SHOWN]
    return [job_status(job) for job in jobs]


def _queue(**chosen: str) -> str:
    return f"{_address('admin:workflows_changerequest_changelist')}?{urlencode(chosen)}"


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""

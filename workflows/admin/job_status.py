"""How far a job is, in words: for its page, the list, and the script that keeps them up to date."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workflows.constants import UNFINISHED, JobState, Outcome
from workflows.models import Job
from workflows.services.reviews import APPLY_JOB

STATE_SIGNS = {JobState.RUNNING: "advice", JobState.DONE: "good", JobState.FAILED: "error"}
FOLLOW_UP = "follow_up"

Link = tuple[str, str]
_result_links: dict[str, Callable[[Job], Link | None]] = {}


def register_result_link(kind: str, link: Callable[[Job], Link | None]) -> None:
    """Say where what a kind of job made can be seen: a function from the job to (address, words), or None.

    A kind that has a link already raises `ValueError`.
    """
    if kind in _result_links:
        raise ValueError(f"{kind} has a link already")
    _result_links[kind] = link


@dataclass(frozen=True)
class JobStatus:
    """A job as screens show it; every text is ready to be read."""

    pk: int
    label: str
    state: str
    sign: str
    is_running: bool
    percent: int | None
    done: str
    pace: str
    counts: str
    error: str
    log: tuple[tuple[datetime, str], ...]
    link: Link | None

    def as_json(self) -> dict[str, Any]:
        """Return what changes while the job runs."""
        return {
            "state": self.state,
            "running": self.is_running,
            "percent": self.percent,
            "done": self.done,
            "pace": self.pace,
            "counts": self.counts,
            "error": self.error,
            "log": [f"{at:%H:%M:%S} {text}" for at, text in self.log],
        }


def job_status(job: Job, now: datetime | None = None) -> JobStatus:
    """Return how far a job is at a moment (now unless given); no query."""
    now = now or timezone.now()
    running = job.state in UNFINISHED
    state = job.get_state_display()
    if running and job.cancel_requested:
        state = _("Is being cancelled")
    percent = min(100, job.done * 100 // job.total) if job.total else None
    if job.state == JobState.DONE:
        percent = 100
    return JobStatus(
        pk=job.pk,
        label=job.label,
        state=state,
        sign=STATE_SIGNS.get(JobState(job.state), ""),
        is_running=running,
        percent=percent,
        done=_how_much(job),
        pace=_pace(job, now),
        counts=_counts(job.result or job.counts),
        error=job.error,
        log=tuple(
            (timezone.localtime(datetime.fromisoformat(line["at"])), line["text"]) for line in job.log[::-1]
        ),
        link=result_link(job),
    )


def result_link(job: Job) -> Link | None:
    """Return where what the job made can be seen."""
    find = _result_links.get(job.kind)
    return find(job) if find else None


def _how_much(job: Job) -> str:
    done = number_format(job.done, use_l10n=True, force_grouping=True)
    if not job.total:
        return done if job.done else ""
    total = number_format(job.total, use_l10n=True, force_grouping=True)
    return _("%(done)s of %(total)s") % {"done": done, "total": total}


def _pace(job: Job, now: datetime) -> str:
    """Return rate and time left while a job runs, how long it took afterwards."""
    if job.started_at is None:
        return ""
    passed = (job.finished_at or now) - job.started_at
    if job.finished_at is not None:
        return _("took %(time)s") % {"time": duration_words(passed)}
    if job.state != JobState.RUNNING or not job.done or passed < timedelta(seconds=1):
        return ""
    rate = job.done / passed.total_seconds()
    words = _("%(count)s a second") % {"count": number_format(rate, 0 if rate >= 10 else 1)}
    if job.total and job.total > job.done:
        left = timedelta(seconds=(job.total - job.done) / rate)
        words = _("%(rate)s, %(time)s left") % {"rate": words, "time": duration_words(left)}
    return words


def duration_words(length: timedelta) -> str:
    """Return a length of time in words, rounded up to its largest unit below three."""
    seconds = math.ceil(length.total_seconds())
    if seconds < 120:
        return ngettext("%(n)s second", "%(n)s seconds", seconds) % {"n": seconds}
    minutes = math.ceil(seconds / 60)
    if minutes < 120:
        return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}
    hours = math.ceil(minutes / 60)
    return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}


def _counts(counts: Mapping[str, Any]) -> str:
    """Return counts in words; what is no number (an id, a name) is for the link to say."""
    labels = {outcome.value: str(outcome.label).lower() for outcome in Outcome if outcome.value}
    words = []
    for name, count in counts.items():
        if isinstance(count, int) and not isinstance(count, bool) and name != FOLLOW_UP:
            number = number_format(count, use_l10n=True, force_grouping=True)
            words.append(f"{number} {labels.get(name, name.replace('_', ' '))}")
    return ", ".join(words)


def _applied_request(job: Job) -> Link:
    number = int(job.params["request"])
    address = reverse("admin:workflows_changerequest_change", args=[number])
    stopped = job.state in (JobState.FAILED, JobState.CANCELLED)
    words = _("See what is left of change request %(number)s") if stopped else _("Change request %(number)s")
    return address, words % {"number": number}


register_result_link(APPLY_JOB, _applied_request)

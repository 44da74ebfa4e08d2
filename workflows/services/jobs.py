"""Long work as jobs: enqueue, claim by lease, run in chunks, resume, cancel.

The row is the truth. A handler is a function of a `JobContext`; it works in chunks, each a transaction of
its own that can run twice, and calls `progress` between them, which renews the lease and ends the work when
somebody cancelled it.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from kombu.exceptions import KombuError

from workflows.constants import UNFINISHED, JobState
from workflows.exceptions import ConcordError, NotReady
from workflows.log_context import log_context
from workflows.models import Job
from workflows.permissions import may_cancel_jobs
from workflows.services import audit

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
HEARTBEAT_S = 15
LOG_LINES = 200

Handler = Callable[["JobContext"], dict[str, Any]]
Listener = Callable[[Job], None]

_handlers: dict[str, Handler] = {}
_listeners: list[Callable[[int], None]] = []
_RUNNER = f"{socket.gethostname()}:{os.getpid()}"


class JobCancelled(Exception):
    """Raised inside a handler when somebody cancelled the job; chunks written so far stay."""


def job_handler(kind: str) -> Callable[[Handler], Handler]:
    """Register a function as the handler of a kind of job; a kind taken already raises `ValueError`."""

    def register(function: Handler) -> Handler:
        if kind in _handlers:
            raise ValueError(f"{kind} has a handler already")
        _handlers[kind] = function
        return function

    return register


@dataclass
class JobContext:
    """What a handler sees of its job."""

    job: Job
    lease_owner: str
    listener: Listener | None = None

    @property
    def params(self) -> dict[str, Any]:
        """What the job was enqueued with."""
        return dict(self.job.params)

    @property
    def position(self) -> dict[str, Any]:
        """How far an earlier attempt came, as the handler saved it."""
        return dict(self.job.position)

    def progress(self, done: int, total: int | None = None, *, position: Any = None, **counts: int) -> None:
        """Save how far the work is, renew the lease, and stop if the job was cancelled or taken over.

        Call it between chunks, outside their transactions. One query. Raises `JobCancelled`.
        """
        job = self.job
        job.done = done
        job.total = total if total is not None else job.total
        job.counts = {**job.counts, **counts}
        if position is not None:
            job.position = position
        job.lease_until = timezone.now() + LEASE
        kept = Job.objects.filter(
            pk=job.pk, lease_owner=self.lease_owner, state=JobState.RUNNING, cancel_requested=False
        ).update(
            done=job.done,
            total=job.total,
            counts=job.counts,
            position=job.position,
            lease_until=job.lease_until,
        )
        if not kept:
            raise JobCancelled
        if self.listener:
            self.listener(job)

    def log(self, message: str) -> None:
        """Add a line to the job's log (the last 200 are kept)."""
        self.job.log = [*self.job.log, {"at": timezone.now().isoformat(), "text": message}][-LOG_LINES:]
        Job.objects.filter(pk=self.job.pk).update(log=self.job.log)


def enqueue(kind: str, params: dict[str, Any], *, actor: Any, label: str, total: int | None = None) -> Job:
    """Write a job row and, when the transaction commits, tell whoever runs jobs. Unknown kinds raise
    `LookupError`.
    """
    if kind not in _handlers:
        raise LookupError(f"{kind} is not a kind of job")
    job = Job.objects.create(kind=kind, params=params, actor=actor, label=label[:300], total=total)
    transaction.on_commit(lambda: _announce(job.pk))
    return job


def on_enqueue(listener: Callable[[int], None]) -> None:
    """Register who is told of new jobs in this process (the embedded worker)."""
    _listeners.append(listener)


def _announce(job_id: int) -> None:
    if settings.CELERY_BROKER_URL:
        from workflows.tasks import run_job_task

        try:
            run_job_task.delay(job_id)
        except (OSError, KombuError):
            logger.warning("The broker did not take job %s; the sweep will find it.", job_id)
    for listener in _listeners:
        listener(job_id)


def run_job(job_id: int, *, listener: Listener | None = None) -> Job:
    """Claim a job and run it here to its end; returns it as it then is.

    A job that is finished, or held by a living runner, is returned untouched. Domain errors end a job at
    once; database trouble puts it back in the queue until its attempts are used up.
    """
    owner = f"{_RUNNER}:{uuid.uuid4().hex[:8]}"
    now = timezone.now()
    claimed = (
        Job.objects.filter(pk=job_id)
        .filter(Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, lease_until__lt=now))
        .update(
            state=JobState.RUNNING,
            lease_owner=owner,
            lease_until=now + LEASE,
            attempts=F("attempts") + 1,
            error="",
        )
    )
    job = Job.objects.get(pk=job_id)
    if not claimed:
        return job
    if job.started_at is None:
        Job.objects.filter(pk=job_id).update(started_at=now)
    if job.attempts > job.max_attempts:
        return _finish(
            job, owner, JobState.FAILED, error=_("Gave up after %(n)s tries.") % {"n": job.max_attempts}
        )
    if job.cancel_requested:
        return _finish(job, owner, JobState.CANCELLED)
    context = JobContext(job, owner, listener)
    beat = _Heartbeat(job_id, owner)
    beat.start()
    try:
        with log_context(job_id=job_id, change_request_id=job.params.get("request")):
            result = _handlers[job.kind](context)
    except JobCancelled:
        return _finish(job, owner, JobState.CANCELLED)
    except ConcordError as error:
        return _finish(job, owner, JobState.FAILED, error=str(error))
    except (OperationalError, InterfaceError) as error:
        logger.exception("Job %s met database trouble", job_id)
        return _finish(job, owner, JobState.QUEUED, error=str(error))
    except Exception:
        logger.exception("Job %s failed", job_id)
        return _finish(
            job,
            owner,
            JobState.FAILED,
            error=_("Something went wrong that Concord did not expect; the log has the details."),
        )
    finally:
        beat.stop()
    return _finish(job, owner, JobState.DONE, result=result)


def _finish(
    job: Job, owner: str, state: JobState, *, error: str = "", result: dict[str, Any] | None = None
) -> Job:
    Job.objects.filter(pk=job.pk, lease_owner=owner).update(
        state=state,
        # A handler need not report its last chunk, after which a cancel could only tear its end off.
        done=Coalesce("total", "done") if state == JobState.DONE else F("done"),
        error=error,
        result=result or {},
        lease_owner="",
        lease_until=None,
        finished_at=None if state == JobState.QUEUED else timezone.now(),
    )
    job.refresh_from_db()
    return job


def cancel_job(job_id: int, *, actor: Any) -> None:
    """Ask a job to stop between chunks; what it wrote stays.

    Raises `NotAllowed` without the right to cancel jobs (no actor is the installation itself), and `NotReady`
    for a job that has ended.
    """
    if actor is not None:
        may_cancel_jobs(actor).require()
    with transaction.atomic():
        changed = Job.objects.filter(pk=job_id, state__in=UNFINISHED).update(cancel_requested=True)
        if not changed:
            raise NotReady(_("This job has ended already."))
        audit.record("job.cancel", actor=actor, target_model="workflows.job", target_id=str(job_id))


def job_going_on(kind: str, params: dict[str, Any], *, actor: Any) -> Job | None:
    """Return the oldest job of a kind, with these among its params, that waits or runs; None without one.

    Whoever asks wants the work done: a waiting job that somebody cancelled will run after all, and the audit
    record says so. One that runs and is being cancelled raises `NotReady`, since it may end at any chunk.
    Call it inside atomic, under the lock of what the job is about; it locks the job.
    """
    same = {f"params__{name}": value for name, value in params.items()}
    unfinished = Job.objects.filter(kind=kind, state__in=UNFINISHED, **same)
    job = unfinished.select_for_update().order_by("pk").first()
    if job is None or not job.cancel_requested:
        return job
    if job.state == JobState.RUNNING:
        raise NotReady(_("“%(job)s” is being stopped; try again in a moment.") % {"job": job.label})
    job.cancel_requested = False
    job.save(update_fields=["cancel_requested"])
    audit.record("job.keep", actor=actor, target_model="workflows.job", target_id=str(job.pk))
    return job


def release_dead_leases() -> int:
    """Free jobs whose runner was a process of this machine that no longer lives; returns how many.

    Other machines' jobs are found when their lease runs out.
    """
    freed = 0
    host = f"{socket.gethostname()}:"
    for job in Job.objects.filter(state=JobState.RUNNING, lease_owner__startswith=host):
        pid = int(job.lease_owner.removeprefix(host).split(":")[0])
        if not _alive(pid):
            freed += Job.objects.filter(pk=job.pk, lease_owner=job.lease_owner).update(
                state=JobState.QUEUED, lease_owner="", lease_until=None
            )
    return freed


def runnable_jobs() -> list[int]:
    """Return ids of jobs that wait or whose lease ran out, oldest first. One query."""
    return list(
        Job.objects.filter(
            Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, lease_until__lt=timezone.now())
        )
        .order_by("pk")
        .values_list("pk", flat=True)[:100]
    )


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class _Heartbeat(threading.Thread):
    """Renews the lease while a chunk runs longer than the lease would last."""

    def __init__(self, job_id: int, owner: str) -> None:
        super().__init__(daemon=True, name=f"heartbeat-{job_id}")
        self.job_id = job_id
        self.owner = owner
        self._stopped = threading.Event()

    def run(self) -> None:
        """Beat until stopped; a database that is busy for a moment only delays the next beat."""
        try:
            while not self._stopped.wait(HEARTBEAT_S):
                try:
                    Job.objects.filter(pk=self.job_id, lease_owner=self.owner).update(
                        lease_until=timezone.now() + LEASE
                    )
                except (OperationalError, InterfaceError):
                    logger.warning("Heartbeat of job %s was late", self.job_id)
        finally:
            connection.close()

    def stop(self) -> None:
        """End the thread without waiting for it."""
        self._stopped.set()

"""Jobs: claimed by lease, resumed after death, cancelled between chunks, ended after too many tries."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError
from django.utils import timezone

from workflows.constants import JobState
from workflows.exceptions import Invalid, NotReady
from workflows.models import AuditEntry, Job
from workflows.services import jobs

pytestmark = pytest.mark.django_db


@pytest.fixture
def handle() -> Iterator[Any]:
    """Register a handler for one test."""
    kinds = []

    def register(function: Any) -> str:
        kind = f"tests.{function.__name__}"
        jobs.job_handler(kind)(function)
        kinds.append(kind)
        return kind

    yield register
    for kind in kinds:
        jobs._handlers.pop(kind)


def enqueue(kind: str, **params: Any) -> Job:
    return jobs.enqueue(kind, params, actor=None, label="Test")


def nothing(_context: jobs.JobContext) -> dict[str, Any]:
    return {}


def test_a_job_runs_to_its_end_and_keeps_progress_and_result(handle: Any) -> None:
    def count(context: jobs.JobContext) -> dict[str, Any]:
        for done in range(3):
            context.progress(done + 1, 3, seen=done)
        context.log("nearly there")
        return {"written": 3}

    job = jobs.run_job(enqueue(handle(count)).pk)

    assert (job.state, job.done, job.total, job.counts) == (JobState.DONE, 3, 3, {"seen": 2})
    assert job.result == {"written": 3}
    assert [line["text"] for line in job.log] == ["nearly there"]
    assert job.lease_until is None
    assert job.finished_at is not None


def test_a_job_that_ended_well_says_all_of_it_is_done(handle: Any) -> None:
    one_chunk = handle(lambda_named("one_chunk", lambda _context: {}))

    known = jobs.run_job(jobs.enqueue(one_chunk, {}, actor=None, label="Test", total=50).pk)
    unknown = jobs.run_job(enqueue(one_chunk).pk)

    assert (known.state, known.done, known.total) == (JobState.DONE, 50, 50)
    assert (unknown.state, unknown.done, unknown.total) == (JobState.DONE, 0, None)


def test_a_job_that_failed_says_how_far_it_came(handle: Any) -> None:
    def stumble(context: jobs.JobContext) -> dict[str, Any]:
        context.progress(20, 50)
        raise Invalid("The twenty-first is wrong.")

    job = jobs.run_job(enqueue(handle(stumble)).pk)

    assert (job.state, job.done, job.total) == (JobState.FAILED, 20, 50)


def test_an_ended_job_is_not_run_again(handle: Any) -> None:
    runs = []
    kind = handle(lambda_named("once", lambda _context: runs.append(1) or {}))
    job = jobs.run_job(enqueue(kind).pk)

    jobs.run_job(job.pk)

    assert runs == [1]


def test_a_job_held_by_a_living_runner_is_left_alone(handle: Any) -> None:
    runs = []
    kind = handle(lambda_named("held", lambda _context: runs.append(1) or {}))
    job = enqueue(kind)
    Job.objects.filter(pk=job.pk).update(
        state=JobState.RUNNING, lease_owner="other:1:x", lease_until=timezone.now() + timedelta(seconds=30)
    )

    assert jobs.run_job(job.pk).state == JobState.RUNNING
    assert runs == []


def test_a_job_whose_lease_ran_out_continues_at_its_position(handle: Any) -> None:
    seen = []

    def resume(context: jobs.JobContext) -> dict[str, Any]:
        seen.append(context.position)
        return {}

    job = enqueue(handle(resume))
    Job.objects.filter(pk=job.pk).update(
        state=JobState.RUNNING,
        position={"after": 7},
        lease_owner="other:1:x",
        lease_until=timezone.now() - timedelta(seconds=1),
    )

    assert jobs.runnable_jobs() == [job.pk]
    assert jobs.run_job(job.pk).state == JobState.DONE
    assert seen == [{"after": 7}]


def test_leases_of_dead_processes_of_this_machine_are_freed(handle: Any) -> None:
    kind = handle(lambda_named("dead", lambda _context: {}))
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    host = jobs._RUNNER.split(":")[0]
    until = timezone.now() + timedelta(seconds=30)
    job, alive = enqueue(kind), enqueue(kind)
    Job.objects.filter(pk=job.pk).update(
        state=JobState.RUNNING, lease_owner=f"{host}:{dead.pid}:x", lease_until=until
    )
    Job.objects.filter(pk=alive.pk).update(
        state=JobState.RUNNING, lease_owner=f"{host}:{os.getpid()}:x", lease_until=until
    )

    assert jobs.release_dead_leases() == 1
    assert jobs.runnable_jobs() == [job.pk]


def test_a_cancelled_job_stops_between_chunks(handle: Any) -> None:
    def endless(context: jobs.JobContext) -> dict[str, Any]:
        for done in range(100):
            if done == 2:
                jobs.cancel_job(context.job.pk, actor=None)
            context.progress(done)
        return {}

    job = jobs.run_job(enqueue(handle(endless)).pk)

    assert (job.state, job.done) == (JobState.CANCELLED, 1)
    with pytest.raises(NotReady):
        jobs.cancel_job(job.pk, actor=None)


def test_the_job_of_the_same_work_is_found_while_it_waits_or_runs(handle: Any) -> None:
    kind = handle(nothing)
    enqueue(kind, shelf="b")
    job = enqueue(kind, shelf="a", other=1)

    assert jobs.job_going_on(kind, {"shelf": "a"}, actor=None) == job
    jobs.run_job(job.pk)
    assert jobs.job_going_on(kind, {"shelf": "a"}, actor=None) is None


def test_a_waiting_job_that_was_cancelled_runs_after_all_when_asked_for(
    handle: Any, merchandiser: User
) -> None:
    job = enqueue(handle(nothing), shelf="a")
    jobs.cancel_job(job.pk, actor=None)

    assert jobs.job_going_on(job.kind, {"shelf": "a"}, actor=merchandiser) == job

    assert jobs.run_job(job.pk).state == JobState.DONE
    kept = AuditEntry.objects.get(action="job.keep")
    assert (kept.actor, kept.target_model, kept.target_id) == (merchandiser, "workflows.job", str(job.pk))


def test_a_running_job_that_is_being_cancelled_is_not_handed_back(handle: Any) -> None:
    job = enqueue(handle(nothing), shelf="a")
    Job.objects.filter(pk=job.pk).update(
        state=JobState.RUNNING, lease_owner="elsewhere:1:x", lease_until=timezone.now()
    )
    jobs.cancel_job(job.pk, actor=None)

    with pytest.raises(NotReady, match="“Test” is being stopped; try again in a moment"):
        jobs.job_going_on(job.kind, {"shelf": "a"}, actor=None)

    job.refresh_from_db()
    assert job.cancel_requested
    assert not AuditEntry.objects.filter(action="job.keep").exists()


def test_a_domain_error_ends_the_job_with_its_sentence(handle: Any) -> None:
    def refuse(_context: jobs.JobContext) -> dict[str, Any]:
        raise Invalid("The file is empty.")

    job = jobs.run_job(enqueue(handle(refuse)).pk)

    assert (job.state, job.error) == (JobState.FAILED, "The file is empty.")


def test_database_trouble_is_tried_again_and_ends_some_time(handle: Any) -> None:
    def trouble(_context: jobs.JobContext) -> dict[str, Any]:
        raise OperationalError("gone")

    job = enqueue(handle(trouble))

    states = [jobs.run_job(job.pk).state for _try in range(6)]

    assert states == [JobState.QUEUED] * 5 + [JobState.FAILED]
    job.refresh_from_db()
    assert "5 tries" in job.error


def test_an_unexpected_error_fails_without_its_inner_text(handle: Any) -> None:
    def broken(_context: jobs.JobContext) -> dict[str, Any]:
        raise KeyError("secret")

    job = jobs.run_job(enqueue(handle(broken)).pk)

    assert job.state == JobState.FAILED
    assert "secret" not in job.error


def test_unknown_and_doubled_kinds_are_refused(handle: Any, merchandiser: User) -> None:
    kind = handle(lambda_named("twice", lambda _context: {}))

    with pytest.raises(LookupError):
        enqueue("tests.nothing")
    with pytest.raises(ValueError, match="already"):
        jobs.job_handler(kind)(lambda _context: {})


def lambda_named(name: str, function: Any) -> Any:
    """Give a lambda a name of its own."""
    function.__name__ = name
    return function

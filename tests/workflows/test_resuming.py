"""Going on where applying stopped: once, by those who may, and said where people look."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from catalog.models import Product
from tests.factories.catalog import approve_and_apply
from tests.factories.requests import make_big_request
from workflows.constants import JobState, Outcome, RequestState
from workflows.exceptions import NotAllowed, NotReady
from workflows.models import AuditEntry, ChangeRequest, Job
from workflows.services import apply as apply_module
from workflows.services.jobs import cancel_job, run_job
from workflows.services.requests import withdraw_request
from workflows.services.resuming import resume_request
from workflows.services.reviews import approve_request, refuse_request

pytestmark = pytest.mark.usefixtures("structure")

AsUser = Callable[[User], Client]
Said = Callable[[Any], list[str]]


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apply_module, "CHUNK", 1)


def stop_after(request: ChangeRequest, reviewer: User, chunks: int) -> Job:
    """Approve a request and cancel its job when some of its chunks are applied."""
    job = approve_request(request.pk, reviewer=reviewer)

    def cancel(seen: Job) -> None:
        if seen.done == chunks - 1:
            cancel_job(seen.pk, actor=None)

    return run_job(job.pk, listener=cancel)


def jobs_of(request: ChangeRequest) -> int:
    return Job.objects.filter(params__request=request.pk).count()


def resumed(request: ChangeRequest) -> int:
    return AuditEntry.objects.filter(request=request, action="request.resume").count()


def test_a_cancelled_job_is_resumed_and_each_change_applied_once(
    merchandiser: User, reviewer: User, make_account: Callable[..., User]
) -> None:
    request = make_big_request(merchandiser, 3)
    stopped = stop_after(request, reviewer, 1)
    request.refresh_from_db()
    assert (stopped.state, request.state) == (JobState.CANCELLED, RequestState.APPLYING)
    assert request.changes.filter(outcome=Outcome.PENDING).count() == 2

    seen: list[int] = []
    operator = make_account("operator")
    job = run_job(
        resume_request(request.pk, actor=operator).pk, listener=lambda going: seen.append(going.done)
    )

    request.refresh_from_db()
    assert (job.pk != stopped.pk, job.state, job.actor) == (True, JobState.DONE, operator)
    assert (seen, job.done, job.total) == ([1, 2], 3, 3)
    assert (request.state, job.result) == (RequestState.APPLIED, {"applied": 3})
    assert list(Product.objects.values_list("revision", flat=True)) == [2, 2, 2]
    assert AuditEntry.objects.filter(request=request, action="request.resume", actor=operator).count() == 1


def test_a_job_that_gave_up_is_resumed(merchandiser: User, reviewer: User) -> None:
    request = make_big_request(merchandiser, 2)
    job = approve_request(request.pk, reviewer=reviewer)
    Job.objects.filter(pk=job.pk).update(
        state=JobState.RUNNING, attempts=5, lease_owner="elsewhere:1:x", lease_until=timezone.now()
    )
    assert run_job(job.pk).error == "Gave up after 5 tries."

    again = run_job(resume_request(request.pk, actor=reviewer).pk)

    assert (again.state, again.result) == (JobState.DONE, {"applied": 2})


def test_a_request_whose_job_failed_before_it_began_is_resumed(
    merchandiser: User, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(_request_id: int) -> None:
        raise RuntimeError("no disk")

    request = make_big_request(merchandiser, 1)
    with monkeypatch.context() as patch:
        patch.setattr(apply_module, "_begin", stumble)
        assert run_job(approve_request(request.pk, reviewer=reviewer).pk).state == JobState.FAILED
    request.refresh_from_db()
    assert request.state == RequestState.APPROVED

    assert run_job(resume_request(request.pk, actor=reviewer).pk).result == {"applied": 1}


def test_there_are_never_two_jobs_of_a_request(merchandiser: User, reviewer: User) -> None:
    request = make_big_request(merchandiser, 2)
    first = approve_request(request.pk, reviewer=reviewer)

    assert resume_request(request.pk, actor=reviewer).pk == first.pk
    assert (jobs_of(request), resumed(request)) == (1, 0)


def test_a_request_whose_job_is_being_stopped_is_not_resumed_yet(merchandiser: User, reviewer: User) -> None:
    request = make_big_request(merchandiser, 2)
    job = approve_request(request.pk, reviewer=reviewer)
    Job.objects.filter(pk=job.pk).update(
        state=JobState.RUNNING, lease_owner="elsewhere:1:x", lease_until=timezone.now()
    )
    cancel_job(job.pk, actor=None)

    with pytest.raises(NotReady, match="is being stopped; try again in a moment"):
        resume_request(request.pk, actor=reviewer)
    assert (jobs_of(request), resumed(request)) == (1, 0)

    Job.objects.filter(pk=job.pk).update(state=JobState.QUEUED, lease_owner="", lease_until=None)
    assert run_job(resume_request(request.pk, actor=reviewer).pk).result == {"applied": 2}
    assert jobs_of(request) == 1


def test_a_job_whose_process_died_is_taken_up_itself(merchandiser: User, reviewer: User) -> None:
    request = make_big_request(merchandiser, 2)
    job = approve_request(request.pk, reviewer=reviewer)
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    Job.objects.filter(pk=job.pk).update(
        state=JobState.RUNNING,
        lease_owner=f"{socket.gethostname()}:{dead.pid}:x",
        lease_until=timezone.now() + timedelta(minutes=1),
    )

    again = resume_request(request.pk, actor=reviewer)

    assert (again.pk, again.state) == (job.pk, JobState.QUEUED)
    assert run_job(again.pk).result == {"applied": 2}


@pytest.mark.parametrize("role", ["merchandiser", "support", "channel_manager"])
def test_only_people_who_decide_or_run_jobs_resume(
    merchandiser: User, reviewer: User, make_account: Callable[..., User], role: str
) -> None:
    request = make_big_request(merchandiser, 2)
    stop_after(request, reviewer, 1)
    somebody = merchandiser if role == "merchandiser" else make_account(role)

    with pytest.raises(NotAllowed, match="can resume this"):
        resume_request(request.pk, actor=somebody)

    assert (jobs_of(request), resumed(request)) == (1, 0)


def leave_submitted(_request: ChangeRequest, _author: User, _reviewer: User) -> None:
    """Nobody decided it."""


def refuse(request: ChangeRequest, _author: User, reviewer: User) -> None:
    refuse_request(request.pk, reviewer=reviewer, reason="no")


def approve_and_take_back(request: ChangeRequest, author: User, reviewer: User) -> None:
    job = approve_request(request.pk, reviewer=reviewer)
    withdraw_request(request.pk, actor=author)
    assert run_job(job.pk).state == JobState.FAILED


def apply(request: ChangeRequest, _author: User, reviewer: User) -> None:
    approve_and_apply(request.pk, reviewer)


@pytest.mark.parametrize(
    ("step", "state"),
    [
        (leave_submitted, "submitted"),
        (refuse, "refused"),
        (approve_and_take_back, "withdrawn"),
        (apply, "applied"),
    ],
)
def test_what_is_not_approved_or_applied_already_is_not_resumed(
    merchandiser: User, reviewer: User, step: Callable[..., None], state: str
) -> None:
    request = make_big_request(merchandiser, 1)
    step(request, merchandiser, reviewer)
    jobs = jobs_of(request)

    with pytest.raises(NotReady, match=f"nothing to resume: it is {state}"):
        resume_request(request.pk, actor=reviewer)

    assert (jobs_of(request), resumed(request)) == (jobs, 0)


def test_the_page_says_where_it_stopped_and_lets_it_go_on(
    as_user: AsUser, said: Said, merchandiser: User, reviewer: User
) -> None:
    request = make_big_request(merchandiser, 3)
    stopped = stop_after(request, reviewer, 2)
    address = f"/admin/workflows/changerequest/{request.pk}"
    sentence = "Applying stopped after 2 of 3 objects: somebody cancelled it."

    for_author = as_user(merchandiser).get(f"{address}/change/").content.decode()
    refused = as_user(merchandiser).post(f"{address}/decide/", {"step": "resume"})
    after_refusal = (jobs_of(request), resumed(request))
    for_reviewer = as_user(reviewer).get(f"{address}/change/").content.decode()
    answer = as_user(reviewer).post(f"{address}/decide/", {"step": "resume"})
    going_on = as_user(reviewer).get(f"{address}/change/").content.decode()

    resume = '<button class="cc-button cc-button-main" type="submit" name="step" value="resume"'
    assert sentence in for_author
    assert f'{resume} disabled aria-describedby="why-not-resume">' in for_author
    assert "Only people who approve changes or run jobs can resume this." in for_author
    assert (refused.status_code, after_refusal, resumed(request)) == (403, (1, 0), 1)
    assert sentence in for_reviewer
    assert f"{resume}>" in for_reviewer
    assert f'href="/admin/workflows/job/{stopped.pk}/change/">Job {stopped.pk}</a>' in for_reviewer
    job = Job.objects.latest("id")
    assert said(answer) == [f"Applying goes on with what is left (job {job.pk})."]
    assert sentence not in going_on
    assert f'data-job="/admin/workflows/job/{job.pk}/status/"' in going_on


def test_the_page_says_the_reason_of_a_job_that_failed_before_it_began(
    as_user: AsUser, merchandiser: User, reviewer: User
) -> None:
    request = make_big_request(merchandiser, 1)
    job = approve_request(request.pk, reviewer=reviewer)
    Job.objects.filter(pk=job.pk).update(state=JobState.FAILED, error="The disk is full.")

    page = as_user(reviewer).get(f"/admin/workflows/changerequest/{request.pk}/change/")

    assert "Applying stopped after 0 of 1 object: The disk is full." in page.content.decode()


def test_the_page_of_a_stopped_job_leads_to_its_request(
    as_user: AsUser, merchandiser: User, reviewer: User
) -> None:
    request = make_big_request(merchandiser, 2)
    job = stop_after(request, reviewer, 1)

    page = as_user(reviewer).get(f"/admin/workflows/job/{job.pk}/change/").content.decode()

    words = f"See what is left of change request {request.pk}"
    assert (
        f'<a class="cc-button" href="/admin/workflows/changerequest/{request.pk}/change/">{words}</a>' in page
    )


def test_the_command_resumes(merchandiser: User, reviewer: User) -> None:
    request = make_big_request(merchandiser, 2)
    stop_after(request, reviewer, 1)
    out = StringIO()

    with pytest.raises(CommandError, match="can resume this"):
        call_command("review_request", str(request.pk), "--as", "merchandiser", "--resume")
    call_command("review_request", str(request.pk), "--as", "reviewer", "--resume", stdout=out)

    assert out.getvalue().strip() == f"Request {request.pk}: 2 applied"

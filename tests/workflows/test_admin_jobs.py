"""Jobs on screen: progress in words, live as JSON, stopped only by those who may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client

from workflows.admin import job_status as job_status_module
from workflows.admin.job_status import duration_words, job_status, register_result_link
from workflows.models import AuditEntry, Job
from workflows.services.reviews import APPLY_JOB

pytestmark = pytest.mark.django_db

AsUser = Callable[[User], Client]
NOW = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)
LIST = "/admin/workflows/job/"


def make_job(**over: Any) -> Job:
    state = over.setdefault("state", "running")
    if state == "running":
        over.setdefault("lease_until", NOW + timedelta(days=1))
    values: dict[str, Any] = {
        "kind": APPLY_JOB,
        "params": {"request": 7},
        "label": "Apply request 7",
        "started_at": NOW - timedelta(seconds=20),
        "done": 1000,
        "total": 3000,
        "counts": {"applied": 900, "unchanged": 100},
    }
    return Job.objects.create(**{**values, **over})


def test_a_running_job_says_how_far_it_is_how_fast_and_how_long_it_takes() -> None:
    status = job_status(make_job(), NOW)

    assert (status.state, status.percent, status.is_running) == ("Running", 33, True)
    assert status.done == "1,000 of 3,000"
    assert status.pace == "50 a second, 40 seconds left"
    assert status.counts == "900 applied, 100 already so"
    assert status.link == ("/admin/workflows/changerequest/7/change/", "Change request 7")


def test_a_finished_job_says_what_came_of_it() -> None:
    result = {"applied": 2999, "conflict": 1, "follow_up": 8, "name": "x"}
    finished = make_job(state="done", result=result, finished_at=NOW + timedelta(minutes=9), done=3000)

    status = job_status(finished, NOW)

    assert (status.percent, status.is_running, status.pace) == (100, False, "took 10 minutes")
    assert status.counts == "2,999 applied, 1 conflict"


@pytest.mark.parametrize(
    ("over", "pace", "done"),
    [
        ({"state": "queued", "started_at": None, "done": 0}, "", "0 of 3,000"),
        ({"total": None}, "50 a second", "1,000"),
        ({"total": None, "done": 0}, "", ""),
        ({"done": 3000}, "150 a second", "3,000 of 3,000"),
        ({"done": 30}, "1.5 a second, 33 minutes left", "30 of 3,000"),
    ],
)
def test_what_is_not_known_is_not_said(over: dict[str, Any], pace: str, done: str) -> None:
    status = job_status(make_job(**over), NOW)

    assert (status.pace, status.done) == (pace, done)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 second"), (119, "119 seconds"), (120, "2 minutes"), (7200, "2 hours"), (90000, "25 hours")],
)
def test_lengths_of_time_are_said_in_one_unit(seconds: int, words: str) -> None:
    assert duration_words(timedelta(seconds=seconds)) == words


def test_a_kind_of_job_links_to_its_result_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_status_module, "_result_links", {})
    register_result_link("report", lambda job: (f"/reports/{job.pk}/", "Report"))
    job = make_job(kind="report")

    assert job_status(job, NOW).link == (f"/reports/{job.pk}/", "Report")
    assert job_status(make_job(kind="other"), NOW).link is None
    with pytest.raises(ValueError, match="report has a link already"):
        register_result_link("report", lambda _job: None)


def test_the_page_and_its_progress_show_the_same(as_user: AsUser, reviewer: User) -> None:
    job = make_job(log=[{"at": NOW.isoformat(), "text": "Chunk 1 <written>"}], actor=reviewer)
    client = as_user(reviewer)

    with time_machine.travel(NOW, tick=False):
        page = client.get(f"{LIST}{job.pk}/change/").content.decode()
        answer = client.get(f"{LIST}{job.pk}/status/")

    assert answer.json() == {
        "state": "Running",
        "running": True,
        "percent": 33,
        "done": "1,000 of 3,000",
        "pace": "50 a second, 40 seconds left",
        "counts": "900 applied, 100 already so",
        "error": "",
        "log": ["12:00:00 Chunk 1 <written>"],
    }
    assert "no-store" in answer.headers["Cache-Control"]
    for part in ("1,000 of 3,000", "50 a second", "12:00:00 Chunk 1 &lt;written&gt;", 'data-job="'):
        assert part in page


def test_whoever_may_cancels_a_job(as_user: AsUser, make_account: Callable[..., User]) -> None:
    job, operator = make_job(), make_account("operator")
    client = as_user(operator)

    answer = client.post(f"{LIST}{job.pk}/cancel/")

    job.refresh_from_db()
    assert (answer.status_code, job.cancel_requested) == (302, True)
    assert AuditEntry.objects.filter(action="job.cancel", actor=operator, target_id=str(job.pk)).count() == 1
    assert "Is being cancelled" in client.get(f"{LIST}{job.pk}/change/").content.decode()


@pytest.mark.parametrize("role", ["reviewer", "merchandiser", "support", ""])
def test_whoever_may_not_is_told_why_and_the_job_goes_on(
    as_user: AsUser, make_account: Callable[..., User], said: Callable[[Any], list[str]], role: str
) -> None:
    job = make_job()

    answer = as_user(make_account(role, name="somebody")).post(f"{LIST}{job.pk}/cancel/")

    job.refresh_from_db()
    assert job.cancel_requested is False
    if role in ("reviewer", "merchandiser"):
        assert said(answer) == ["You don't have the right to cancel jobs."]
    else:
        assert answer.status_code == 403


def test_a_job_that_has_ended_cannot_be_cancelled(
    as_user: AsUser, make_account: Callable[..., User], said: Callable[[Any], list[str]]
) -> None:
    job = make_job(state="done", finished_at=NOW)

    answer = as_user(make_account("operator")).post(f"{LIST}{job.pk}/cancel/")

    assert said(answer) == ["This job has ended already."]


@pytest.mark.parametrize("page", ["", "{pk}/change/", "{pk}/status/"])
def test_jobs_are_seen_only_with_the_right(
    client: Client, as_user: AsUser, support: User, superuser: User, page: str
) -> None:
    address = LIST + page.format(pk=make_job().pk)

    assert client.get(address).status_code == 302
    assert as_user(support).get(address).status_code == 403
    assert as_user(superuser).get(address).status_code == 200


@pytest.mark.parametrize("page", ["add/", "{pk}/delete/", "{pk}/history/"])
def test_jobs_have_no_other_pages(as_user: AsUser, superuser: User, page: str) -> None:
    address = LIST + page.format(pk=make_job().pk)

    assert as_user(superuser).get(address).status_code == 404
    assert as_user(superuser).get(f"{LIST}999999999/change/").status_code == 404
    assert as_user(superuser).get(f"{LIST}999999999/status/").status_code == 404
    assert as_user(superuser).get(f"{LIST}{Job.objects.get().pk}/cancel/").status_code == 403


def test_the_list_costs_the_same_for_two_and_twenty_jobs(
    as_user: AsUser, superuser: User, django_assert_num_queries: Any
) -> None:
    client = as_user(superuser)
    for _number in range(2):
        make_job(actor=superuser)
    client.get(LIST)
    with django_assert_num_queries(6):
        client.get(LIST)
    for _number in range(18):
        make_job(actor=superuser)

    with django_assert_num_queries(6):
        assert len(client.get(LIST).context["cl"].result_list) == 20

"""The first page: what waits for whom, and nothing for those it does not concern."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.utils import timezone

from tests.factories.catalog import approve_and_apply
from tests.factories.requests import make_conflict, make_request
from workflows.home import greeting, waiting_for
from workflows.models import ChangeRequest, Job
from workflows.services.reviews import approve_request, ask_changes
from workflows.tiles import jobs_tile

pytestmark = pytest.mark.usefixtures("structure")

AsUser = Callable[[User], Client]


@pytest.mark.parametrize(
    ("hour", "words"), [(6, "Good morning, Ann."), (12, "Good afternoon, Ann."), (23, "Good evening, Ann.")]
)
def test_the_greeting_follows_the_time_of_day(hour: int, words: str) -> None:
    assert greeting(datetime(2026, 11, 3, hour, tzinfo=UTC), "Ann") == words


def fail_job(days: int) -> Job:
    at = timezone.now() - timedelta(days=days)
    return Job.objects.create(kind="x", label="Nightly", state="failed", error="No.", finished_at=at)


def stop(request: ChangeRequest, reviewer: User) -> None:
    """Approve a request and let its job fail."""
    job = approve_request(request.pk, reviewer=reviewer)
    Job.objects.filter(pk=job.pk).update(state="failed", finished_at=timezone.now())


def test_each_role_is_told_what_it_has_to_do(
    merchandiser: User, reviewer: User, support: User, make_account: Callable[..., User]
) -> None:
    make_request(merchandiser)
    make_conflict(merchandiser, {"name:en-US": "New", "colour": "blue"}, base={})
    ask_changes(make_request(merchandiser, sku="A-2").pk, reviewer=reviewer, reason="why?")
    make_request(merchandiser, sku="A-3", submit=False)
    fail_job(days=1)
    fail_job(days=30)
    stop(make_request(merchandiser, sku="A-4"), reviewer)
    approve_request(make_request(merchandiser, sku="A-5").pk, reviewer=reviewer)
    approve_and_apply(make_request(merchandiser, sku="A-6").pk, reviewer)

    def told(user: User) -> list[tuple[int, str, str]]:
        return [(line.count, line.words, line.url) for line in waiting_for(user)]

    queue = "/admin/workflows/changerequest/?queue="
    stopped = (1, "approved request stopped before it was applied", f"{queue}all&state=stopped")
    assert told(reviewer) == [
        stopped,
        (2, "change requests to review", f"{queue}review"),
        (2, "conflicts from People", f"{queue}review&source=people&conflicts=open"),
    ]
    assert told(merchandiser) == [
        (1, "of your requests came back", f"{queue}mine&state=changes_asked"),
        (1, "draft that nobody reviews yet", f"{queue}mine&state=draft"),
    ]
    assert told(make_account("operator")) == [
        stopped,
        (2, "jobs failed in the last week", "/admin/workflows/job/?state__exact=failed"),
    ]
    assert told(support) == []


def test_every_line_leads_to_what_it_counts(as_user: AsUser, merchandiser: User, superuser: User) -> None:
    make_request(merchandiser)
    make_conflict(merchandiser, {"name:en-US": "New"}, base={})
    ask_changes(make_request(merchandiser, sku="A-2").pk, reviewer=superuser, reason="why?")
    make_request(superuser, sku="A-3", submit=False)
    fail_job(days=1)
    for sku in ("A-4", "A-5"):
        stop(make_request(merchandiser, sku=sku), superuser)

    for line in waiting_for(superuser):
        answer = as_user(superuser).get(line.url)
        if "conflict" in line.words:
            counted = sum(row.conflict_count for row in answer.context["cl"].result_list)
        else:
            counted = answer.context["cl"].result_count
        assert counted == line.count, line


def test_the_page_greets_counts_and_shows_own_requests(
    as_user: AsUser, merchandiser: User, reviewer: User
) -> None:
    make_request(merchandiser, title="Winter titles")

    own = as_user(merchandiser).get("/admin/").content.decode()
    other = as_user(reviewer).get("/admin/").content.decode()

    assert "Nothing waits for you." in own
    assert "Your open request" in own
    assert "Winter titles" in own
    assert "1 thing waits for you." in other
    assert "Winter titles" not in other


def test_those_who_only_look_are_shown_where(as_user: AsUser, support: User) -> None:
    text = as_user(support).get("/admin/").content.decode()

    assert "Look things up" in text
    assert "/admin/workflows/changerequest/" in text
    assert "Work in progress" not in text


def test_an_empty_installation_says_how_to_begin(as_user: AsUser, merchandiser: User) -> None:
    assert "There are no change requests yet." in as_user(merchandiser).get("/admin/").content.decode()


def test_home_costs_the_same_with_little_and_much(
    as_user: AsUser, merchandiser: User, superuser: User, django_assert_max_num_queries: Any
) -> None:
    client = as_user(superuser)
    make_request(merchandiser)
    make_request(superuser, sku="A-2")
    make_conflict(merchandiser, {"name:en-US": "New"}, base={})
    client.get("/admin/")
    with django_assert_max_num_queries(30) as little:
        client.get("/admin/")
    for number in range(10):
        make_request(merchandiser, sku=f"M-{number}")
        make_request(superuser, sku=f"S-{number}")

    with django_assert_max_num_queries(len(little.captured_queries)):
        client.get("/admin/")


def test_operator_sees_how_the_work_goes(
    as_user: AsUser, make_account: Callable[..., User], support: User
) -> None:
    now = timezone.now()
    fail_job(days=1)
    fail_job(days=30)
    Job.objects.create(
        kind="x", label="Runs", state="running", started_at=now, lease_until=now + timedelta(1)
    )
    Job.objects.create(kind="x", label="Waits", state="queued")
    jobs = "/admin/workflows/job/?state__exact="

    text = as_user(make_account("operator")).get("/admin/").content.decode()

    for state, count in (("running", 1), ("queued", 1), ("failed", 1), ("done", 0)):
        assert f'<a href="{jobs}{state}"><strong>{count}</strong>' in text
    assert "Nobody takes up the jobs that wait." not in text
    assert f"{jobs}queued" not in as_user(support).get("/admin/").content.decode()


@pytest.mark.parametrize("dead", [True, False])
def test_operator_is_told_that_no_worker_is_there(
    as_user: AsUser, make_account: Callable[..., User], dead: bool
) -> None:
    long_ago = timezone.now() - timedelta(minutes=10)
    state = {"state": "running", "lease_until": long_ago} if dead else {"state": "queued"}
    job = Job.objects.create(kind="x", label="Waits", started_at=long_ago, **state)
    Job.objects.filter(pk=job.pk).update(created_at=long_ago)

    text = as_user(make_account("operator")).get("/admin/").content.decode()

    assert "Nobody takes up the jobs that wait." in text


@pytest.mark.parametrize("number", [2, 20])
def test_numbers_of_jobs_cost_one_query(
    rf: RequestFactory, superuser: User, number: int, django_assert_num_queries: Any
) -> None:
    for _number in range(number):
        Job.objects.create(kind="x", label="Waits", state="queued")
    request = rf.get("/admin/")
    request.user = superuser

    with django_assert_num_queries(1):
        tile = jobs_tile([], request)

    assert tile is not None
    assert tile["waiting"] == number


def test_without_jobs_there_is_no_tile(rf: RequestFactory, superuser: User) -> None:
    request = rf.get("/admin/")
    request.user = superuser

    assert jobs_tile([], request) is None

"""What publishing would change, before it does: in the terminal and on its page."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from channels.models import Channel, FeedRun, Listing, ListingVersion
from channels.services import preview
from channels.services.preview import plan_publication, request_preview
from channels.services.publish import request_publication
from tests.factories.catalog import edit_product
from tests.factories.listings import publish
from workflows.exceptions import NotAllowed, NotReady
from workflows.models import Job
from workflows.services.jobs import cancel_job, run_job

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]


@pytest.fixture
def page(client: Client, manager: User) -> Client:
    """A browser in which the channel manager is logged in."""
    client.force_login(manager)
    return client


@pytest.fixture
def moved(google: Channel, make_good: Make) -> list[Any]:
    """Published products of which one changed, one was recalled, one has a title too long; and a new one."""
    found = [make_good(number, gtin=None, **{"name:en-US": f"Shoe {number}"}) for number in range(4)]
    publish("google")
    edit_product(found[0].pk, {"price.USD": "77"})
    edit_product(found[1].pk, {"#state": "recalled"})
    edit_product(found[2].pk, {"name:en-US": "x" * 151})
    return [*found, make_good(4, gtin=None, **{"name:en-US": "Shoe 4"})]


def stored() -> list[Any]:
    """Everything that publishing says and hands over."""
    return [list(model.objects.order_by("pk").values()) for model in (Listing, ListingVersion, FeedRun)]


def test_plan_counts_what_publishing_then_does_and_says_nothing(
    moved: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preview, "CHUNK", 2)
    before = stored()

    plan = plan_publication("google")

    assert stored() == before
    counts = [getattr(plan, name) for name in ("said", "evaluated", "new", "changed", "withdrawn", "held")]
    assert counts == [8, 8, 2, 1, 2, 1]
    assert (plan.withdrawn_percent, plan.shrinks, plan.moves) == (25, True, True)
    assert plan.examples["changed"] == [[str(moved[0].pk), "S-0", "site_us", "en-US"]]
    assert {rule: entry["count"] for rule, entry in plan.reasons["held"].items()} == {
        "google.title.max_length": 1
    }
    job = run_job(request_publication("google", actor=None).pk)
    assert job.result["counts"] == {"evaluated": 8, "changed": 6, "said": 3, "withdrawn": 2, "held": 1}


def test_plan_of_a_channel_in_step_is_empty(google: Channel, make_good: Make) -> None:
    make_good(1)
    publish("google")

    plan = plan_publication("google")

    assert (plan.said, plan.evaluated, plan.moves, plan.shrinks) == (2, 0, False, False)


def test_terminal_lists_counts_reasons_and_examples(moved: list[Any]) -> None:
    out, raw = StringIO(), StringIO()

    call_command("publish", "google", dry_run=True, stdout=out)
    call_command("publish", "google", dry_run=True, json=True, stdout=raw)

    lines = out.getvalue().splitlines()
    assert lines[:2] == [
        "8 evaluated: 2 new, 1 changed, 2 withdrawn, 1 held; 8 are said now",
        "Careful: 25 % of what is said now would be withdrawn.",
    ]
    assert "held, 1: The title is 151 characters long; 150 are allowed. (google.title.max_length)" in lines
    assert "changed: S-0 on site_us in en-US" in lines
    assert json.loads(raw.getvalue())["withdrawn"] == 2


def test_page_shows_the_preview_and_warns_before_much_is_withdrawn(page: Client, moved: list[Any]) -> None:
    channel = Channel.objects.get(code="google")

    answer = page.post(reverse("admin:channels_channel_preview", args=[channel.pk]))
    job = Job.objects.get(kind="channels.preview")
    assert answer.headers["Location"] == (
        f"{reverse('admin:channels_channel_publish', args=[channel.pk])}?job={job.pk}"
    )
    assert "Publish all the same" not in page.get(answer.headers["Location"]).content.decode()
    run_job(job.pk)
    text = page.get(answer.headers["Location"]).content.decode()

    assert "2 of the 8 listings that customers see now would be withdrawn, 25 %." in text
    assert "Publish all the same" in text
    assert "The title is 151 characters long; 150 are allowed." in text
    assert f'<a href="{reverse("admin:catalog_product_change", args=[moved[0].pk])}">Shoe 0</a>' in text


def test_page_costs_the_same_queries_for_one_example_and_for_many(
    page: Client, google: Channel, make_good: Make
) -> None:
    address = reverse("admin:channels_channel_publish", args=[google.pk])

    def measured() -> int:
        run_job(request_preview("google", actor=User.objects.get(username="channels")).pk)
        page.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert page.get(address).status_code == 200
        return len(queries)

    make_good(0, gtin=None, **{"name:en-US": "Shoe 0"})
    few = measured()
    for number in range(1, 20):
        make_good(number, gtin=None, **{"name:en-US": f"Shoe {number}"})

    assert measured() == few


def test_second_look_joins_the_one_that_waits(google: Channel, manager: User) -> None:
    assert request_preview("google", actor=manager) == request_preview("google", actor=manager)


@pytest.mark.parametrize("ask", [request_preview, request_publication])
def test_asking_again_after_a_cancel_goes_on_or_says_why_not(
    google: Channel, manager: User, ask: Callable[..., Job]
) -> None:
    job = ask("google", actor=manager)
    cancel_job(job.pk, actor=manager)
    assert ask("google", actor=manager) == job
    assert run_job(job.pk).state == "done"

    job = ask("google", actor=manager)
    Job.objects.filter(pk=job.pk).update(
        state="running", lease_owner="elsewhere:1:x", lease_until=timezone.now()
    )
    cancel_job(job.pk, actor=manager)
    with pytest.raises(NotReady, match="is being stopped; try again in a moment"):
        ask("google", actor=manager)
    assert Job.objects.count() == 2


def test_somebody_without_the_right_may_not_look(
    client: Client, google: Channel, manager: User, support: User
) -> None:
    waiting = request_preview("google", actor=manager)
    client.force_login(support)

    with pytest.raises(NotAllowed, match="You don't have the right to publish"):
        request_preview("google", actor=support)
    client.post(reverse("admin:channels_channel_preview", args=[google.pk]))

    assert client.get(reverse("admin:channels_channel_publish", args=[google.pk])).status_code == 403
    assert list(Job.objects.filter(kind="channels.preview")) == [waiting]


def test_job_of_another_channel_is_not_shown_as_this_ones(
    page: Client, google: Channel, manager: User
) -> None:
    job = request_preview("shop", actor=manager)
    address = reverse("admin:channels_channel_publish", args=[google.pk])

    assert page.get(f"{address}?job={job.pk}").status_code == 404
    assert page.get(f"{address}?job=x").status_code == 404
    assert page.get(address).status_code == 200

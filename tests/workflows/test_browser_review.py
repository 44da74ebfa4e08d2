"""Reviewing in a real browser: deciding by mouse and by keys, refused attempts, accessibility."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import expect

from catalog.models import Product
from tests.factories.assets import make_asset, make_asset_user
from tests.factories.catalog import approve_and_apply, make_product, make_structure
from tests.factories.requests import make_big_request, make_conflict, make_request
from workflows.constants import Decision
from workflows.models import ChangeRequest, Job
from workflows.services.jobs import run_job
from workflows.services.reviews import approve_request, ask_changes, decide_keys

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LogIn = Callable[[User], Any]
NARROW = {"width": 390, "height": 800}


@pytest.fixture(autouse=True)
def _structure(transactional_db: None) -> Iterator[None]:
    make_structure()
    return


def violations(page: Any) -> list[str]:
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
    return [
        f"{violation['id']}: {node['html'][:160]} {node['any'][:1]}"
        for violation in found.response["violations"]
        for node in violation["nodes"]
    ]


def address(request: ChangeRequest) -> str:
    return f"/admin/workflows/changerequest/{request.pk}/change/"


def test_a_reviewer_finds_and_approves_a_title_change(
    log_in: LogIn, merchandiser: User, reviewer: User
) -> None:
    make_request(merchandiser, title="Spring titles", values={"name:en-US": "Shoe A-1 waterproof"})
    page = log_in(reviewer)

    page.goto("/admin/")
    page.get_by_role("link", name="1 change request to review").click()
    page.get_by_role("link", name="Spring titles").click()
    assert page.locator(".cc-diff ins").inner_text().strip() == "waterproof"
    page.get_by_role("button", name="Approve 1 value").click()

    page.get_by_text("Approved. The values become true now").wait_for()
    run_job(Job.objects.latest("id").pk)
    page.get_by_text("1 × applied").wait_for()  # the page follows the job by itself
    assert Product.objects.get(sku="A-1").document["name:en-US"] == "Shoe A-1 waterproof"


def test_an_author_is_told_why_the_buttons_are_off_and_refused_without_them(
    log_in: LogIn, superuser: User
) -> None:
    request = make_request(superuser)
    page = log_in(superuser)

    page.goto(address(request))
    approve = page.get_by_role("button", name="Approve 1 value")
    expect(approve).to_be_disabled()
    expect(page.get_by_text("somebody else has to decide it")).to_be_visible()
    page.evaluate("document.querySelector('[value=approve]').disabled = false")
    approve.click()

    page.get_by_text("somebody else has to decide it").first.wait_for()
    assert ChangeRequest.objects.get(pk=request.pk).state == "submitted"
    assert Product.objects.get(sku="A-1").revision == 1


def test_a_value_that_was_typed_is_not_left_behind(log_in: LogIn, merchandiser: User, reviewer: User) -> None:
    request = make_request(merchandiser, values={"name:en-US": "Two", "colour": "blue"})
    ask_changes(request.pk, reviewer=reviewer, reason="Which shoe?")
    page = log_in(merchandiser)
    page.goto(address(request))
    row = page.locator("[data-row]", has_text="Two")
    row.get_by_text("Change…").click()
    row.get_by_role("textbox").fill("Two for rain")

    page.get_by_role("button", name="Submit for review").click()

    expect(row.get_by_text("You typed this value, but it is not proposed yet.")).to_be_visible()
    expect(row.get_by_role("textbox")).to_be_focused()
    request.refresh_from_db()
    assert request.state == "changes_asked"
    row.get_by_role("button", name="Propose this value").click()
    page.locator("[data-row]", has_text="Two for rain").wait_for()
    page.get_by_role("button", name="Submit for review").click()
    page.get_by_text("Submitted").first.wait_for()
    assert request.changes.get().patch["name:en-US"] == "Two for rain"


def test_values_are_decided_by_keys(log_in: LogIn, merchandiser: User, reviewer: User) -> None:
    request = make_request(merchandiser, values={"name:en-US": "Two", "colour": "blue", "waterproof": True})
    page = log_in(reviewer)
    page.goto(address(request))

    keys = page.locator("tr[data-row] input[name=key]").evaluate_all("found => found.map(one => one.value)")
    for press in ("j", "j", "k"):
        page.keyboard.press(press)
    with page.expect_navigation():
        page.keyboard.press("a")
    page.locator("tr[data-row][data-open]:focus").wait_for()  # the next open value
    with page.expect_navigation():
        page.keyboard.press("r")

    page.locator("tr[data-row][data-open]:focus").wait_for()
    change = request.changes.get()
    assert [change.decision_of(key) for key in keys] == ["taken", "refused", "open"]


def test_the_list_of_keys_opens_and_turns_them_off(log_in: LogIn, merchandiser: User, reviewer: User) -> None:
    request = make_request(merchandiser)
    page = log_in(reviewer)
    page.goto(address(request))

    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    assert violations(page) == []
    dialog.get_by_label("Turn these keys off in this browser").check()
    dialog.get_by_role("button", name="Close").click()
    page.keyboard.press("j")

    expect(page.locator("tr[data-row]:focus")).to_have_count(0)


def test_a_reason_typed_into_a_row_refuses_that_row(
    log_in: LogIn, merchandiser: User, reviewer: User
) -> None:
    request = make_request(merchandiser, values={"name:en-US": "Two", "colour": "blue"})
    page = log_in(reviewer)
    page.goto(address(request))

    row = page.locator("tr[data-row]", has_text="colour")
    row.get_by_text("because…").click()
    row.get_by_label("Why colour is refused").fill("not in the range, 100 % sure")
    with page.expect_navigation():
        page.keyboard.press("Enter")

    decided = request.changes.get().key_decisions
    assert decided == {
        "colour": {"state": "refused", "by": reviewer.pk, "reason": "not in the range, 100 % sure"}
    }


def test_a_job_is_followed_without_loading_the_page(log_in: LogIn, superuser: User) -> None:
    now = timezone.now()
    job = Job.objects.create(
        kind="x",
        label="Import",
        state="running",
        done=10,
        total=100,
        started_at=now,
        lease_until=now + timedelta(days=1),
    )
    page = log_in(superuser)
    page.goto(f"/admin/workflows/job/{job.pk}/change/")

    Job.objects.filter(pk=job.pk).update(done=60)

    page.get_by_text("60 of 100").wait_for()
    Job.objects.filter(pk=job.pk).update(state="done", done=100, lease_until=None, finished_at=now)
    page.get_by_text("Done", exact=True).first.wait_for()
    page.get_by_role("button", name="Cancel").wait_for(state="detached")


@pytest.fixture
def everything(merchandiser: User, reviewer: User, superuser: User) -> dict[str, str]:
    """Return addresses of pages that show every sign there is."""
    make_asset("shoe.png", actor=make_asset_user("drawer", "add_asset"))
    shoe = make_product("A-1", **{"name:en-US": "Shoe", "weight": "310 g", "picture": "shoe.png"})
    values = {
        "name:en-US": "Shoe for rain",
        "name:de-DE@site": "Schuh",
        "weight": "0.31 kg",
        "picture": None,
        "colour": "blue",
    }
    request = make_request(merchandiser, values=values)
    change = request.changes.get()
    decide_keys(
        request.pk, change.pk, ["colour"], Decision.REFUSED, reviewer=reviewer, reason="not in the range"
    )
    decide_keys(request.pk, change.pk, ["weight"], Decision.TAKEN, reviewer=reviewer)
    done = make_request(merchandiser, sku="A-9")
    approve_and_apply(done.pk, reviewer)
    conflict = make_conflict(merchandiser, {"name:en-US": "New", "colour": "blue"}, base={"colour": "red"})
    big = make_big_request(merchandiser, 12)
    sent_back = make_request(
        superuser, values={"name:en-US": "Shoe for rain", "colour": "blue", "tags": ["new"]}
    )
    ask_changes(sent_back.pk, reviewer=reviewer, reason="Which season?")
    stopped = make_request(merchandiser, sku="A-8")
    Job.objects.filter(pk=approve_request(stopped.pk, reviewer=reviewer).pk).update(
        state="failed", error="The disk is full."
    )
    now = timezone.now()
    jobs = Job.objects.bulk_create(
        Job(kind="x", label="Import", state=state, done=3, total=9, started_at=now, **over)
        for state, over in (
            (
                "running",
                {"lease_until": now + timedelta(days=1), "log": [{"at": now.isoformat(), "text": "x"}]},
            ),
            ("failed", {"finished_at": now, "error": "The file is missing."}),
        )
    )
    assert shoe.pk
    return {
        "home": "/admin/",
        "queue": "/admin/workflows/changerequest/",
        "empty queue": "/admin/workflows/changerequest/?queue=all&q=nothing",
        "request": address(request),
        "conflicts": address(conflict),
        "applied": address(done),
        "big": address(big),
        "sent back": address(sent_back),
        "stopped": address(stopped),
        "jobs": "/admin/workflows/job/",
        "job": f"/admin/workflows/job/{jobs[0].pk}/change/",
        "failed job": f"/admin/workflows/job/{jobs[1].pk}/change/",
        "audit": "/admin/workflows/auditentry/",
        "sources": "/admin/workflows/source/",
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible_and_fits_a_phone(
    log_in: LogIn, superuser: User, everything: dict[str, str], scheme: str
) -> None:
    page = log_in(superuser)
    page.emulate_media(color_scheme=scheme)

    for name, place in everything.items():
        for size in (None, NARROW):
            page.set_viewport_size(size or {"width": 1280, "height": 900})
            page.goto(place)
            page.wait_for_load_state("load")
            assert violations(page) == [], (name, size)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, size)

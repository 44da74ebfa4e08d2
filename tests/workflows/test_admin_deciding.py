"""Deciding on screen: every form posts to one service, a denial says why and changes nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from catalog.models import Product
from tests.factories.catalog import edit_product
from tests.factories.requests import make_conflict, make_request
from workflows.constants import Decision, RequestState
from workflows.exceptions import NotAllowed, StaleRevision
from workflows.models import AuditEntry, ChangeRequest, Job
from workflows.services.jobs import run_job
from workflows.services.reviews import approve_request, decide_keys, last_step

pytestmark = pytest.mark.usefixtures("structure")

AsUser = Callable[[User], Client]
Said = Callable[[Any], list[str]]
TWO = {"name:en-US": "Two", "colour": "blue"}


def page_of(request: ChangeRequest) -> str:
    return f"/admin/workflows/changerequest/{request.pk}/change/"


def decide(client: Client, request: ChangeRequest, step: str, **data: Any) -> Any:
    return client.post(f"/admin/workflows/changerequest/{request.pk}/decide/", {"step": step, **data})


def decide_key(client: Client, request: ChangeRequest, **data: Any) -> Any:
    address = f"/admin/workflows/changerequest/{request.pk}/change/{request.changes.get().pk}/"
    return client.post(address, {name.replace("__", ":"): value for name, value in data.items()})


def state_of(request: ChangeRequest) -> str:
    return ChangeRequest.objects.get(pk=request.pk).state


@pytest.mark.parametrize("seen", ["9" * 5000, "x"])
def test_what_is_no_step_was_not_seen(
    as_user: AsUser, said: Said, merchandiser: User, reviewer: User, seen: str
) -> None:
    request = make_request(merchandiser)

    answer = decide(as_user(reviewer), request, "approve", seen=seen)

    assert answer.status_code == 409
    assert said(answer) == ["This page is not as it was made. Look at the request again."]
    assert state_of(request) == RequestState.SUBMITTED


def test_approving_makes_it_true(as_user: AsUser, said: Said, merchandiser: User, reviewer: User) -> None:
    request = make_request(merchandiser, values=TWO)

    answer = decide(as_user(reviewer), request, "approve", seen=last_step(request.pk), show="conflicts")

    job = Job.objects.latest("id")
    assert answer.headers["Location"] == page_of(request) + "?show=conflicts"
    assert said(answer) == [f"Approved. The values become true now (job {job.pk})."]
    assert state_of(request) == RequestState.APPROVED
    assert "Apply request" in as_user(reviewer).get(page_of(request)).content.decode()
    run_job(job.pk)
    assert state_of(request) == RequestState.APPLIED
    assert Product.objects.get(sku="A-1").document["name:en-US"] == "Two"


@pytest.mark.parametrize("step", ["approve", "refuse", "ask"])
@pytest.mark.parametrize("who", ["author", "superuser as author", "support"])
def test_a_denial_says_why_and_changes_nothing(
    as_user: AsUser, merchandiser: User, superuser: User, support: User, who: str, step: str
) -> None:
    author = superuser if who == "superuser as author" else merchandiser
    request = make_request(author)
    before = AuditEntry.objects.count()

    answer = decide(as_user(support if who == "support" else author), request, step, reason="because")

    assert answer.status_code == 403
    why = "somebody else has to decide it" if who == "superuser as author" else "the right to approve"
    assert why in answer.content.decode()
    assert state_of(request) == RequestState.SUBMITTED
    assert (AuditEntry.objects.count(), request.reviews.count()) == (before, 0)


@pytest.mark.parametrize(("step", "state"), [("refuse", "refused"), ("ask", "changes_asked")])
def test_refusing_and_asking_need_a_reason(
    as_user: AsUser, said: Said, merchandiser: User, reviewer: User, step: str, state: str
) -> None:
    request = make_request(merchandiser)
    client = as_user(reviewer)

    without = decide(client, request, step, reason="  ")
    after_nothing = state_of(request)
    answer = decide(client, request, step, reason="Too long")

    assert without.status_code == 422
    assert "Say why, so that the author knows what to do." in without.content.decode()
    assert after_nothing == RequestState.SUBMITTED
    assert (answer.status_code, state_of(request)) == (302, state)
    assert len(said(answer)) == 1
    assert '<span class="cc-quote">Too long</span>' in client.get(page_of(request)).content.decode()


def test_what_was_edited_meanwhile_is_looked_at_again(
    as_user: AsUser, merchandiser: User, reviewer: User, make_account: Callable[..., User]
) -> None:
    request = make_request(merchandiser, values=TWO)
    seen = last_step(request.pk)
    other = make_account("reviewer", name="other")
    decide_keys(request.pk, request.changes.get().pk, ["colour"], Decision.REFUSED, reviewer=other)

    answer = decide(as_user(reviewer), request, "approve", seen=seen, reason="my words")

    assert answer.status_code == 409
    text = answer.content.decode()
    assert "Look at it again." in text
    assert "my words</textarea>" in text
    assert state_of(request) == RequestState.IN_REVIEW
    with pytest.raises(StaleRevision):
        approve_request(request.pk, reviewer=reviewer, seen=seen)
    assert Job.objects.filter(params__request=request.pk).count() == 0


def test_values_are_taken_and_refused_one_by_one(as_user: AsUser, merchandiser: User, reviewer: User) -> None:
    request = make_request(merchandiser, values=TWO)
    client = as_user(reviewer)
    change = request.changes.get()

    answer = decide_key(client, request, refuse="colour", why__colour="not in the range", p="1")
    decide_key(client, request, take="name:en-US")

    assert answer.headers["Location"] == f"{page_of(request)}?p=1#change-{change.pk}"
    change.refresh_from_db()
    assert change.key_decisions == {
        "colour": {"state": "refused", "by": reviewer.pk, "reason": "not in the range"},
        "name:en-US": {"state": "taken", "by": reviewer.pk},
    }
    page = client.get(page_of(request))
    assert page.context["page"].approve_words == "Approve 1 value"
    assert page.context["page"].refused_count == 1
    assert "not in the range" in page.content.decode()


def test_all_values_of_an_object_are_decided_together(
    as_user: AsUser, merchandiser: User, reviewer: User
) -> None:
    request = make_request(merchandiser, values=TWO)

    decide_key(as_user(reviewer), request, refuse_all="1", key=["name:en-US", "colour"])

    change = request.changes.get()
    assert {row["state"] for row in change.key_decisions.values()} == {"refused"}
    page = as_user(reviewer).get(page_of(request)).context["page"]
    assert page.why_not_approve == "You refused every value. Refuse the request instead, and say why."


def test_taking_all_leaves_conflicts_to_be_decided(
    as_user: AsUser, merchandiser: User, reviewer: User
) -> None:
    request = make_conflict(merchandiser, {"name:en-US": "New"}, base={"name:en-US": "Old"})

    decide_key(as_user(reviewer), request, take_all="1", conflict=["name:en-US"])

    assert request.changes.get().decision_of("name:en-US") == Decision.CONFLICT
    decide_key(as_user(reviewer), request, refuse_all="1", conflict=["name:en-US"])
    assert request.changes.get().decision_of("name:en-US") == Decision.REFUSED


def test_a_conflict_is_decided_for_truth_for_the_proposal_or_for_a_third_value(
    as_user: AsUser, merchandiser: User, reviewer: User, make_account: Callable[..., User]
) -> None:
    proposed = {"name:en-US": "New", "colour": "blue", "weight": {"amount": "1", "unit": "kg"}}
    request = make_conflict(merchandiser, proposed, base={})
    client = as_user(reviewer)

    decide_key(client, request, refuse="name:en-US")
    decide_key(client, request, take="colour")
    decide_key(client, request, edit="weight", value__weight="0.3 kg")
    own = decide(client, request, "approve")
    run_job(approve_request(request.pk, reviewer=make_account("reviewer", name="second")).pk)

    document = Product.objects.get(sku="C-1").document
    assert own.status_code == 403
    assert document["name:en-US"] == "Truth"
    assert document["colour"] == "blue"
    assert document["weight"] == {"amount": "0.3", "unit": "kg"}
    assert state_of(request) == RequestState.APPLIED


@pytest.mark.parametrize(
    "data",
    [
        {"take": "name:en-US"},
        {"refuse": "name:en-US"},
        {"refuse_all": "1", "conflict": "name:en-US"},
        {"edit": "name:en-US", "value:name:en-US": "Third"},
    ],
)
def test_a_decision_is_about_what_its_page_showed(
    as_user: AsUser, merchandiser: User, reviewer: User, data: dict[str, str]
) -> None:
    request = make_conflict(merchandiser, {"name:en-US": "New"}, base={"name:en-US": "Old"})
    client = as_user(reviewer)

    def shown() -> dict[str, str]:
        text = client.get(page_of(request)).content.decode()
        return dict(re.findall(r'name="(seen:[^"]+)" value="(\w{32})"', text))

    before = shown()
    edit_product(request.changes.get().object_id, {"name:en-US": "Truth moved"})
    late = decide_key(client, request, **before, **data)
    after_late = request.changes.get()
    again = decide_key(client, request, **shown(), **data)

    assert late.status_code == 409
    text = late.content.decode()
    assert "“Name” of C-1 has changed since you opened this page. Look at it again." in text
    assert "Truth moved" in text
    assert after_late.decision_of("name:en-US") == Decision.CONFLICT
    assert again.status_code == 302
    assert request.changes.get().decision_of("name:en-US") != Decision.CONFLICT


def test_a_value_that_cannot_be_stored_is_kept_as_typed(
    as_user: AsUser, merchandiser: User, reviewer: User
) -> None:
    request = make_conflict(merchandiser, {"weight": {"amount": "1", "unit": "kg"}}, base={})

    answer = decide_key(as_user(reviewer), request, edit="weight", value__weight="3 furlongs")

    assert answer.status_code == 422
    text = answer.content.decode()
    assert "3 furlongs</textarea>" in text
    assert 'class="cc-error-text" role="alert"' in text
    change = request.changes.get()
    assert change.patch == {"weight": {"amount": "1", "unit": "kg"}}
    assert request.contributors.filter(user=reviewer).count() == 0


@pytest.mark.parametrize(
    "data", [{"take": "colour"}, {"refuse_all": "1", "key": ["colour"]}, {"edit": "colour"}]
)
def test_keys_are_only_decided_by_those_who_may(
    as_user: AsUser, merchandiser: User, support: User, data: dict[str, Any]
) -> None:
    request = make_request(merchandiser, values=TWO)

    for user in (merchandiser, support):
        assert decide_key(as_user(user), request, **data).status_code == 403

    change = request.changes.get()
    assert (change.key_decisions, change.patch) == ({}, TWO)


def test_authors_submit_and_take_back(
    as_user: AsUser, said: Said, merchandiser: User, reviewer: User
) -> None:
    request = make_request(merchandiser, submit=False, values=TWO)

    refused = decide(as_user(reviewer), request, "submit")
    submitted = decide(as_user(merchandiser), request, "submit")
    after_submit = state_of(request)
    decide(as_user(merchandiser), request, "withdraw")

    assert refused.status_code == 403
    assert said(submitted) == ["Submitted. 2 values wait for a reviewer."]
    assert after_submit == RequestState.SUBMITTED
    assert state_of(request) == RequestState.WITHDRAWN


def test_unknown_steps_and_methods_are_refused(as_user: AsUser, merchandiser: User, reviewer: User) -> None:
    request = make_request(merchandiser)
    client = as_user(reviewer)

    assert decide(client, request, "apply").status_code == 404
    assert decide_key(client, request, nothing="x").status_code == 404
    assert client.get(f"/admin/workflows/changerequest/{request.pk}/decide/").status_code == 403
    assert client.post(page_of(request), {"title": "x"}).status_code == 405
    assert state_of(request) == RequestState.SUBMITTED


def test_forms_need_their_token(merchandiser: User, reviewer: User) -> None:
    request = make_request(merchandiser)
    client = Client(enforce_csrf_checks=True)
    client.force_login(reviewer)

    assert decide(client, request, "approve").status_code == 403
    assert state_of(request) == RequestState.SUBMITTED


def test_nobody_reaches_the_page_without_the_right(
    as_user: AsUser, merchandiser: User, make_account: Any
) -> None:
    request = make_request(merchandiser)
    client = as_user(make_account(name="stranger"))

    assert client.get(page_of(request)).status_code == 403
    assert decide(client, request, "approve").status_code == 403
    with pytest.raises(NotAllowed):
        decide_keys(
            request.pk, request.changes.get().pk, ["name:en-US"], Decision.TAKEN, reviewer=merchandiser
        )

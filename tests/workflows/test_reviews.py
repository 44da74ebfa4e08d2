"""Reviews: who may decide, what a decision binds, and what the database refuses."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from catalog.models import Product
from catalog.services.products import propose_edit
from tests.factories.catalog import approve_and_apply, edit_product, make_product, make_structure
from tests.factories.requests import make_conflict
from workflows.constants import Decision, JobState, RequestState
from workflows.exceptions import Invalid, NotAllowed, NotFound, NotReady, StaleRevision
from workflows.models import AuditEntry, Change, ChangeRequest, Job
from workflows.rules.digests import seen_digest
from workflows.services import apply as apply_module
from workflows.services.apply import apply_chunk
from workflows.services.jobs import cancel_job, run_job
from workflows.services.requests import submit_request, withdraw_request
from workflows.services.reviews import approve_request, ask_changes, decide_key, edit_key, refuse_request


@pytest.fixture
def product(db: None) -> Product:
    make_structure()
    return make_product("A-1", **{"name:en-US": "One", "colour": "red"})


@pytest.fixture
def proposal(product: Product, merchandiser: User) -> ChangeRequest:
    return propose_edit(
        product.pk, {"name:en-US": "Two", "colour": "blue"}, actor=merchandiser, reason="season"
    )


def test_a_refused_key_is_not_written_and_the_others_are(
    proposal: ChangeRequest, product: Product, reviewer: User
) -> None:
    change = proposal.changes.get()

    decide_key(proposal.pk, change.pk, "colour", Decision.REFUSED, reviewer=reviewer, reason="no")
    approve_and_apply(proposal.pk, reviewer)

    product.refresh_from_db()
    proposal.refresh_from_db()
    assert product.document["name:en-US"] == "Two"
    assert product.document["colour"] == "red"
    assert proposal.state == RequestState.APPLIED


@pytest.mark.parametrize("role", ["merchandiser", "support", "channel_manager", "operator"])
def test_only_people_with_the_right_decide(
    proposal: ChangeRequest, make_account: Any, role: str, merchandiser: User
) -> None:
    somebody = merchandiser if role == "merchandiser" else make_account(role)

    with pytest.raises(NotAllowed):
        approve_request(proposal.pk, reviewer=somebody)
    with pytest.raises(NotAllowed):
        refuse_request(proposal.pk, reviewer=somebody, reason="x")

    proposal.refresh_from_db()
    assert proposal.state == RequestState.SUBMITTED
    assert not Job.objects.filter(params__request=proposal.pk).exists()


def test_who_edits_a_value_becomes_an_author_and_cannot_approve(
    proposal: ChangeRequest, product: Product, reviewer: User, make_account: Any
) -> None:
    change = edit_key(proposal.pk, proposal.changes.get().pk, "name:en-US", " Three ", actor=reviewer)

    assert change.patch["name:en-US"] == "Three"
    with pytest.raises(NotAllowed, match="somebody else"):
        approve_request(proposal.pk, reviewer=reviewer)
    approve_and_apply(proposal.pk, make_account("reviewer", "second"))
    product.refresh_from_db()
    assert product.document["name:en-US"] == "Three"


def test_an_edit_that_truth_says_already_changes_nothing(proposal: ChangeRequest, reviewer: User) -> None:
    change = proposal.changes.get()

    with pytest.raises(Invalid, match="Truth says this already"):
        edit_key(proposal.pk, change.pk, "colour", "red", actor=reviewer)

    change.refresh_from_db()
    assert change.patch["colour"] == "blue"
    assert not proposal.contributors.filter(user=reviewer).exists()


def seen_of(change: Change, key: str) -> str:
    """Return what a page tells of a key when it is rendered now."""
    truth = Product.objects.get(pk=change.object_id).document
    return seen_digest(change.patch[key], truth.get(key))


def take(request: ChangeRequest, change: Change, key: str, seen: str, reviewer: User) -> None:
    decide_key(request.pk, change.pk, key, Decision.TAKEN, reviewer=reviewer, seen=seen)


def refuse(request: ChangeRequest, change: Change, key: str, seen: str, reviewer: User) -> None:
    decide_key(request.pk, change.pk, key, Decision.REFUSED, reviewer=reviewer, seen=seen)


def edit(request: ChangeRequest, change: Change, key: str, seen: str, reviewer: User) -> None:
    edit_key(request.pk, change.pk, key, "Four", actor=reviewer, seen=seen)


@pytest.mark.parametrize("step", [take, refuse, edit])
def test_a_conflict_is_decided_over_the_truth_that_was_seen(
    structure: None, merchandiser: User, reviewer: User, step: Any
) -> None:
    request = make_conflict(merchandiser, {"name:en-US": "New", "colour": "blue"}, base={})
    change = request.changes.get()
    seen = seen_of(change, "name:en-US")
    edit_product(change.object_id, {"name:en-US": "Moved again"})

    with pytest.raises(StaleRevision, match="“Name” of C-1 has changed since you opened this page"):
        step(request, change, "name:en-US", seen, reviewer)

    change.refresh_from_db()
    request.refresh_from_db()
    assert (change.patch["name:en-US"], change.base) == ("New", {})
    assert change.decision_of("name:en-US") == Decision.CONFLICT
    assert (request.state, request.conflict_count) == (RequestState.SUBMITTED, 2)
    assert not request.contributors.filter(user=reviewer).exists()
    step(request, change, "name:en-US", seen_of(change, "name:en-US"), reviewer)
    request.refresh_from_db()
    assert request.conflict_count == 1


def test_taking_twice_what_was_seen_is_taking_once(
    structure: None, merchandiser: User, reviewer: User
) -> None:
    request = make_conflict(merchandiser, {"name:en-US": "New", "colour": "blue"}, base={})
    change = request.changes.get()
    seen = seen_of(change, "colour")

    for _click in range(2):
        take(request, change, "colour", seen, reviewer)

    change.refresh_from_db()
    request.refresh_from_db()
    assert (change.base, request.conflict_count) == ({"colour": "red"}, 1)


def test_a_value_that_somebody_replaced_meanwhile_is_not_taken_unseen(
    proposal: ChangeRequest, reviewer: User, make_account: Any
) -> None:
    change = proposal.changes.get()
    seen = seen_of(change, "name:en-US")
    edit_key(proposal.pk, change.pk, "name:en-US", "Three", actor=make_account("reviewer", "second"))

    with pytest.raises(StaleRevision):
        take(proposal, change, "name:en-US", seen, reviewer)

    change.refresh_from_db()
    assert change.decision_of("name:en-US") == Decision.OPEN


def test_an_edit_that_cannot_be_stored_changes_nothing(proposal: ChangeRequest, reviewer: User) -> None:
    change = proposal.changes.get()

    with pytest.raises(Invalid, match="option"):
        edit_key(proposal.pk, change.pk, "colour", "green", actor=reviewer)

    change.refresh_from_db()
    assert change.patch["colour"] == "blue"
    assert not proposal.contributors.filter(user=reviewer).exists()


def test_what_is_edited_behind_an_approval_is_not_written(
    proposal: ChangeRequest, product: Product, reviewer: User
) -> None:
    job = approve_request(proposal.pk, reviewer=reviewer)
    Change.objects.filter(request=proposal).update(patch={"name:en-US": "Smuggled"})

    run_job(job.pk)

    product.refresh_from_db()
    proposal.refresh_from_db()
    assert product.document["name:en-US"] == "One"
    assert proposal.state == RequestState.PARTLY_APPLIED
    assert proposal.changes.get().problems[0]["code"] == "digest"


def test_a_change_is_applied_once_however_often_its_job_runs(
    proposal: ChangeRequest, product: Product, reviewer: User
) -> None:
    approve_and_apply(proposal.pk, reviewer)
    edit_product(product.pk, {"name:en-US": "Later"})

    apply_chunk(proposal.pk, [proposal.changes.get().pk])

    product.refresh_from_db()
    assert (product.document["name:en-US"], product.revision) == ("Later", 3)


def test_a_cancel_after_the_last_chunk_leaves_nothing_half_done(
    proposal: ChangeRequest, reviewer: User, superuser: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = approve_request(proposal.pk, reviewer=reviewer)
    finish = apply_module.finish_request

    def cancel_then_finish(request_id: int) -> dict[str, Any]:
        cancel_job(job.pk, actor=superuser)
        return finish(request_id)

    monkeypatch.setattr(apply_module, "finish_request", cancel_then_finish)
    job = run_job(job.pk)

    proposal.refresh_from_db()
    assert (job.state, job.done, job.total) == (JobState.DONE, 1, 1)
    assert proposal.state == RequestState.APPLIED


def test_a_request_is_decided_once(proposal: ChangeRequest, reviewer: User, make_account: Any) -> None:
    approve_request(proposal.pk, reviewer=reviewer)

    with pytest.raises(NotAllowed, match="not open for review"):
        refuse_request(proposal.pk, reviewer=make_account("reviewer", "second"), reason="late")


def test_refusing_and_asking_for_changes_need_a_reason(proposal: ChangeRequest, reviewer: User) -> None:
    with pytest.raises(Invalid, match="why"):
        refuse_request(proposal.pk, reviewer=reviewer, reason=" ")

    ask_changes(proposal.pk, reviewer=reviewer, reason="Which season?")

    proposal.refresh_from_db()
    assert proposal.state == RequestState.CHANGES_ASKED


def test_a_request_sent_back_can_be_submitted_again_and_decided_by_the_same_reviewer(
    proposal: ChangeRequest, merchandiser: User, reviewer: User
) -> None:
    ask_changes(proposal.pk, reviewer=reviewer, reason="Which season?")

    submit_request(proposal.pk, actor=merchandiser, reason="spring")
    counts = approve_and_apply(proposal.pk, reviewer)

    assert counts == {"applied": 1}


def test_a_refused_request_writes_nothing(proposal: ChangeRequest, product: Product, reviewer: User) -> None:
    refuse_request(proposal.pk, reviewer=reviewer, reason="Not this season")

    product.refresh_from_db()
    proposal.refresh_from_db()
    assert product.revision == 1
    assert proposal.state == RequestState.REFUSED
    assert AuditEntry.objects.filter(action="request.refuse", actor=reviewer, request=proposal).count() == 1


def test_only_authors_withdraw(proposal: ChangeRequest, merchandiser: User, reviewer: User) -> None:
    with pytest.raises(NotAllowed):
        withdraw_request(proposal.pk, actor=reviewer)

    withdraw_request(proposal.pk, actor=merchandiser)

    with pytest.raises(NotAllowed):
        approve_request(proposal.pk, reviewer=reviewer)


def test_what_stayed_open_is_submitted_like_any_request(
    proposal: ChangeRequest, product: Product, reviewer: User
) -> None:
    edit_product(product.pk, {"colour": "blue", "name:en-US": "Moved"})
    approve_and_apply(proposal.pk, reviewer)

    follow_up = proposal.followed_by.get()
    assert (follow_up.state, follow_up.round, follow_up.conflict_count) == (RequestState.SUBMITTED, 1, 1)
    assert follow_up.route == proposal.route
    entry = AuditEntry.objects.get(request=follow_up)
    assert (entry.action, entry.actor, entry.details) == (
        "request.submit",
        None,
        {"objects": 1, "values": 1},
    )


@pytest.mark.parametrize("step", [submit_request, withdraw_request])
def test_only_authors_who_may_still_propose_submit_and_withdraw(
    product: Product, merchandiser: User, make_account: Any, step: Any
) -> None:
    draft = propose_edit(product.pk, {"colour": "blue"}, actor=merchandiser, submit=False)
    colleague = make_account("merchandiser", "colleague")
    merchandiser.groups.clear()

    with pytest.raises(NotAllowed, match="Only somebody who wrote part of this request can edit it"):
        step(draft.pk, actor=colleague)
    with pytest.raises(NotAllowed, match="not propose changes"):
        step(draft.pk, actor=User.objects.get(pk=merchandiser.pk))

    draft.refresh_from_db()
    assert (draft.state, draft.submitted_at) == (RequestState.DRAFT, None)


def test_unknown_things_are_named(proposal: ChangeRequest, reviewer: User) -> None:
    with pytest.raises(NotFound, match="no change request 999999999"):
        approve_request(999999999, reviewer=reviewer)
    with pytest.raises(NotFound, match="weight"):
        decide_key(proposal.pk, proposal.changes.get().pk, "weight", Decision.TAKEN, reviewer=reviewer)


def test_a_draft_cannot_be_approved(product: Product, merchandiser: User, reviewer: User) -> None:
    draft = propose_edit(product.pk, {"colour": "blue"}, actor=merchandiser, submit=False)

    with pytest.raises(NotAllowed, match="draft"):
        approve_request(draft.pk, reviewer=reviewer)
    with pytest.raises(NotReady):
        submit_request(submit_request(draft.pk, actor=merchandiser).pk, actor=merchandiser)


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (ChangeRequest, {"state": "nonsense"}),
        (ChangeRequest, {"state": "submitted", "submitted_at": None}),
        (ChangeRequest, {"state": "applied", "applied_at": None}),
        (Change, {"decision": "nonsense"}),
        (Change, {"outcome": "applied", "applied_revision": None}),
    ],
)
def test_the_database_refuses_impossible_states(
    proposal: ChangeRequest, model: Any, values: dict[str, Any]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.update(**values)


def test_the_audit_record_can_only_be_added_to(proposal: ChangeRequest) -> None:
    entry = AuditEntry.objects.first()
    assert entry is not None

    with pytest.raises(NotAllowed):
        entry.save()
    with pytest.raises(NotAllowed):
        entry.delete()


def test_the_command_approves_and_applies(proposal: ChangeRequest, product: Product, reviewer: User) -> None:
    out = StringIO()

    call_command("review_request", str(proposal.pk), "--as", "reviewer", "--approve", stdout=out)

    product.refresh_from_db()
    assert out.getvalue().strip() == f"Request {proposal.pk}: 1 applied"
    assert product.document["name:en-US"] == "Two"


def test_the_command_names_the_request_that_follows(
    structure: None, merchandiser: User, reviewer: User
) -> None:
    out = StringIO()
    proposal = make_conflict(merchandiser, {"name:en-US": "New", "colour": "blue"}, base={})
    decide_key(
        proposal.pk, proposal.changes.get().pk, "name:en-US", Decision.TAKEN, reviewer=reviewer, reason="yes"
    )

    call_command("review_request", str(proposal.pk), "--as", "reviewer", "--approve", stdout=out)

    follow_up = ChangeRequest.objects.get(follows=proposal)
    assert out.getvalue().splitlines() == [
        f"Request {proposal.pk}: 1 applied",
        f"What was not applied waits for review in request {follow_up.pk}.",
    ]


def test_the_command_obeys_four_eyes_and_names_unknown_people(proposal: ChangeRequest) -> None:
    with pytest.raises(CommandError, match="right to approve"):
        call_command("review_request", str(proposal.pk), "--as", "merchandiser", "--approve")
    with pytest.raises(CommandError, match="no active account “nobody”"):
        call_command("review_request", str(proposal.pk), "--as", "nobody", "--refuse", "no")

"""A request that was sent back, or not submitted yet: its authors change it, nobody else does."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from catalog.models import Product
from tests.factories.catalog import approve_and_apply, edit_product
from tests.factories.requests import make_conflict, make_request
from workflows.constants import Decision, RequestState
from workflows.exceptions import Invalid, NotAllowed, StaleRevision
from workflows.models import AuditEntry, ChangeRequest
from workflows.rules.digests import change_digest, seen_digest
from workflows.services.requests import submit_request, withdraw_request
from workflows.services.reviews import (
    approve_request,
    ask_changes,
    decide_key,
    edit_key,
    leave_out_key,
    refuse_request,
)

pytestmark = pytest.mark.usefixtures("structure")

AsUser = Callable[[User], Client]
Said = Callable[[Any], list[str]]
VALUES = {"name:en-US": "Two", "colour": "blue", "tags": ["new"]}
LEFT_OUT = "request.leave_out_key"


@pytest.fixture
def sent_back(merchandiser: User, reviewer: User) -> ChangeRequest:
    """Return a request of which the colour was taken and the name refused before it was sent back."""
    request = make_request(merchandiser, values=VALUES)
    change = request.changes.get()
    decide_key(request.pk, change.pk, "colour", Decision.TAKEN, reviewer=reviewer)
    decide_key(request.pk, change.pk, "name:en-US", Decision.REFUSED, reviewer=reviewer, reason="dull")
    ask_changes(request.pk, reviewer=reviewer, reason="Which season is <this>?")
    request.refresh_from_db()
    return request


def page_of(request: ChangeRequest) -> str:
    return f"/admin/workflows/changerequest/{request.pk}/change/"


def keys_of(request: ChangeRequest) -> str:
    return f"{page_of(request)}{request.changes.get().pk}/"


def test_authors_change_and_submit_again_what_was_sent_back(
    sent_back: ChangeRequest, merchandiser: User, reviewer: User
) -> None:
    change = sent_back.changes.get()

    edit_key(sent_back.pk, change.pk, "name:en-US", " Three ", actor=merchandiser)
    submitted = submit_request(sent_back.pk, actor=merchandiser, reason="spring")

    change.refresh_from_db()
    assert change.patch == {**VALUES, "name:en-US": "Three"}
    assert (change.decision_of("name:en-US"), change.decision_of("colour")) == (Decision.OPEN, Decision.TAKEN)
    assert change.digest == change_digest(change.patch, change.base)
    assert (submitted.state, submitted.round, submitted.reason) == (RequestState.SUBMITTED, 2, "spring")
    assert approve_and_apply(sent_back.pk, reviewer) == {"applied": 1}
    document = Product.objects.get(sku="A-1").document
    assert (document["name:en-US"], document["colour"], document["tags"]) == ("Three", "blue", ["new"])


def test_what_was_taken_and_then_edited_is_decided_anew(sent_back: ChangeRequest, merchandiser: User) -> None:
    change = sent_back.changes.get()
    taken = change.digest
    edit_product(change.object_id, {"colour": "blue"})

    edited = edit_key(sent_back.pk, change.pk, "colour", "red", actor=merchandiser)

    assert (edited.decision_of("colour"), edited.base["colour"]) == (Decision.OPEN, "blue")
    assert edited.digest != taken


def test_a_draft_is_changed_like_one_sent_back(merchandiser: User) -> None:
    draft = make_request(merchandiser, submit=False)

    change = edit_key(draft.pk, draft.changes.get().pk, "name:en-US", "Three", actor=merchandiser)

    draft.refresh_from_db()
    assert change.patch == {"name:en-US": "Three"}
    assert (draft.state, draft.round) == (RequestState.DRAFT, 1)


def test_authors_too_edit_what_they_saw(sent_back: ChangeRequest, merchandiser: User) -> None:
    change = sent_back.changes.get()
    seen = seen_digest("Two", "Shoe A-1")
    edit_product(change.object_id, {"name:en-US": "Moved"})

    with pytest.raises(StaleRevision):
        edit_key(sent_back.pk, change.pk, "name:en-US", "Three", actor=merchandiser, seen=seen)

    assert sent_back.changes.get().patch == VALUES


def test_a_key_is_left_out_with_what_was_decided_about_it(
    sent_back: ChangeRequest, merchandiser: User
) -> None:
    change = sent_back.changes.get()

    leave_out_key(sent_back.pk, change.pk, "name:en-US", actor=merchandiser)

    change.refresh_from_db()
    sent_back.refresh_from_db()
    left = {"colour": "blue", "tags": ["new"]}
    assert (change.patch, change.base) == (left, {})
    assert list(change.key_decisions) == ["colour"]
    assert change.digest == change_digest(left, {})
    assert (sent_back.change_count, sent_back.key_count) == (1, 2)
    entry = AuditEntry.objects.get(action=LEFT_OUT)
    assert (entry.actor, entry.request, entry.details) == (merchandiser, sent_back, {"key": "name:en-US"})


def test_the_last_key_takes_its_change_along_and_nothing_is_left_to_submit(
    merchandiser: User, reviewer: User
) -> None:
    request = make_conflict(merchandiser, {"colour": "blue"}, base={})
    ask_changes(request.pk, reviewer=reviewer, reason="no")

    leave_out_key(request.pk, request.changes.get().pk, "colour", actor=merchandiser)

    request.refresh_from_db()
    assert (request.changes.count(), request.change_count, request.conflict_count) == (0, 0, 0)
    with pytest.raises(Invalid, match="holds no change"):
        submit_request(request.pk, actor=merchandiser)
    request.refresh_from_db()
    assert (request.state, request.round) == (RequestState.CHANGES_ASKED, 1)


def test_nothing_is_left_out_that_moved_since_it_was_seen(
    sent_back: ChangeRequest, merchandiser: User
) -> None:
    change = sent_back.changes.get()
    seen = seen_digest("Two", "Shoe A-1")
    edit_key(sent_back.pk, change.pk, "name:en-US", "Three", actor=merchandiser)

    with pytest.raises(StaleRevision):
        leave_out_key(sent_back.pk, change.pk, "name:en-US", actor=merchandiser, seen=seen)

    assert sent_back.changes.get().patch == {**VALUES, "name:en-US": "Three"}


def leave_out(request: ChangeRequest, change_id: int, actor: User) -> None:
    leave_out_key(request.pk, change_id, "colour", actor=actor)


def edit(request: ChangeRequest, change_id: int, actor: User) -> None:
    edit_key(request.pk, change_id, "colour", "blue", actor=actor)


@pytest.mark.parametrize("step", [edit, leave_out])
@pytest.mark.parametrize("who", ["reviewer", "admin", "support", "colleague"])
def test_nobody_else_changes_it_while_it_is_with_its_author(
    sent_back: ChangeRequest, reviewer: User, make_account: Callable[..., User], who: str, step: Any
) -> None:
    somebody = {
        "reviewer": lambda: reviewer,
        "colleague": lambda: make_account("merchandiser", "colleague"),
    }.get(who, lambda: make_account(who))()

    with pytest.raises(NotAllowed):
        step(sent_back, sent_back.changes.get().pk, somebody)

    assert sent_back.changes.get().patch == VALUES
    assert not sent_back.contributors.filter(user=somebody).exists()


@pytest.mark.parametrize("step", [edit, leave_out])
@pytest.mark.parametrize(
    "close",
    [
        lambda request, author, _reviewer: submit_request(request.pk, actor=author),
        lambda request, author, _reviewer: withdraw_request(request.pk, actor=author),
        lambda request, author, reviewer: refuse_request(
            submit_request(request.pk, actor=author).pk, reviewer=reviewer, reason="no"
        ),
        lambda request, author, reviewer: approve_request(
            submit_request(request.pk, actor=author).pk, reviewer=reviewer
        ),
    ],
    ids=["submitted", "withdrawn", "refused", "approved"],
)
def test_its_author_changes_nothing_once_it_is_out_of_their_hands(
    sent_back: ChangeRequest, merchandiser: User, reviewer: User, close: Any, step: Any
) -> None:
    close(sent_back, merchandiser, reviewer)

    with pytest.raises(NotAllowed):
        step(sent_back, sent_back.changes.get().pk, merchandiser)

    assert sent_back.changes.get().patch == VALUES
    assert not AuditEntry.objects.filter(
        request=sent_back, action__in=["request.edit_key", LEFT_OUT]
    ).exists()


def test_the_page_says_why_it_came_back_and_takes_other_values(
    as_user: AsUser, said: Said, sent_back: ChangeRequest, merchandiser: User
) -> None:
    client = as_user(merchandiser)
    text = client.get(page_of(sent_back)).content.decode()
    seen = dict(re.findall(r'name="(seen:[^"]+)" value="(\w{32})"', text))

    changed = client.post(keys_of(sent_back), {**seen, "edit": "name:en-US", "value:name:en-US": "Three"})
    same = {"edit": "name:en-US", "value:name:en-US": "Shoe A-1"}
    refused = client.post(keys_of(sent_back), same)
    left_out = client.post(keys_of(sent_back), {**seen, "leave_out": "tags"})
    address = f"/admin/workflows/changerequest/{sent_back.pk}/decide/"
    submitted = client.post(address, {"step": "submit", "reason": "For spring."})

    head = text.split("<table")[0]
    assert "reviewer asked for changes" in head
    assert head.count('<span class="cc-quote">Which season is &lt;this&gt;?</span>') == 1
    assert 'name="reason" rows="1" maxlength="2000">season start</textarea>' in text
    assert 'name="value:name:en-US" aria-label="Another value for Name">Two</textarea>' in text
    assert '<option value="blue" selected>blue</option>' in text
    assert 'name="value:tags"' not in text
    assert text.count('name="leave_out"') == 3
    assert (changed.status_code, left_out.status_code, submitted.status_code) == (302, 302, 302)
    assert refused.status_code == 422
    assert "Truth says this already." in refused.content.decode()
    assert said(submitted) == ["Submitted. 2 values wait for a reviewer."]
    sent_back.refresh_from_db()
    assert (sent_back.round, sent_back.reason) == (2, "For spring.")
    assert sent_back.changes.get().patch == {"name:en-US": "Three", "colour": "blue"}


def test_others_see_why_it_came_back_but_nothing_to_change(
    as_user: AsUser, sent_back: ChangeRequest, reviewer: User
) -> None:
    client = as_user(reviewer)
    text = client.get(page_of(sent_back)).content.decode()

    answers = [
        client.post(keys_of(sent_back), data).status_code
        for data in ({"edit": "colour", "value:colour": "blue"}, {"leave_out": "colour"})
    ]

    assert "Which season is &lt;this&gt;?" in text
    assert 'name="edit"' not in text
    assert 'name="leave_out"' not in text
    assert answers == [403, 403]
    assert sent_back.changes.get().patch == VALUES

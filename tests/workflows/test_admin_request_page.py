"""The page of a change request: what it shows, and what it costs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from catalog.models import Product
from catalog.services.products import propose_edit, propose_product
from tests.factories.catalog import approve_and_apply, edit_product, make_product
from tests.factories.requests import make_big_request, make_conflict, make_request
from workflows.admin.request_page import OBJECTS_PER_PAGE
from workflows.models import Change, ChangeRequest
from workflows.rules.words import Kind
from workflows.services.reviews import approve_request, ask_changes

pytestmark = pytest.mark.usefixtures("structure")

AsUser = Callable[[User], Client]


def show(client: Client, request: ChangeRequest, **chosen: str) -> Any:
    answer = client.get(f"/admin/workflows/changerequest/{request.pk}/change/", chosen)
    assert answer.status_code == 200
    return answer


def rows_of(answer: Any) -> dict[str, Any]:
    return {row.key: row for block in answer.context["page"].blocks for row in block.rows}


def test_a_text_is_shown_word_by_word(as_user: AsUser, merchandiser: User, reviewer: User) -> None:
    request = make_request(
        merchandiser, values={"name:en-US": "Shoe A-1 waterproof", "name:de-DE@site": "Schuh"}
    )

    answer = show(as_user(reviewer), request)

    rows = rows_of(answer)
    assert [(run.kind, run.text) for run in rows["name:en-US"].diff.runs] == [
        (Kind.SAME, "Shoe A-1"),
        (Kind.ADDED, " waterproof"),
    ]
    text = answer.content.decode()
    assert "Shoe A-1<ins> waterproof</ins>" in text
    label = rows["name:de-DE@site"].label
    assert (label.label, label.place, label.scope) == ("Name", "de-DE", "Site")
    assert '<span class="cc-override">Site</span>' in text


def test_who_asks_why_and_who_can_decide_is_said(
    as_user: AsUser, merchandiser: User, reviewer: User, make_account: Callable[..., User]
) -> None:
    make_account("reviewer", name="rita", first_name="Rita", last_name="Ott")
    request = make_request(merchandiser)

    answer = show(as_user(merchandiser), request)

    text = " ".join(answer.content.decode().split())
    assert "asked by merchandiser" in text
    assert '<span class="cc-quote">season start</span>' in text
    assert answer.context["page"].deciders == ["reviewer", "Rita Ott"]
    assert "Stage 1 of 1: product truth" in text


def test_buttons_that_are_off_say_why(as_user: AsUser, superuser: User, merchandiser: User) -> None:
    own, another = make_request(superuser), make_request(merchandiser, sku="A-2")
    client = as_user(superuser)

    mine, theirs = show(client, own), show(client, another)

    assert mine.context["page"].why_not_approve == (
        "You wrote part of this request; somebody else has to decide it."
    )
    assert mine.content.decode().count("disabled aria-describedby") == 3
    assert theirs.context["page"].why_not_approve == ""
    assert theirs.content.decode().count("disabled aria-describedby") == 0
    assert 'data-key="a"' not in mine.content.decode()
    assert 'data-key="a"' in theirs.content.decode()


def test_a_conflict_stands_in_three_columns(as_user: AsUser, merchandiser: User, reviewer: User) -> None:
    request = make_conflict(
        merchandiser, {"name:en-US": "Theirs", "colour": "blue"}, base={"name:en-US": "Before"}
    )
    edit_product(request.changes.get().object_id, {"name:en-US": "Moved on"})

    answer = show(as_user(reviewer), request)

    rows = rows_of(answer)
    name, colour = rows["name:en-US"].conflict, rows["colour"].conflict
    assert (name.base.text, name.truth.text, name.proposed.text) == ("Before", "Moved on", "Theirs")
    assert (colour.base.text, colour.truth.text, colour.proposed.text) == ("", "Red", "blue")
    assert rows["colour"].other.choices == (("blue", "blue"), ("red", "Red"))
    page = answer.context["page"]
    assert page.to_take == 0
    assert page.why_not_approve == (
        "Every value is refused or in conflict. Decide the conflicts first, or refuse the request."
    )


def test_what_was_inherited_is_shown_where_nothing_stood(
    as_user: AsUser, merchandiser: User, reviewer: User
) -> None:
    parent = make_product(
        "P-1",
        **{"#kind": "parent", "#family": "shoes", "#family_variant": "shoes_colour", "name:en-US": "Parent"},
    )
    child = make_product("P-1-R", **{"#kind": "variant", "#parent": str(parent.pk), "colour": "red"})
    request = propose_edit(child.pk, {"name:en-US": "Child"}, actor=merchandiser)

    row = rows_of(show(as_user(reviewer), request))["name:en-US"]

    assert row.inherited.text == "Parent"


def test_the_same_amount_in_another_unit_is_said(as_user: AsUser, merchandiser: User, reviewer: User) -> None:
    product = make_product("A-1", weight="310 g")
    request = propose_edit(product.pk, {"weight": "0.31 kg"}, actor=merchandiser)

    row = rows_of(show(as_user(reviewer), request))["weight"]

    assert row.diff.note == "same amount, other unit"


def test_a_truth_that_moved_is_shown_before_it_becomes_a_conflict(
    as_user: AsUser, merchandiser: User, reviewer: User
) -> None:
    request = make_request(merchandiser)
    product = Product.objects.get(sku="A-1")
    edit_product(product.pk, {"name:en-US": "Somebody was faster"})

    answer = show(as_user(reviewer), request)

    assert rows_of(answer)["name:en-US"].moved.text == "Somebody was faster"
    assert "Truth has moved since this was proposed." in answer.content.decode()


def test_a_new_object_is_named_by_what_is_proposed(
    as_user: AsUser, merchandiser: User, reviewer: User
) -> None:
    request = propose_product({"sku": "N-1", "name:en-US": "New shoe"}, actor=merchandiser)

    answer = show(as_user(reviewer), request)

    block = answer.context["page"].blocks[0]
    assert (block.is_new, block.named.label, block.named.sub_label) == (True, "New shoe", "N-1")
    assert [row.key for row in block.rows] == ["#kind", "#state", "sku", "name:en-US"]
    assert [row.is_part_of_creation for row in block.rows] == [True, True, True, False]


def test_what_came_of_it_is_told_with_the_problems_as_sentences(
    as_user: AsUser, merchandiser: User, reviewer: User
) -> None:
    first = make_request(merchandiser, title="first")
    second = make_request(merchandiser, title="second", values={"name:en-US": "Quite another"})
    late = propose_product({"sku": "late"}, actor=merchandiser)
    make_product("LATE")
    for request in (first, second, late):
        approve_and_apply(request.pk, reviewer)
    client = as_user(merchandiser)

    applied, conflict, invalid = (show(client, request) for request in (first, second, late))

    assert applied.context["page"].outcomes == [("good", "1 × applied")]
    assert applied.context["page"].blocks[0].change.applied_revision == 2
    assert "approved this" in applied.content.decode()
    follow_up = second.followed_by.get()
    assert f'<a href="/admin/workflows/changerequest/{follow_up.pk}/change/">request {follow_up.pk}</a>' in (
        conflict.content.decode()
    )
    assert invalid.context["page"].outcomes == [("error", "1 × not valid")]
    assert "late belongs to another product already." in invalid.content.decode()


def test_big_requests_come_in_pages_and_can_be_narrowed(
    as_user: AsUser, merchandiser: User, reviewer: User
) -> None:
    request = make_big_request(merchandiser, OBJECTS_PER_PAGE + 3, conflicts=2)
    client = as_user(reviewer)

    def labels(**chosen: str) -> list[str]:
        return [block.change.label for block in show(client, request, **chosen).context["page"].blocks]

    assert len(labels()) == OBJECTS_PER_PAGE
    assert labels(p="2") == ["B-050", "B-051", "B-052"]
    assert labels(p="99") == ["B-050", "B-051", "B-052"]
    assert labels(show="conflicts") == ["B-000", "B-001"]
    assert labels(q="b-051") == ["B-051"]
    assert labels(q="nothing") == []
    assert "p=2" in show(client, request).content.decode()


def test_a_page_costs_the_same_for_two_and_twenty_objects(
    as_user: AsUser, merchandiser: User, reviewer: User, django_assert_num_queries: Any
) -> None:
    request = make_big_request(merchandiser, 2, conflicts=1)
    client = as_user(reviewer)
    show(client, request)
    with django_assert_num_queries(17):
        show(client, request)
    _add_changes(request)

    with django_assert_num_queries(17):
        assert len(show(client, request).context["page"].blocks) == 20


def _add_changes(request: ChangeRequest) -> None:
    for number in range(2, 20):
        product = make_product(f"B-{number:03}", **{"name:en-US": f"Boot {number}"})
        Change.objects.create(
            request=request,
            model="catalog.product",
            object_id=product.pk,
            label=product.sku,
            patch={"name:en-US": "Warm", "colour": "red"},
            base={"name:en-US": f"Boot {number}"},
            seen={"colour": "blue"},
            base_revision=1,
            digest="0" * 32,
        )


def test_what_people_wrote_is_escaped(as_user: AsUser, merchandiser: User, reviewer: User) -> None:
    request = make_request(
        merchandiser, title="<script>x</script>", values={"name:en-US": "<img src=x onerror=y>"}
    )

    text = show(as_user(reviewer), request).content.decode()

    assert "<script>x</script>" not in text
    assert "<img src=x" not in text


def test_an_unknown_request_is_not_found(as_user: AsUser, reviewer: User) -> None:
    assert as_user(reviewer).get("/admin/workflows/changerequest/999999999/change/").status_code == 404


def test_stages_say_how_far_the_request_is(as_user: AsUser, merchandiser: User, reviewer: User) -> None:
    draft = make_request(merchandiser, submit=False)
    waiting, back = make_request(merchandiser, sku="A-2"), make_request(merchandiser, sku="A-3")
    ask_changes(back.pk, reviewer=reviewer, reason="which?")
    approved = make_request(merchandiser, sku="A-4")
    approve_request(approved.pk, reviewer=reviewer)
    client = as_user(merchandiser)

    places = [
        [stage.place for stage in show(client, request).context["page"].stages]
        for request in (draft, waiting, back, approved)
    ]

    assert places == [[], ["now"], ["later"], ["done"]]
    assert "Submit for review" in show(client, draft).content.decode()
    assert "Submit for review" in show(client, back).content.decode()

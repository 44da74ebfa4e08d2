"""The list of change requests: whose they are, what narrows them, what they cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.factories.requests import make_big_request, make_conflict, make_request
from workflows.models import ChangeRequest
from workflows.services.requests import withdraw_request

pytestmark = pytest.mark.usefixtures("structure")

LIST = "/admin/workflows/changerequest/"
AsUser = Callable[[User], Client]


def listed(answer: Any) -> list[str]:
    assert answer.status_code == 200
    titles = [row.title for row in answer.context["cl"].result_list]
    return [title for title in titles if not title.startswith("New product")]  # the factories' own requests


def test_a_reviewer_first_sees_what_waits_longest_and_nothing_of_their_own(
    as_user: AsUser, merchandiser: User, superuser: User
) -> None:
    make_request(merchandiser, title="first")
    make_request(merchandiser, title="second")
    make_request(superuser, title="my own")
    withdraw_request(make_request(merchandiser, title="taken back").pk, actor=merchandiser)

    answer = as_user(superuser).get(LIST)

    assert listed(answer) == ["first", "second"]
    assert [(name, count) for name, _label, count in answer.context["queues"]] == [
        ("review", 2),
        ("mine", 1),
        ("all", None),
    ]
    assert listed(as_user(superuser).get(LIST, {"queue": "mine"})) == ["my own"]
    assert listed(as_user(superuser).get(LIST, {"queue": "all"})) == [
        "taken back",
        "my own",
        "second",
        "first",
    ]


def test_a_merchandiser_first_sees_their_own(as_user: AsUser, merchandiser: User, superuser: User) -> None:
    make_request(merchandiser, title="mine")
    make_request(superuser, title="another's")

    assert listed(as_user(merchandiser).get(LIST)) == ["mine"]
    assert listed(as_user(merchandiser).get(LIST, {"queue": "review"})) == []


def test_support_sees_all_and_is_offered_no_other_queue(
    as_user: AsUser, merchandiser: User, support: User
) -> None:
    make_request(merchandiser, title="one")

    answer = as_user(support).get(LIST)

    assert listed(answer) == ["one"]
    assert [name for name, _label, _count in answer.context["queues"]] == ["all"]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({}, ["boots", "draft", "plain"]),
        ({"state": "draft"}, ["draft"]),
        ({"state": "undecided"}, ["boots", "plain"]),
        ({"conflicts": "open"}, ["boots"]),
        ({"source": "people"}, ["boots", "draft", "plain"]),
        ({"source": "unknown"}, []),
        ({"q": "plain"}, ["plain"]),
        ({"q": "winter"}, ["boots"]),
        ({"q": "b-00"}, ["boots"]),
        ({"q": "nothing like it"}, []),
        ({"q": "99999999999999999999"}, []),
    ],
)
def test_filters_and_search_narrow_the_list(
    as_user: AsUser, merchandiser: User, chosen: dict[str, str], expected: list[str]
) -> None:
    make_request(merchandiser, title="plain")
    make_request(merchandiser, title="draft", submit=False)
    big = make_big_request(merchandiser, 2, conflicts=1)
    ChangeRequest.objects.filter(pk=big.pk).update(title="boots")

    assert listed(as_user(merchandiser).get(LIST, {"queue": "all", **chosen})) == expected


def test_a_request_is_found_by_its_number(as_user: AsUser, merchandiser: User) -> None:
    wanted = make_request(merchandiser, title="wanted")
    make_request(merchandiser, title="other")

    assert listed(as_user(merchandiser).get(LIST, {"q": f"#{wanted.pk}"})) == ["wanted"]


@pytest.mark.parametrize(
    ("queue", "sentence"),
    [
        ("review", "Nothing waits for your review."),
        ("mine", "You have not asked for any change yet."),
        ("all", "No change requests yet."),
    ],
)
def test_empty_queues_teach(as_user: AsUser, superuser: User, queue: str, sentence: str) -> None:
    assert sentence in as_user(superuser).get(LIST, {"queue": queue}).content.decode()


def test_rows_say_who_why_how_much_and_since_when(
    as_user: AsUser, merchandiser: User, reviewer: User
) -> None:
    merchandiser.first_name, merchandiser.last_name = "Mia", "Berg"
    merchandiser.save()
    request = make_conflict(merchandiser, {"name:en-US": "New", "colour": "blue"}, base={"colour": "red"})

    text = as_user(reviewer).get(LIST).content.decode()

    for part in ("Delivery", "Submitted", "Mia Berg", "People", "a moment ago", f"#{request.pk}"):
        assert part in text
    assert f"/admin/workflows/changerequest/{request.pk}/change/?show=conflicts" in text


def test_the_list_costs_the_same_for_two_and_twenty_rows(
    as_user: AsUser, merchandiser: User, reviewer: User, django_assert_num_queries: Any
) -> None:
    make_request(merchandiser)
    make_request(merchandiser)
    client = as_user(reviewer)
    client.get(LIST)
    with django_assert_num_queries(9) as two:
        assert len(listed(client.get(LIST))) == 2
    for _number in range(18):
        make_request(merchandiser)

    with django_assert_num_queries(len(two.captured_queries)):
        assert len(listed(client.get(LIST))) == 20


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_sent_to_the_list(
    as_user: AsUser, superuser: User, merchandiser: User, method: str
) -> None:
    request = make_request(merchandiser)

    answer = getattr(as_user(superuser), method)(
        LIST, {"action": "delete_selected", "_selected_action": [request.pk]}
    )

    assert answer.status_code == 405
    assert ChangeRequest.objects.filter(pk=request.pk).exists()


@pytest.mark.parametrize("page", ["add/", "{pk}/delete/", "{pk}/history/", "{pk}/"])
def test_there_are_no_other_pages(as_user: AsUser, superuser: User, merchandiser: User, page: str) -> None:
    address = LIST + page.format(pk=make_request(merchandiser).pk)
    client = as_user(superuser)

    assert client.get(address).status_code == client.post(address).status_code == 404


def test_strangers_are_kept_out(client: Client, as_user: AsUser, make_account: Callable[..., User]) -> None:
    assert client.get(LIST).status_code == 302
    assert as_user(make_account(name="stranger")).get(LIST).status_code == 403

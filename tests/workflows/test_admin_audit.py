"""The audit record on screen: read by those who may, changed by nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.factories.requests import make_request
from workflows.models import AuditEntry
from workflows.services import audit

pytestmark = pytest.mark.usefixtures("structure")

AsUser = Callable[[User], Client]
LIST = "/admin/workflows/auditentry/"


def test_entries_are_told_in_words_with_their_request(
    as_user: AsUser, merchandiser: User, reviewer: User
) -> None:
    request = make_request(merchandiser)
    audit.record("shelf.tidy", actor=None, target_model="shop.shelf", target_id="7", details={"boxes": 3})

    answer = as_user(reviewer).get(LIST)
    only = as_user(reviewer).get(LIST, {"request": request.pk})

    text = answer.content.decode()
    for part in ("submitted a request", "shelf: tidy", "Concord", "boxes 3", f"#{request.pk}"):
        assert part in text
    assert f'href="/admin/workflows/changerequest/{request.pk}/change/"' in text
    assert {entry.action for entry in only.context["cl"].result_list} == {"request.open", "request.submit"}


def test_the_record_costs_the_same_for_few_and_many_entries(
    as_user: AsUser, superuser: User, django_assert_num_queries: Any
) -> None:
    client = as_user(superuser)
    client.get(LIST)
    with django_assert_num_queries(7):
        client.get(LIST)
    for number in range(20):
        audit.record("x.y", actor=superuser, target_model="a.b", target_id=str(number))

    with django_assert_num_queries(7):
        assert len(client.get(LIST).context["cl"].result_list) >= 20


@pytest.mark.parametrize("page", ["add/", "{pk}/change/", "{pk}/delete/", "{pk}/history/"])
def test_there_is_only_the_list(as_user: AsUser, superuser: User, page: str) -> None:
    entry = audit.record("x.y", actor=superuser, target_model="a.b", target_id="1")
    address = LIST + page.format(pk=entry.pk)
    client = as_user(superuser)

    assert client.get(address).status_code == client.post(address).status_code == 404
    assert client.post(LIST, {"action": "delete_selected", "_selected_action": [entry.pk]}).status_code == 405
    assert AuditEntry.objects.filter(pk=entry.pk).exists()


@pytest.mark.parametrize(
    ("role", "status"), [("reviewer", 200), ("operator", 200), ("merchandiser", 403), ("support", 403)]
)
def test_the_record_is_read_by_those_who_may(
    as_user: AsUser, make_account: Callable[..., User], role: str, status: int
) -> None:
    assert as_user(make_account(role)).get(LIST).status_code == status

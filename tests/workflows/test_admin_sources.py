"""Sources on screen: saved through their service, with actor, reason and history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from workflows.models import DirtyObject, Source

pytestmark = pytest.mark.django_db

AsUser = Callable[[User], Client]
LIST = "/admin/workflows/source/"


@pytest.fixture
def source(db: None) -> Source:
    return Source.objects.create(code="acme", label="Acme", kind="supplier", rank=50)


@pytest.fixture
def admin_account(make_account: Callable[..., User]) -> User:
    return make_account("admin")


def form(**over: str) -> dict[str, str]:
    return {"label": "Acme Ltd", "kind": "supplier", "rank": "20", "reason": "renamed", **over}


def test_a_new_source_is_saved_with_who_and_why(as_user: AsUser, admin_account: User) -> None:
    answer = as_user(admin_account).post(f"{LIST}add/", form(code="acme"))

    assert answer.status_code == 302
    source = Source.objects.get(code="acme")
    assert (source.label, source.rank, source.revision) == ("Acme Ltd", 20, 1)
    row = source.history.get()
    assert (row.history_type, row.history_user, row.history_change_reason) == ("+", admin_account, "renamed")
    assert DirtyObject.objects.filter(model="workflows.source", object_id="acme").count() == 1


def test_an_edit_grows_the_revision_and_keeps_the_code(
    as_user: AsUser, admin_account: User, source: Source
) -> None:
    answer = as_user(admin_account).post(f"{LIST}{source.pk}/change/", form(code="other", reason=""))

    assert answer.status_code == 302
    source.refresh_from_db()
    assert (source.code, source.label, source.revision) == ("acme", "Acme Ltd", 2)
    row = source.history.latest("history_id")
    assert (row.revision, row.history_user, row.history_change_reason) == (
        2,
        admin_account,
        "Edited in the admin.",
    )


def test_saving_without_a_change_writes_nothing(as_user: AsUser, admin_account: User, source: Source) -> None:
    same = form(label="Acme", rank="50", reason="")

    assert as_user(admin_account).post(f"{LIST}{source.pk}/change/", same).status_code == 302

    source.refresh_from_db()
    assert (source.revision, source.history.count()) == (1, 1)


@pytest.mark.parametrize("bad", [{"code": "Acme GmbH"}, {"code": "acme"}, {"code": "new", "rank": "-1"}])
def test_what_cannot_be_saved_is_said_on_the_form(
    as_user: AsUser, admin_account: User, source: Source, bad: dict[str, str]
) -> None:
    answer = as_user(admin_account).post(f"{LIST}add/", form(**bad))

    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors
    assert Source.objects.count() == 1


@pytest.mark.parametrize(("role", "seen"), [("merchandiser", 200), ("reviewer", 200), ("support", 403)])
def test_only_those_who_may_edit_sources(
    as_user: AsUser, make_account: Callable[..., User], source: Source, role: str, seen: int
) -> None:
    client = as_user(make_account(role))

    assert client.get(f"{LIST}{source.pk}/change/").status_code == seen
    assert client.post(f"{LIST}{source.pk}/change/", form()).status_code == 403
    assert client.post(f"{LIST}add/", form(code="new")).status_code == 403
    assert client.post(f"{LIST}{source.pk}/delete/", {"post": "yes"}).status_code == 403
    source.refresh_from_db()
    assert (source.label, Source.objects.count()) == ("Acme", 1)


@pytest.mark.parametrize("page", ["permissions/", "history/", "delete/"])
def test_grants_history_and_deletion_are_behind_their_gates(
    as_user: AsUser, make_account: Callable[..., User], admin_account: User, source: Source, page: str
) -> None:
    address = f"{LIST}{source.pk}/{page}"

    assert as_user(admin_account).get(address).status_code == (403 if page == "delete/" else 200)
    if page != "history/":
        assert as_user(make_account("merchandiser")).get(address).status_code == 403


def test_a_version_page_shows_and_never_saves(as_user: AsUser, admin_account: User, source: Source) -> None:
    address = f"{LIST}{source.pk}/history/{source.history.get().pk}/"
    client = as_user(admin_account)

    shown: Any = client.get(address)

    assert shown.status_code == 200
    assert 'name="label"' not in shown.content.decode()
    assert client.post(address, form()).status_code == 403

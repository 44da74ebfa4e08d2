"""Roles and accounts."""

import io
from collections.abc import Callable
from enum import StrEnum
from importlib import import_module
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import CommandError, call_command
from django.test import Client

from config.accounts import create_account
from config.roles import ROLE_NAMES, ROLES, write_roles
from workflows.exceptions import Invalid
from workflows.models import AuditEntry

pytestmark = pytest.mark.django_db


def names_of(group: Group) -> set[str]:
    return {
        f"{permission.content_type.app_label}.{permission.codename}"
        for permission in group.permissions.select_related("content_type")
    }


def test_migrate_made_the_seven_roles_with_every_permission_they_name() -> None:
    assert ROLE_NAMES == (
        "admin",
        "merchandiser",
        "reviewer",
        "channel_manager",
        "asset_manager",
        "support",
        "operator",
    )
    assert {group.name: names_of(group) for group in Group.objects.all()} == {
        role.name: set(role.permissions) for role in ROLES
    }


@pytest.mark.parametrize("app", ["workflows", "assets", "catalog", "channels"])
def test_every_right_an_app_asks_for_is_some_roles_and_the_admins(app: str) -> None:
    module = f"{app}.permissions"
    rights = {
        str(member)
        for kind in vars(import_module(module)).values()
        if isinstance(kind, type) and issubclass(kind, StrEnum) and kind.__module__ == module
        for member in kind
    }

    assert rights - {name for role in ROLES if role.name == "admin" for name in role.permissions} == set()


def test_support_can_only_look() -> None:
    support = next(role for role in ROLES if role.name == "support")

    assert {name for name in support.permissions if ".view_" not in name} == set()


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_no_role_may_write_truth_beside_change_requests(role: Any) -> None:
    governed = {f"catalog.{verb}_product" for verb in ("add", "change", "delete")}

    assert role.permissions & governed == set()


def test_only_admin_proposes_and_approves() -> None:
    both = {"workflows.propose_changerequest", "workflows.approve_changerequest"}

    assert [role.name for role in ROLES if both <= role.permissions] == ["admin"]


def test_a_permission_given_by_hand_is_gone_after_the_next_migrate() -> None:
    support = Group.objects.get(name="support")
    support.permissions.add(Permission.objects.get(codename="change_attribute"))

    write_roles()

    assert "catalog.change_attribute" not in names_of(support)


def test_a_permission_that_is_not_there_yet_is_left_out_and_said() -> None:
    Permission.objects.filter(codename="view_product").delete()

    with patch("config.roles.logger") as logger:
        write_roles()

    logger.warning.assert_any_call("Role %s waits for permissions: %s.", "support", "catalog.view_product")
    assert "catalog.view_product" not in names_of(Group.objects.get(name="support"))


def test_command_makes_an_account_and_prints_its_password_once() -> None:
    said = io.StringIO()

    call_command("create_account", "ann", "--role", "merchandiser", stdout=said)

    user = User.objects.get(username="ann")
    password = said.getvalue().rpartition(": ")[2].strip()
    assert user.check_password(password)
    assert len(password) == 20
    assert (user.is_staff, user.is_superuser) == (True, False)
    assert list(user.groups.values_list("name", flat=True)) == ["merchandiser"]
    entry = AuditEntry.objects.get(action="account.create")
    assert (entry.target_id, entry.details) == (str(user.pk), {"role": "merchandiser"})


def test_command_reads_a_password_without_repeating_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a long enough phrase\n"))
    said = io.StringIO()

    call_command("create_account", "ann", "--role", "support", "--password-stdin", stdout=said)

    assert User.objects.get(username="ann").check_password("a long enough phrase")
    assert "phrase" not in said.getvalue()


@pytest.mark.parametrize(
    ("name", "password", "sentence"),
    [
        ("ANN", "a long enough phrase", "There is an account named ANN already."),
        ("ann", "a long enough phrase", "A user with that username already exists."),
        ("bob", "short", "This password is too short. It must contain at least 12 characters."),
        ("b b", "a long enough phrase", "Enter a valid username."),
    ],
)
def test_an_account_that_cannot_be_made_changes_nothing(name: str, password: str, sentence: str) -> None:
    create_account(name="ann", role="support", password="a long enough phrase")

    with pytest.raises(Invalid, match=sentence):
        create_account(name=name, role="admin", password=password)

    assert list(User.objects.values_list("username", flat=True)) == ["ann"]


def test_a_database_without_the_role_says_what_to_do() -> None:
    Group.objects.all().delete()

    with pytest.raises(CommandError, match=r"run `python manage\.py migrate` first"):
        call_command("create_account", "ann", "--role", "support")


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_every_role_reaches_home_and_its_sidebar(
    role: str, client: Client, make_account: Callable[..., User]
) -> None:
    client.force_login(make_account(role))

    answer = client.get("/admin/")

    assert answer.status_code == 200
    titles = [str(item["title"]) for group in answer.context["sidebar_navigation"] for item in group["items"]]
    assert titles[0] == "Home"
    assert ("Accounts" in titles) == (role == "admin")


def test_admin_cannot_make_or_touch_superusers(
    client: Client, make_account: Callable[..., User], superuser: User
) -> None:
    admin = make_account("admin")
    client.force_login(admin)
    password = superuser.password

    page = client.get(f"/admin/auth/user/{superuser.pk}/change/")
    reset = client.post(
        f"/admin/auth/user/{superuser.pk}/password/",
        {"password1": "a long enough phrase", "password2": "a long enough phrase"},
    )
    client.post(
        f"/admin/auth/user/{admin.pk}/change/",
        {
            "username": "admin",
            "is_active": "on",
            "is_staff": "on",
            "is_superuser": "on",
            "groups": [admin.groups.get().pk],
        },
    )

    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    assert reset.status_code == 403
    superuser.refresh_from_db()
    admin.refresh_from_db()
    assert (superuser.password, admin.is_superuser) == (password, False)


def test_accounts_are_never_deleted(client: Client, superuser: User, support: User) -> None:
    client.force_login(superuser)

    answer = client.post(f"/admin/auth/user/{support.pk}/delete/", {"post": "yes"})

    assert answer.status_code == 403
    assert User.objects.filter(pk=support.pk).exists()


def test_roles_are_read_in_the_admin_not_edited(client: Client, superuser: User) -> None:
    client.force_login(superuser)
    group = Group.objects.get(name="support")
    before = names_of(group)

    answer = client.post(f"/admin/auth/group/{group.pk}/change/", {"name": "support", "permissions": []})

    assert answer.status_code == 403
    assert names_of(group) == before

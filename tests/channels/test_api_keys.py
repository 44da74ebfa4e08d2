"""Keys of the storefront API: shown once, kept as a hash, revoked for good, each step on record."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from channels.models import ApiKey, Channel
from channels.services.api_keys import create_key, revoke_key
from workflows.exceptions import Invalid, NotAllowed, NotFound, NotReady
from workflows.models import AuditEntry

pytestmark = pytest.mark.django_db


def test_key_is_printed_once_and_kept_as_a_hash(google: Channel, make_account: Callable[..., User]) -> None:
    giver = make_account("channel_manager")
    out = StringIO()

    call_command("create_api_key", "google", "--label", "Web shop", "--as", giver.username, stdout=out)

    secret = out.getvalue().splitlines()[1]
    row = ApiKey.objects.get()
    assert secret.startswith("ck_")
    assert len(secret) == 46
    assert row.digest == hashlib.sha256(secret.encode()).hexdigest()
    assert (row.channel, row.name, row.hint, row.created_by) == (google, "Web shop", secret[:9], giver)
    assert secret not in str(row)
    entry = AuditEntry.objects.get(action="apikey.create")
    assert (entry.actor, entry.target_id) == (giver, str(row.pk))
    assert entry.details == {"channel": "google", "hint": secret[:9]}


@pytest.mark.parametrize("role", ["merchandiser", "reviewer", "asset_manager", "support", "operator"])
def test_without_the_right_nobody_gives_or_revokes_keys(
    google: Channel, manager: User, make_account: Callable[..., User], role: str
) -> None:
    key = create_key("google", label="Web shop", actor=manager)
    stranger = make_account(role)

    with pytest.raises(NotAllowed, match="the right to give API keys"):
        create_key("google", label="Mine", actor=stranger)
    with pytest.raises(NotAllowed):
        revoke_key(key.row.pk, actor=stranger)

    assert ApiKey.objects.get().revoked_at is None


def test_key_is_revoked_once(google: Channel, manager: User) -> None:
    key = create_key("google", label="Web shop", actor=manager)
    out = StringIO()

    call_command("revoke_api_key", str(key.row.pk), "--as", manager.username, stdout=out)

    assert out.getvalue() == f"Key {key.row.pk} (Web shop ({key.row.hint}…)) is revoked.\n"
    assert ApiKey.objects.get().revoked_at is not None
    assert AuditEntry.objects.get(action="apikey.revoke").target_id == str(key.row.pk)
    with pytest.raises(NotReady):
        revoke_key(key.row.pk, actor=manager)


def test_what_cannot_be_done_is_one_sentence(google: Channel, manager: User) -> None:
    with pytest.raises(CommandError, match="There is no channel nowhere; there are: google, shop"):
        call_command("create_api_key", "nowhere", "--label", "x", "--as", manager.username)
    with pytest.raises(CommandError, match="There is no active account"):
        call_command("create_api_key", "google", "--label", "x", "--as", "nobody")
    with pytest.raises(CommandError, match="There is no API key 7"):
        call_command("revoke_api_key", "7", "--as", manager.username)

    assert ApiKey.objects.count() == 0


@pytest.mark.parametrize("label", ["", "   ", "x" * 201])
def test_a_key_says_for_whom_it_is(google: Channel, manager: User, label: str) -> None:
    with pytest.raises(Invalid, match="Say for whom the key is"):
        create_key("google", label=label, actor=manager)

    assert ApiKey.objects.count() == 0


def test_unknown_key_is_not_found(manager: User) -> None:
    with pytest.raises(NotFound):
        revoke_key(1, actor=manager)

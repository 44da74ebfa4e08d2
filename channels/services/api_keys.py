"""Keys that open a channel's storefront API: given once, kept as a hash, revoked for good."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from channels.models import ApiKey
from channels.permissions import may_give_keys
from channels.services.publish import find_channel
from workflows.exceptions import FieldError, Invalid, NotFound, NotReady
from workflows.services import audit

PREFIX = "ck_"
SECRET_BYTES = 32
HINT_CHARS = 9


@dataclass(frozen=True)
class CreatedKey:
    """A new key: its row, and the secret itself, which nothing can show a second time."""

    row: ApiKey
    secret: str


def digest_of(secret: str) -> str:
    """Return what is stored of a key: SHA-256 in hex. 256 random bits need no slow hash and no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()


def create_key(channel_code: str, *, label: str, actor: Any) -> CreatedKey:
    """Make a key for one channel and audit it.

    `label` says for whom, in 1 to 200 characters. Raises `NotAllowed`, `NotFound` and `Invalid`. One
    transaction.
    """
    may_give_keys(actor).require()
    channel = find_channel(channel_code)
    name = label.strip()
    if not 1 <= len(name) <= 200:
        detail = _("Say for whom the key is, in up to 200 characters.")
        raise Invalid(detail, errors=[FieldError("label", "invalid", detail)])
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    with transaction.atomic():
        row = ApiKey.objects.create(
            channel=channel,
            name=name,
            hint=secret[:HINT_CHARS],
            digest=digest_of(secret),
            created_by=actor,
        )
        audit.record(
            "apikey.create",
            actor=actor,
            target_model="channels.apikey",
            target_id=str(row.pk),
            details={"channel": channel.code, "hint": row.hint},
        )
    return CreatedKey(row, secret)


def revoke_key(key_id: int, *, actor: Any) -> ApiKey:
    """Close a key for good and audit it; the next request with it is refused.

    Raises `NotAllowed`, `NotFound`, and `NotReady` when it is revoked already. One transaction.
    """
    may_give_keys(actor).require()
    with transaction.atomic():
        row = ApiKey.objects.select_for_update(of=("self",)).filter(pk=key_id).first()
        if row is None:
            raise NotFound(_("There is no API key %(id)s.") % {"id": key_id})
        if row.revoked_at is not None:
            raise NotReady(_("The API key %(key)s is revoked already.") % {"key": row})
        row.revoked_at = timezone.now()
        row.save(update_fields=["revoked_at"])
        audit.record("apikey.revoke", actor=actor, target_model="channels.apikey", target_id=str(row.pk))
    return row

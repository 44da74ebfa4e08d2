"""Who may read a channel's storefront, and what is kept about a channel between requests.

A channel that is closed and one that does not exist answer alike, so that nobody learns codes by trying.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request

from catalog.services.schema import current_schema
from channels.api.statements import ADMISSION
from channels.models import Channel
from channels.rules.spec import ProfileSpec
from channels.services.api_keys import digest_of
from channels.services.plans import markets_of
from channels.services.profiles import profile_with_parents
from workflows.exceptions import FieldError, Invalid

SCHEME = "Api-Key"
Marks = tuple[int, int, int]
"""Revision of the channel, number of the model structure, newest profile version: what kept facts rest on."""


class ApiKeyAuthentication(BaseAuthentication):
    """Names the scheme to callers and to the schema; the key itself is checked with the read it is for."""

    def authenticate(self, request: Request) -> None:
        """Log nobody in: a key belongs to a channel, not to a person."""

    def authenticate_header(self, request: Request) -> str:
        """Return what `WWW-Authenticate` says on a 401."""
        return SCHEME


def key_digest(request: Request) -> str:
    """Return the digest of the key sent as `Authorization: Api-Key …` or `X-Api-Key`, empty without one."""
    scheme, _blank, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != SCHEME.lower():
        secret = request.META.get("HTTP_X_API_KEY", "")
    secret = secret.strip()
    return digest_of(secret) if secret else ""


@dataclass(frozen=True)
class Admission:
    """What the database says about a channel and a key at this moment."""

    channel_id: int
    is_public: bool
    key_id: int | None
    marks: Marks

    @property
    def granted(self) -> bool:
        """Whether the caller may read."""
        return self.is_public or self.key_id is not None


def admission_of(row: Sequence[Any], digest: str) -> Admission:
    """Read the admission columns of a row; the digests are compared once more, in constant time."""
    channel_id, revision, is_public, schema, profile, key_id, stored = row[:7]
    matches = bool(digest) and stored is not None and hmac.compare_digest(stored, digest)
    return Admission(channel_id, bool(is_public), key_id if matches else None, (revision, schema, profile))


class BadRequest(Invalid):
    """A parameter that can't be used."""

    status = 400


def refuse() -> NotAuthenticated:
    """Return the one answer for a closed channel, a wrong key, another channel's key and no such channel."""
    return NotAuthenticated(
        _(
            "There is no open channel of this name. "
            "If it is closed, send its key as “Authorization: Api-Key …”."
        )
    )


@dataclass(frozen=True)
class Place:
    """A market and language to read; `head` is the constant beginning of what is sent of an item there."""

    market: str
    locale: str
    head: str


NOWHERE = Place("", "", "")


@dataclass(frozen=True)
class ChannelFacts:
    """What rarely moves of a channel: its places and its profile. Kept by each process while `marks` hold."""

    marks: Marks
    places: Mapping[str, Mapping[str, Place]]
    profile: ProfileSpec

    def place(self, params: Mapping[str, str]) -> Place:
        """Return the place asked for by `market` and `locale`, by default the first of each.

        Raises `BadRequest` naming the field that can't be served.
        """
        market = params.get("market")
        if market is None:
            market = next(iter(self.places), "")
        locales = self.places.get(market)
        if not locales:
            raise _unknown("market", market, list(self.places))
        locale = params.get("locale")
        if locale is None:
            return next(iter(locales.values()))
        place = locales.get(locale)
        if place is None:
            raise _unknown("locale", locale, list(locales))
        return place


def _unknown(field: str, value: str, known: list[str]) -> BadRequest:
    sentence = _("“%(value)s” is not served here; there is: %(known)s.")
    detail = sentence % {"value": value, "known": ", ".join(known) or _("nothing")}
    return BadRequest(detail, errors=[FieldError(field, "unknown", detail)])


_kept: dict[str, ChannelFacts] = {}


def kept_facts(code: str) -> ChannelFacts | None:
    """Return what this process remembers of a channel, current or not, else what the database says."""
    return _kept.get(code) or load_facts(code)


def load_facts(code: str) -> ChannelFacts | None:
    """Read a channel's facts and keep them; None when there is no such channel. About six queries.

    The marks are read first: what changes while the rest is read makes the next request look again.
    """
    row = ADMISSION.one(channel=code, digest="")
    if row is None:
        _kept.pop(code, None)
        return None
    channel = Channel.objects.select_related("scope", "profile").get(pk=row[0])
    schema = current_schema()
    places = {
        market.code: {locale: _place(market.code, locale) for locale in market.locales}
        for market in markets_of(channel, schema)
        if market.locales
    }
    profile, _versions = profile_with_parents(channel.profile.code)
    facts = ChannelFacts(admission_of(row, "").marks, places, profile)
    _kept[code] = facts
    return facts


def _place(market: str, locale: str) -> Place:
    head = f',"market":{orjson.dumps(market).decode()},"locale":{orjson.dumps(locale).decode()},"version":'
    return Place(market, locale, head)

"""Reads of channels: reasons as sentences, readiness in numbers, what a listing says. Constant query
counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from string import Formatter
from typing import Any
from uuid import UUID

import orjson
from django.db.models import Count, Max, Min
from django.utils.translation import gettext as _

from channels.constants import SAID_STATES, ListingState
from channels.models import Body, Channel, FeedRun, Handover, Listing, ListingVersion, ProfileRule
from channels.rules.availability import join_availability
from channels.rules.evaluate import Reason
from channels.rules.spec import PARTS
from channels.services.profiles import profile_with_parents, rules_by_id
from channels.services.stock import UNKNOWN, Stock

SEVERITY_ORDER = {"error": 0, "warning": 1, "advice": 2}


@dataclass(frozen=True)
class Sentence:
    """One reason as people read it."""

    rule_id: str
    severity: str
    effect: str
    part: str
    field: str
    text: str


def say(message: str, params: Mapping[str, Any]) -> str:
    """Fill a rule's sentence, translated; a name it lacks stays readable."""
    return str(_(message)).format_map(_Known(params))


class _Known(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return "…"


def sentence_of(reason: Reason) -> Sentence:
    """Return a fresh reason as a sentence."""
    rule = reason.rule
    return Sentence(
        rule.id, rule.severity, rule.effect, rule.part, rule.field, say(rule.message, reason.params)
    )


def sentences_of(listings: Iterable[Listing]) -> dict[UUID, list[Sentence]]:
    """Return stored reasons as sentences by listing, errors first. One query for any number of listings."""
    rows = list(listings)
    rules = rules_by_id({reason[0] for row in rows for reason in row.reasons})
    return {
        row.id: sorted(
            (_sentence(reason, rules) for reason in row.reasons),
            key=lambda sentence: SEVERITY_ORDER.get(sentence.severity, 3),
        )
        for row in rows
    }


def _sentence(reason: Sequence[Any], rules: Mapping[str, ProfileRule]) -> Sentence:
    rule_id, severity, effect, part, field, params = reason
    rule = rules.get(rule_id)
    return Sentence(rule_id, severity, effect, part, field, say(rule.message, params) if rule else rule_id)


@dataclass(frozen=True)
class TopReason:
    """A rule that listings break, how many do, and its sentence as it reads for one of them, `example`.

    `varies` says that it reads otherwise for others: it names a length, a value or the like.
    """

    rule_id: str
    severity: str
    effect: str
    field: str
    count: int
    text: str
    example: str
    varies: bool


@dataclass(frozen=True)
class KeptBack:
    """A rule that keeps listings back, how many, and its sentence as it reads for one of them."""

    rule_id: str
    severity: str
    count: int
    text: str


def kept_back_by(reasons: Mapping[str, Mapping[str, Any]]) -> list[KeptBack]:
    """Return the reasons of a publication's plan as sentences, most frequent first. One query."""
    rules = rules_by_id(reasons)
    found = [
        KeptBack(code, rule.severity, entry["count"], say(rule.message, entry["params"]))
        for code, entry in reasons.items()
        if (rule := rules.get(code)) is not None
    ]
    return sorted(found, key=lambda one: (-one.count, one.rule_id))


@dataclass(frozen=True)
class Readiness:
    """A channel in numbers: listings in total and by state, and what stands in the way most."""

    total: int
    by_state: Mapping[str, int]
    top: tuple[TopReason, ...]
    last_run: FeedRun | None

    @property
    def live(self) -> int:
        """Listings that say something and nothing of them is held back."""
        return self.by_state.get(ListingState.LIVE, 0)

    @property
    def held(self) -> int:
        """Listings of which something is held back."""
        return self.by_state.get(ListingState.HELD, 0) + self.by_state.get(ListingState.PARTLY_HELD, 0)

    @property
    def withdrawn(self) -> int:
        """Listings that were said once and are not now."""
        return self.by_state.get(ListingState.WITHDRAWN, 0)

    @property
    def share(self) -> int | None:
        """Share of listings that are live, in whole percent rounded down; None without listings."""
        return 100 * self.live // self.total if self.total else None


def readiness_of(channels: Iterable[Channel], *, top: int | None = 10) -> dict[int, Readiness]:
    """Return the numbers of channels by primary key, with the `top` reasons (None: all). Five queries for any
    number of channels.
    """
    wanted = [channel.pk for channel in channels]
    states: dict[int, Counter[str]] = {pk: Counter() for pk in wanted}
    rules: dict[int, Counter[str]] = {pk: Counter() for pk in wanted}
    examples: dict[tuple[int, str], str] = {}
    rows = Listing.objects.filter(channel_id__in=wanted).values_list("channel_id", "state", "rule_ids")
    counted = rows.annotate(count=Count("id"), example=Min("external_id")).order_by()
    for channel_id, state, rule_ids, count, example in counted:
        states[channel_id][state] += count
        for rule_id in rule_ids.split():
            rules[channel_id][rule_id] += count
            known = examples.get((channel_id, rule_id))
            examples[channel_id, rule_id] = min(known, example) if known else example
    named = rules_by_id({rule_id for counter in rules.values() for rule_id in counter})
    newest = FeedRun.objects.filter(channel_id__in=wanted, state="done").order_by().values("channel_id")
    latest = newest.annotate(newest=Max("pk")).values("newest")
    runs = {run.channel_id: run for run in FeedRun.objects.filter(pk__in=latest)}
    params = _example_params(examples) if top != 0 else {}
    return {
        pk: Readiness(
            states[pk].total(),
            dict(states[pk]),
            tuple(_top(pk, rules[pk], named, examples, params)[:top]),
            runs.get(pk),
        )
        for pk in wanted
    }


def _example_params(examples: Mapping[tuple[int, str], str]) -> dict[tuple[int, str], Mapping[str, Any]]:
    """Return what each rule's sentence says of its example, by channel and rule. One query."""
    rows = Listing.objects.filter(
        channel_id__in={channel_id for channel_id, _rule in examples}, external_id__in=set(examples.values())
    ).order_by("market", "locale")
    found: dict[tuple[int, str], Mapping[str, Any]] = {}
    for channel_id, external_id, reasons in rows.values_list("channel_id", "external_id", "reasons"):
        for rule_id, *_rest, params in reasons:
            if examples.get((channel_id, rule_id)) == external_id:
                found.setdefault((channel_id, rule_id), params)
    return found


def _top(
    channel_id: int,
    counts: Counter[str],
    named: Mapping[str, ProfileRule],
    examples: Mapping[tuple[int, str], str],
    params: Mapping[tuple[int, str], Mapping[str, Any]],
) -> list[TopReason]:
    """Order by what a rule does, then by how many listings break it."""
    found = [
        TopReason(
            rule_id,
            rule.severity,
            rule.effect,
            rule.field,
            count,
            say(rule.message, params.get((channel_id, rule_id), rule.params)),
            examples[channel_id, rule_id],
            any(name not in rule.params for _text, name, *_rest in Formatter().parse(rule.message) if name),
        )
        for rule_id, count in counts.items()
        if (rule := named.get(rule_id)) is not None
    ]
    found.sort(key=lambda one: (SEVERITY_ORDER[one.severity], -one.count, one.rule_id))
    return found


def bodies_of(checksums: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return bodies, parsed, by checksum. One query."""
    rows = Body.objects.filter(checksum__in={name for name in checksums if name})
    return {name: orjson.loads(body) for name, body in rows.values_list("checksum", "body")}


def said_bodies(listings: Iterable[Listing | ListingVersion]) -> dict[UUID, dict[str, dict[str, Any]]]:
    """Return what listings or versions say, by id and part; nothing for those that say nothing. One query."""
    rows = list(listings)
    bodies = bodies_of(getattr(row, part) for row in rows for part in PARTS)
    return {
        row.id: {part: bodies.get(getattr(row, part), {}) for part in PARTS} if row.content else {}
        for row in rows
    }


def availability_sentences(channel: Channel, listing: Listing, stock: Stock | None) -> list[Sentence]:
    """Return the warnings that joining availability would give now; they are stored with no listing."""
    if listing.state not in SAID_STATES:
        return []
    spec, _versions = profile_with_parents(channel.profile.code)
    offer = said_bodies([listing])[listing.id].get("offer", {})
    joined = join_availability(spec, (stock or UNKNOWN).status, offer)
    return [sentence_of(reason) for reason in joined.reasons]


def listings_of(product_id: UUID) -> list[Listing]:
    """Return a product's listings by channel, market and language. One query."""
    rows = Listing.objects.filter(product_id=product_id).select_related("channel")
    return list(rows.order_by("channel__code", "market", "locale"))


def handed_over(version_ids: Iterable[UUID]) -> dict[UUID, tuple[datetime | None, datetime | None]]:
    """Return from when and until when each version was carried; others are left out. One query."""
    rows = Handover.objects.filter(version_id__in=list(version_ids), from_run__state="done")
    found = rows.values_list("version_id", "from_run__finished_at", "until_run__finished_at")
    return {version_id: (first, until) for version_id, first, until in found}

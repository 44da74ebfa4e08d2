"""What proposed documents would do to listings: scores before and after, rules newly broken, rules mended."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.utils import timezone

from channels.models import Channel, Listing
from channels.rules.evaluate import Evaluation, Reason, evaluate
from channels.services.dirty import affected_units
from channels.services.plans import ChannelPlan, load_plan
from channels.services.units import load_batch, place_units
from channels.services.writing import judge_units
from workflows.rules.documents import Document

MAX_UNITS = 200


@dataclass(frozen=True)
class ChannelEffect:
    """What a proposal does to one product's listings on a channel: all markets, languages and variants.

    `before` and `after` are the lowest scores (None: no listing). `broken` and `mended` hold one reason per
    rule. `more` tells that only the first `MAX_UNITS` units of the whole proposal were looked at.
    """

    channel: str
    label: str
    before: int | None
    after: int | None
    broken: tuple[Reason, ...]
    mended: tuple[Reason, ...]
    more: bool


def effects_of(
    documents: Mapping[UUID, Document], moment: datetime | None = None
) -> dict[UUID, list[ChannelEffect]]:
    """Return, for each product with a proposed document, its effect on every channel that would notice.

    All documents are taken as proposed together. Evaluates purely and writes nothing; about twenty queries a
    channel, whatever the number of documents.
    """
    moment = moment or timezone.now()
    touched = _touched(documents)
    units = sorted({unit for found in touched.values() for unit in found})
    more = len(units) > MAX_UNITS
    units = units[:MAX_UNITS]
    effects: dict[UUID, list[ChannelEffect]] = {product_id: [] for product_id in documents}
    if not units:
        return effects
    for channel in Channel.objects.select_related("scope", "profile"):
        plan = load_plan(channel)
        before = _judge(plan, units, None, moment)
        after = _judge(plan, units, documents, moment)
        for product_id, found in touched.items():
            effect = _compare(channel, found, before, after, more)
            if effect is not None:
                effects[product_id].append(effect)
    return effects


def would_say(listing: Listing, moment: datetime | None = None) -> dict[str, dict[str, Any]]:
    """Return the body of each part that a listing would say if nothing held it back; writes nothing.

    Bodies that were never said are stored nowhere, so the unit is evaluated. About twenty queries; nothing
    for a unit or market that is gone.
    """
    channel = Channel.objects.select_related("scope", "profile").get(pk=listing.channel_id)
    _batch, judged = judge_units(load_plan(channel), [listing.product_id], moment or timezone.now())
    for one in judged:
        if one.place == (listing.market, listing.locale):
            return {part: orjson.loads(body) for part, body in one.evaluation.bodies.items()}
    return {}


def _touched(documents: Mapping[UUID, Document]) -> dict[UUID, set[UUID]]:
    """Return the units each document bears on: itself, or what stands below it."""
    parents = {pk for pk, document in documents.items() if document.get("#kind") == "parent"}
    touched = {}
    for pk in documents:
        if pk not in parents:
            touched[pk] = {pk}
            continue
        below = affected_units([pk])
        below |= {child for child, row in documents.items() if row.get("#parent") == str(pk)}
        touched[pk] = below - parents
    return touched


Judged = Mapping[UUID, list[Evaluation]]


def _judge(
    plan: ChannelPlan, units: Collection[UUID], documents: Mapping[UUID, Document] | None, moment: datetime
) -> Judged:
    batch = load_batch(plan, units, documents=documents)
    found: dict[UUID, list[Evaluation]] = {}
    for place in plan.places:
        for loaded, unit in zip(batch.units, place_units(place, batch, {}), strict=True):
            if loaded.in_assortment or loaded.state == "recalled":
                found.setdefault(loaded.id, []).append(evaluate(place.profile, unit, moment))
    return found


def _compare(
    channel: Channel, units: Collection[UUID], before: Judged, after: Judged, more: bool
) -> ChannelEffect | None:
    old = [one for unit in units for one in before.get(unit, ())]
    new = [one for unit in units for one in after.get(unit, ())]
    if not old and not new:
        return None
    old_rules = {reason.rule.id: reason for one in old for reason in one.reasons}
    new_rules = {reason.rule.id: reason for one in new for reason in one.reasons}
    return ChannelEffect(
        channel=channel.code,
        label=channel.label,
        before=min((one.score for one in old), default=None),
        after=min((one.score for one in new), default=None),
        broken=tuple(reason for rule, reason in new_rules.items() if rule not in old_rules),
        mended=tuple(reason for rule, reason in old_rules.items() if rule not in new_rules),
        more=more,
    )

"""What a channel would say of a few real products: to judge a mapping by, and a change before it is saved."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from catalog.models import Product
from channels.constants import SELLABLE_KINDS, ListingState
from channels.models import Listing
from channels.rules.evaluate import Reason
from channels.services.plans import ChannelPlan, PlannedPlace
from channels.services.units import load_batch
from channels.services.writing import judge_units

EXAMPLES = 3
CANDIDATES = 60


@dataclass(frozen=True)
class Example:
    """What one product would say on one market and in one language, if nothing held it back."""

    product_id: UUID
    values: Mapping[str, Any]
    reasons: tuple[Reason, ...]


def choose_place(plan: ChannelPlan, language: str) -> PlannedPlace | None:
    """Return the first place of a channel that speaks a language (`en`), else its first; None without any."""
    spoken = (place for place in plan.places if place.locale.partition("-")[0] == language)
    return next(spoken, plan.places[0] if plan.places else None)


def choose_examples(plan: ChannelPlan, place: PlannedPlace) -> list[UUID]:
    """Return up to three products of a channel, of as many families as the first 60 there show.

    Products that it lists come first; a channel that was never published takes them from the catalogue. About
    ten queries, whatever the number of products.
    """
    listed = Listing.objects.filter(channel=plan.channel, market=place.market, locale=place.locale)
    listed = listed.exclude(state=ListingState.WITHDRAWN)
    candidates = list(listed.order_by("product_id").values_list("product_id", flat=True)[:CANDIDATES])
    if not candidates:
        sold = Product.objects.filter(kind__in=SELLABLE_KINDS, state__in=plan.assortment.states)
        candidates = list(sold.order_by("pk").values_list("pk", flat=True)[:CANDIDATES])
    units = [unit for unit in load_batch(plan, candidates).units if unit.in_assortment]
    firsts: dict[str, UUID] = {}
    for unit in units:
        firsts.setdefault(unit.family, unit.id)
    return list(dict.fromkeys([*firsts.values(), *(unit.id for unit in units)]))[:EXAMPLES]


def examples_of(
    plan: ChannelPlan, place: PlannedPlace, ids: Collection[UUID], moment: datetime
) -> list[Example]:
    """Return what these products would say at a place; writes nothing. About ten queries."""
    found = {
        one.product_id: Example(
            one.product_id,
            {
                name: value
                for body in one.evaluation.bodies.values()
                for name, value in orjson.loads(body).items()
            },
            one.evaluation.reasons,
        )
        for one in judge_units(plan, ids, moment)[1]
        if one.place == (place.market, place.locale)
    }
    return [found[pk] for pk in ids if pk in found]

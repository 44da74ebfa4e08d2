"""What channels show of a parent's variants, summed up: how many, at which prices, under which title."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Q

from catalog.models import Product
from catalog.services.display import locale_name, pick_label
from catalog.services.schema import Schema
from channels.constants import SELLABLE_KINDS, ListingState, RunState
from channels.desk.comparing import Bodies, roles_of, value_of
from channels.desk.truth import ProductFacts
from channels.desk.wording import amount_of, money, value_text
from channels.models import Channel, Handover, Listing, ListingVersion
from channels.rules.spec import ProfileError, ProfileSpec
from channels.selectors import said_bodies
from channels.services.profiles import profile_with_parents

_HELD = (ListingState.HELD, ListingState.PARTLY_HELD)


@dataclass(frozen=True)
class VariantLine:
    """One variant on a channel: how it is told apart, whether customers see it, what it costs there."""

    id: UUID
    name: str
    is_shown: bool
    is_held: bool
    price: str


@dataclass(frozen=True)
class GroupCard:
    """One channel, market and language: what customers see there of a parent's variants.

    `title` is empty where each variant has its own, `prices` where none is shown.
    """

    channel: str
    market: str
    locale: str
    title: str
    prices: str
    variants: tuple[VariantLine, ...]

    @property
    def shown(self) -> int:
        """How many variants customers see."""
        return sum(1 for one in self.variants if one.is_shown)

    @property
    def held(self) -> int:
        """Of how many variants something is held back."""
        return sum(1 for one in self.variants if one.is_held)


def variants_below(parent_id: UUID) -> list[UUID]:
    """Return what is sold below a parent, at most two levels down, in the order of the SKUs. One query."""
    below = Product.objects.filter(Q(parent_id=parent_id) | Q(parent__parent_id=parent_id))
    return list(below.filter(kind__in=SELLABLE_KINDS).order_by("sku_folded").values_list("pk", flat=True))


def group_cards(facts: Sequence[ProductFacts], schema: Schema) -> list[GroupCard]:
    """Return a card for each channel, market and language that has listings of these variants.

    Three queries and what each channel's profile costs, whatever the number of variants. A channel whose
    profile can't be read is left out.
    """
    named = {one.id: one for one in facts}
    rows = Listing.objects.filter(product_id__in=named.keys()).select_related("channel__profile")
    listings = list(rows.order_by("channel__label", "channel_id", "market", "locale"))
    specs = _specs({row.channel for row in listings})
    listings = [row for row in listings if row.channel_id in specs]
    seen = _seen(listings, specs)
    bodies = said_bodies(seen.values())
    places: dict[tuple[int, str, str], dict[UUID, Listing]] = {}
    for row in listings:
        places.setdefault((row.channel_id, row.market, row.locale), {})[row.product_id] = row
    return [
        _card(place, specs[channel_id], [one for one in facts if one.id in place], seen, bodies, schema)
        for (channel_id, _market, _locale), place in places.items()
    ]


def _specs(channels: Iterable[Channel]) -> dict[int, ProfileSpec]:
    found = {}
    for channel in channels:
        try:
            found[channel.pk] = profile_with_parents(channel.profile.code)[0]
        except (ProfileError, LookupError):
            continue
    return found


def _seen(
    listings: Iterable[Listing], specs: Mapping[int, ProfileSpec]
) -> dict[UUID, Listing | ListingVersion]:
    """Return what customers see by listing: what is said, or what the last file carried. One query."""
    fed = [row.id for row in listings if specs[row.channel_id].feed]
    seen: dict[UUID, Listing | ListingVersion] = {
        row.id: row for row in listings if not specs[row.channel_id].feed and row.content
    }
    carried = Handover.objects.filter(listing_id__in=fed, from_run__state=RunState.DONE)
    still = carried.exclude(until_run__state=RunState.DONE).select_related("version")
    seen.update({row.listing_id: row.version for row in still.order_by("from_run_id")})
    return seen


def _card(
    place: Mapping[UUID, Listing],
    spec: ProfileSpec,
    facts: Collection[ProductFacts],
    seen: Mapping[UUID, Listing | ListingVersion],
    bodies: Mapping[UUID, Bodies],
    schema: Schema,
) -> GroupCard:
    roles = roles_of(spec)
    lines: list[VariantLine] = []
    titles: set[str] = set()
    prices: list[tuple[Decimal, str]] = []
    for one in facts:
        row = place[one.id]
        shown = seen.get(row.id)
        body = bodies.get(shown.id, {}) if shown is not None else {}
        price = amount_of(value_of(spec, body, roles.sale_price) or value_of(spec, body, roles.price))
        if shown is not None:
            titles.add(value_text(value_of(spec, body, roles.title)))
        if price is not None:
            prices.append(price)
        text = money(str(price[0]), price[1]) if price else ""
        name = one.axes or one.title or one.sku
        lines.append(VariantLine(one.id, name, shown is not None, row.state in _HELD, text))
    first = next(iter(place.values()))
    scope = schema.scopes.get(first.market)
    return GroupCard(
        channel=first.channel.label,
        market=pick_label(scope.labels, first.market) if scope else first.market,
        locale=locale_name(first.locale),
        title=titles.pop() if len(titles) == 1 else "",
        prices=_range(prices),
        variants=tuple(lines),
    )


def _range(prices: Sequence[tuple[Decimal, str]]) -> str:
    """Return the lowest and the highest of what is asked; a place has one currency."""
    if not prices:
        return ""
    low, high = (money(str(amount), currency) for amount, currency in (min(prices), max(prices)))
    return low if low == high else f"{low} – {high}"

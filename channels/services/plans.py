"""A channel made ready to evaluate: profile, mapping and structure compiled for each market and locale.

Everything a plan depends on is folded into its `stamp`. A listing whose stamp differs was evaluated with
another configuration and has to be looked at again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.conf import settings

from assets.services.addresses import public_url
from catalog.models import Category
from catalog.rules.resolve import Place, candidate_keys
from catalog.services.schema import Schema, ScopeSpec, current_schema
from channels.constants import DEFAULT_ASSORTMENT_STATES
from channels.models import Channel
from channels.rules.evaluate import CompiledProfile, compile_profile
from channels.rules.inputs import AttributeInfo, MarketContext
from channels.rules.spec import ProfileSpec, Source, parse_source
from channels.services.profiles import profile_with_parents

DEMO_FLAG = "allow_demo_identifiers"
ASSET_TYPES = ("asset", "assets")
KeyGroups = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Assortment:
    """Which units belong to a channel; `categories` holds the named nodes and everything under them."""

    states: frozenset[str]
    families: frozenset[str]
    categories: frozenset[str]
    include: frozenset[str]
    exclude: frozenset[str]

    def has(self, *, sku: str, state: str, family: str, categories: Sequence[str]) -> bool:
        """Say whether a unit belongs: excluded SKUs never, included ones by state, others by filter."""
        if sku in self.exclude or state not in self.states:
            return False
        if sku in self.include:
            return True
        if self.families and family not in self.families:
            return False
        return not self.categories or not self.categories.isdisjoint(categories)


@dataclass(frozen=True)
class PlannedPlace:
    """One market and locale of a channel, compiled."""

    market: str
    locale: str
    profile: CompiledProfile
    keys: Mapping[tuple[str, str], KeyGroups]
    own_only: frozenset[str]
    category_paths: Mapping[str, tuple[str, ...]]

    def resolver(self, levels: Sequence[Mapping[str, Any]]) -> Callable[..., Any]:
        """Return `resolve(code, part)` over a unit's documents, own first (see catalog.rules.resolve)."""
        keys, own_only, own = self.keys, self.own_only, levels[:1]

        def resolve(code: str, part: str = "") -> Any:
            groups = keys.get((code, part))
            if groups is None:
                return None
            documents = own if code in own_only else levels
            for group in groups:
                for document in documents:
                    for key in group:
                        value = document.get(key)
                        if value is not None:
                            return value
            return None

        return resolve


@dataclass(frozen=True)
class ChannelPlan:
    """A channel ready to evaluate; make it with `load_plan` and keep it for one piece of work."""

    channel: Channel
    spec: ProfileSpec
    profile_versions: str
    places: tuple[PlannedPlace, ...]
    assortment: Assortment
    schema: Schema
    stamp: str
    asset_attributes: frozenset[str]
    axes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def own_sources(channel: Channel) -> dict[str, Source]:
    """Return where a channel itself takes target fields from, by field. One query."""
    problems: list[str] = []
    return {
        row.field: source
        for row in channel.mappings.all()
        if (source := parse_source(row.source, row.field, problems)) is not None
    }


def load_plan(channel: Channel, mapping: Mapping[str, Source] | None = None) -> ChannelPlan:
    """Compile a channel. About ten queries; raises `ProfileError` or `LookupError` when it can't be used.

    `mapping` stands in for the channel's own sources, to see what a change would do.
    """
    schema = current_schema()
    spec, versions = profile_with_parents(channel.profile.code)
    if mapping is None:
        mapping = own_sources(channel)
    attributes = {
        code: AttributeInfo(code, item.type, item.labels.get("en-US", code), item.price_kind, item.entity)
        for code, item in schema.attributes.items()
    }
    tree = _category_tree()
    places = []
    for market in markets_of(channel, schema):
        for locale in market.locales:
            place = schema.place(market.code, locale)
            context = MarketContext(
                market=market.code,
                country=market.country,
                currency=market.currency,
                locale=locale,
                attributes=attributes,
                link_pattern=channel.link_pattern,
                flags=frozenset({DEMO_FLAG} if channel.allow_demo_identifiers else ()),
                option_label=_labels(schema.option_labels, place.locales),
                record_label=_labels(schema.record_labels, place.locales),
                picture_url=_picture_url,
            )
            places.append(
                PlannedPlace(
                    market=market.code,
                    locale=locale,
                    profile=compile_profile(spec, mapping, context),
                    keys=_keys(schema, place, market.currency),
                    own_only=frozenset(c for c, a in schema.attributes.items() if a.type == "identifier"),
                    category_paths=_category_paths(tree, place.locales),
                )
            )
    return ChannelPlan(
        channel=channel,
        spec=spec,
        profile_versions=versions,
        places=tuple(places),
        assortment=_assortment(channel, tree),
        schema=schema,
        stamp=_stamp(channel, versions, schema, mapping, tree),
        asset_attributes=frozenset(c for c, a in schema.attributes.items() if a.type in ASSET_TYPES),
        axes={
            item.code: tuple(axis for level in item.levels for axis in level.get("axes", ()))
            for item in schema.structure.family_variants.values()
        },
    )


def markets_of(channel: Channel, schema: Schema) -> list[ScopeSpec]:
    """Return the markets under the channel's scope by code; a scope that is a market stands for itself."""
    code = channel.scope.code
    found = [scope for scope in schema.scopes.values() if scope.kind == "market" and code in scope.chain]
    return sorted(found, key=lambda scope: scope.code)


def _keys(schema: Schema, place: Place, currency: str) -> dict[tuple[str, str], KeyGroups]:
    keys: dict[tuple[str, str], KeyGroups] = {}
    for code, spec in schema.attributes.items():
        if spec.type == "price":
            keys[code, currency] = candidate_keys(spec, place, currency)
        else:
            keys[code, ""] = candidate_keys(spec, place)
    return keys


def _labels(
    labels: Mapping[str, Mapping[str, Mapping[str, str]]], locales: Sequence[str]
) -> Callable[[str, str], str]:
    """Return a function that names an option or record in the first of the locales that has a name."""
    known: dict[tuple[str, str], str] = {}

    def label(group: str, code: str) -> str:
        found = known.get((group, code))
        if found is None:
            names = labels.get(group, {}).get(code, {})
            found = next((names[locale] for locale in locales if names.get(locale)), code)
            known[group, code] = found
        return found

    return label


def _picture_url(picture: Any) -> str:
    return public_url(picture.checksum, picture.extension)


@dataclass(frozen=True)
class _Node:
    code: str
    labels: Mapping[str, str]
    above: tuple[str, ...]


def _category_tree() -> dict[str, _Node]:
    """Return every category by code with the codes above it, from the root. One query."""
    steplen = Category.steplen
    by_path: dict[str, str] = {}
    tree: dict[str, _Node] = {}
    for path, code, labels in Category.objects.order_by("path").values_list("path", "code", "labels"):
        by_path[path] = code
        above = tuple(by_path[path[:end]] for end in range(steplen, len(path), steplen))
        tree[code] = _Node(code, labels, above)
    return tree


def _category_paths(tree: Mapping[str, _Node], locales: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return each category's path of names without its root, which names the catalogue and no category."""

    def name(code: str) -> str:
        labels = tree[code].labels
        found = next((labels[locale] for locale in locales if labels.get(locale)), "")
        return found or next(iter(labels.values()), code)

    return {
        code: tuple(name(above) for above in (*node.above, code)[1:])
        for code, node in tree.items()
        if node.above
    }


def _assortment(channel: Channel, tree: Mapping[str, _Node]) -> Assortment:
    wanted: Mapping[str, Any] = channel.assortment
    named = set(wanted.get("categories", ()))
    under = {code for code, node in tree.items() if code in named or not named.isdisjoint(node.above)}
    return Assortment(
        states=frozenset(wanted.get("states") or DEFAULT_ASSORTMENT_STATES),
        families=frozenset(wanted.get("families", ())),
        categories=frozenset(under | named),
        include=frozenset(wanted.get("include", ())),
        exclude=frozenset(wanted.get("exclude", ())),
    )


def _stamp(
    channel: Channel, versions: str, schema: Schema, mapping: Mapping[str, Source], tree: Mapping[str, _Node]
) -> str:
    """Name everything that bears on many listings at once.

    Names of options, records and categories are left out: they reach listings through the dirty log and
    uses, so that one new label does not evaluate the whole catalogue. The shape of the tree is in: it moves
    paths.
    """
    scopes = [
        [scope.code, scope.chain, scope.country, scope.currency, scope.locales, dict(scope.fallbacks)]
        for scope in schema.scopes.values()
        if channel.scope.code in scope.chain
    ]
    attributes = [
        [code, a.type, a.localised, a.scopable, sorted(a.locales), a.price_kind, a.entity]
        for code, a in schema.attributes.items()
    ]
    variants = [
        [code, [list(level.get("axes", ())) for level in item.levels]]
        for code, item in sorted(schema.structure.family_variants.items())
    ]
    parts = [
        versions,
        {name: source.to_json() for name, source in mapping.items()},
        [channel.link_pattern, channel.allow_demo_identifiers, channel.hold_days, channel.assortment],
        scopes,
        attributes,
        variants,
        [[code, node.above] for code, node in tree.items()] if channel.assortment.get("categories") else [],
        settings.PUBLIC_URL,
    ]
    return hashlib.blake2b(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS), digest_size=20).hexdigest()

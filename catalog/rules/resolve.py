"""Resolving: which value holds for a product in a locale, on a scope, at a moment (DESIGN, Documents).

For each locale in [L, its fallbacks], for each level from the product up through its parents, for each
scope in [S, its ancestors, base]: the first key present is the value. The moment decides which overlays lie
over the documents; levels are handed in with overlays already laid, so it is a parameter of whoever loads
them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from catalog.rules.keys import ValueKey
from catalog.rules.values import AttributeSpec
from workflows.rules.documents import Document, JSONValue, is_empty_marker


class Origin(Enum):
    """Where a resolved value comes from; screens give each its sign."""

    OWN = "own"
    INHERITED = "inherited"
    OVERRIDE = "override"
    FALLBACK = "fallback"


@dataclass(frozen=True, slots=True)
class Resolution:
    """A resolved value: the key and level (0 = the product itself) it stands under, and its origin."""

    value: JSONValue
    key: str
    level: int
    origin: Origin

    @property
    def is_empty(self) -> bool:
        """Whether somebody said that this is deliberately empty."""
        return is_empty_marker(self.value)


@dataclass(frozen=True)
class Place:
    """A locale on a scope: `scopes` from the scope up (base left out), `locales` the locale and its
    fallbacks.
    """

    scopes: tuple[str, ...] = ()
    locales: tuple[str, ...] = ()

    @property
    def locale(self) -> str:
        """The locale asked for."""
        return self.locales[0] if self.locales else ""

    @property
    def scope(self) -> str:
        """The scope asked for, empty for base."""
        return self.scopes[0] if self.scopes else ""


def candidate_keys(spec: AttributeSpec, place: Place, part: str = "") -> tuple[tuple[str, ...], ...]:
    """Return the keys to try, grouped by locale: within a group, nearest scope first.

    Compute once per attribute and place; `resolve_keys` then costs dict look-ups only.
    """
    scopes = (*place.scopes, "") if spec.scopable else ("",)
    locales: tuple[str, ...] = place.locales if spec.localised else ("",)
    if spec.localised and spec.locales:
        locales = tuple(locale for locale in locales if locale in spec.locales)
    return tuple(
        tuple(str(ValueKey(spec.code, part, locale, scope)) for scope in scopes) for locale in locales
    )


def resolve_keys(
    groups: Sequence[Sequence[str]], levels: Sequence[Mapping[str, JSONValue]]
) -> Resolution | None:
    """Return the first value present under `candidate_keys`, or None.

    Identifiers never inherit: call with the product's own level alone.
    """
    for group_number, keys in enumerate(groups):
        for level, document in enumerate(levels):
            for key in keys:
                value = document.get(key)
                if value is not None:
                    return Resolution(value, key, level, _origin(group_number, level, key))
    return None


def _origin(group: int, level: int, key: str) -> Origin:
    if group:
        return Origin.FALLBACK
    if level:
        return Origin.INHERITED
    return Origin.OVERRIDE if "@" in key else Origin.OWN


def resolve(
    spec: AttributeSpec, place: Place, levels: Sequence[Document], part: str = ""
) -> Resolution | None:
    """Resolve one attribute of one product; `levels` is its own document, then its parents'."""
    if spec.type == "identifier":
        levels = levels[:1]
    return resolve_keys(candidate_keys(spec, place, part), levels)


def nearer_keys(key: ValueKey, chain: Sequence[str]) -> tuple[str, ...]:
    """Return the keys that hide an override where they stand on a nearer level; `chain` leads from its scope
    up.
    """
    return tuple(str(ValueKey(key.code, key.part, key.locale, scope)) for scope in (*chain, ""))


def hidden_overrides(
    spec: AttributeSpec, place: Place, levels: Sequence[Document], found: Resolution
) -> list[str]:
    """Return keys of overrides for this place that a nearer value hides, so that screens can say so."""
    hidden: list[str] = []
    seen = False
    for keys in candidate_keys(spec, place):
        for level, document in enumerate(levels):
            for key in keys:
                if document.get(key) is None:
                    continue
                if seen and "@" in key:
                    hidden.append(key)
                seen = seen or (key == found.key and level == found.level)
    return hidden

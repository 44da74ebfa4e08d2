"""When a rule applies: small JSON trees compiled to functions of the facts of one unit.

{"all": [...]}  {"any": [...]}  {"not": {...}}
{"present": "gtin"}  {"absent": "gtin"}
{"field": "condition", "is": ["new"], "default": "new"}
{"category": "apparel"}            the unit's channel category lies in a set the profile names
{"family": [...]}  {"kind": [...]}  {"state": [...]}  {"country": [...]}
{"flag": "allow_demo_identifiers"}  {"grouped": true}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from channels.rules.inputs import MarketContext, Picture, Unit
from channels.rules.spec import ProfileSpec

MAX_DEPTH = 12


@dataclass(slots=True)
class Facts:
    """What checks and conditions look at: the unit, its market, the mapped values and the pictures behind
    them.
    """

    unit: Unit
    market: MarketContext
    values: dict[str, Any]
    pictures: dict[str, list[Picture]] = field(default_factory=dict)


Condition = Callable[[Facts], bool]


class ConditionError(ValueError):
    """A condition that can't be read; the message says which part."""


def compile_condition(tree: Any, profile: ProfileSpec, depth: int = 0) -> Condition:
    """Turn a condition tree into a function; raises `ConditionError` on anything unknown."""
    if not isinstance(tree, Mapping) or depth > MAX_DEPTH:
        raise ConditionError(f"a condition is an object, at most {MAX_DEPTH} deep")
    names = set(tree)
    if names == {"all"} or names == {"any"}:
        way = next(iter(names))
        parts = [compile_condition(part, profile, depth + 1) for part in _list(tree[way])]
        return _all(parts) if way == "all" else _any(parts)
    if names == {"not"}:
        inner = compile_condition(tree["not"], profile, depth + 1)
        return lambda facts: not inner(facts)
    if names in ({"present"}, {"absent"}):
        way = next(iter(names))
        target = _field(tree[way], profile)
        return (
            (lambda facts: target in facts.values)
            if way == "present"
            else (lambda facts: target not in facts.values)
        )
    if names in ({"field", "is"}, {"field", "is", "default"}):
        target, allowed, default = (
            _field(tree["field"], profile),
            _codes(tree["is"]),
            tree.get("default"),
        )
        return lambda facts: facts.values.get(target, default) in allowed
    if names == {"category"}:
        return _category(tree["category"], profile)
    if names == {"family"}:
        families = _codes(tree["family"])
        return lambda facts: facts.unit.family in families
    if names == {"kind"}:
        kinds = _codes(tree["kind"])
        return lambda facts: facts.unit.kind in kinds
    if names == {"state"}:
        states = _codes(tree["state"])
        return lambda facts: facts.unit.state in states
    if names == {"country"}:
        countries = _codes(tree["country"])
        return lambda facts: facts.market.country in countries
    if names == {"flag"}:
        flag = str(tree["flag"])
        return lambda facts: flag in facts.market.flags
    if names == {"grouped"}:
        wanted = bool(tree["grouped"])
        return lambda facts: (len(facts.unit.group) > 1) == wanted
    raise ConditionError(f"no condition is written with {', '.join(sorted(map(str, names))) or 'nothing'}")


def families_of(tree: Any) -> tuple[str, ...]:
    """Return the families a condition is limited to when that is all it says, else nothing.

    The compiler files such rules under their families, so that a profile with a thousand of them stays fast.
    """
    if isinstance(tree, Mapping) and set(tree) == {"family"}:
        return tuple(sorted(_codes(tree["family"])))
    return ()


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ConditionError("a condition wants a list here")
    return value


def _codes(value: Any) -> frozenset[str]:
    entries = _list(value)
    if not all(isinstance(entry, str) for entry in entries):
        raise ConditionError("a condition wants a list of texts here")
    return frozenset(entries)


def _field(name: Any, profile: ProfileSpec) -> str:
    if not isinstance(name, str) or name not in profile.fields:
        raise ConditionError(f"there is no field {name}")
    return name


def _all(parts: list[Condition]) -> Condition:
    if len(parts) == 2:
        first, second = parts
        return lambda facts: first(facts) and second(facts)
    return lambda facts: all(part(facts) for part in parts)


def _any(parts: list[Condition]) -> Condition:
    return lambda facts: any(part(facts) for part in parts)


def _category(name: Any, profile: ProfileSpec) -> Condition:
    """Compile "at or under a node": by the ids of the set, or by its full path for categories written as
    text.
    """
    target = profile.category_field
    group = profile.sets.get(str(name))
    if target is None or group is None:
        raise ConditionError(f"the profile names no category set {name}")
    ids = frozenset(str(number) for number in group.get("ids", []))
    whole = frozenset(group.get("paths", []))
    under = tuple(f"{path} > " for path in whole)

    def applies(facts: Facts) -> bool:
        value = facts.values.get(target)
        if not isinstance(value, str):
            return False
        if value.isdigit():
            return value in ids
        return value in whole or value.startswith(under)

    return applies

"""Kinds of rule that judge a unit as a whole, or among the other members of its group."""

from __future__ import annotations

from typing import Any

from channels.rules.conditions import Facts
from channels.rules.params import Check, Params, list_param, shorten
from channels.rules.spec import ProfileSpec, RuleSpec


def unique_id(rule: RuleSpec, profile: ProfileSpec) -> Check:
    """No other published listing of this channel, market and locale has the id."""
    return lambda value, facts: {"value": str(value)} if facts.unit.external_id_taken else None


def group_differs(rule: RuleSpec, profile: ProfileSpec) -> Check:
    """Every other member of the group differs in at least one of `fields`."""
    names = tuple(list_param(rule, "fields"))

    def check(value: Any, facts: Facts) -> Params | None:
        group = facts.unit.group
        if len(group) < 2:
            return None
        mine = [facts.values.get(name) for name in names]
        for member in group:
            if (
                member.product_id != facts.unit.product_id
                and [member.values.get(name) for name in names] == mine
            ):
                return {"other": member.values.get("sku", member.product_id)}
        return None

    return check


def group_same_fields(rule: RuleSpec, profile: ProfileSpec) -> Check:
    """All members of the group fill the same ones of `fields`: what any member fills, this one fills too."""
    names = tuple(list_param(rule, "fields"))

    def check(value: Any, facts: Facts) -> Params | None:
        for name in names:
            if name not in facts.values and any(name in member.values for member in facts.unit.group):
                return {"missing": profile.fields[name].label}
        return None

    return check


def group_same_value(rule: RuleSpec, profile: ProfileSpec) -> Check:
    """All members of the group have the same value in the rule's field."""

    def check(value: Any, facts: Facts) -> Params | None:
        for member in facts.unit.group:
            other = member.values.get(rule.field)
            if other != value:
                return {"value": shorten(str(value)), "other": shorten(str(other or "–"))}
        return None

    return check


def state(rule: RuleSpec, profile: ProfileSpec) -> Check:
    """The unit's state is none of `states`."""
    refused = frozenset(list_param(rule, "states"))
    return lambda value, facts: {"state": facts.unit.state} if facts.unit.state in refused else None


def assortment(rule: RuleSpec, profile: ProfileSpec) -> Check:
    """The unit belongs to the channel's assortment."""
    return lambda value, facts: None if facts.unit.in_assortment else {}

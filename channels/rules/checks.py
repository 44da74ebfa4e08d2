"""The kinds of rule: each is compiled once per rule to `check(value, facts) -> params or None`.

None means the rule is kept; otherwise the params fill the rule's sentence. Kinds that judge a value are not
asked about an absent one: that is what presence rules are for. `ABSENT_KINDS` are asked always.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from channels.rules.conditions import Facts
from channels.rules.formats import FORMATS, gtin_prefix_form
from channels.rules.params import (
    Check,
    Params,
    RuleError,
    list_param,
    number_param,
    shorten,
    texts_of,
    whole_param,
)
from channels.rules.picture_checks import bytes_max, megapixels_max, picture_formats, pixels_min
from channels.rules.spec import ProfileSpec, RuleSpec
from channels.rules.unit_checks import (
    assortment,
    group_differs,
    group_same_fields,
    group_same_value,
    state,
    unique_id,
)

_LINK = re.compile(r"https?://|www\.", re.IGNORECASE)


def presence(rule: RuleSpec, profile: ProfileSpec) -> Check:
    """The field has a value (deliberately empty counts as missing)."""
    return lambda value, facts: {} if value is None else None


def absence(rule: RuleSpec, profile: ProfileSpec) -> Check:
    """The field has no value (used with a condition)."""
    return lambda value, facts: {"value": shorten(str(value))}


def max_length(rule: RuleSpec, profile: ProfileSpec) -> Check:
    """No text of the field is longer than `max` Unicode characters."""
    limit = whole_param(rule, "max")

    def check(value: Any, facts: Facts) -> Params | None:
        for text in texts_of(value):
            if len(text) > limit:
                return {"length": len(text), "max": limit}
        return None

    return check


def min_length(rule: RuleSpec, profile: ProfileSpec) -> Check:
    """No text of the field is shorter than `min` Unicode characters."""
    limit = whole_param(rule, "min")

    def check(value: Any, facts: Facts) -> Params | None:
        for text in texts_of(value):
            if len(text) < limit:
                return {"length": len(text), "min": limit}
        return None

    return check


def items(rule: RuleSpec, profile: ProfileSpec) -> Check:
    """The field holds between `min` and `max` values."""
    low, high = rule.params.get("min", 0), rule.params.get("max", 10**9)
    if not isinstance(low, int) or not isinstance(high, int):
        raise RuleError("min and max are whole numbers")

    def check(value: Any, facts: Facts) -> Params | None:
        count = len(value) if isinstance(value, list) else 1
        return None if low <= count <= high else {"count": count, "min": low, "max": high}

    return check


def enum(rule: RuleSpec, profile: ProfileSpec) -> Check:
    """Every value of the field is one of `values`."""
    allowed = list_param(rule, "values")
    known = frozenset(allowed)

    def check(value: Any, facts: Facts) -> Params | None:
        for text in texts_of(value):
            if text not in known:
                return {"value": shorten(text), "allowed": ", ".join(allowed)}
        return None

    return check


def forbidden(rule: RuleSpec, profile: ProfileSpec) -> Check:
    """No value of the field is one of `values` (used with a condition)."""
    refused = frozenset(list_param(rule, "values"))

    def check(value: Any, facts: Facts) -> Params | None:
        for text in texts_of(value):
            if text.casefold() in refused:
                return {"value": shorten(text)}
        return None

    return check


def form(rule: RuleSpec, profile: ProfileSpec) -> Check:
    """Every text of the field is in the form named `format`."""
    judge = FORMATS.get(str(rule.params.get("format")))
    if judge is None:
        raise RuleError(f"format is one of {', '.join(FORMATS)}")

    def check(value: Any, facts: Facts) -> Params | None:
        for text in texts_of(value):
            if not judge(text):
                return {"value": shorten(text)}
        return None

    return check


def currency(rule: RuleSpec, profile: ProfileSpec) -> Check:
    """The price is in the market's currency."""

    def check(value: Any, facts: Facts) -> Params | None:
        found = value["currency"] if isinstance(value, dict) else str(value).rpartition(" ")[2]
        wanted = facts.market.currency
        return None if found == wanted else {"currency": found, "expected": wanted}

    return check


def pattern(rule: RuleSpec, profile: ProfileSpec) -> Check:
    """Every text of the field matches `pattern` from end to end."""
    try:
        compiled = re.compile(str(rule.params["pattern"]))
    except (KeyError, re.error):
        raise RuleError("pattern is a regular expression") from None

    def check(value: Any, facts: Facts) -> Params | None:
        for text in texts_of(value):
            if not compiled.fullmatch(text):
                return {"value": shorten(text)}
        return None

    return check


def gtin_prefix(rule: RuleSpec, profile: ProfileSpec) -> Check:
    """No identifier of one of `lengths` digits begins, in its 13-digit form, with one of `prefixes`.

    Source: GS1 General Specifications, prefixes for restricted circulation and coupons; Google, gtin.
    """
    prefixes, wanted = tuple(list_param(rule, "prefixes")), list_param(rule, "lengths")
    if not all(length.isdigit() for length in wanted):
        raise RuleError("lengths are whole numbers")
    lengths = frozenset(map(int, wanted))

    def check(value: Any, facts: Facts) -> Params | None:
        for text in texts_of(value):
            if len(text) in lengths and text.isdigit() and gtin_prefix_form(text).startswith(prefixes):
                return {"value": text, "prefix": gtin_prefix_form(text)[:3]}
        return None

    return check


def number_range(rule: RuleSpec, profile: ProfileSpec) -> Check:
    """The number a text begins with lies between `min` and `max` (above `above`, when given)."""
    low, high, above = number_param(rule, "min"), number_param(rule, "max"), number_param(rule, "above")
    leading = re.compile(r"-?\d+(\.\d+)?")

    def check(value: Any, facts: Facts) -> Params | None:
        for text in texts_of(value):
            match = leading.match(text)
            if match is None:
                return {"value": shorten(text)}
            number = Decimal(match[0])
            if (
                (low is not None and number < low)
                or (high is not None and number > high)
                or (above is not None and number <= above)
            ):
                return {"value": shorten(text)}
        return None

    return check


def amount_of(value: Any) -> Decimal | None:
    """Return the amount of a rendered price (text or object), or None when there is none to read."""
    text = value.get("amount") if isinstance(value, dict) else str(value).partition(" ")[0]
    try:
        return Decimal(str(text))
    except InvalidOperation:
        return None


def less_than(rule: RuleSpec, profile: ProfileSpec) -> Check:
    """The price is below the one of the field named `than`."""
    other = str(rule.params.get("than"))
    if other not in profile.fields:
        raise RuleError(f"there is no field {other}")

    def check(value: Any, facts: Facts) -> Params | None:
        limit = facts.values.get(other)
        if limit is None:
            return None
        mine, theirs = amount_of(value), amount_of(limit)
        if mine is None or theirs is None or mine < theirs:
            return None
        return {"value": str(mine), "limit": str(theirs)}

    return check


def all_caps(rule: RuleSpec, profile: ProfileSpec) -> Check:
    """The text is not written in capitals alone (short ones are left alone)."""
    limit = whole_param(rule, "from")

    def check(value: Any, facts: Facts) -> Params | None:
        text = str(value)
        return {} if len(text) >= limit and text.isupper() else None

    return check


def no_link(rule: RuleSpec, profile: ProfileSpec) -> Check:
    """The texts hold no address."""

    def check(value: Any, facts: Facts) -> Params | None:
        return {} if any(_LINK.search(text) for text in texts_of(value)) else None

    return check


KINDS: dict[str, Callable[[RuleSpec, ProfileSpec], Check]] = {
    "presence": presence,
    "absence": absence,
    "max_length": max_length,
    "min_length": min_length,
    "items": items,
    "enum": enum,
    "forbidden": forbidden,
    "format": form,
    "currency": currency,
    "pattern": pattern,
    "gtin_prefix": gtin_prefix,
    "number_range": number_range,
    "less_than": less_than,
    "all_caps": all_caps,
    "no_link": no_link,
    "pixels_min": pixels_min,
    "megapixels_max": megapixels_max,
    "bytes_max": bytes_max,
    "picture_formats": picture_formats,
    "unique_id": unique_id,
    "group_differs": group_differs,
    "group_same_fields": group_same_fields,
    "group_same_value": group_same_value,
    "state": state,
    "assortment": assortment,
}
"""Every kind of rule that is judged when a unit is evaluated."""

ABSENT_KINDS = frozenset({"presence", "state", "assortment", "group_differs", "group_same_fields"})
"""Kinds that are asked even when the field has no value."""

JOINED_KINDS = frozenset({"availability_known", "availability_date"})
"""Kinds that are judged when availability is joined at write (`channels.rules.availability`)."""

GROUP_KINDS = frozenset({"group_differs", "group_same_fields", "group_same_value"})


def compile_check(rule: RuleSpec, profile: ProfileSpec) -> Check:
    """Turn a rule into its check; raises `RuleError` when its kind or parameters make no sense."""
    maker = KINDS.get(rule.kind)
    if maker is None:
        raise RuleError(f"there is no kind of rule {rule.kind}")
    return maker(rule, profile)


def group_fields(rules: Mapping[str, RuleSpec]) -> tuple[str, ...]:
    """Return the target fields that group rules compare, in a fixed order."""
    found: set[str] = set()
    for rule in rules.values():
        if rule.kind in GROUP_KINDS:
            found.update(rule.params.get("fields", ()))
            if rule.kind == "group_same_value":
                found.add(rule.field)
    return tuple(sorted(found))

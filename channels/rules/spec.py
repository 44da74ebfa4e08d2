"""What a profile says, as plain data: fields, rules and where a field's value comes from.

A profile is written as JSON (see `channels/profiles/`). `parse_profile` reads one and names everything that
is wrong with it at once; `inherit` lays a child over its parent. Nothing here touches a database.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any

PARTS = ("content", "media", "offer")
SEVERITIES = ("error", "warning", "advice")
HOLD, STAND_DOWN, SEND, LEAVE_OUT = "hold", "stand_down", "send", "leave_out"
EFFECTS = (HOLD, STAND_DOWN, SEND, LEAVE_OUT)
FIELD_TYPES = (
    "text",
    "html",
    "texts",
    "enum",
    "price",
    "boolean",
    "url",
    "picture",
    "pictures",
    "json",
    "any",
)
BUILTINS = (
    "external_id",
    "sku",
    "landing_link",
    "price",
    "sale_price",
    "availability",
    "group_id",
    "category_path",
    "category_paths",
    "main_picture",
    "additional_pictures",
    "pictures",
    "identifier_exists",
    "bundle_flag",
    "variant_axes",
    "kind",
    "family",
)
DEFAULT_WEIGHTS = {"error": 5, "warning": 2, "advice": 1}
_RULE_TYPES: dict[str, type] = {
    **dict.fromkeys(("id", "field", "kind", "part", "severity", "effect", "message", "source"), str),
    **dict.fromkeys(("valid_from", "valid_until"), str),
    **dict.fromkeys(("params", "when"), dict),
    "weight": int,
}
_RULE_ID = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
_FIELD = re.compile(r"[a-z][a-z0-9_.]*")


class ProfileError(ValueError):
    """A profile or a mapping that can't be used; `problems` lists every fault as a sentence."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = list(problems)


@dataclass(frozen=True)
class Source:
    """Where a target field's value comes from; exactly one of the four ways is set."""

    attributes: tuple[str, ...] = ()
    constant: str | None = None
    constant_by_family: Mapping[str, str] | None = None
    builtin: str | None = None
    limit: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the form that profiles and channel settings are written in."""
        if self.builtin is not None:
            found: dict[str, Any] = {"builtin": self.builtin}
            if self.attributes:
                found["attributes"] = list(self.attributes)
        elif self.constant is not None:
            found = {"constant": self.constant}
        elif self.constant_by_family is not None:
            found = {"constant_by_family": dict(self.constant_by_family)}
        else:
            found = {"attributes": list(self.attributes)}
        if self.limit is not None:
            found["limit"] = self.limit
        return found


@dataclass(frozen=True)
class FieldSpec:
    """One target field: the part of the listing it belongs to, its type, and where it comes from by default.

    `sent` is False for fields that are judged and never leave the house. `as_object` makes prices and
    pictures JSON objects instead of the text forms that feeds want.
    """

    name: str
    label: str
    part: str
    type: str
    source: Source | None = None
    sent: bool = True
    as_object: bool = False
    joined: bool = False


@dataclass(frozen=True)
class RuleSpec:
    """One demand of a channel: what it judges (`kind` with `params`), when it applies, and what a break does.

    `valid_from` and `valid_until` are the first and the last day it is in force, both inclusive, in UTC.
    """

    id: str
    field: str
    kind: str
    part: str
    severity: str
    effect: str
    message: str
    source: str
    params: Mapping[str, Any] = dataclass_field(default_factory=dict)
    when: Mapping[str, Any] | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    weight: int = 1
    profile: str = ""

    @property
    def begins(self) -> datetime | None:
        """The first moment it is in force, or None for always."""
        return _midnight(self.valid_from)

    @property
    def ends(self) -> datetime | None:
        """The first moment after it was in force, or None for never."""
        return _midnight(self.valid_until + timedelta(days=1)) if self.valid_until else None

    def in_force(self, moment: datetime) -> bool:
        """Say whether the rule binds at `moment`."""
        begins, ends = self.begins, self.ends
        return (begins is None or begins <= moment) and (ends is None or moment < ends)

    def next_turn(self, moment: datetime) -> datetime | None:
        """Return the next moment after `moment` at which it begins or ends to bind."""
        return min((turn for turn in (self.begins, self.ends) if turn and turn > moment), default=None)


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), tzinfo=UTC) if day else None


@dataclass(frozen=True)
class ProfileSpec:
    """A whole profile, its parent's fields and rules included once `inherit` was called."""

    code: str
    label: str
    parent: str | None
    feed: str | None
    source: str
    fields: Mapping[str, FieldSpec]
    rules: Mapping[str, RuleSpec]
    sets: Mapping[str, Mapping[str, Any]]
    category_field: str | None = None

    @cached_property
    def rules_by_kind(self) -> Mapping[str, RuleSpec]:
        """One rule of each kind, for kinds a profile has at most one of."""
        return {rule.kind: rule for rule in self.rules.values()}

    def mapping_of(self, overrides: Mapping[str, Source]) -> dict[str, Source]:
        """Return each field's source: the channel's own where it has one, else the profile's default."""
        found = {name: spec.source for name, spec in self.fields.items() if spec.source is not None}
        found.update(overrides)
        return found


def inherit(parent: ProfileSpec, child: ProfileSpec) -> ProfileSpec:
    """Lay a child over its parent: same names replace, the rest is kept, the parent's order comes first."""
    return replace(
        child,
        fields={**parent.fields, **child.fields},
        rules={**parent.rules, **child.rules},
        sets={**parent.sets, **child.sets},
        feed=child.feed or parent.feed,
        category_field=child.category_field or parent.category_field,
    )


def parse_source(data: Any, where: str, problems: list[str]) -> Source | None:
    """Read a mapping source; what is wrong is added to `problems` and None returned."""
    if not isinstance(data, Mapping):
        problems.append(f"{where}: a source is an object such as {{'attributes': ['name']}}.")
        return None
    unknown = set(data) - {"attributes", "constant", "constant_by_family", "builtin", "limit"}
    if unknown:
        problems.append(f"{where}: a source has no {', '.join(sorted(unknown))}.")
        return None
    ways = [way for way in ("constant", "constant_by_family", "builtin") if data.get(way) is not None]
    attributes = data.get("attributes") or []
    if not isinstance(attributes, list) or not all(isinstance(code, str) and code for code in attributes):
        problems.append(f"{where}: attributes is a list of attribute codes.")
        return None
    if len(ways) > 1 or (not ways and not attributes) or (attributes and ways not in ([], ["builtin"])):
        problems.append(f"{where}: give one of attributes, constant, constant_by_family and builtin.")
        return None
    builtin = data.get("builtin")
    if builtin is not None and builtin not in BUILTINS:
        problems.append(f"{where}: {builtin} is not a built-in; there are {', '.join(BUILTINS)}.")
        return None
    families = data.get("constant_by_family")
    if families is not None and not (
        isinstance(families, Mapping) and all(isinstance(value, str) for value in families.values())
    ):
        problems.append(f"{where}: constant_by_family maps family codes to texts.")
        return None
    constant = data.get("constant")
    if constant is not None and not isinstance(constant, str):
        problems.append(f"{where}: constant is a text.")
        return None
    limit = data.get("limit")
    if limit is not None and not (isinstance(limit, int) and limit > 0):
        problems.append(f"{where}: limit is a whole number above zero.")
        return None
    return Source(
        tuple(attributes), constant, dict(families) if families is not None else None, builtin, limit
    )


def parse_profile(data: Any) -> ProfileSpec:
    """Read one profile's JSON; raises `ProfileError` with every fault.

    Whether rule kinds, their parameters and conditions make sense is checked when the profile is compiled
    (`channels.rules.evaluate.compile_profile`), since they may use what the parent defines.
    """
    problems: list[str] = []
    if not isinstance(data, Mapping):
        raise ProfileError(["A profile is a JSON object."])
    code = data.get("code")
    if not isinstance(code, str) or not re.fullmatch(r"[a-z][a-z0-9_]*", code):
        raise ProfileError(["A profile needs a code of lower-case letters, digits and underscores."])
    known = {"code", "label", "parent", "feed", "source", "fields", "rules", "sets", "category_field"}
    if unknown := set(data) - known:
        problems.append(f"Profile {code}: unknown entries {', '.join(sorted(unknown))}.")
    fields: dict[str, FieldSpec] = {}
    for row in data.get("fields", []):
        spec = _parse_field(row, code, problems)
        if spec is None:
            continue
        if spec.name in fields:
            problems.append(f"Profile {code}: field {spec.name} is given twice.")
        fields[spec.name] = spec
    rules: dict[str, RuleSpec] = {}
    for row in data.get("rules", []):
        rule = _parse_rule(row, code, fields, problems)
        if rule is None:
            continue
        if rule.id in rules:
            problems.append(f"Profile {code}: rule {rule.id} is given twice.")
        rules[rule.id] = rule
    if problems:
        raise ProfileError(problems)
    return ProfileSpec(
        code=code,
        label=str(data.get("label") or code),
        parent=data.get("parent"),
        feed=data.get("feed"),
        source=str(data.get("source") or ""),
        fields=fields,
        rules=rules,
        sets=dict(data.get("sets") or {}),
        category_field=data.get("category_field"),
    )


def _parse_field(row: Any, code: str, problems: list[str]) -> FieldSpec | None:
    name = row.get("field") if isinstance(row, Mapping) else None
    if not isinstance(name, str) or not _FIELD.fullmatch(name):
        problems.append(
            f"Profile {code}: a field needs a name of lower-case letters, digits, dots and underscores."
        )
        return None
    where = f"Profile {code}, field {name}"
    before = len(problems)
    known = {"field", "label", "part", "type", "source", "sent", "as_object", "joined"}
    if unknown := set(row) - known:
        problems.append(f"{where}: unknown entries {', '.join(sorted(unknown))}.")
    if not all(isinstance(row.get(name), str) for name in ("part", "type")):
        problems.append(f"{where}: part and type are texts.")
        return None
    if row.get("part") not in PARTS:
        problems.append(f"{where}: part is one of {', '.join(PARTS)}.")
    if row.get("type") not in FIELD_TYPES:
        problems.append(f"{where}: type is one of {', '.join(FIELD_TYPES)}.")
    source = parse_source(row["source"], where, problems) if row.get("source") is not None else None
    if len(problems) > before:
        return None
    return FieldSpec(
        name=name,
        label=str(row.get("label") or name),
        part=row["part"],
        type=row["type"],
        source=source,
        sent=bool(row.get("sent", True)),
        as_object=bool(row.get("as_object", False)),
        joined=bool(row.get("joined", False)),
    )


def _parse_rule(row: Any, code: str, fields: Mapping[str, FieldSpec], problems: list[str]) -> RuleSpec | None:
    rule_id = row.get("id") if isinstance(row, Mapping) else None
    if not isinstance(rule_id, str) or not _RULE_ID.fullmatch(rule_id):
        problems.append(
            f"Profile {code}: a rule needs an id such as {code}.title.max_length, not {rule_id!r}."
        )
        return None
    where = f"Rule {rule_id}"
    before = len(problems)
    if unknown := set(row) - set(_RULE_TYPES):
        problems.append(f"{where}: unknown entries {', '.join(sorted(unknown))}.")
    for name, wanted in _RULE_TYPES.items():
        if row.get(name) is not None and (not isinstance(row[name], wanted) or isinstance(row[name], bool)):
            problems.append(f"{where}: {name} can't be {row[name]!r}.")
    if len(problems) > before:
        return None
    target = row.get("field") or ""
    part = row.get("part") or (fields[target].part if target in fields else None)
    if part not in PARTS:
        problems.append(f"{where}: names no field of this profile, so it must name its part.")
    severity = row.get("severity")
    if severity not in SEVERITIES:
        problems.append(f"{where}: severity is one of {', '.join(SEVERITIES)}.")
    effect = row.get("effect") or (HOLD if severity == "error" else SEND)
    if effect not in EFFECTS or (severity == "error") != (effect in (HOLD, STAND_DOWN)):
        problems.append(
            f"{where}: an error holds or stands down; a warning or advice sends or leaves the field out."
        )
    problems.extend(
        f"{where}: {name} is missing."
        for name in ("kind", "message", "source")
        if not isinstance(row.get(name), str) or not row[name]
    )
    days: dict[str, date | None] = {}
    for name in ("valid_from", "valid_until"):
        try:
            days[name] = date.fromisoformat(row[name]) if row.get(name) else None
        except (TypeError, ValueError):
            problems.append(f"{where}: {name} is a date such as 2027-01-31.")
            days[name] = None
    if days["valid_from"] and days["valid_until"] and days["valid_from"] > days["valid_until"]:
        problems.append(f"{where}: it ends before it begins.")
    message = row.get("message")
    if isinstance(message, str) and not _plain_template(message):
        problems.append(f"{where}: its sentence may only use plain names in braces, such as {{max}}.")
    if len(problems) > before:
        return None
    return RuleSpec(
        id=rule_id,
        field=target,
        kind=row["kind"],
        part=str(part),
        severity=severity,
        effect=effect,
        message=row["message"],
        source=row["source"],
        params=dict(row.get("params") or {}),
        when=row.get("when"),
        valid_from=days["valid_from"],
        valid_until=days["valid_until"],
        weight=row["weight"] if row.get("weight") is not None else DEFAULT_WEIGHTS[severity],
        profile=code,
    )


def _plain_template(text: str) -> bool:
    """Say whether a sentence holds only `{name}`: no attribute access, no index, no format code."""
    try:
        parsed = list(string.Formatter().parse(text))
    except ValueError:
        return False
    return all(
        name is None or (name.isidentifier() and not form and conversion is None)
        for _, name, form, conversion in parsed
    )

"""Readiness: what one unit would say on one market, how good it is, and what stands in its way.

`compile_profile` turns a profile, a channel's mapping and a market into closures, once; `evaluate` is then a
pure function of a unit and a moment. The **score** is the weight of the rules kept over the weight of all
rules that were asked, in whole percent rounded down, so that 100 means nothing is left to do (weights: error
5, warning 2, advice 1 unless the rule says otherwise). **Completeness** is the same sum over presence rules
alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

import orjson

from channels.rules.checks import ABSENT_KINDS, JOINED_KINDS, compile_check, group_fields
from channels.rules.conditions import Condition, ConditionError, Facts, compile_condition, families_of
from channels.rules.inputs import MarketContext, Picture, Unit, is_empty
from channels.rules.mapping import LAST_BUILTINS, Mapped, compile_source
from channels.rules.params import Check, RuleError
from channels.rules.spec import (
    HOLD,
    LEAVE_OUT,
    PARTS,
    STAND_DOWN,
    FieldSpec,
    ProfileError,
    ProfileSpec,
    RuleSpec,
    Source,
)

DIGEST_BYTES = 20


@dataclass(frozen=True, slots=True)
class Reason:
    """One broken rule of one unit, with what its sentence needs."""

    rule: RuleSpec
    params: Mapping[str, Any]

    def to_json(self) -> list[Any]:
        """Return the stored form: `[rule id, severity, effect, part, field, params]`."""
        rule = self.rule
        return [rule.id, rule.severity, rule.effect, rule.part, rule.field, dict(self.params)]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What `evaluate` found. `due` is the next moment at which the answer may change by time alone."""

    score: int
    completeness: int
    bodies: Mapping[str, bytes]
    checksums: Mapping[str, str]
    reasons: tuple[Reason, ...]
    held: frozenset[str]
    stands_down: bool
    due: datetime | None

    @property
    def rule_ids(self) -> str:
        """The broken rules' ids, sorted and joined by blanks (blanks around, for exact matching by text)."""
        return f" {' '.join(sorted(reason.rule.id for reason in self.reasons))} " if self.reasons else ""

    @property
    def good(self) -> bool:
        """Whether every part may be said."""
        return not self.held and not self.stands_down


class _Compiled(NamedTuple):
    """A rule ready to be asked: a tuple, since unpacking one is what the inner loop does most."""

    rule: RuleSpec
    check: Check
    condition: Condition | None
    dated: bool
    presence: bool
    weight: int
    position: int


class _Group(NamedTuple):
    """The rules of one field: those asked whatever it holds, and all of them; `quiet` fields aren't sent."""

    field: str
    always: tuple[_Compiled, ...]
    every: tuple[_Compiled, ...]
    quiet: bool


@dataclass(frozen=True)
class CompiledProfile:
    """A profile ready to judge units of one market and locale; make it with `compile_profile`."""

    spec: ProfileSpec
    market: MarketContext
    sources: tuple[tuple[FieldSpec, Mapped], ...]
    quiet: Mapping[str, Mapped]
    common: tuple[_Group, ...]
    by_family: Mapping[str, tuple[_Group, ...]]
    grouped: tuple[str, ...]
    group_sources: tuple[tuple[str, Mapped], ...]


def compile_profile(
    spec: ProfileSpec, overrides: Mapping[str, Source], market: MarketContext
) -> CompiledProfile:
    """Compile a whole profile (parents laid in) with a channel's own mapping for one market and locale.

    Raises `ProfileError` naming every rule, condition and mapping entry that can't be used.
    """
    problems = [
        f"The mapping names a field {name} that the profile does not have."
        for name in overrides
        if name not in spec.fields
    ]
    sources: list[tuple[FieldSpec, Mapped]] = []
    last: list[tuple[FieldSpec, Mapped]] = []
    quiet: dict[str, Mapped] = {}
    for name, source in spec.mapping_of({k: v for k, v in overrides.items() if k in spec.fields}).items():
        target = spec.fields[name]
        try:
            compiled = compile_source(target, source, market)
        except ProfileError as error:
            problems.extend(error.problems)
            continue
        if not target.sent:
            quiet[name] = compiled
        elif source.builtin in LAST_BUILTINS:
            last.append((target, compiled))
        elif not target.joined:
            sources.append((target, compiled))
    common: list[_Compiled] = []
    by_family: dict[str, list[_Compiled]] = {}
    for position, rule in enumerate(spec.rules.values()):
        if rule.kind in JOINED_KINDS:
            continue
        try:
            families = families_of(rule.when)
            compiled_rule = _compile_rule(rule, spec, position, skip_condition=bool(families))
        except (RuleError, ConditionError) as error:
            problems.append(f"Rule {rule.id}: {error}.")
            continue
        for family in families:
            by_family.setdefault(family, []).append(compiled_rule)
        if not families:
            common.append(compiled_rule)
    if problems:
        raise ProfileError(problems)
    names = group_fields(spec.rules)
    every = {target.name: compiled for target, compiled in sources}
    return CompiledProfile(
        spec=spec,
        market=market,
        sources=(*sources, *last),
        quiet=quiet,
        common=_by_field(common, quiet),
        by_family={family: _by_field(rules, quiet) for family, rules in by_family.items()},
        grouped=names,
        group_sources=tuple((name, every[name]) for name in names if name in every),
    )


def _compile_rule(rule: RuleSpec, spec: ProfileSpec, position: int, *, skip_condition: bool) -> _Compiled:
    if rule.field and rule.field not in spec.fields:
        raise RuleError(f"there is no field {rule.field}")
    condition = None
    if rule.when is not None and not skip_condition:
        condition = compile_condition(rule.when, spec)
    dated = rule.valid_from is not None or rule.valid_until is not None
    check = compile_check(rule, spec)
    return _Compiled(rule, check, condition, dated, rule.kind == "presence", rule.weight, position)


def _by_field(rules: Sequence[_Compiled], quiet: Collection[str]) -> tuple[_Group, ...]:
    fields: dict[str, list[_Compiled]] = {}
    for compiled in rules:
        fields.setdefault(compiled.rule.field, []).append(compiled)
    return tuple(
        _Group(
            name,
            tuple(one for one in group if one.rule.kind in ABSENT_KINDS),
            tuple(group),
            name in quiet,
        )
        for name, group in fields.items()
    )


def group_values(profile: CompiledProfile, unit: Unit) -> dict[str, Any]:
    """Return what group rules compare of one member; cheap, a handful of fields."""
    found: dict[str, Any] = {"sku": unit.sku}
    notes: dict[str, list[Picture]] = {}
    for name, source in profile.group_sources:
        value = source(unit, found, notes)
        if not is_empty(value):
            found[name] = value
    return found


def evaluate(profile: CompiledProfile, unit: Unit, moment: datetime) -> Evaluation:
    """Judge one unit at one moment; the same arguments always give the same answer."""
    values: dict[str, Any] = {}
    notes: dict[str, list[Picture]] = {}
    for target, source in profile.sources:
        value = source(unit, values, notes)
        if not is_empty(value):
            values[target.name] = value
    facts = Facts(unit, profile.market, values, notes)
    total = kept = presence_total = presence_kept = 0
    broken: list[tuple[int, Reason]] = []
    due: datetime | None = None
    groups = profile.common
    if profile.by_family:
        groups = (*groups, *profile.by_family.get(unit.family, ()))
    for name, always, every, is_quiet in groups:
        value = values.get(name)
        if value is None and is_quiet:
            value = profile.quiet[name](unit, values, notes)
            value = None if is_empty(value) else value
        for rule, check, condition, dated, presence, weight, position in always if value is None else every:
            if condition is not None and not condition(facts):
                continue
            if dated:
                turn = rule.next_turn(moment)
                if turn is not None and (due is None or turn < due):
                    due = turn
                if not rule.in_force(moment):
                    continue
            total += weight
            presence_total += weight if presence else 0
            params = check(value, facts)
            if params is None:
                kept += weight
                presence_kept += weight if presence else 0
            else:
                broken.append((position, Reason(rule, params)))
    reasons = tuple(reason for _position, reason in sorted(broken, key=itemgetter(0)))
    left_out = {reason.rule.field for reason in reasons if reason.rule.effect == LEAVE_OUT}
    bodies = _bodies(profile, values, left_out)
    return Evaluation(
        score=100 * kept // total if total else 100,
        completeness=100 * presence_kept // presence_total if presence_total else 100,
        bodies=bodies,
        checksums={part: checksum(body) for part, body in bodies.items()},
        reasons=reasons,
        held=frozenset(reason.rule.part for reason in reasons if reason.rule.effect == HOLD),
        stands_down=any(reason.rule.effect == STAND_DOWN for reason in reasons),
        due=due,
    )


def _bodies(profile: CompiledProfile, values: Mapping[str, Any], left_out: set[str]) -> dict[str, bytes]:
    parts: dict[str, dict[str, Any]] = {part: {} for part in PARTS}
    for target, _ in profile.sources:
        name = target.name
        if name in values and name not in left_out:
            parts[target.part][name] = values[name]
    return {part: orjson.dumps(body, option=orjson.OPT_SORT_KEYS) for part, body in parts.items()}


def checksum(body: bytes) -> str:
    """Return the name of a body: BLAKE2b of 20 bytes over its sorted JSON, in hex (40 characters)."""
    return hashlib.blake2b(body, digest_size=DIGEST_BYTES).hexdigest()

"""Readiness: what one unit would say on one market, how good it is, and what stands in its way.

`compile_profile` turns a profile, a channel's mapping and a market into closures, once; `evaluate` is then a
pure function of a unit and a moment. The **score** is the weight of the rules kept over the weight of all
rules that were asked, in whole percent rounded down, so that 100 means nothing is left to do (weights: error
5, warning 2, advice 1 unless the rule says otherwise). **Completeness** is the same sum over presence rules
alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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


@dataclass(frozen=True, slots=True)
class _Compiled:
    rule: RuleSpec
    check: Check
    condition: Condition | None
    asks_absent: bool
    begins: datetime | None
    ends: datetime | None
    presence: bool


@dataclass(frozen=True)
class CompiledProfile:
    """A profile ready to judge units of one market and locale; make it with `compile_profile`."""

    spec: ProfileSpec
    market: MarketContext
    sources: tuple[tuple[FieldSpec, Mapped], ...]
    quiet: Mapping[str, Mapped]
    common: tuple[_Compiled, ...]
    by_family: Mapping[str, tuple[_Compiled, ...]]
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
        compiled = compile_source(target, source, market)
        if not target.sent:
            quiet[name] = compiled
        elif source.builtin in LAST_BUILTINS:
            last.append((target, compiled))
        elif not target.joined:
            sources.append((target, compiled))
    common: list[_Compiled] = []
    by_family: dict[str, list[_Compiled]] = {}
    for rule in spec.rules.values():
        if rule.kind in JOINED_KINDS:
            continue
        try:
            families = families_of(rule.when)
            compiled_rule = _compile_rule(rule, spec, skip_condition=bool(families))
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
        common=tuple(common),
        by_family={family: tuple(rules) for family, rules in by_family.items()},
        grouped=names,
        group_sources=tuple((name, every[name]) for name in names if name in every),
    )


def _compile_rule(rule: RuleSpec, spec: ProfileSpec, *, skip_condition: bool) -> _Compiled:
    if rule.field and rule.field not in spec.fields:
        raise RuleError(f"there is no field {rule.field}")
    condition = None
    if rule.when is not None and not skip_condition:
        condition = compile_condition(rule.when, spec)
    return _Compiled(
        rule=rule,
        check=compile_check(rule, spec),
        condition=condition,
        asks_absent=rule.kind in ABSENT_KINDS,
        begins=rule.begins,
        ends=rule.ends,
        presence=rule.kind == "presence",
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
    reasons: list[Reason] = []
    held: set[str] = set()
    left_out: set[str] = set()
    stands_down = False
    due: datetime | None = None
    rules = profile.common
    if profile.by_family:
        rules = (*rules, *profile.by_family.get(unit.family, ()))
    for compiled in rules:
        rule = compiled.rule
        name = rule.field
        value = values.get(name)
        if value is None and name in profile.quiet:
            value = profile.quiet[name](unit, values, notes)
            value = None if is_empty(value) else value
        if value is None and not compiled.asks_absent:
            continue
        if compiled.condition is not None and not compiled.condition(facts):
            continue
        if compiled.begins is not None or compiled.ends is not None:
            turn = rule.next_turn(moment)
            if turn is not None and (due is None or turn < due):
                due = turn
            if not rule.in_force(moment):
                continue
        total += rule.weight
        params = compiled.check(value, facts)
        if params is None:
            kept += rule.weight
            if compiled.presence:
                presence_total += rule.weight
                presence_kept += rule.weight
            continue
        if compiled.presence:
            presence_total += rule.weight
        reasons.append(Reason(rule, params))
        if rule.effect == HOLD:
            held.add(rule.part)
        elif rule.effect == STAND_DOWN:
            stands_down = True
        elif rule.effect == LEAVE_OUT:
            left_out.add(name)
    bodies = _bodies(profile, values, left_out)
    return Evaluation(
        score=100 * kept // total if total else 100,
        completeness=100 * presence_kept // presence_total if presence_total else 100,
        bodies=bodies,
        checksums={part: checksum(body) for part, body in bodies.items()},
        reasons=tuple(reasons),
        held=frozenset(held),
        stands_down=stands_down,
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

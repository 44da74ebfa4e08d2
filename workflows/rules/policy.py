"""House rules: one pure function says of each key of each change who has to agree before it is true.

The order is that of the design: a **lock** stops a key whoever asks; **authority** says which sources may
speak; **guards** look at how much a value moves and only ever add people; a **policy** says that nobody has
to look, or which stages of people must agree. Rules of one kind are tried by priority, then by code; where no
policy matches, `DEFAULT` does, so every input has exactly one answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum

Facets = Mapping[str, frozenset[str]]
"""What is known of a key, by field: the codes that hold of it. A product in two categories has both."""

FIELDS = (
    "model",
    "source",
    "source_kind",
    "kind",
    "family",
    "category",
    "group",
    "attribute",
    "locale",
    "scope",
)
CORE, OVERRIDE = "core", "override"
"""The field `kind`: a value that holds everywhere, or one that is adapted for a channel."""


class RuleKind(Enum):
    """What a rule may say; in the order in which they are asked."""

    LOCK = "lock"
    AUTHORITY = "authority"
    GUARD = "guard"
    POLICY = "policy"


class Measure(Enum):
    """What guards measure: how far a price moves, how far it lies below cost, how many objects a request has.

    Percentages are of the value before and of the cost.
    """

    PRICE_JUMP = "price_jump"
    BELOW_COST = "below_cost"
    OBJECTS = "objects"


class Verdict(Enum):
    """What is to happen with a key."""

    AT_ONCE = "at_once"
    STAGES = "stages"
    LOCKED = "locked"
    NO_AUTHORITY = "no_authority"

    @property
    def is_blocked(self) -> bool:
        """Whether nobody can approve this key as it was proposed."""
        return self in (Verdict.LOCKED, Verdict.NO_AUTHORITY)


@dataclass(frozen=True, slots=True)
class Stage:
    """People who must agree: `people` different ones who hold `right` and are in `group` (empty: any group).

    Without a right, membership of the group suffices. Stages are passed in the order of `step`; `days` from
    submission is when this one should be done.
    """

    name: str
    right: str = ""
    group: str = ""
    people: int = 1
    step: int = 10
    days: int | None = None

    def __post_init__(self) -> None:
        if not self.right and not self.group:
            raise ValueError("A stage names a right or a group.")
        if self.people < 1:
            raise ValueError("A stage needs at least one person.")

    @property
    def place(self) -> tuple[int, str, str]:
        """What makes two stages one: their step and who is asked."""
        return self.step, self.right, self.group


@dataclass(frozen=True, slots=True)
class Rule:
    """One house rule.

    `when` says where it holds: for each field it names, one of the codes must hold of the key. Then, by kind:

    - lock: nothing more; it holds from `starts` until `ends` (open where None).
    - authority: only the sources in `owners` may speak, or those of rank `worst_rank` or better.
    - guard: where `measure` is more than `over`, `stages` must agree too.
    - policy: `stages` must agree; none means that the change applies at once.
    """

    code: str
    kind: RuleKind
    label: str = ""
    when: Facets = field(default_factory=dict)
    priority: int = 100
    stages: tuple[Stage, ...] = ()
    owners: frozenset[str] = frozenset()
    worst_rank: int | None = None
    measure: Measure | None = None
    over: Decimal = Decimal(0)
    starts: datetime | None = None
    ends: datetime | None = None

    def __post_init__(self) -> None:
        if self.kind is RuleKind.GUARD and (self.measure is None or not self.stages):
            raise ValueError("A guard says what it measures and who has to look.")
        if self.kind is RuleKind.AUTHORITY and not self.owners and self.worst_rank is None:
            raise ValueError("A rule of authority names sources or a rank.")

    def matches(self, facets: Facets) -> bool:
        """Tell whether the rule holds for a key."""
        return all(not codes.isdisjoint(facets.get(name, _NONE)) for name, codes in self.when.items())


_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Question:
    """One key of one change: its facets, the source that speaks and its rank (1 is best), what was measured.

    A measure that was not taken is left out and moves no guard.
    """

    facets: Facets
    source: str = ""
    rank: int = 100
    measures: Mapping[Measure, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What happens with a key: the verdict, the stages in their order, and the rules that said so.

    `rule` is the lock, the rule of authority or the policy; `guards` are those that asked for more people.
    """

    verdict: Verdict
    rule: str
    stages: tuple[Stage, ...] = ()
    guards: tuple[str, ...] = ()


APPROVE_RIGHT = "workflows.approve_changerequest"
DEFAULT = Rule(
    code="default",
    kind=RuleKind.POLICY,
    label="Everything else",
    stages=(Stage("product truth", right=APPROVE_RIGHT),),
)


class HouseRules:
    """The rules in force, in the order in which they are tried."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        ordered = sorted(rules, key=lambda rule: (rule.priority, rule.code))
        self._by_kind = {kind: tuple(rule for rule in ordered if rule.kind is kind) for kind in RuleKind}
        self.by_code = {rule.code: rule for rule in (DEFAULT, *ordered)}
        self.fields = frozenset(name for rule in ordered for name in rule.when)
        """The fields that any rule asks for: what is in no other need not be found out."""
        self.measures = frozenset(
            rule.measure for rule in self._by_kind[RuleKind.GUARD] if rule.measure is not None
        )

    def of(self, kind: RuleKind) -> tuple[Rule, ...]:
        """Return the rules of one kind in their order; policies end with the one for everything else."""
        found = self._by_kind[kind]
        return (*found, DEFAULT) if kind is RuleKind.POLICY else found

    def moved_guards(self, measures: Mapping[Measure, Decimal]) -> frozenset[str]:
        """Return the codes of guards whose limit these measures exceed, wherever they hold."""
        return frozenset(
            rule.code
            for rule in self._by_kind[RuleKind.GUARD]
            if rule.measure is not None and measures.get(rule.measure, rule.over) > rule.over
        )

    def decide(self, question: Question, at: datetime) -> Answer:
        """Return the one answer for a key at a moment."""
        facets = question.facets
        for rule in self._by_kind[RuleKind.LOCK]:
            if _is_on(rule, at) and rule.matches(facets):
                return Answer(Verdict.LOCKED, rule.code)
        for rule in self._by_kind[RuleKind.AUTHORITY]:
            if rule.matches(facets):
                if _may_speak(rule, question):
                    break
                return Answer(Verdict.NO_AUTHORITY, rule.code)
        policy = next(rule for rule in self.of(RuleKind.POLICY) if rule.matches(facets))
        moved = self.moved_guards(question.measures)
        guards = [
            rule for rule in self._by_kind[RuleKind.GUARD] if rule.code in moved and rule.matches(facets)
        ]
        stages = union_of_stages([policy.stages, *(guard.stages for guard in guards)])
        verdict = Verdict.STAGES if stages else Verdict.AT_ONCE
        return Answer(verdict, policy.code, stages, tuple(guard.code for guard in guards))


def _is_on(rule: Rule, at: datetime) -> bool:
    return (rule.starts is None or rule.starts <= at) and (rule.ends is None or at < rule.ends)


def _may_speak(rule: Rule, question: Question) -> bool:
    if question.source in rule.owners:
        return True
    return rule.worst_rank is not None and question.rank <= rule.worst_rank


def union_of_stages(sets: Iterable[Sequence[Stage]]) -> tuple[Stage, ...]:
    """Return stages that satisfy every set, in the order of their steps.

    Stages that ask the same people at the same step are one: as many people as the most demanding wants, by
    the earliest day, under the first name.
    """
    found: dict[tuple[int, str, str], Stage] = {}
    for stage in (stage for stages in sets for stage in stages):
        known = found.get(stage.place)
        if known is None:
            found[stage.place] = stage
            continue
        days = [one.days for one in (known, stage) if one.days is not None]
        found[stage.place] = Stage(
            known.name,
            known.right,
            known.group,
            max(known.people, stage.people),
            known.step,
            min(days) if days else None,
        )
    return tuple(found[place] for place in sorted(found))

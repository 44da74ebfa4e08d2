"""House rules as a pure function: total, in order, and guards that only ever ask for more people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.rules.policy import (
    DEFAULT,
    Answer,
    HouseRules,
    Measure,
    Question,
    Rule,
    RuleKind,
    Stage,
    Verdict,
    union_of_stages,
)

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
TRUTH = Stage("truth", right="approve", step=10)
CHANNEL = Stage("channel", group="managers", people=2, step=20, days=3)
CODES = ("a", "b", "c")

codes = st.sampled_from([frozenset(CODES[:1]), frozenset(CODES[1:]), frozenset(CODES), frozenset("c")])
facets = st.fixed_dictionaries({}, optional={"family": codes, "locale": codes, "kind": codes})
stage = st.builds(
    Stage,
    name=st.sampled_from(CODES),
    right=st.just("approve"),
    group=st.sampled_from(("", "legal")),
    people=st.integers(1, 3),
    step=st.sampled_from((10, 20)),
    days=st.none() | st.integers(1, 9),
)
looks = st.tuples(stage) | st.tuples(stage, stage)
stages = st.just(()) | looks
instants = st.none() | st.integers(-3, 3).map(lambda days: NOW + timedelta(days=days))
priorities = st.integers(1, 3)


def some(kind: RuleKind, **parts: st.SearchStrategy[object]) -> st.SearchStrategy[Rule]:
    return st.builds(
        Rule,
        code=st.integers(0, 99).map(lambda number: f"{kind.value}_{number}"),
        kind=st.just(kind),
        when=facets,
        priority=priorities,
        **parts,
    )


locks = some(RuleKind.LOCK, starts=instants, ends=instants)
authorities = some(RuleKind.AUTHORITY, owners=codes, worst_rank=st.none() | st.integers(1, 3))
guards = some(
    RuleKind.GUARD,
    measure=st.sampled_from(Measure),
    over=st.integers(0, 2).map(Decimal),
    stages=looks,
)
policies = some(RuleKind.POLICY, stages=stages)
rules = st.lists(locks | authorities | guards | policies, max_size=8).map(
    lambda found: list({rule.code: rule for rule in found}.values())
)
questions = st.builds(
    Question,
    facets=facets,
    source=st.sampled_from(CODES),
    rank=st.integers(1, 3),
    measures=st.fixed_dictionaries(
        {}, optional={measure: st.integers(0, 3).map(Decimal) for measure in Measure}
    ),
)


def people(answer: Answer) -> dict[tuple[int, str, str], int]:
    return {stage.place: stage.people for stage in answer.stages}


@given(rules, questions)
def test_every_key_has_exactly_one_answer_with_the_rule_that_gave_it(
    some_rules: list[Rule], question: Question
) -> None:
    house = HouseRules(some_rules)

    answer = house.decide(question, NOW)

    assert answer == house.decide(question, NOW)
    assert house.by_code[answer.rule].matches(question.facets)
    assert (answer.verdict is Verdict.STAGES) == bool(answer.stages)
    assert [stage.place for stage in answer.stages] == sorted({stage.place for stage in answer.stages})


@given(rules, questions, st.randoms())
def test_the_order_in_which_rules_are_given_does_not_matter(
    some_rules: list[Rule], question: Question, random: object
) -> None:
    shuffled = list(some_rules)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert HouseRules(shuffled).decide(question, NOW) == HouseRules(some_rules).decide(question, NOW)


@given(rules, guards, questions)
def test_a_guard_only_raises_the_need_for_people(
    some_rules: list[Rule], guard: Rule, question: Question
) -> None:
    others = [rule for rule in some_rules if rule.code != guard.code]
    without = HouseRules(others).decide(question, NOW)

    with_guard = HouseRules([*others, guard]).decide(question, NOW)

    if without.verdict.is_blocked:
        assert with_guard == without
        return
    assert with_guard.rule == without.rule
    asked = people(with_guard)
    assert all(asked[place] >= count for place, count in people(without).items())


@given(rules, policies, questions)
def test_no_policy_lowers_a_lock_or_authority(
    some_rules: list[Rule], policy: Rule, question: Question
) -> None:
    others = [rule for rule in some_rules if rule.code != policy.code]
    before = HouseRules(others).decide(question, NOW)

    after = HouseRules([*others, policy]).decide(question, NOW)

    assert before.verdict.is_blocked == after.verdict.is_blocked
    if before.verdict.is_blocked:
        assert after == before


@given(rules, questions)
def test_rules_speak_in_the_order_lock_authority_policy(some_rules: list[Rule], question: Question) -> None:
    answer = HouseRules(some_rules).decide(question, NOW)

    def first(kind: RuleKind) -> Rule | None:
        on = [
            rule
            for rule in sorted(some_rules, key=lambda rule: (rule.priority, rule.code))
            if rule.kind is kind
            and rule.matches(question.facets)
            and (rule.starts is None or rule.starts <= NOW)
            and (rule.ends is None or rule.ends > NOW)
        ]
        return on[0] if on else None

    lock, authority, policy = first(RuleKind.LOCK), first(RuleKind.AUTHORITY), first(RuleKind.POLICY)
    if lock is not None:
        assert (answer.verdict, answer.rule) == (Verdict.LOCKED, lock.code)
        return
    if authority is not None:
        speaks = question.source in authority.owners or (
            authority.worst_rank is not None and question.rank <= authority.worst_rank
        )
        if not speaks:
            assert (answer.verdict, answer.rule) == (Verdict.NO_AUTHORITY, authority.code)
            return
    assert answer.rule == (policy or DEFAULT).code


@given(st.lists(stages, max_size=4))
def test_the_union_of_stages_satisfies_each_set_and_nothing_more(sets: list[tuple[Stage, ...]]) -> None:
    union = {stage.place: stage for stage in union_of_stages(sets)}

    every = [stage for found in sets for stage in found]
    assert union.keys() == {stage.place for stage in every}
    for place, stage in union.items():
        same = [one for one in every if one.place == place]
        assert stage.people == max(one.people for one in same)
        days = [one.days for one in same if one.days is not None]
        assert stage.days == (min(days) if days else None)


def test_without_rules_one_reviewer_agrees() -> None:
    answer = HouseRules([]).decide(Question({}), NOW)

    assert answer == Answer(Verdict.STAGES, "default", DEFAULT.stages)


def test_an_override_goes_to_the_channel_and_a_core_value_to_truth() -> None:
    house = HouseRules(
        [
            Rule("truth", RuleKind.POLICY, when={"kind": frozenset({"core"})}, stages=(TRUTH,)),
            Rule("channel", RuleKind.POLICY, when={"kind": frozenset({"override"})}, stages=(CHANNEL,)),
        ]
    )

    core = house.decide(Question({"kind": frozenset({"core"})}), NOW)
    override = house.decide(Question({"kind": frozenset({"override"})}), NOW)

    assert core.stages == (TRUTH,)
    assert override.stages == (CHANNEL,)
    assert union_of_stages([override.stages, core.stages]) == (TRUTH, CHANNEL)


def test_the_first_policy_by_priority_speaks_alone() -> None:
    free = Rule("free", RuleKind.POLICY, when={"source": frozenset({"erp"})}, priority=1)
    strict = Rule("strict", RuleKind.POLICY, stages=(TRUTH,), priority=2)
    house = HouseRules([strict, free])

    assert house.decide(Question({"source": frozenset({"erp"})}), NOW) == Answer(Verdict.AT_ONCE, "free")
    assert house.decide(Question({"source": frozenset({"acme"})}), NOW).rule == "strict"


def test_a_guard_brings_people_to_what_would_apply_at_once() -> None:
    house = HouseRules(
        [
            Rule("free", RuleKind.POLICY),
            Rule("jump", RuleKind.GUARD, measure=Measure.PRICE_JUMP, over=Decimal(30), stages=(TRUTH,)),
        ]
    )

    calm = house.decide(Question({}, measures={Measure.PRICE_JUMP: Decimal(30)}), NOW)
    jump = house.decide(Question({}, measures={Measure.PRICE_JUMP: Decimal("30.1")}), NOW)

    assert calm == Answer(Verdict.AT_ONCE, "free")
    assert jump == Answer(Verdict.STAGES, "free", (TRUTH,), ("jump",))


def test_where_a_key_has_an_owner_only_the_owner_or_a_better_rank_speaks() -> None:
    rule = Rule(
        "prices",
        RuleKind.AUTHORITY,
        when={"group": frozenset({"prices"})},
        owners=frozenset({"erp"}),
        worst_rank=5,
    )
    house = HouseRules([rule])
    prices = {"group": frozenset({"prices"})}

    assert house.decide(Question(prices, "erp", 50), NOW).verdict is Verdict.STAGES
    assert house.decide(Question(prices, "people", 5), NOW).verdict is Verdict.STAGES
    assert house.decide(Question(prices, "acme", 6), NOW) == Answer(Verdict.NO_AUTHORITY, "prices")
    assert house.decide(Question({}, "acme", 6), NOW).verdict is Verdict.STAGES


def test_a_lock_holds_from_its_first_moment_until_its_end() -> None:
    house = HouseRules([Rule("season", RuleKind.LOCK, starts=NOW, ends=NOW + timedelta(hours=1))])

    verdicts = [
        house.decide(Question({}), NOW + timedelta(minutes=minutes)).verdict for minutes in (-1, 0, 59, 60)
    ]

    assert verdicts == [Verdict.STAGES, Verdict.LOCKED, Verdict.LOCKED, Verdict.STAGES]


@pytest.mark.parametrize(
    "broken",
    [
        lambda: Stage("nobody"),
        lambda: Stage("none", right="approve", people=0),
        lambda: Rule("guard", RuleKind.GUARD, stages=(TRUTH,)),
        lambda: Rule("guard", RuleKind.GUARD, measure=Measure.OBJECTS),
        lambda: Rule("authority", RuleKind.AUTHORITY),
    ],
)
def test_a_rule_that_says_nothing_is_refused(broken: object) -> None:
    with pytest.raises(ValueError, match=r"^A "):
        broken()  # type: ignore[operator]

"""Holding, standing down and saying: examples of each promise, and properties over any course of events."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from channels.rules.decide import Said, decide
from channels.rules.evaluate import Evaluation
from channels.rules.spec import PARTS
from tests.factories.channels import NOW

NOTHING = Said({}, {})


def found(
    label: str, *, held: frozenset[str] = frozenset(), stands_down: bool = False, due: datetime | None = None
) -> Evaluation:
    checksums = {part: f"{part}-{label}" for part in PARTS}
    return Evaluation(90, 90, {}, checksums, (), held, stands_down, due)


def test_unit_without_errors_is_said_whole() -> None:
    decision = decide(NOTHING, found("1"), NOW, 7)

    assert decision.parts == {"content": "content-1", "media": "media-1", "offer": "offer-1"}
    assert (decision.state, decision.moved, decision.cause) == ("live", True, "published")


def test_unit_never_said_is_held_by_one_held_part() -> None:
    decision = decide(NOTHING, found("1", held=frozenset({"media"})), NOW, 7)

    assert (decision.parts, decision.state, decision.moved) == ({}, "held", False)


def test_held_title_does_not_keep_a_price_cut_from_going_live() -> None:
    said = Said(decide(NOTHING, found("1"), NOW, 7).parts, {})

    decision = decide(said, found("2", held=frozenset({"content"})), NOW, 7)

    assert decision.parts == {"content": "content-1", "media": "media-2", "offer": "offer-2"}
    assert (decision.state, decision.moved, decision.held_since) == ("partly_held", True, {"content": NOW})
    assert decision.due == NOW + timedelta(days=7)


def test_hold_ends_with_the_limit_and_withdraws_the_listing() -> None:
    said = Said({part: f"{part}-1" for part in PARTS}, {"content": NOW})
    held = found("2", held=frozenset({"content"}))

    before = decide(said, held, NOW + timedelta(days=7) - timedelta(seconds=1), 7)
    after = decide(said, held, NOW + timedelta(days=7), 7)

    assert (before.state, before.held_since) == ("partly_held", {"content": NOW})
    assert (after.parts, after.state, after.cause) == ({}, "withdrawn", "hold_expired")


def test_recalled_unit_is_gone_whatever_else_is_wrong() -> None:
    said = Said({part: f"{part}-1" for part in PARTS}, {"content": NOW})

    decision = decide(said, found("2", held=frozenset(PARTS), stands_down=True), NOW, 7)

    assert (decision.parts, decision.state, decision.cause) == ({}, "withdrawn", "stood_down")


def test_withdrawn_unit_comes_back_once_nothing_is_held() -> None:
    gone = Said({}, {}, ever=True)

    assert decide(gone, found("2", held=frozenset({"offer"})), NOW, 7).state == "withdrawn"
    assert decide(gone, found("2"), NOW, 7).state == "live"


def test_earlier_of_dated_rule_and_hold_limit_is_due() -> None:
    said = Said({part: f"{part}-1" for part in PARTS}, {"media": NOW})
    soon = NOW + timedelta(days=2)

    assert decide(said, found("1", held=frozenset({"media"}), due=soon), NOW, 7).due == soon


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "3"]),
        st.frozensets(st.sampled_from(PARTS)),
        st.booleans(),
        st.integers(min_value=0, max_value=200),
    ),
    max_size=12,
)


@given(EVENTS, st.integers(min_value=0, max_value=10))
def test_deciding_again_changes_nothing_and_no_bad_body_is_ever_said(
    events: list[tuple[str, frozenset[str], bool, int]], hold_days: int
) -> None:
    said, moment = NOTHING, NOW
    for label, held, stands_down, hours in events:
        moment += timedelta(hours=hours)
        evaluation = found(label, held=held, stands_down=stands_down)

        decision = decide(said, evaluation, moment, hold_days)

        after = Said(decision.parts, decision.held_since, said.ever or bool(decision.parts))
        again = decide(after, evaluation, moment, hold_days)
        assert (again.parts, again.held_since, again.state) == (
            decision.parts,
            decision.held_since,
            decision.state,
        )
        assert not again.moved
        assert set(decision.parts) in (set(), set(PARTS))
        assert not (stands_down and decision.parts)
        for part in held if decision.parts else ():
            assert decision.parts[part] == said.parts[part]
            assert moment < decision.held_since[part] + timedelta(days=hold_days)
        said = after

"""Components: what depends on each other is applied together, in whole chunks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workflows.rules.components import chunks, components
from workflows.rules.digests import change_digest


def test_changes_that_share_a_token_directly_or_through_others_are_one_group() -> None:
    members = [(5, ["x"]), (1, ["a"]), (2, ["b", "a"]), (3, ["b"]), (4, [])]

    assert components(members) == [[1, 2, 3], [4], [5]]


@given(st.lists(st.tuples(st.integers(0, 30), st.lists(st.sampled_from("abcdef"), max_size=2)), max_size=30))
def test_groups_are_a_partition(members: list[tuple[int, list[str]]]) -> None:
    groups = components(members)

    assert sorted(node for group in groups for node in group) == sorted({node for node, _tokens in members})


def test_chunks_hold_whole_groups_and_a_large_group_alone() -> None:
    groups = [[1], [2, 3], [4, 5, 6, 7], [8], [9]]

    assert chunks(groups, 3) == [[1, 2, 3], [4, 5, 6, 7], [8, 9]]


def test_a_digest_depends_on_keys_values_and_bases_but_not_on_their_order() -> None:
    digest = change_digest({"a": 1, "b": {"y": 1, "x": 2}}, {"a": 0})

    assert digest == change_digest({"b": {"x": 2, "y": 1}, "a": 1}, {"a": 0})
    assert digest != change_digest({"a": 2, "b": {"y": 1, "x": 2}}, {"a": 0})
    assert digest != change_digest({"a": 1, "b": {"y": 1, "x": 2}}, {"a": 9})
    assert digest != change_digest({"a": 1, "b": {"y": 1, "x": 2}}, {"a": 0}, {"b"})

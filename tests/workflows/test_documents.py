"""Documents: the laws of diff, apply, invert and merge."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from workflows.rules.documents import (
    EMPTY,
    Grain,
    KeyMerge,
    Verdict,
    apply,
    diff,
    invert,
    merge,
    merge_key,
    same,
)

SCALARS = st.one_of(st.text(max_size=5), st.integers(-3, 3), st.booleans(), st.just(EMPTY))
MEMBERS = st.lists(st.sampled_from("abcde"), max_size=5, unique=True)
VALUES: st.SearchStrategy[Any] = st.one_of(SCALARS, MEMBERS.filter(bool))
KEYS = st.sampled_from(["name:en-US", "price.EUR@outlet", "weight", "#state", "tags"])
DOCUMENTS = st.dictionaries(KEYS, VALUES)
PATCHES = st.dictionaries(KEYS, st.one_of(VALUES, st.none()))


@given(DOCUMENTS, DOCUMENTS)
def test_applying_a_diff_leads_to_the_other_document(old: Any, new: Any) -> None:
    assert same(apply(old, diff(old, new)), new)


@given(DOCUMENTS)
def test_equal_documents_have_no_diff(document: Any) -> None:
    assert diff(document, dict(document)) == {}


@given(DOCUMENTS, PATCHES)
def test_inverting_a_patch_returns_the_start(document: Any, patch: Any) -> None:
    assert same(apply(apply(document, patch), invert(patch, document)), document)


@given(DOCUMENTS, PATCHES)
def test_applying_twice_is_applying_once(document: Any, patch: Any) -> None:
    once = apply(document, patch)

    assert same(apply(once, patch), once)


@given(DOCUMENTS, PATCHES)
def test_apply_leaves_its_input_alone(document: Any, patch: Any) -> None:
    before = dict(document)

    apply(document, patch)

    assert document == before


@given(DOCUMENTS, PATCHES)
def test_a_patch_on_unmoved_truth_merges_whole(document: Any, patch: Any) -> None:
    base = {key: document.get(key) for key in patch}

    merged = merge(base, document, patch)

    assert merged.conflicts == []
    assert same(apply(document, merged.patch), apply(document, patch))


@given(DOCUMENTS, PATCHES, st.sampled_from(Grain))
def test_identical_edits_never_conflict(document: Any, patch: Any, grain: Grain) -> None:
    base = {key: document.get(key) for key in patch}
    truth = apply(document, patch)

    merged = merge(base, truth, patch, lambda _key: grain)

    assert (merged.patch, merged.conflicts) == ({}, [])
    assert sorted(merged.same) == sorted(patch)


@given(DOCUMENTS, PATCHES, PATCHES)
def test_merge_never_touches_a_key_it_was_not_given(document: Any, ours: Any, theirs: Any) -> None:
    merged = merge({key: document.get(key) for key in theirs}, apply(document, ours), theirs)

    assert set(merged.patch) | set(merged.same) | set(merged.conflicts) == set(theirs)


@given(MEMBERS.filter(bool), MEMBERS.filter(bool), MEMBERS.filter(bool))
def test_sets_keep_what_either_side_added_and_drop_what_either_side_removed(
    base: list[Any], truth: list[Any], new: list[Any]
) -> None:
    outcome = merge_key(base, truth, new, lambda: Grain.SET)

    result = truth if outcome.verdict is Verdict.SAME else outcome.value or []
    expected = (set(truth) | (set(new) - set(base))) - (set(base) - set(new))
    assert outcome.verdict is not Verdict.CONFLICT
    assert set(result) == expected  # type: ignore[arg-type]


def test_both_moved_is_a_conflict() -> None:
    assert merge_key("one", "two", "three") == KeyMerge(Verdict.CONFLICT)


def test_a_value_that_only_theirs_moved_is_set() -> None:
    assert merge_key("one", "one", "two") == KeyMerge(Verdict.SET, "two")


def test_removal_of_what_somebody_changed_is_a_conflict() -> None:
    assert merge_key("one", "two", None) == KeyMerge(Verdict.CONFLICT)


def test_deliberately_empty_is_a_value_and_not_absence() -> None:
    assert merge_key(None, None, EMPTY) == KeyMerge(Verdict.SET, EMPTY)
    assert merge_key(EMPTY, EMPTY, None) == KeyMerge(Verdict.SET, None)
    assert merge_key(EMPTY, "text", None) == KeyMerge(Verdict.CONFLICT)


def test_an_empty_marker_does_not_merge_with_a_set() -> None:
    assert merge_key(["a"], EMPTY, ["a", "b"], lambda: Grain.SET) == KeyMerge(Verdict.CONFLICT)


def test_true_and_one_are_different_values() -> None:
    assert diff({"a": 1}, {"a": True}) == {"a": True}
    assert not same([1], [True])

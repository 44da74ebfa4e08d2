"""The word-level comparison: what people read, and that nothing is lost in it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.rules.words import Kind, Run, compare_words, shorten, words

SAME, REMOVED, ADDED, SKIPPED = Kind.SAME, Kind.REMOVED, Kind.ADDED, Kind.SKIPPED

texts = st.text(alphabet="ab \n.,é語1'", max_size=60)


def shown(old: str, new: str) -> list[tuple[Kind, str]]:
    return [(run.kind, run.text) for run in compare_words(old, new)]


@given(texts, texts)
def test_both_texts_can_be_read_from_the_runs(old: str, new: str) -> None:
    runs = compare_words(old, new)

    assert "".join(run.text for run in runs if run.kind is not ADDED) == old
    assert "".join(run.text for run in runs if run.kind is not REMOVED) == new
    assert all(run.text for run in runs)


@given(texts)
def test_a_text_is_its_words(text: str) -> None:
    assert "".join(words(text)) == text


def test_words_keep_apostrophes_and_decimals_together() -> None:
    assert words("Men's 0.31 kg, 防水") == ["Men's", " ", "0.31", " ", "kg", ",", " ", "防", "水"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", []),
        ("same", "same", [(SAME, "same")]),
        ("", "new", [(ADDED, "new")]),
        ("old", "", [(REMOVED, "old")]),
        (
            "Trail Runner 2 Men",
            "Trail Runner 2 Men's Waterproof",
            [(SAME, "Trail Runner 2 "), (REMOVED, "Men"), (ADDED, "Men's Waterproof")],
        ),
        (
            "Light shoe for trails",
            "Light and grippy shoe for trails",
            [(SAME, "Light "), (ADDED, "and grippy "), (SAME, "shoe for trails")],
        ),
        ("310 g", "0.31 kg", [(REMOVED, "310 g"), (ADDED, "0.31 kg")]),
        (
            "a warm, dry coat for winter days",
            "a light; cool coat for winter days",
            [
                (SAME, "a "),
                (REMOVED, "warm, dry"),
                (ADDED, "light; cool"),
                (SAME, " coat for winter days"),
            ],
        ),
    ],
)
def test_changes_read_as_phrases(old: str, new: str, expected: list[tuple[Kind, str]]) -> None:
    assert shown(old, new) == expected


def test_texts_with_little_in_common_are_replaced_as_a_whole() -> None:
    old, new = "A sturdy boot of full-grain leather.", "Feather-light sandal, made for hot summers"

    assert shown(old, new) == [(REMOVED, old), (ADDED, new)]


def test_one_sentence_among_many_is_found_where_words_are_too_many() -> None:
    kept = " ".join(f"Sentence {number} stays." for number in range(400))
    old = f"{' '.join(f'gone{number}' for number in range(200))}. {kept}"
    new = f"{' '.join(f'came{number}' for number in range(200))}. {kept}"

    runs = compare_words(old, new)

    assert [run.kind for run in runs] == [REMOVED, ADDED, SAME]
    assert runs[2].text.endswith(kept)


@pytest.mark.parametrize("unit", ["a b ", "x", "word. "])
def test_long_texts_take_bounded_time(unit: str) -> None:
    old = "".join(f"{unit}{number}" for number in range(12_000))
    new = "".join(f"{number}{unit}" for number in range(12_000, 0, -1))

    begun = time.perf_counter()
    compare_words(old, new)

    assert time.perf_counter() - begun < 3


def test_long_unchanged_text_is_left_out_of_the_middle() -> None:
    long = " ".join(["word"] * 300)
    runs = [Run(SAME, long), Run(ADDED, " new "), Run(SAME, long), Run(REMOVED, "old")]

    short = shorten(runs, keep=40)

    assert [run.kind for run in short] == [SKIPPED, SAME, ADDED, SAME, SKIPPED, SAME, REMOVED]
    assert "".join(run.text for run in short) == "".join(run.text for run in runs)
    assert len(short[1].text) <= 40
    assert shorten([Run(SAME, "short"), Run(ADDED, "x")]) == [Run(SAME, "short"), Run(ADDED, "x")]

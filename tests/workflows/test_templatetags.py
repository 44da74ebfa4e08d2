"""How screens say moments and differences."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from workflows.rules.words import compare_words
from workflows.templatetags.concord import age, ago, word_diff

NOW = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=5), "a moment"),
        (timedelta(minutes=5), "5\xa0minutes"),
        (timedelta(hours=2, minutes=40), "2\xa0hours"),
        (timedelta(days=9), "1\xa0week"),
    ],
)
def test_age_is_said_in_its_largest_unit(passed: timedelta, words: str) -> None:
    with time_machine.travel(NOW, tick=False):
        assert age(NOW - passed) == words


def test_a_moment_shows_the_exact_one_with_its_zone() -> None:
    with time_machine.travel(NOW, tick=False):
        html = ago(NOW - timedelta(days=2))

    assert html == (
        '<time datetime="2026-11-01T12:00:00+00:00" title="Nov. 1, 2026, noon UTC">2\xa0days ago</time>'
    )
    assert ago(None) == ""


def test_differences_are_escaped_and_changed_blanks_seen() -> None:
    assert word_diff(compare_words("a <b> shoe", "a <i> shoe")) == ("a &lt;<del>b</del><ins>i</ins>&gt; shoe")
    assert word_diff(compare_words("two  blanks", "two blanks")) == ("two<del>␣␣</del><ins>␣</ins>blanks")

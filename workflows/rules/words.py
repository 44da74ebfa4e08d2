"""What changed between two texts, word by word, for people to read.

The shortest edit script is found greedily (E. W. Myers, "An O(ND) Difference Algorithm and Its Variations",
Algorithmica 1, 1986) over words, numbers, blanks and single signs, and then made readable: blanks and signs
that happen to agree between two changes join them, and texts with little in common are shown as one replaced
by the other. The cost is bounded: texts that differ in more than `MAX_EDITS` words are compared by sentence,
and if they differ in more than that many sentences, replaced as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

MAX_EDITS = 250
MIN_COMMON = 0.3
KEEP_CHARS = 160

# East Asian scripts have no blanks between words, so each character stands for itself.
_WORDS = re.compile(
    r"[぀-ヿ㐀-鿿가-힯]|\d+(?:[.,]\d+)*|(?:(?![぀-ヿ㐀-鿿가-힯])\w)+(?:['’]\w+)*|\s+|.",
    re.DOTALL,
)
_SENTENCES = re.compile(r"[^.!?\n]*(?:[.!?]+(?=\s|$)|\n|[.!?])\s*|[^.!?\n]+$")


class Kind(Enum):
    """What happened to a run of text."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Run:
    """Adjacent text that shares one fate. A SKIPPED run stands for unchanged text that is not shown."""

    kind: Kind
    text: str


def words(text: str) -> list[str]:
    """Split a text into words, numbers, blanks and signs; joined they are the text again."""
    return _WORDS.findall(text)


def compare_words(old: str, new: str) -> list[Run]:
    """Return the runs that lead from one text to the other, removed before added.

    The SAME and REMOVED runs joined are `old`, the SAME and ADDED runs `new`.
    """
    if old == new:
        return [Run(Kind.SAME, old)] if old else []
    left, right = words(old), words(new)
    script = _compare(left, right)
    if script is None:
        script = _compare(_SENTENCES.findall(old), _SENTENCES.findall(new))
    if script is None or "".join(text for kind, text in script if kind is not Kind.ADDED) != old:
        return _replaced(old, new)
    runs = _join(_bridge(_group(script)))
    return runs if _alike(runs, old, new) else _replaced(old, new)


def shorten(runs: Sequence[Run], keep: int = KEEP_CHARS) -> list[Run]:
    """Leave out the middle of long unchanged runs; about `keep` characters stay on each side of a change."""
    short: list[Run] = []
    for number, run in enumerate(runs):
        before = keep if number else 0
        after = keep if number < len(runs) - 1 else 0
        if run.kind is not Kind.SAME or len(run.text) <= before + after + keep:
            short.append(run)
            continue
        head, tail = run.text[:before], run.text[len(run.text) - after :] if after else ""
        head, tail = head[: head.rfind(" ") + 1], tail[tail.find(" ") :] if after else ""
        middle = run.text[len(head) : len(run.text) - len(tail)]
        parts = (Run(Kind.SAME, head), Run(Kind.SKIPPED, middle), Run(Kind.SAME, tail))
        short.extend(part for part in parts if part.text)
    return short


def _replaced(old: str, new: str) -> list[Run]:
    return [run for run in (Run(Kind.REMOVED, old), Run(Kind.ADDED, new)) if run.text]


def _compare(left: Sequence[str], right: Sequence[str]) -> list[tuple[Kind, str]] | None:
    """Return the edit script of two token lists; None where it would be longer than `MAX_EDITS`."""
    start = 0
    while start < min(len(left), len(right)) and left[start] == right[start]:
        start += 1
    end = 0
    while end < min(len(left), len(right)) - start and left[-1 - end] == right[-1 - end]:
        end += 1
    middle = _edit_script(left[start : len(left) - end], right[start : len(right) - end])
    if middle is None:
        return None
    head = [(Kind.SAME, token) for token in left[:start]]
    return head + middle + [(Kind.SAME, token) for token in left[len(left) - end :]]


def _edit_script(left: Sequence[str], right: Sequence[str]) -> list[tuple[Kind, str]] | None:
    """Myers' greedy search with a trace to walk back along; O((N + M) D) steps, D at most `MAX_EDITS`."""
    if not left or not right:
        return [(Kind.REMOVED, token) for token in left] + [(Kind.ADDED, token) for token in right]
    furthest = {1: 0}
    trace: list[dict[int, int]] = []
    for edits in range(min(len(left) + len(right), MAX_EDITS) + 1):
        trace.append(dict(furthest))
        for diagonal in range(-edits, edits + 1, 2):
            down = diagonal == -edits or (
                diagonal != edits and furthest.get(diagonal - 1, -1) < furthest.get(diagonal + 1, -1)
            )
            x = furthest[diagonal + 1] if down else furthest[diagonal - 1] + 1
            y = x - diagonal
            while x < len(left) and y < len(right) and left[x] == right[y]:
                x, y = x + 1, y + 1
            furthest[diagonal] = x
            if x >= len(left) and y >= len(right):
                return _walk_back(trace, left, right)
    return None


def _walk_back(
    trace: list[dict[int, int]], left: Sequence[str], right: Sequence[str]
) -> list[tuple[Kind, str]]:
    script: list[tuple[Kind, str]] = []
    x, y = len(left), len(right)
    for edits in range(len(trace) - 1, -1, -1):
        furthest, diagonal = trace[edits], x - y
        down = diagonal == -edits or (
            diagonal != edits and furthest.get(diagonal - 1, -1) < furthest.get(diagonal + 1, -1)
        )
        before = diagonal + 1 if down else diagonal - 1
        start_x = furthest.get(before, 0)
        start_y = start_x - before
        while x > start_x and y > start_y and x > 0 and y > 0:
            x, y = x - 1, y - 1
            script.append((Kind.SAME, left[x]))
        if not edits:
            break
        if down:
            y -= 1
            script.append((Kind.ADDED, right[y]))
        else:
            x -= 1
            script.append((Kind.REMOVED, left[x]))
    return script[::-1]


@dataclass
class _Change:
    """What stands between two stretches of common text, on both sides; equal sides are common text."""

    removed: str = ""
    added: str = ""

    @property
    def is_same(self) -> bool:
        return self.removed == self.added


def _group(script: Sequence[tuple[Kind, str]]) -> list[_Change]:
    """Alternate stretches of common text and changes."""
    groups: list[_Change] = []
    previous_same: bool | None = None
    for kind, token in script:
        same = kind is Kind.SAME
        if same != previous_same:
            groups.append(_Change())
            previous_same = same
        if kind is not Kind.ADDED:
            groups[-1].removed += token
        if kind is not Kind.REMOVED:
            groups[-1].added += token
    return groups


def _bridge(groups: Sequence[_Change]) -> list[_Change]:
    """Join changes that only blanks and signs keep apart, so that a phrase is not shown as confetti."""
    joined: list[_Change] = []
    for number, group in enumerate(groups):
        inside = joined and number < len(groups) - 1 and not joined[-1].is_same
        apart = group.is_same and any(sign.isalnum() for sign in group.added)
        continues = joined and not joined[-1].is_same and not group.is_same
        if (inside and group.is_same and not apart) or continues:
            joined[-1].removed += group.removed
            joined[-1].added += group.added
        else:
            joined.append(_Change(group.removed, group.added))
    return joined


def _join(groups: Sequence[_Change]) -> list[Run]:
    runs: list[Run] = []
    for group in groups:
        if group.is_same:
            runs.append(Run(Kind.SAME, group.added))
        else:
            runs.extend(_replaced(group.removed, group.added))
    return [run for run in runs if run.text]


def _alike(runs: Sequence[Run], old: str, new: str) -> bool:
    """Tell whether enough stayed for the common words to help a reader."""
    common = sum(len(run.text) for run in runs if run.kind is Kind.SAME)
    return common >= MIN_COMMON * min(len(old), len(new))

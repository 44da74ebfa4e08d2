"""Two values side by side, as every screen shows a difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from workflows.registry import Picture, Shown
from workflows.rules.words import Run, compare_words, shorten


@dataclass(frozen=True)
class ComparedPicture:
    """A picture on one side of a difference, or on both: `fate` is removed, added or same."""

    picture: Picture
    fate: str


@dataclass(frozen=True)
class ValueDiff:
    """How one value became another: runs of words, or pictures; and what to know about it, in a few words.

    Rendered by `workflows/value_diff.html`.
    """

    runs: tuple[Run, ...]
    pictures: tuple[ComparedPicture, ...]
    note: str


def compare_shown(before: Shown, after: Shown) -> ValueDiff:
    """Return the difference of two values that are not equal."""
    if before.pictures or after.pictures:
        pictures = _compare_pictures(before.pictures, after.pictures)
        moved = all(row.fate == "same" for row in pictures)
        return ValueDiff((), pictures, _("another order") if moved else "")
    if before.text == after.text and before.text:
        runs: Sequence[Run] = shorten(compare_words(before.text, after.text))
        return ValueDiff(tuple(runs), (), _("reads the same; only its form changes"))
    same = before.meaning is not None and before.meaning == after.meaning
    runs = shorten(compare_words(before.text, after.text))
    return ValueDiff(tuple(runs), (), _("same amount, other unit") if same else "")


def _compare_pictures(before: Sequence[Picture], after: Sequence[Picture]) -> tuple[ComparedPicture, ...]:
    old, new = {row.name for row in before}, {row.name for row in after}
    removed = [ComparedPicture(row, "removed") for row in before if row.name not in new]
    return (
        *removed,
        *(ComparedPicture(row, "same" if row.name in old else "added") for row in after),
    )

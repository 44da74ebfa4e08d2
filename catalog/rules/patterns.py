"""Patterns that texts must match: they come from imports, so they are checked and bounded in time."""

from __future__ import annotations

import regex

PATTERN_S = 0.1


def matches(pattern: str, text: str) -> bool:
    """Tell whether a pattern is found in a text; patterns come from imports, so each search has a time limit.

    A pattern that does not compile or takes longer than `PATTERN_S` counts as not found.
    """
    try:
        return regex.search(pattern, text, timeout=PATTERN_S) is not None
    except (regex.error, TimeoutError):
        return False


def pattern_problem(pattern: str) -> str:
    """Return what is wrong with a pattern in a sentence, or an empty string."""
    try:
        regex.compile(pattern)
    except regex.error as error:
        return f"“{pattern}” is not a pattern: {error}."
    return ""

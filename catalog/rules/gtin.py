"""Global Trade Item Numbers.

Source: GS1 General Specifications, release 24, section 7.9.1 (standard check digit calculation); read
2026-11.
"""

from __future__ import annotations

LENGTHS = frozenset({8, 12, 13, 14})


def check_digit(body: str) -> int:
    """Return the check digit of a number given without it: weights 3 and 1 from the right, to the next
    ten.
    """
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return -total % 10


def gtin_problem(text: str) -> str:
    """Return what is wrong with a GTIN in one sentence, or an empty string."""
    if not (text.isascii() and text.isdigit()):
        return f"“{text}” is not a GTIN: it may hold digits only."
    if len(text) not in LENGTHS:
        return f"“{text}” is not a GTIN: it has {len(text)} digits; 8, 12, 13 or 14 are allowed."
    expected = check_digit(text[:-1])
    if int(text[-1]) != expected:
        return f"“{text}” is not a GTIN: its last digit should be {expected}."
    return ""

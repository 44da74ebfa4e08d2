"""What every kind of rule shares: reading its parameters, and the texts of a value."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from channels.rules.conditions import Facts
from channels.rules.spec import RuleSpec

Params = dict[str, Any]
Check = Callable[[Any, Facts], Params | None]
_SHOWN_CHARS = 80


class RuleError(ValueError):
    """A rule whose kind or parameters can't be used; the message says what."""


def texts_of(value: Any) -> Iterable[str]:
    """Return every text of a value: itself, or the entries of a list."""
    if isinstance(value, list):
        return [entry if isinstance(entry, str) else str(entry) for entry in value]
    return (value if isinstance(value, str) else str(value),)


def shorten(text: str) -> str:
    """Return a text as sentences quote it: cut after 80 characters."""
    return text if len(text) <= _SHOWN_CHARS else text[: _SHOWN_CHARS - 1] + "…"


def number_param(rule: RuleSpec, name: str) -> Decimal | None:
    """Return a parameter as a number, None when it is not given; anything else raises `RuleError`."""
    value = rule.params.get(name)
    if value is None:
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise RuleError(f"{name} is a number") from None


def whole_param(rule: RuleSpec, name: str) -> int:
    """Return a parameter that must be a whole number from zero on; anything else raises `RuleError`."""
    value = rule.params.get(name)
    if not isinstance(value, int) or value < 0:
        raise RuleError(f"{name} is a whole number")
    return value


def list_param(rule: RuleSpec, name: str) -> list[str]:
    """Return a parameter that must be a list with entries, as texts; anything else raises `RuleError`."""
    value = rule.params.get(name)
    if not isinstance(value, list) or not value:
        raise RuleError(f"{name} is a list")
    return [str(entry) for entry in value]

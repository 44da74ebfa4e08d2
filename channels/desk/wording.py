"""Moments, amounts and stored values as the desk says them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from babel.core import UnknownLocaleError
from babel.numbers import UnknownCurrencyError, format_currency
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from channels.rules.mapping import plain_text

_PRICE = re.compile(r"(-?\d+(?:\.\d+)?) ([A-Z]{3})")


@dataclass(frozen=True)
class When:
    """A moment as the time since then, with the exact one for the pointer and for machines."""

    ago: str
    exact: str
    iso: str

    @property
    def tag(self) -> SafeString:
        """The moment as an element of a page."""
        return format_html('<time datetime="{}" title="{}">{}</time>', self.iso, self.exact, self.ago)


def when(moment: datetime, now: datetime) -> When:
    """Say how long before `now` a moment was."""
    recent = now - moment < timedelta(minutes=1)
    ago = _("just now") if recent else _("%(time)s ago") % {"time": timesince(moment, now, depth=1)}
    exact = timezone.localtime(moment).strftime("%Y-%m-%d %H:%M:%S %Z")
    return When(ago.replace("\xa0", " "), exact, moment.isoformat())


def money(amount: str, currency: str) -> str:
    """Return an amount in the form of the screen's language; what is no amount stays as it is."""
    try:
        return str(format_currency(Decimal(amount), currency, locale=get_language() or "en"))
    except (InvalidOperation, UnknownLocaleError, UnknownCurrencyError):
        return f"{amount} {currency}"


def amount_of(value: Any) -> tuple[Decimal, str] | None:
    """Return a stored price as amount and currency, in either of its forms; None for what is none."""
    if isinstance(value, dict) and value.keys() >= {"amount", "currency"}:
        amount, currency = str(value["amount"]), str(value["currency"])
    elif isinstance(value, str) and (found := _PRICE.fullmatch(value)):
        amount, currency = found[1], found[2]
    else:
        return None
    try:
        return Decimal(amount), currency
    except InvalidOperation:
        return None


def value_text(value: Any) -> str:
    """Return a value of a stored body as people read it: prices in both forms alike, text without markup."""
    if value is None or value == "":
        return ""
    if isinstance(value, dict):
        if value.keys() >= {"amount", "currency"}:
            return money(str(value["amount"]), str(value["currency"]))
        if "url" in value:
            return str(value["url"])
        return ", ".join(f"{name}: {value_text(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        separator = " › " if value and all(isinstance(inner, str) for inner in value) else ", "
        return separator.join(value_text(inner) for inner in value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    text = str(value)
    found = _PRICE.fullmatch(text)
    return money(found[1], found[2]) if found else plain_text(text)

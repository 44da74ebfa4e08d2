"""Judges of written forms: each says whether a text is in the form a channel wants.

Sources: Google product data specification, sections "Value formats" and "Identifiers" (state of November
2026); ISO 8601; ISO 4217.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime

from catalog.rules.gtin import gtin_problem

_PRICE = re.compile(r"(\d+)(?:\.(\d{1,3}))? ([A-Z]{3})")
_URL = re.compile(r"https?://[A-Za-z0-9.\-]+(?::\d{1,5})?(?:[/?#][!#$%&'()*+,\-./0-9:;=?@A-Z\[\]_a-z~]*)?")
_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:?\d{2})?)?")
_MEASURE = re.compile(r"\d+(\.\d+)? ?[A-Za-z]+")
_WEIGHT = re.compile(r"\d+(\.\d{1,4})? ?(g|kg|oz|lb)")
_UNIT_PRICING = re.compile(
    r"\d+(\.\d+)? ?(oz|lb|mg|g|kg|floz|pt|qt|gal|ml|cl|l|cbm|in|ft|yd|cm|m|sqft|sqm|ct)", re.IGNORECASE
)
_UNIT_BASE = re.compile(
    r"((1|10|100|2|4|8) ?(oz|lb|mg|g|kg|floz|pt|qt|gal|ml|cl|l|cbm|in|ft|yd|cm|m|sqft|sqm|ct)"
    r"|75 ?cl|750 ?ml|50 ?kg|1000 ?kg)",
    re.IGNORECASE,
)
_CATEGORY = re.compile(r"[1-9][0-9]{0,6}|[^\W\d_][^>]*( > [^\W\d_][^>]*)*")
_BOOLEANS = frozenset({"yes", "no", "true", "false"})


def gtin_is_valid(text: str) -> bool:
    """Say whether a text is a GTIN that names an item (`catalog.rules.gtin`): runs of one digit, such as
    0000000000000, have a right check digit and are placeholders, not numbers.
    """
    return not gtin_problem(text) and len(set(text)) > 1


def gtin_prefix_form(text: str) -> str:
    """Return the 13-digit form whose first digits name the issuer, or "" for GTIN-8, whose space is its own.

    A GTIN-12 gets a leading zero; a GTIN-14 loses its indicator digit.
    """
    if len(text) == 14:
        return text[1:]
    return text.zfill(13) if len(text) in (12, 13) else ""


def price_is_valid(text: str) -> bool:
    """Say whether a text is a price such as `15.00 USD`, above zero."""
    match = _PRICE.fullmatch(text)
    return match is not None and bool(match[1].strip("0") or (match[2] or "").strip("0"))


def url_is_valid(text: str) -> bool:
    """Say whether a text is an absolute http(s) address in ASCII, 1 to 2000 characters (RFC 3986)."""
    return len(text) <= 2000 and bool(_URL.fullmatch(text)) and not _PERCENT.search(text)


def moment_is_valid(text: str) -> bool:
    """Say whether a text is an ISO 8601 date, or date and time with or without offset."""
    if not _MOMENT.fullmatch(text):
        return False
    try:
        if "T" in text:
            datetime.fromisoformat(text)
        else:
            date.fromisoformat(text)
    except ValueError:
        return False
    return True


def range_is_valid(text: str) -> bool:
    """Say whether a text is two ISO 8601 moments joined by `/`, the second not before the first, ≤ 51
    characters.
    """
    first, slash, second = text.partition("/")
    if not slash or len(text) > 51 or not (moment_is_valid(first) and moment_is_valid(second)):
        return False
    begin, end = (datetime.fromisoformat(moment) for moment in (first, second))
    if (begin.tzinfo is None) != (end.tzinfo is None):
        return False
    return begin <= end


def _full(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: bool(pattern.fullmatch(text))


FORMATS: dict[str, Callable[[str], bool]] = {
    "price": price_is_valid,
    "url": url_is_valid,
    "date": moment_is_valid,
    "date_range": range_is_valid,
    "gtin": gtin_is_valid,
    "measure": _full(_MEASURE),
    "weight": _full(_WEIGHT),
    "unit_pricing_measure": _full(_UNIT_PRICING),
    "unit_pricing_base_measure": _full(_UNIT_BASE),
    "boolean": _BOOLEANS.__contains__,
    "integer": _full(re.compile(r"-?[0-9]+")),
    "google_category": _full(_CATEGORY),
}
"""Every format a rule of kind `format` may name."""

"""Values: what each attribute type accepts, how it is stored, and how it reads.

`normalise` is the one write boundary: everything that enters a document passes it. What it does per type:

- text, textarea, rich text: NUL removed, Unicode NFC, line ends `\\n`, outer blanks removed; rich text also
  sanitised HTML; text on one line (line breaks become blanks);
- integer: a JSON number; decimal and price: the shortest plain decimal string (`1.50` → `1.5`);
- boolean: true/false, yes/no, 1/0; date `YYYY-MM-DD`; datetime ISO 8601 with its zone;
- options, records: the stored code, found exactly, or without regard to case when `loose`;
- measurement: {"amount": decimal string, "unit": unit code};
- lists keep their order, members once; an empty text, list or object means: nothing is said (None).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import nh3
from stdnum import isbn

from catalog.rules.gtin import gtin_problem
from catalog.rules.keys import fold
from catalog.rules.measures import MeasureTable
from catalog.rules.patterns import matches
from workflows.rules.documents import EMPTY, Grain, JSONValue, is_empty_marker

MAX_TEXT = 100_000
SET_TYPES = frozenset({"multiselect", "references"})
MAX_LINKED = 999_999
LIST_TYPES = frozenset({"multiselect", "references", "assets", "products"})
RICH_TEXT_TAGS = frozenset({
    "a", "b", "blockquote", "br", "code", "em", "h2", "h3", "h4", "hr", "i", "li", "ol", "p", "pre", "s",
    "small", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "u", "ul",
})  # fmt: skip


class ValueProblem(ValueError):
    """A value an attribute can't hold: a stable `code`, and a sentence (`detail`)."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class AttributeSpec:
    """What the rules must know of an attribute. `options` and `records` map folded codes to stored ones."""

    code: str
    type: str
    localised: bool = False
    scopable: bool = False
    locales: frozenset[str] = frozenset()
    measurement_family: str = ""
    unit: str = ""
    scheme: str = ""
    price_kind: str = ""
    entity: str = ""
    limits: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    records: Mapping[str, str] = field(default_factory=dict)
    filterable: bool = False
    searchable: bool = False
    group: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def grain(self) -> Grain:
        """How finely edits of this attribute merge."""
        return Grain.SET if self.type in SET_TYPES else Grain.SCALAR


@dataclass(frozen=True)
class Boundary:
    """What `normalise` needs beside the attribute: measurement units, and whether codes match loosely."""

    measures: MeasureTable
    loose: bool = False


def normalise(spec: AttributeSpec, raw: object, boundary: Boundary) -> JSONValue | None:
    """Return a raw value in stored form, None where it says nothing. Raises `ValueProblem`."""
    if not isinstance(raw, str):
        if is_empty_marker(raw):
            return dict(EMPTY)
        if raw is None or raw in ([], {}):
            return None
    elif not raw:
        return None
    return _NORMALISERS[spec.type](spec, raw, boundary)


def _text(raw: object) -> str:
    if not isinstance(raw, str):
        raise ValueProblem("not_text", f"“{raw}” is not a text.")
    text = raw.replace("\x00", "")
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.strip()
    if len(text) > MAX_TEXT:
        raise ValueProblem("too_long", f"The text has {len(text)} characters; {MAX_TEXT} are allowed.")
    return text


def _limited(spec: AttributeSpec, text: str) -> str:
    if not spec.limits:
        return text
    longest = spec.limits.get("max_chars")
    if longest and len(text) > int(longest):
        raise ValueProblem("too_long", f"The text has {len(text)} characters; {longest} are allowed.")
    pattern = spec.limits.get("pattern")
    if pattern and not matches(pattern, text):
        raise ValueProblem("pattern", f"“{text}” does not have the required form ({pattern}).")
    return text


def _one_line(spec: AttributeSpec, raw: object, _boundary: Boundary) -> str | None:
    return _limited(spec, _text(raw).replace("\n", " ")) or None


def _lines(spec: AttributeSpec, raw: object, _boundary: Boundary) -> str | None:
    return _limited(spec, _text(raw)) or None


def _html(spec: AttributeSpec, raw: object, _boundary: Boundary) -> str | None:
    clean = nh3.clean(_text(raw), tags=set(RICH_TEXT_TAGS), url_schemes={"http", "https", "mailto"})
    return _limited(spec, clean.strip()) or None


def _url(spec: AttributeSpec, raw: object, _boundary: Boundary) -> str | None:
    text = _text(raw)
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = None
    if parts is None or parts.scheme not in ("http", "https") or not parts.netloc or " " in text:
        raise ValueProblem("not_url", f"“{text}” is not a web address that starts with http:// or https://.")
    return _limited(spec, text)


def _decimal(raw: object) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, (str, int, float, Decimal)):
        raise ValueProblem("not_a_number", f"“{raw}” is not a number.")
    try:
        number = Decimal(str(raw).strip())
    except InvalidOperation:
        raise ValueProblem("not_a_number", f"“{raw}” is not a number.") from None
    if not number.is_finite() or abs(number.adjusted()) > 20:
        raise ValueProblem("not_a_number", f"“{raw}” is not a number that can be stored.")
    return number


def decimal_text(number: Decimal) -> str:
    """Return the shortest plain form of a decimal: `1.50` → `1.5`, `-0` → `0`, never an exponent."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _in_range(spec: AttributeSpec, number: Decimal) -> Decimal:
    limits = spec.limits
    if not limits:
        return number
    if limits.get("negative") is False and number < 0:
        raise ValueProblem("negative", f"{number} is negative; that is not allowed here.")
    if limits.get("min") not in (None, "") and number < Decimal(str(limits["min"])):
        raise ValueProblem("too_small", f"{number} is less than {limits['min']}.")
    if limits.get("max") not in (None, "") and number > Decimal(str(limits["max"])):
        raise ValueProblem("too_large", f"{number} is more than {limits['max']}.")
    if limits.get("decimals") is False and number != number.to_integral_value():
        raise ValueProblem("not_whole", f"{number} is not a whole number.")
    return number


def _integer(spec: AttributeSpec, raw: object, _boundary: Boundary) -> int:
    number = _in_range(spec, _decimal(raw))
    if number != number.to_integral_value():
        raise ValueProblem("not_whole", f"{number} is not a whole number.")
    if abs(number) >= 2**53:
        raise ValueProblem("too_large", f"{number} is too large to be stored exactly.")
    return int(number)


def _decimal_string(spec: AttributeSpec, raw: object, _boundary: Boundary) -> str:
    return decimal_text(_in_range(spec, _decimal(raw)))


def _price(spec: AttributeSpec, raw: object, _boundary: Boundary) -> str:
    number = _in_range(spec, _decimal(raw))
    if number < 0:
        raise ValueProblem("negative", f"{number} is negative; a price is not.")
    return decimal_text(number)


_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def _boolean(_spec: AttributeSpec, raw: object, _boundary: Boundary) -> bool:
    if isinstance(raw, bool):
        return raw
    try:
        return _BOOLEANS[str(raw).strip().lower()]
    except KeyError:
        raise ValueProblem("not_boolean", f"“{raw}” is neither yes nor no.") from None


def _date(spec: AttributeSpec, raw: object, _boundary: Boundary) -> str:
    try:
        day = date.fromisoformat(_text(raw))
    except ValueError:
        raise ValueProblem("not_a_date", f"“{raw}” is not a date (YYYY-MM-DD).") from None
    for name, problem in (("date_min", "early"), ("date_max", "late")):
        bound = spec.limits.get(name)
        if bound and (day.isoformat() < bound if problem == "early" else day.isoformat() > bound):
            raise ValueProblem(f"too_{problem}", f"{day.isoformat()} is too {problem}; the limit is {bound}.")
    return day.isoformat()


def _datetime(_spec: AttributeSpec, raw: object, _boundary: Boundary) -> str:
    try:
        moment = datetime.fromisoformat(_text(raw))
    except ValueError:
        raise ValueProblem("not_a_datetime", f"“{raw}” is not a date with time (ISO 8601).") from None
    if moment.tzinfo is None:
        raise ValueProblem("no_zone", f"“{raw}” does not say its time zone.")
    return moment.isoformat()


def _known(codes: Mapping[str, str], raw: object, boundary: Boundary, what: str) -> str:
    text = _text(raw)
    stored = codes.get(fold(text))
    if stored is None or (stored != text and not boundary.loose):
        raise ValueProblem(f"unknown_{what}", f"“{text}” is not one of the {what}s of this attribute.")
    return stored


def _list(raw: object) -> list[object]:
    return list(raw) if isinstance(raw, (list, tuple)) else [raw]


def _once(members: list[JSONValue]) -> list[JSONValue] | None:
    return list(dict.fromkeys(members)) or None


def _select(spec: AttributeSpec, raw: object, boundary: Boundary) -> str:
    return _known(spec.options, raw, boundary, "option")


def _multiselect(spec: AttributeSpec, raw: object, boundary: Boundary) -> list[JSONValue] | None:
    return _once([_known(spec.options, member, boundary, "option") for member in _list(raw)])


def _reference(spec: AttributeSpec, raw: object, boundary: Boundary) -> str:
    return _known(spec.records, raw, boundary, "record")


def _references(spec: AttributeSpec, raw: object, boundary: Boundary) -> list[JSONValue] | None:
    return _once([_known(spec.records, member, boundary, "record") for member in _list(raw)])


_MEASURE = re.compile(r"(?P<amount>[-+]?[0-9.,]*[0-9](?:[eE][-+]?\d+)?)\s*(?P<unit>\D.*)?")


def _measurement(spec: AttributeSpec, raw: object, boundary: Boundary) -> dict[str, JSONValue]:
    if isinstance(raw, dict):
        amount, unit = raw.get("amount"), str(raw.get("unit") or "")
    else:
        found = _MEASURE.fullmatch(str(raw).strip())
        if found is None:
            raise ValueProblem("not_a_measure", f"“{raw}” is not an amount with a unit, such as 1.25 kg.")
        amount, unit = found["amount"], (found["unit"] or "").strip()
    code = boundary.measures.find_unit(spec.measurement_family, unit or spec.unit)
    if code is None:
        raise ValueProblem(
            "unknown_unit", f"“{unit}” is not a unit of {spec.measurement_family or 'this attribute'}."
        )
    return {"amount": decimal_text(_in_range(spec, _decimal(amount))), "unit": code}


def _identifier(spec: AttributeSpec, raw: object, _boundary: Boundary) -> str | None:
    text = " ".join(_text(raw).split())
    if len(text) > 255 or not text.isprintable():
        raise ValueProblem("not_a_code", "An identifier has 1 to 255 printable characters.")
    if spec.scheme == "gtin":
        problem = gtin_problem(text)
        if problem:
            raise ValueProblem("gtin", problem)
    if spec.scheme == "isbn" and not isbn.is_valid(text):
        raise ValueProblem("isbn", f"“{text}” is not a valid ISBN.")
    return _limited(spec, text) or None


def _code(raw: object) -> str:
    text = _text(raw)
    if not 0 < len(text) <= 255 or not text.isprintable():
        raise ValueProblem("not_a_code", "A code has 1 to 255 printable characters.")
    return text


def _asset(_spec: AttributeSpec, raw: object, _boundary: Boundary) -> str:
    return _code(raw)


def _assets(_spec: AttributeSpec, raw: object, _boundary: Boundary) -> list[JSONValue] | None:
    return _once([_code(member) for member in _list(raw)])


def _products(_spec: AttributeSpec, raw: object, _boundary: Boundary) -> list[JSONValue] | None:
    links: dict[str, JSONValue] = {}
    for member in _list(raw):
        if not isinstance(member, dict) or not set(member) <= {"product", "quantity"}:
            raise ValueProblem("not_a_link", f"“{member}” is not a link to a product.")
        try:
            target = str(UUID(str(member["product"])))
        except (KeyError, ValueError):
            raise ValueProblem("not_a_link", f"“{member}” is not a link to a product.") from None
        link: dict[str, JSONValue] = {"product": target}
        if member.get("quantity") is not None:
            quantity = _decimal(member["quantity"])
            if quantity != quantity.to_integral_value() or not 0 < quantity <= MAX_LINKED:
                raise ValueProblem("quantity", f"“{member['quantity']}” is not a quantity (1 or more).")
            link["quantity"] = int(quantity)
        if links.setdefault(target, link) != link:
            raise ValueProblem("linked_twice", "One product is linked twice, with different quantities.")
    return list(links.values()) or None


_NORMALISERS: dict[str, Callable[[AttributeSpec, object, Boundary], JSONValue | None]] = {
    "text": _one_line,
    "textarea": _lines,
    "rich_text": _html,
    "url": _url,
    "date": _date,
    "datetime": _datetime,
    "integer": _integer,
    "decimal": _decimal_string,
    "boolean": _boolean,
    "select": _select,
    "multiselect": _multiselect,
    "measurement": _measurement,
    "price": _price,
    "identifier": _identifier,
    "asset": _asset,
    "assets": _assets,
    "reference": _reference,
    "references": _references,
    "products": _products,
}


def split_list(text: str) -> list[str]:
    """Split `a|b` as deliveries write lists; a backslash escapes `|` and itself."""
    members, current, escaped = [], "", False
    for char in text:
        if escaped or char not in "\\|":
            current += char
            escaped = False
        elif char == "\\":
            escaped = True
        else:
            members.append(current.strip())
            current = ""
    members.append((current + ("\\" if escaped else "")).strip())
    return [member for member in members if member]

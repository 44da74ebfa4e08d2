"""Akeneo's attributes as Concord's: types, limits, and what has no place here."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from catalog.measurements import MEASURES
from catalog.readers.akeneo_codes import locale_tag, split_codes
from catalog.rules.patterns import pattern_problem

Row = Mapping[str, str]

SELECTS = {"pim_catalog_simpleselect": "select", "pim_catalog_multiselect": "multiselect"}
REFERENCES = {
    "pim_reference_data_simpleselect": "reference",
    "pim_reference_data_multiselect": "references",
    "akeneo_reference_entity": "reference",
    "akeneo_reference_entity_collection": "references",
}
PLAIN = {
    "pim_catalog_identifier": "identifier",
    "pim_catalog_text": "text",
    "pim_catalog_textarea": "textarea",
    "pim_catalog_date": "date",
    "pim_catalog_boolean": "boolean",
    "pim_catalog_metric": "measurement",
    "pim_catalog_price_collection": "price",
    "pim_catalog_number": "integer",
    "pim_catalog_image": "asset",
    "pim_catalog_file": "asset",
    **SELECTS,
}
MEDIA_TYPES = ("pim_catalog_image", "pim_catalog_file")

# What `read_attribute` reads, and what says the same as something it reads.
READ_COLUMNS = frozenset(
    {
        "allowed_extensions",
        "available_locales",
        "code",
        "date_max",
        "date_min",
        "decimals_allowed",
        "default_metric_unit",
        "group",
        "localizable",
        "max_characters",
        "max_file_size",
        "metric_family",
        "negative_allowed",
        "number_max",
        "number_min",
        "reference_data_name",
        "scopable",
        "sort_order",
        "type",
        "unique",
        "useable_as_grid_filter",
        "validation_regexp",
        "validation_rule",
        "wysiwyg_enabled",
    }
)
_EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
_REGEXP_PAIRS = {"(": ")", "[": "]", "{": "}", "<": ">"}
_REGEXP_FLAGS = frozenset("imsx")


class Unusable(ValueError):
    """Why a row of attributes.csv can't become an attribute."""


@dataclass
class ReadAttribute:
    """An attribute as `load_structure` takes it, and the cells left out (column, value, reason)."""

    item: dict[str, Any]
    left_out: list[tuple[str, str, str]] = field(default_factory=list)

    def leave_out(self, row: Row, column: str, reason: str) -> None:
        """Note that a cell has no place here."""
        self.left_out.append((column, row[column], reason))


def read_attribute(row: Row, *, code: str, alias: str, entities: Collection[str]) -> ReadAttribute:
    """Turn a row of attributes.csv into an attribute. Raises `Unusable` with the reason.

    `entities` are the codes of the reference entities that exist. A unique text becomes an identifier of
    scheme `free`, a number an integer unless decimals are allowed, a text area with an editor rich text.
    """
    found = ReadAttribute({"code": code, "alias": alias, "labels": labels_of(row)})
    item = found.item
    item["type"] = _type_of(row)
    item["localised"] = _yes(row, "localizable")
    item["scopable"] = _yes(row, "scopable")
    item["filterable"] = _yes(row, "useable_as_grid_filter")
    item["searchable"] = item["type"] in ("text", "identifier")
    item["position"] = _position(row)
    if _yes(row, "unique") and item["type"] != "identifier":
        _make_unique(found, row)
    if item["type"] == "identifier":
        item["scheme"] = "sku" if code == "sku" else "free"
        if item["localised"] or item["scopable"]:
            raise Unusable(_("An identifier is the same in every language and on every channel."))
    if item["type"] == "measurement":
        _read_measurement(found, row)
    if item["type"] in ("reference", "references"):
        item["entity"] = _entity(row, entities)
    if locales := row.get("available_locales"):
        _read_locales(found, row, locales)
    item["limits"] = _limits(found, row)
    return found


def labels_of(row: Row) -> dict[str, str]:
    """Return the labels of a structure row by BCP 47 locale."""
    return {
        tag: text
        for column, text in row.items()
        if column.startswith("label-") and text and (tag := locale_tag(column.removeprefix("label-")))
    }


def _type_of(row: Row) -> str:
    theirs = row["type"]
    ours = PLAIN.get(theirs) or REFERENCES.get(theirs)
    if ours is None:
        raise Unusable(_("Attributes of the type “%(type)s” can't be imported.") % {"type": theirs})
    if ours == "integer" and _yes(row, "decimals_allowed"):
        return "decimal"
    if ours == "textarea" and _yes(row, "wysiwyg_enabled"):
        return "rich_text"
    if ours == "text" and row.get("validation_rule") == "url":
        return "url"
    return ours


def _make_unique(found: ReadAttribute, row: Row) -> None:
    item = found.item
    if item["type"] == "text" and not item["localised"] and not item["scopable"]:
        item.update(type="identifier", searchable=True)
    else:
        found.leave_out(row, "unique", _("Only texts and identifiers can be unique."))


def _read_measurement(found: ReadAttribute, row: Row) -> None:
    theirs = row.get("metric_family", "")
    family = MEASURES.find_family(theirs)
    if family is None:
        raise Unusable(_("The measurement family “%(family)s” is not known.") % {"family": theirs})
    found.item["measurement_family"] = family
    if unit := row.get("default_metric_unit"):
        found.item["unit"] = MEASURES.find_unit(family, unit) or ""
        if not found.item["unit"]:
            found.leave_out(
                row, "default_metric_unit", _("This is not a unit of %(family)s.") % {"family": theirs}
            )


def _entity(row: Row, entities: Collection[str]) -> str:
    name = row.get("reference_data_name", "")
    if name not in entities:
        raise Unusable(
            _("It refers to “%(entity)s”, and there is no reference entity of that name; make it first.")
            % {"entity": name}
        )
    return name


def _read_locales(found: ReadAttribute, row: Row, locales: str) -> None:
    if found.item["localised"]:
        found.item["locales"] = [tag for code in split_codes(locales) if (tag := locale_tag(code))]
    else:
        found.leave_out(
            row,
            "available_locales",
            _("An attribute that is the same in every language can't be limited to some."),
        )


def _limits(found: ReadAttribute, row: Row) -> dict[str, Any]:
    limits: dict[str, Any] = {}
    for column, name, parse in (
        ("max_characters", "max_chars", _whole),
        ("number_min", "min", _number),
        ("number_max", "max", _number),
        ("date_min", "date_min", _day),
        ("date_max", "date_max", _day),
        ("max_file_size", "max_megabytes", _number),
    ):
        if text := row.get(column):
            value = parse(text)
            if value is None:
                found.leave_out(row, column, _("This can't be read as a limit."))
            else:
                limits[name] = value
    if found.item["type"] in ("integer", "decimal", "measurement", "price"):
        if row.get("decimals_allowed") == "0":
            limits["decimals"] = False
        if row.get("negative_allowed") == "0":
            limits["negative"] = False
    if extensions := split_codes(row.get("allowed_extensions", "")):
        limits["extensions"] = extensions
    _read_pattern(found, row, limits)
    return limits


def _read_pattern(found: ReadAttribute, row: Row, limits: dict[str, Any]) -> None:
    rule = row.get("validation_rule", "")
    if rule == "email":
        limits["pattern"] = _EMAIL
    elif rule not in ("", "url", "regexp"):
        found.leave_out(row, "validation_rule", _("This rule is not known."))
    if row.get("validation_regexp"):
        pattern = _python_pattern(row["validation_regexp"])
        if pattern is None:
            found.leave_out(row, "validation_regexp", _("This pattern can't be used here."))
        else:
            limits["pattern"] = pattern


def _python_pattern(text: str) -> str | None:
    """Return a PHP pattern with its delimiters (`/…/i`, `(…)`) as one of Python, None where that fails.

    Source: PHP manual, PCRE, section Delimiters; read 2026-11.
    """
    text = text.strip()
    end = text.rfind(_REGEXP_PAIRS.get(text[0], text[0]))
    if text[0].isalnum() or text[0] == "\\" or end < 1:
        return None
    body, flags = text[1:end], text[end + 1 :].replace("u", "")
    if not set(flags) <= _REGEXP_FLAGS:
        return None
    pattern = f"(?{flags}){body}" if flags else body
    return None if pattern_problem(pattern) else pattern


def _yes(row: Row, column: str) -> bool:
    return row.get(column) == "1"


def _position(row: Row) -> int:
    text = row.get("sort_order", "")
    return int(text) if text.isdecimal() and len(text) < 9 else 0


def _whole(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 9 else None


def _number(text: str) -> str | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return text if number.is_finite() else None


def _day(text: str) -> str | None:
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        return None

"""What a document says, as rows of the derived tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal

from catalog.rules.keys import ValueKey, fold
from catalog.rules.measures import MeasureTable
from catalog.rules.values import AttributeSpec
from catalog.rules.words import search_form
from workflows.rules.documents import JSONValue, is_empty_marker

Identifier = tuple[str, str, str]
"""(attribute, value, folded value)"""
UseRow = tuple[str, str, str]
"""(kind, target, key)"""
FilterRow = tuple[str, str, str, "str | None", "Decimal | None"]
"""(attribute, locale, scope, text, number)"""

TEXT_TYPES = frozenset({"text", "textarea", "rich_text", "url"})
NUMBER_TYPES = frozenset({"integer", "decimal", "price"})
CHOICE_TYPES = frozenset({"select", "multiselect", "reference", "references"})
"""Types whose values are codes of options or records."""
REFERRING_TYPES = CHOICE_TYPES | {"asset", "assets", "products"}
"""Types whose values are uses. Filters find them there, so they have no filter rows."""
_STEP = Decimal("0.0000000001")
_WIDE = Context(prec=40)
_DIGITS = Context(prec=15)
_LIMIT = Decimal(10) ** 20


@dataclass(frozen=True)
class Derived:
    """The derived rows of one document, each row once, in the document's order."""

    identifiers: tuple[Identifier, ...] = ()
    uses: tuple[UseRow, ...] = ()
    filters: tuple[FilterRow, ...] = ()
    codes: str = ""
    text: str = ""


NOTHING = Derived()
"""What a document derives that does not exist."""


@dataclass(frozen=True, slots=True)
class _Role:
    """What a key's values are to the derived tables."""

    key: ValueKey
    spec: AttributeSpec
    identifies: bool
    is_searched: bool
    refers: bool
    is_filtered: bool


class Deriver:
    """Derives rows from documents; what each key is to them is found out once."""

    def __init__(self, attributes: Mapping[str, AttributeSpec], measures: MeasureTable) -> None:
        self._attributes = attributes
        self._measures = measures
        self._roles: dict[str, _Role | None] = {}

    def derive(self, document: Mapping[str, JSONValue]) -> Derived:
        """Return every derived row of a document; keys of unknown attributes derive nothing."""
        identifiers: list[Identifier] = []
        uses: list[UseRow] = []
        filters: list[FilterRow] = []
        texts: list[str] = []
        roles = self._roles
        for text_key, value in document.items():
            if text_key.startswith("#"):
                uses.extend(_structure_uses(text_key, value))
                continue
            role = roles[text_key] if text_key in roles else self._find_role(text_key)
            if role is None or is_empty_marker(value):
                continue
            if role.identifies:
                identifiers.append((role.key.code, str(value), fold(str(value))))
                continue
            if role.is_searched:
                texts.append(str(value))
            if role.refers:
                uses.extend((kind, target, text_key) for kind, target in _targets(role.spec, value))
            if role.is_filtered:
                filters.extend(_filter_rows(role.spec, role.key, value, self._measures))
        return Derived(
            tuple(identifiers),
            tuple(dict.fromkeys(uses)),
            tuple(dict.fromkeys(filters)),
            " ".join(sorted({search_form(value) for _attribute, value, _folded in identifiers})),
            # Sorted: jsonb does not keep the order of keys, and the text must not depend on it.
            "\n".join(sorted({search_form(text) for text in texts})),
        )

    def _find_role(self, text_key: str) -> _Role | None:
        """Return what a key is to the derived tables and keep it; None: nothing."""
        key = ValueKey.parse(text_key)
        spec = self._attributes.get(key.code)
        found = None
        if spec is not None:
            role = _Role(
                key,
                spec,
                identifies=spec.type == "identifier",
                is_searched=spec.searchable and spec.type in TEXT_TYPES,
                refers=spec.type in REFERRING_TYPES,
                is_filtered=spec.filterable and spec.type not in REFERRING_TYPES,
            )
            if role.identifies or role.is_searched or role.refers or role.is_filtered:
                found = role
        self._roles[text_key] = found
        return found


def identifiers_of(document: Mapping[str, JSONValue | None], attributes: Iterable[str]) -> list[Identifier]:
    """Return the identifiers a document or patch names; `attributes` are the codes of identifiers."""
    found = []
    for code in attributes:
        value = document.get(code)
        if isinstance(value, str):
            found.append((code, value, fold(value)))
    return found


def _structure_uses(key: str, value: JSONValue) -> Iterator[UseRow]:
    if key == "#family":
        yield ("family", str(value), key)
    elif key == "#parent":
        yield ("parent", str(value), key)
    elif key == "#categories" and isinstance(value, list):
        for code in value:
            yield ("category", str(code), key)


def use_of(spec: AttributeSpec, value: str) -> tuple[str, str]:
    """Return kind and target of the use that a value of a choosing attribute (`CHOICE_TYPES`) is."""
    if spec.type in ("reference", "references"):
        return "record", f"{spec.entity}/{value}"
    return "option", f"{spec.code}/{value}"


def _targets(spec: AttributeSpec, value: JSONValue) -> Iterator[tuple[str, str]]:
    members = value if isinstance(value, list) else [value]
    if spec.type in CHOICE_TYPES:
        yield from (use_of(spec, str(member)) for member in members)
    elif spec.type in ("asset", "assets"):
        yield from (("asset", str(member)) for member in members)
    elif spec.type == "products":
        yield from (("product", str(member["product"])) for member in members if isinstance(member, dict))


def _filter_rows(
    spec: AttributeSpec, key: ValueKey, value: JSONValue, measures: MeasureTable
) -> Iterator[FilterRow]:
    name = f"{key.code}.{key.part}" if key.part else key.code
    where = (name, key.locale, key.scope)
    if spec.type in NUMBER_TYPES:
        yield from _number_row(where, Decimal(str(value)))
    elif spec.type == "measurement" and isinstance(value, dict):
        amount = measures.standard_amount(
            spec.measurement_family, Decimal(str(value["amount"])), str(value["unit"])
        )
        yield from _number_row(where, amount)
    elif spec.type == "boolean":
        yield (*where, "true" if value is True else "false", None)
    else:
        yield (*where, str(value)[:255], None)


def _number_row(where: tuple[str, str, str], number: Decimal) -> Iterator[FilterRow]:
    """Yield the row of a number as both databases keep it: SQLite holds 15 digits, the column 20 before the
    point.
    """
    kept = _DIGITS.plus(number)
    if abs(kept) < _LIMIT:
        yield (*where, None, kept.quantize(_STEP, context=_WIDE))

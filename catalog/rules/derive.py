"""What a document says, as rows of the derived tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal

from catalog.rules.keys import ValueKey, fold
from catalog.rules.measures import MeasureTable
from catalog.rules.values import AttributeSpec
from workflows.rules.documents import JSONValue, is_empty_marker

Identifier = tuple[str, str, str]
"""(attribute, value, folded value)"""
UseRow = tuple[str, str, str]
"""(kind, target, key)"""
FilterRow = tuple[str, str, str, "str | None", "Decimal | None"]
"""(attribute, locale, scope, text, number)"""

TEXT_TYPES = frozenset({"text", "textarea", "rich_text", "url"})
NUMBER_TYPES = frozenset({"integer", "decimal", "price"})
_STEP = Decimal("0.0000000001")
_WIDE = Context(prec=40)


@dataclass(frozen=True)
class Derived:
    """The derived rows of one document."""

    identifiers: frozenset[Identifier]
    uses: frozenset[UseRow]
    filters: frozenset[FilterRow]
    codes: str
    text: str


def derive(
    document: Mapping[str, JSONValue], attributes: Mapping[str, AttributeSpec], measures: MeasureTable
) -> Derived:
    """Return every derived row of a document; keys of unknown attributes derive nothing."""
    identifiers: list[Identifier] = []
    uses: list[UseRow] = []
    filters: list[FilterRow] = []
    texts: list[str] = []
    for text_key, value in document.items():
        if text_key.startswith("#"):
            uses.extend(_structure_uses(text_key, value))
            continue
        key = ValueKey.parse(text_key)
        spec = attributes.get(key.code)
        if spec is None or is_empty_marker(value):
            continue
        if spec.type == "identifier":
            identifiers.append((spec.code, str(value), fold(str(value))))
            continue
        uses.extend((kind, target, text_key) for kind, target in _targets(spec, value))
        if spec.searchable and spec.type in TEXT_TYPES:
            texts.append(str(value))
        if spec.filterable:
            filters.extend(_filter_rows(spec, key, value, measures))
    return Derived(
        frozenset(identifiers),
        frozenset(uses),
        frozenset(filters),
        " ".join(sorted({value for _attribute, value, _folded in identifiers})),
        "\n".join(dict.fromkeys(texts)),
    )


def identifiers_of(
    document: Mapping[str, JSONValue | None], attributes: Mapping[str, AttributeSpec]
) -> list[Identifier]:
    """Return the identifiers a document or patch names."""
    found = []
    for key, value in document.items():
        spec = attributes.get(key)
        if spec is not None and spec.type == "identifier" and isinstance(value, str):
            found.append((key, value, fold(value)))
    return found


def _structure_uses(key: str, value: JSONValue) -> Iterator[UseRow]:
    if key == "#family":
        yield ("family", str(value), key)
    elif key == "#parent":
        yield ("parent", str(value), key)
    elif key == "#categories" and isinstance(value, list):
        for code in value:
            yield ("category", str(code), key)


def _targets(spec: AttributeSpec, value: JSONValue) -> Iterator[tuple[str, str]]:
    members = value if isinstance(value, list) else [value]
    if spec.type in ("select", "multiselect"):
        yield from (("option", f"{spec.code}/{member}") for member in members)
    elif spec.type in ("reference", "references"):
        yield from (("record", f"{spec.entity}/{member}") for member in members)
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
        yield (*where, None, _stored_number(Decimal(str(value))))
    elif spec.type == "measurement" and isinstance(value, dict):
        amount = measures.standard_amount(
            spec.measurement_family, Decimal(str(value["amount"])), str(value["unit"])
        )
        yield (*where, None, _stored_number(amount))
    elif spec.type == "boolean":
        yield (*where, "true" if value is True else "false", None)
    elif spec.type in ("asset", "assets", "products"):
        return
    else:
        for member in value if isinstance(value, list) else [value]:
            yield (*where, str(member)[:255], None)


def _stored_number(number: Decimal) -> Decimal:
    return number.quantize(_STEP, context=_WIDE)

"""The grammar of Akeneo's product columns: `attribute[-locale][-channel]`, `-unit`, `price-EUR`, links.

Source: Akeneo help, "Product import and export formats"; read 2026-11, and held against real exports.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from django.utils.translation import gettext as _

from catalog.readers.akeneo_codes import Codes, locale_tag
from catalog.rules.keys import ValueKey
from catalog.rules.values import AttributeSpec, ValueProblem
from catalog.services.schema import Schema

LINK_TARGETS = ("products", "product_models")
STRUCTURE_COLUMNS = {
    "products.csv": frozenset({"categories", "enabled", "family", "parent"}),
    "product_models.csv": frozenset({"categories", "family_variant", "parent"}),
}


class ColumnKind(Enum):
    """What the cells of a column are."""

    IDENTIFIER = "identifier"
    STRUCTURE = "structure"
    VALUE = "value"
    PRICES = "prices"
    LINKS = "links"
    COMPANION = "companion"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Column:
    """One column: its kind, and for values and links the key they stand under.

    `companion` is the column with the units or quantities of this one; `reason` says why an unknown column is
    left out.
    """

    name: str
    kind: ColumnKind
    key: str = ""
    spec: AttributeSpec | None = None
    companion: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Grammar:
    """What column names are read by: the structure that was imported with them."""

    schema: Schema
    attributes: Codes
    associations: Codes
    scopes: Codes
    identifier: str

    def columns(self, file: str, names: Iterable[str]) -> list[Column]:
        """Return what each column of products.csv or product_models.csv is, in order. Never raises."""
        names = list(names)
        present = set(names)
        return [self._column(file, name, present) for name in names]

    def _column(self, file: str, name: str, present: set[str]) -> Column:
        if name == ("code" if file == "product_models.csv" else self.identifier):
            return Column(name, ColumnKind.IDENTIFIER)
        if name in STRUCTURE_COLUMNS[file]:
            return Column(name, ColumnKind.STRUCTURE)
        head, *rest = name.split("-")
        association = self.associations.find(head)
        if association and rest and rest[0] in (*LINK_TARGETS, "groups"):
            return self._links(name, association, rest, present)
        attribute = self.attributes.find(head)
        spec = self.schema.attributes.get(attribute) if attribute else None
        if spec is None:
            return _unknown(name, _("There is no attribute or setting of this name."))
        return self._value(name, spec, rest, present)

    def _links(self, name: str, association: str, rest: list[str], present: set[str]) -> Column:
        if rest[0] == "groups":
            return _unknown(name, _("Products can't be linked to groups of products."))
        if rest[1:] == ["quantity"] and name.removesuffix("-quantity") in present:
            return Column(name, ColumnKind.COMPANION)
        if rest[1:]:
            return _unknown(name, _("There is no attribute or setting of this name."))
        companion = f"{name}-quantity"
        return Column(
            name, ColumnKind.LINKS, key=association, companion=companion if companion in present else ""
        )

    def _value(self, name: str, spec: AttributeSpec, rest: list[str], present: set[str]) -> Column:
        if spec.type == "measurement" and rest[-1:] == ["unit"] and name.removesuffix("-unit") in present:
            return Column(name, ColumnKind.COMPANION)
        locale = scope = part = ""
        if spec.localised and rest:
            locale = locale_tag(rest.pop(0)) or ""
        if spec.scopable and rest and not (spec.type == "price" and len(rest) == 1 and _is_currency(rest[0])):
            written = rest.pop(0)
            scope = self.scopes.find(written) or ""
            if not scope:
                return _unknown(name, _("There is no channel “%(channel)s”.") % {"channel": written})
        if spec.type == "price" and rest:
            part = rest.pop(0)
        if rest:
            return _unknown(
                name,
                _("The name of this column can't be read as a value of %(attribute)s.")
                % {"attribute": spec.code},
            )
        kind, checked = ColumnKind.VALUE, ValueKey(spec.code, part, locale, scope)
        if spec.type == "price" and not part:
            kind, checked = ColumnKind.PRICES, ValueKey(spec.code, "EUR", locale, scope)
        try:
            self.schema.key(str(checked))
        except ValueProblem as problem:
            return _unknown(name, problem.detail)
        unit = f"{name}-unit" if spec.type == "measurement" and f"{name}-unit" in present else ""
        key = str(ValueKey(spec.code, part, locale, scope))
        return Column(name, kind, key=key, spec=spec, companion=unit)


def identifier_column(columns: Iterable[Column]) -> str:
    """Return the name of the column that tells rows apart, empty where there is none."""
    return next((column.name for column in columns if column.kind is ColumnKind.IDENTIFIER), "")


def media_columns(columns: Iterable[Column]) -> list[str]:
    """Return the names of the columns whose cells are paths of files."""
    return [column.name for column in columns if column.spec and column.spec.type in ("asset", "assets")]


def read_prices(key: str, cell: str) -> Mapping[str, str]:
    """Return the amounts of a cell that lists prices (`10.00 EUR, 14.00 USD`) by value key.

    Raises `ValueProblem` where a member is no amount with a currency.
    """
    parsed = ValueKey.parse(key)
    found = {}
    for member in cell.split(","):
        amount, _blank, currency = member.strip().partition(" ")
        if not _is_currency(currency):
            raise ValueProblem(
                "not_a_price", _("“%(price)s” is not an amount with a currency.") % {"price": member}
            )
        found[str(ValueKey(parsed.code, currency, parsed.locale, parsed.scope))] = amount
    return found


def _is_currency(text: str) -> bool:
    return len(text) == 3 and text.isalpha() and text.isupper()


def _unknown(name: str, reason: str) -> Column:
    return Column(name, ColumnKind.UNKNOWN, reason=reason)

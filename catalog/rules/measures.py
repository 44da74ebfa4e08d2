"""Units of measurement: finding them by the names people use, and converting between them exactly.

The tables are data (`catalog/data/measurements.json`); `MeasureTable.build` takes what was parsed from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction
from typing import Any

from catalog.rules.keys import fold

SIGNIFICANT_DIGITS = 28


class MeasureProblem(ValueError):
    """A family or unit that is not known; the message is a sentence."""


@dataclass(frozen=True)
class Unit:
    """One unit: amount × `factor` + `offset` is the amount in its family's base unit."""

    code: str
    factor: Fraction
    offset: Fraction
    symbol: str
    labels: Mapping[str, str]


@dataclass(frozen=True)
class MeasureFamily:
    """Units that convert into each other.

    `names` finds a unit by code or alias, `folded` by either in any case ("" where that would be a guess).
    """

    code: str
    labels: Mapping[str, str]
    base: str
    units: Mapping[str, Unit]
    names: Mapping[str, str] = field(repr=False)
    folded: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class MeasureTable:
    """All measurement families by code; `aliases` maps their codes and other names, folded, to codes."""

    families: Mapping[str, MeasureFamily]
    aliases: Mapping[str, str]

    @staticmethod
    def build(data: Mapping[str, Any]) -> MeasureTable:
        """Make the table from parsed JSON. Raises `ValueError` where two units of a family share a name."""
        families = {row["code"]: _family(row) for row in data["families"]}
        aliases: dict[str, str] = {}
        for row in data["families"]:
            for name in (row["code"], *row["aliases"]):
                if aliases.setdefault(fold(name), row["code"]) != row["code"]:
                    raise ValueError(f"two measurement families are called {name}")
        return MeasureTable(families, aliases)

    def find_family(self, text: str) -> str | None:
        """Return the code of the family with this code or alias, in any case."""
        return self.aliases.get(fold(text.strip()))

    def find_unit(self, family: str, text: str) -> str | None:
        """Return the code of a unit: by code or alias as written, else in any case where that is unambiguous.

        `family` is a code or an alias. `MW` and `mW` stay apart; `Kg` and `KILOGRAM` are both `kg`.
        """
        units = self.families.get(self.aliases.get(fold(family), ""))
        if units is None:
            return None
        text = text.strip()
        return units.names.get(text) or units.folded.get(fold(text)) or None

    def convert(self, amount: Decimal, family: str, from_unit: str, to_unit: str) -> Decimal:
        """Convert an amount between two unit codes of a family.

        Exact where the result is a finite decimal; otherwise rounded to 28 significant digits, half to even.
        Raises `MeasureProblem` for a family or unit code that is not known.
        """
        if from_unit == to_unit:
            self._unit(family, from_unit)
            return amount
        return _decimal(self._relative(Fraction(amount), family, from_unit, to_unit))

    def standard_amount(self, family: str, amount: Decimal, unit: str) -> Decimal:
        """Return an amount in the family's base unit, in which all amounts compare; see `convert`."""
        return _decimal(self._in_base(family, {"amount": amount, "unit": unit}))

    def same_amount(self, family: str, first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
        """Tell whether two stored measures say the same: 1 kg and 1000 g do. Raises `MeasureProblem`."""
        return self._in_base(family, first) == self._in_base(family, second)

    def symbol(self, family: str, unit: str) -> str:
        """Return how people write a unit: `°C` for `Cel`. Raises `MeasureProblem`."""
        return self._unit(family, unit).symbol

    def _unit(self, family: str, unit: str) -> Unit:
        try:
            return self.families[self.aliases.get(fold(family), "")].units[unit]
        except KeyError:
            raise MeasureProblem(f"“{unit}” is not a unit of {family}.") from None

    def _in_base(self, family: str, measure: Mapping[str, Any]) -> Fraction:
        unit = self._unit(family, str(measure["unit"]))
        return Fraction(str(measure["amount"])) * unit.factor + unit.offset

    def _relative(self, amount: Fraction, family: str, from_unit: str, to_unit: str) -> Fraction:
        source, target = self._unit(family, from_unit), self._unit(family, to_unit)
        return (amount * source.factor + source.offset - target.offset) / target.factor


def _family(row: Mapping[str, Any]) -> MeasureFamily:
    units = {unit["code"]: _unit(unit) for unit in row["units"]}
    names: dict[str, str] = {}
    for unit in row["units"]:
        for name in (unit["code"], *unit.get("aliases", ())):
            if names.setdefault(name, unit["code"]) != unit["code"]:
                raise ValueError(f"two units of {row['code']} are called {name}")
    if units[row["base"]].factor != 1 or units[row["base"]].offset:
        raise ValueError(f"the base unit of {row['code']} must have factor 1 and no offset")
    return MeasureFamily(row["code"], row["labels"], row["base"], units, names, _folded(names.items()))


def _folded(names: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Map folded names to codes; names that differ only by case and mean different units map to nothing."""
    folded: dict[str, str] = {}
    for name, code in names:
        if folded.setdefault(fold(name), code) != code:
            folded[fold(name)] = ""
    return folded


def _unit(row: Mapping[str, Any]) -> Unit:
    return Unit(
        code=row["code"],
        factor=_fraction(row["factor"]),
        offset=_fraction(row.get("offset", "0")),
        symbol=row.get("symbol", row["code"]),
        labels=row["labels"],
    )


def _fraction(text: str) -> Fraction:
    numerator, _slash, denominator = text.partition("/")
    return Fraction(numerator) / Fraction(denominator or "1")


def _decimal(number: Fraction) -> Decimal:
    """Return a fraction as a decimal, exactly where its denominator has only the primes 2 and 5."""
    rest, digits = number.denominator, 0
    while rest % 10 == 0:
        rest, digits = rest // 10, digits + 1
    while rest % 5 == 0 or rest % 2 == 0:
        rest, digits = rest // (5 if rest % 5 == 0 else 2), digits + 1
    with localcontext() as context:
        context.rounding = ROUND_HALF_EVEN
        if rest == 1:
            context.prec = max(1, len(str(abs(number.numerator))) + digits + 1)
        else:
            context.prec = SIGNIFICANT_DIGITS
        return Decimal(number.numerator) / Decimal(number.denominator)

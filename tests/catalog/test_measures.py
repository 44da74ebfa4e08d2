"""Measurement families: names, factors, exactness."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.measurements import MEASURES
from catalog.rules.measures import MeasureProblem, MeasureTable

amounts = st.decimals(min_value=-(10**9), max_value=10**9, places=6, allow_nan=False, allow_infinity=False)
units = st.sampled_from(
    [(family.code, unit) for family in MEASURES.families.values() for unit in family.units]
)


def small_family(*units: dict[str, object]) -> dict[str, object]:
    return {"families": [{"code": "f", "aliases": [], "labels": {}, "base": "a", "units": list(units)}]}


@pytest.mark.parametrize(
    ("amount", "family", "from_unit", "to_unit", "expected"),
    [
        # NIST Special Publication 811 (2008), appendix B.8: exact factors.
        ("1", "length", "in", "mm", "25.4"),
        ("1", "length", "mi", "km", "1.609344"),
        ("1", "weight", "lb", "g", "453.59237"),
        ("1", "weight", "oz", "g", "28.349523125"),
        ("1", "area", "acre", "m2", "4046.8564224"),
        ("1", "volume", "gal_us", "l", "3.785411784"),
        ("1", "volume", "in3", "ml", "16.387064"),
        ("1", "energy", "kWh", "kJ", "3600"),
        ("1", "pressure", "atm", "hPa", "1013.25"),
        # The same, appendix B.9: 1 psi is 6.894 757 kPa, 1 Torr 133.3224 Pa.
        ("1", "pressure", "psi", "kPa", "6.894757293168361336722673445"),
        ("1", "pressure", "Torr", "Pa", "133.3223684210526315789473684"),
        # Section 8.3 and table of section B.9: temperatures have offsets.
        ("100", "temperature", "Cel", "degF", "212"),
        ("-40", "temperature", "degF", "Cel", "-40"),
        ("0", "temperature", "K", "Cel", "-273.15"),
        ("80", "temperature", "degRe", "Cel", "100"),
        ("90", "speed", "km/h", "m/s", "25"),
        ("2", "electric_charge", "Ah", "mAh", "2000"),
        ("1", "data", "GB", "MB", "1024"),
    ],
)
def test_convert_matches_published_values(
    amount: str, family: str, from_unit: str, to_unit: str, expected: str
) -> None:
    assert MEASURES.convert(Decimal(amount), family, from_unit, to_unit) == Decimal(expected)


@given(units, amounts)
def test_there_and_back_is_the_same_amount(unit: tuple[str, str], amount: Decimal) -> None:
    family, code = unit
    base = MEASURES.families[family].base

    there = MEASURES.convert(amount, family, code, base)
    back = MEASURES.convert(there, family, base, code)

    assert abs(back - amount) <= abs(amount) * Decimal("1e-20") + Decimal("1e-20")


@given(units, amounts)
def test_a_finite_conversion_is_exact_both_ways(unit: tuple[str, str], amount: Decimal) -> None:
    family, code = unit
    found = MEASURES.families[family].units[code]
    denominator = (found.factor * 10**40).denominator * (found.offset * 10**40).denominator
    base = MEASURES.families[family].base

    if denominator == 1:
        there = MEASURES.convert(amount, family, code, base)
        assert MEASURES.convert(there, family, base, code) == amount


@given(amounts)
def test_one_amount_in_two_units_is_the_same(amount: Decimal) -> None:
    grams = {"amount": str(amount * 1000), "unit": "g"}
    kilograms = {"amount": str(amount), "unit": "kg"}

    assert MEASURES.same_amount("weight", grams, kilograms) is True
    assert MEASURES.same_amount("weight", grams, {"amount": str(amount + 1), "unit": "kg"}) is False


@pytest.mark.parametrize(
    ("family", "text", "expected"),
    [
        ("weight", "kg", "kg"),
        ("Weight", "KILOGRAM", "kg"),
        ("WEIGHT", " kilogram ", "kg"),
        ("weight", "Kg", "kg"),
        ("length", "MILLIMETER", "mm"),
        ("length", "INCH", "in"),
        ("length", '"', "in"),
        ("weight", "[lb_av]", "lb"),
        ("temperature", "°C", "Cel"),
        ("Temperature", "FAHRENHEIT", "degF"),
        ("volume", "OUNCE", "foz_br"),
        ("weight", "OUNCE", "oz"),
        ("Binary", "MEGABYTE", "MB"),
        ("ElectricCharge", "AMPEREHOUR", "Ah"),
        ("power", "mW", "mW"),
        ("power", "MW", "MW"),
        ("data", "b", "bit"),
        ("data", "B", "B"),
        ("weight", "meter", None),
        ("Weights", "kg", None),
        ("weight", "", None),
    ],
)
def test_find_unit_by_code_alias_or_case(family: str, text: str, expected: str | None) -> None:
    assert MEASURES.find_unit(family, text) == expected


def test_a_name_that_means_two_units_in_another_case_is_not_guessed() -> None:
    assert MEASURES.find_unit("power", "Mw") is None


def test_every_akeneo_family_is_found() -> None:
    akeneo = {
        "Area",
        "Binary",
        "Decibel",
        "Frequency",
        "Length",
        "Power",
        "Voltage",
        "Intensity",
        "Resistance",
        "Speed",
        "ElectricCharge",
        "Duration",
        "Temperature",
        "Volume",
        "Weight",
        "Pressure",
        "Energy",
        "CaseBox",
        "Angle",
        "Capacitance",
        "VolumeFlow",
        "Brightness",
    }

    assert [name for name in akeneo if MEASURES.find_family(name) is None] == []


def test_every_unit_has_a_label_in_both_languages() -> None:
    labels = [set(unit.labels) for family in MEASURES.families.values() for unit in family.units.values()]

    assert len(labels) == 176
    assert all(found == {"en-US", "de-DE"} for found in labels)


@pytest.mark.parametrize(
    ("family", "amount", "unit", "expected"),
    [("weight", "250", "g", "0.25"), ("temperature", "20", "Cel", "293.15"), ("Length", "2", "in", "0.0508")],
)
def test_standard_amounts_compare(family: str, amount: str, unit: str, expected: str) -> None:
    assert MEASURES.standard_amount(family, Decimal(amount), unit) == Decimal(expected)


def test_symbols_are_what_people_write() -> None:
    assert MEASURES.symbol("temperature", "Cel") == "°C"
    assert MEASURES.symbol("weight", "kg") == "kg"


@pytest.mark.parametrize(
    ("family", "from_unit", "to_unit"),
    [("weight", "kg", "m"), ("weight", "stone", "stone"), ("x", "kg", "g")],
)
def test_unknown_units_do_not_convert(family: str, from_unit: str, to_unit: str) -> None:
    with pytest.raises(MeasureProblem, match="is not a unit of"):
        MEASURES.convert(Decimal(1), family, from_unit, to_unit)


def test_a_result_without_an_end_is_rounded_to_28_digits() -> None:
    assert MEASURES.convert(Decimal(1), "weight", "kg", "lb") == Decimal("2.204622621848775807229738013")


def test_two_units_of_a_family_may_not_share_a_name() -> None:
    with pytest.raises(ValueError, match="two units of f are called b"):
        MeasureTable.build(
            small_family(
                {"code": "a", "factor": "1", "aliases": ["b"], "labels": {}},
                {"code": "b", "factor": "2", "labels": {}},
            )
        )


def test_the_base_unit_is_the_measure_of_the_others() -> None:
    with pytest.raises(ValueError, match="must have factor 1"):
        MeasureTable.build(small_family({"code": "a", "factor": "2", "labels": {}}))

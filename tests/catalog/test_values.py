"""Values: what each type accepts, in which form it is stored, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.measurements import MEASURES
from catalog.rules.gtin import check_digit, gtin_problem
from catalog.rules.keys import KeyProblem, ValueKey, fold
from catalog.rules.patterns import matches
from catalog.rules.values import (
    AttributeSpec,
    Boundary,
    ValueProblem,
    decimal_text,
    normalise,
    split_list,
)
from workflows.rules.documents import EMPTY

BOUNDARY = Boundary(MEASURES)
LOOSE = Boundary(MEASURES, loose=True)
CODES = {"red": "Red", "dark blue": "Dark Blue"}
LINK = "0190b3c0-0000-7000-8000-000000000001"


def spec(kind: str, **over: Any) -> AttributeSpec:
    return AttributeSpec(
        code="a", type=kind, options=CODES, records=CODES, measurement_family="weight", unit="g", **over
    )


@pytest.mark.parametrize(
    ("kind", "raw", "stored"),
    [
        ("text", " a\r\nb\x00 ", "a b"),
        ("text", "Cafe\u0301", "Café"),
        ("textarea", "a\r\nb\r", "a\nb"),
        ("rich_text", "<p onclick='x'>Hi<script>alert(1)</script></p>", "<p>Hi</p>"),
        ("rich_text", '<a href="javascript:x">y</a>', '<a rel="noopener noreferrer">y</a>'),
        ("url", "https://example.com/a?b=1", "https://example.com/a?b=1"),
        ("date", "2026-02-28", "2026-02-28"),
        ("datetime", "2026-02-28T10:00+01:00", "2026-02-28T10:00:00+01:00"),
        ("integer", "42", 42),
        ("integer", "42.0", 42),
        ("decimal", "1.50", "1.5"),
        ("decimal", 0.1, "0.1"),
        ("decimal", "1e3", "1000"),
        ("decimal", "-0.0", "0"),
        ("boolean", "Yes", True),
        ("boolean", False, False),
        ("select", "Red", "Red"),
        ("multiselect", ["Red", "Dark Blue", "Red"], ["Red", "Dark Blue"]),
        ("multiselect", "Red", ["Red"]),
        ("measurement", "1.250 kg", {"amount": "1.25", "unit": "kg"}),
        ("measurement", "310", {"amount": "310", "unit": "g"}),
        ("measurement", {"amount": "1", "unit": "KILOGRAM"}, {"amount": "1", "unit": "kg"}),
        ("price", "99.90", "99.9"),
        ("price", "0", "0"),
        ("identifier", " AB  12 ", "AB 12"),
        ("asset", "pictures/a.jpg", "pictures/a.jpg"),
        ("assets", ["a.jpg", "a.jpg", "b.jpg"], ["a.jpg", "b.jpg"]),
        ("reference", "Red", "Red"),
        ("references", ["Red"], ["Red"]),
        ("products", [{"product": LINK.upper(), "quantity": "2"}], [{"product": LINK, "quantity": 2}]),
        ("text", "", None),
        ("text", "   ", None),
        ("multiselect", [], None),
        ("measurement", {}, None),
        ("text", EMPTY, EMPTY),
    ],
)
def test_values_are_stored_in_one_form(kind: str, raw: object, stored: object) -> None:
    assert normalise(spec(kind), raw, BOUNDARY) == stored


@pytest.mark.parametrize(
    ("kind", "raw", "code"),
    [
        ("text", 5, "not_text"),
        ("text", "x" * 100_001, "too_long"),
        ("url", "javascript:alert(1)", "not_url"),
        ("url", "https://", "not_url"),
        ("url", "https://[", "not_url"),
        ("date", "28.02.2026", "not_a_date"),
        ("date", "2026-02-30", "not_a_date"),
        ("datetime", "2026-02-28T10:00", "no_zone"),
        ("integer", "1.5", "not_whole"),
        ("integer", "9" * 30, "not_a_number"),
        ("integer", True, "not_a_number"),
        ("decimal", "1,5", "not_a_number"),
        ("decimal", "NaN", "not_a_number"),
        ("decimal", "1e999", "not_a_number"),
        ("boolean", "maybe", "not_boolean"),
        ("select", "red", "unknown_option"),
        ("multiselect", ["Red", "green"], "unknown_option"),
        ("measurement", "heavy", "not_a_measure"),
        ("measurement", "3 furlong", "unknown_unit"),
        ("price", "-1", "negative"),
        ("identifier", "a\tb\x07", "not_a_code"),
        ("identifier", "x" * 256, "not_a_code"),
        ("asset", "x" * 256, "not_a_code"),
        ("reference", "nobody", "unknown_record"),
        ("products", [{"product": "SKU-1"}], "not_a_link"),
        ("products", [{"product": LINK, "price": 1}], "not_a_link"),
        ("products", [{"product": LINK, "quantity": 0}], "quantity"),
        ("products", [{"product": LINK, "quantity": 1}, {"product": LINK}], "linked_twice"),
    ],
)
def test_what_cannot_be_stored_is_refused_by_name(kind: str, raw: object, code: str) -> None:
    with pytest.raises(ValueProblem) as caught:
        normalise(spec(kind), raw, BOUNDARY)

    assert caught.value.code == code
    assert caught.value.detail.endswith(".")


def test_imports_find_codes_without_regard_to_case() -> None:
    assert normalise(spec("select"), "DARK BLUE", LOOSE) == "Dark Blue"


@pytest.mark.parametrize(
    ("limits", "kind", "raw", "code"),
    [
        ({"max_chars": 3}, "text", "four", "too_long"),
        ({"pattern": r"^\d+$"}, "text", "x", "pattern"),
        ({"min": "1"}, "decimal", "0.5", "too_small"),
        ({"max": "1"}, "decimal", "1.5", "too_large"),
        ({"negative": False}, "integer", "-1", "negative"),
        ({"decimals": False}, "decimal", "1.5", "not_whole"),
        ({"date_min": "2026-01-01"}, "date", "2025-12-31", "too_early"),
        ({"date_max": "2026-01-01"}, "date", "2026-01-02", "too_late"),
    ],
)
def test_limits_are_kept(limits: dict[str, Any], kind: str, raw: object, code: str) -> None:
    with pytest.raises(ValueProblem) as caught:
        normalise(spec(kind, limits=limits), raw, BOUNDARY)

    assert caught.value.code == code


def test_a_pattern_that_would_run_for_hours_is_given_up() -> None:
    assert not matches(r"^(a|a)*$", "a" * 40 + "b")
    assert matches(r"^\d+$", "42")


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15))
def test_a_decimal_keeps_its_amount_and_is_stored_in_one_form(number: Any) -> None:
    text = decimal_text(number)

    assert type(number)(text) == number
    assert decimal_text(type(number)(text)) == text
    assert "e" not in text.lower()


@given(st.lists(st.text(alphabet="ab|\\ ", min_size=1).map(str.strip).filter(bool)))
def test_lists_are_read_as_they_were_written(members: list[str]) -> None:
    escaped = (member.replace("\\", "\\\\").replace("|", "\\|") for member in members)

    assert split_list("|".join(escaped)) == members


@given(
    st.builds(
        ValueKey,
        st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True),
        st.sampled_from(["", "EUR", "USD"]),
        st.sampled_from(["", "en-US", "de", "zh-Hant-TW"]),
        st.sampled_from(["", "amazon", "amazon_de"]),
    )
)
def test_parsing_a_printed_key_gives_the_key(key: ValueKey) -> None:
    assert ValueKey.parse(str(key)) == key


@pytest.mark.parametrize("text", ["", "Name", "name:", "name@", "name:en_US", "name.EUR.x", "#kind", "a b"])
def test_other_texts_are_no_keys(text: str) -> None:
    with pytest.raises(KeyProblem):
        ValueKey.parse(text)


def test_codes_fold_beyond_ascii() -> None:
    assert fold("STRASSE") == fold("straße")
    assert fold("E\u0301") == fold("é")


@pytest.mark.parametrize("number", ["4006381333931", "96385074", "036000291452", "10012345678902"])
def test_valid_gtins_of_every_length_pass(number: str) -> None:
    assert gtin_problem(number) == ""
    assert check_digit(number[:-1]) == int(number[-1])


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("4006381333930", "should be 1"),
        ("12345", "5 digits"),
        ("40063813339x1", "digits only"),
        ("²", "digits"),
    ],
)
def test_invalid_gtins_are_named(number: str, reason: str) -> None:
    assert reason in gtin_problem(number)

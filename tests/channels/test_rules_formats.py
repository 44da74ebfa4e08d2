"""Written forms, by the examples of the sources and by property."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean

from channels.rules.formats import FORMATS, gtin_is_valid, gtin_prefix_form


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("4006381333931", True),
        ("4006381333932", False),
        ("036000291452", True),
        ("96385074", True),
        ("10856435001702", True),
        ("9780306406157", True),
        ("9520000000011", True),
        ("0000000000000", False),
        ("4.00638E+12", False),
        ("400638133393", False),
        ("٤٠٠٦٣٨١٣٣٣٩٣١", False),
        ("", False),
    ],
)
def test_gtin(text: str, valid: bool) -> None:
    assert gtin_is_valid(text) is valid


@given(st.text(alphabet="0123456789", min_size=1, max_size=15))
def test_gtin_agrees_with_stdnum_on_all_lengths_it_knows(text: str) -> None:
    if len(set(text)) > 1:
        assert gtin_is_valid(text) == (len(text) in (8, 12, 13, 14) and ean.is_valid(text))


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("4006381333931", "4006381333931"),
        ("036000291452", "0036000291452"),
        ("10856435001702", "0856435001702"),
        ("96385074", ""),
    ],
)
def test_gtin_prefix_form(text: str, form: str) -> None:
    assert gtin_prefix_form(text) == form


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("price", ["15.00 USD", "0.01 EUR", "1500 JPY"], ["15,00 USD", "15.00", "0.00 USD", "1  USD"]),
        (
            "url",
            ["https://shop.example/a?b=c#d", "http://shop.example", "https://shop.example:8443/%C3%A4"],
            ["shop.example", "ftp://a.example/", "https://a.example/ä", "https://a.example/%zz", "https:///x"],
        ),
        ("date", ["2026-12-15", "2026-12-15T09:00-0500", "2026-12-15T09:00Z"], ["15.12.2026", "2026-13-01"]),
        (
            "date_range",
            ["2026-11-20T00:00-0500/2026-12-01T23:59-0500", "2026-11-20/2026-11-20"],
            ["2026-11-20", "2026-12-01/2026-11-20", "2026-11-20/2026-12-01T00:00Z"],
        ),
        ("weight", ["0.25 kg", "250g"], ["0.25", "1.00001 kg", "2 stone"]),
        ("unit_pricing_measure", ["750 ml", "1.5kg"], ["750", "750 bottles"]),
        ("unit_pricing_base_measure", ["100 ml", "75cl", "1000kg"], ["3 l", "75 ml"]),
        ("boolean", ["yes", "no", "true", "false"], ["1", "Yes", ""]),
        ("integer", ["1", "-3"], ["1.0", "x"]),
        ("google_category", ["187", "Apparel & Accessories > Shoes"], ["0187", "a > ", "187,188 > "]),
        ("measure", ["1.5 kg", "750ml"], ["kg", "1,5 kg"]),
    ],
)  # fmt: skip
def test_forms(name: str, good: list[str], bad: list[str]) -> None:
    assert [text for text in good if not FORMATS[name](text)] == []
    assert [text for text in bad if FORMATS[name](text)] == []


@given(st.text(max_size=60))
def test_no_form_ever_breaks_on_any_text(text: str) -> None:
    assert {type(judge(text)) for judge in FORMATS.values()} == {bool}

"""Codes of assets: what they may be and how they compare."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.rules.alt_texts import clean_alt, is_locale, merge_alts
from assets.rules.codes import check_code, fold_code
from assets.rules.file_types import Reason, Refused


@pytest.mark.parametrize(
    "code", ["a", "files/apollon/image/apollon.jpg", "Größe 42\u00a0cm.png", "x" * 255, "\u0646\u200c\u0627"]
)
def test_printable_codes_pass_as_written(code: str) -> None:
    check_code(code)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("", Reason.CODE_EMPTY),
        ("x" * 256, Reason.CODE_TOO_LONG),
        ("a\x00b", Reason.CODE_UNPRINTABLE),
        ("a\nb", Reason.CODE_UNPRINTABLE),
        ("a\u202eb", Reason.CODE_UNPRINTABLE),
        (" a", Reason.CODE_BLANKS),
        ("a\u00a0", Reason.CODE_BLANKS),
    ],
)
def test_other_codes_are_refused(code: str, reason: Reason) -> None:
    with pytest.raises(Refused) as caught:
        check_code(code)

    assert caught.value.reason == reason


@given(st.text(max_size=40))
def test_folding_is_stable_and_ignores_case_and_composition(code: str) -> None:
    folded = fold_code(code)

    assert fold_code(folded) == folded
    assert fold_code(unicodedata.normalize("NFD", code)) == folded


def test_folding_joins_what_people_read_as_the_same_code() -> None:
    assert fold_code("STRASSE.JPG") == fold_code("straße.jpg") == "strasse.jpg"


@pytest.mark.parametrize(
    ("text", "is_one"), [("de", True), ("de-DE", True), ("zh-Hant-TW", True), ("de_DE", False), ("", False)]
)
def test_locales_are_bcp_47(text: str, is_one: bool) -> None:
    assert is_locale(text) is is_one


def test_alt_texts_merge_by_locale_and_blank_removes() -> None:
    merged = merge_alts(
        {"de-DE": "Schuh", "en-US": "Shoe"}, {"en-US": "  A\nshoe ", "de-DE": " ", "fr-FR": ""}
    )

    assert merged == {"en-US": "A shoe"}


def test_control_characters_never_reach_the_database() -> None:
    assert clean_alt("a\x00b\tc") == "a b c"

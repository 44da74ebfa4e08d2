"""Akeneo's codes and locales as Concord's."""

import pytest

from catalog.readers.akeneo_codes import Codes, locale_tag, region_of, split_codes


def test_codes_that_may_stand_in_keys_stay() -> None:
    codes = Codes(["name", "a_number_2"])

    assert [codes.find("name"), codes.find("a_number_2"), codes.alias("name")] == ["name", "a_number_2", ""]


@pytest.mark.parametrize(
    ("written", "ours"),
    [("123", "a_123"), ("Name", "name"), ("X_SELL", "x_sell"), ("größe", "gr_e"), ("_a", "a"), ("---", "x")],
)
def test_other_codes_are_renamed_and_keep_their_alias(written: str, ours: str) -> None:
    codes = Codes([written])

    assert codes.find(written) == ours
    assert codes.alias(written) == written


def test_a_renamed_code_gives_way_to_one_that_has_the_name() -> None:
    codes = Codes(["Name", "name", "NAME"], taken={"a_1"})

    assert [codes.find(code) for code in ("name", "Name", "NAME")] == ["name", "name_2", "name_3"]


def test_renamings_of_earlier_imports_stay() -> None:
    codes = Codes(["Na-me", "Na.me"], known={"Na.me": "na_me"})

    assert [codes.find("Na.me"), codes.find("Na-me")] == ["na_me", "na_me_2"]


def test_the_identifier_is_always_the_sku() -> None:
    codes = Codes(["article", "sku"], fixed={"article": "sku"})

    assert [codes.find("article"), codes.find("sku")] == ["sku", "sku_2"]


def test_codes_are_found_in_another_case_after_the_exact_one() -> None:
    codes = Codes(["Size", "size"])

    assert [codes.find("size"), codes.find("Size"), codes.find("SIZE")] == ["size", "size_2", "size"]
    assert "colour" not in codes


def test_long_codes_are_cut_to_what_a_code_may_have() -> None:
    codes = Codes(["X" * 120, "x" * 130])

    assert sorted(map(len, codes.ours)) == [95, 97]


@pytest.mark.parametrize(
    ("written", "tag", "region"),
    [
        ("de_DE", "de-DE", "DE"),
        ("az_Cyrl_AZ", "az-Cyrl-AZ", "AZ"),
        ("en_029", "en-029", "029"),
        ("eo", "eo", ""),
        ("zh_hans_cn", "zh-Hans-CN", "CN"),
    ],
)
def test_locales_become_bcp_47(written: str, tag: str, region: str) -> None:
    assert locale_tag(written) == tag
    assert region_of(tag) == region


@pytest.mark.parametrize("written", ["", "wronglocale", "de-DE", "d", "12_DE"])
def test_other_texts_are_no_locales(written: str) -> None:
    assert locale_tag(written) is None


def test_lists_of_codes_lose_blanks_and_repetitions() -> None:
    assert split_codes(" a, b,,a ,c") == ["a", "b", "c"]

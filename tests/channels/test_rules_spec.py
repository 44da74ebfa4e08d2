"""Reading profiles and mappings: what is wrong is named, all of it, in sentences."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.rules.evaluate import compile_profile
from channels.rules.mapping import check_link_pattern
from channels.rules.spec import ProfileError, Source, inherit, parse_profile, parse_source
from channels.services.profile_files import read_profile_file, read_shipped_profiles, resolve_parents
from tests.factories.channels import make_market

RULE: dict[str, Any] = {
    "id": "demo.title.required",
    "field": "title",
    "kind": "presence",
    "severity": "error",
    "message": "The title is missing.",
    "source": "A test",
}
PROFILE: dict[str, Any] = {
    "code": "demo",
    "fields": [{"field": "title", "part": "content", "type": "text", "source": {"attributes": ["title"]}}],
    "rules": [RULE],
}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"severity": "fatal"}, "Rule demo.title.required: severity is one of error, warning, advice."),
        (
            {"severity": "warning", "effect": "hold"},
            "Rule demo.title.required: an error holds or stands down; "
            "a warning or advice sends or leaves the field out.",
        ),
        ({"message": ""}, "Rule demo.title.required: message is missing."),
        (
            {"message": "{a.__class__}"},
            "Rule demo.title.required: its sentence may only use plain names in braces, such as {max}.",
        ),
        ({"valid_from": "31.1.2027"}, "Rule demo.title.required: valid_from is a date such as 2027-01-31."),
        (
            {"valid_from": "2027-01-31", "valid_until": "2027-01-30"},
            "Rule demo.title.required: it ends before it begins.",
        ),
        ({"limit": 3}, "Rule demo.title.required: unknown entries limit."),
        ({"id": "Title"}, "Profile demo: a rule needs an id such as demo.title.max_length, not 'Title'."),
    ],
)
def test_faulty_rule_is_named(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(ProfileError) as caught:
        parse_profile({**PROFILE, "rules": [{**RULE, **change}]})

    assert caught.value.problems == [problem]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"kind": "beauty"}, "Rule demo.title.required: there is no kind of rule beauty."),
        ({"field": "titel", "part": "content"}, "Rule demo.title.required: there is no field titel."),
        ({"kind": "max_length"}, "Rule demo.title.required: max is a whole number."),
        ({"kind": "format", "params": {"format": "iban"}}, "Rule demo.title.required: format is one of"),
        ({"when": {"moon": "full"}}, "Rule demo.title.required: no condition is written with moon."),
        ({"when": {"present": "titel"}}, "Rule demo.title.required: there is no field titel."),
        ({"when": {"category": "x"}}, "Rule demo.title.required: the profile names no category set x."),
    ],
)
def test_rule_that_makes_no_sense_is_named_when_compiled(change: dict[str, Any], problem: str) -> None:
    profile = parse_profile({**PROFILE, "rules": [{**RULE, **change}]})

    with pytest.raises(ProfileError) as caught:
        compile_profile(profile, {}, make_market())

    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].startswith(problem)


def test_mapping_of_an_unknown_field_is_refused() -> None:
    with pytest.raises(ProfileError) as caught:
        compile_profile(parse_profile(PROFILE), {"titel": Source(constant="x")}, make_market())

    assert caught.value.problems == ["The mapping names a field titel that the profile does not have."]


@pytest.mark.parametrize(
    "source",
    [
        {"attributes": ["a", "b"]},
        {"constant": "x"},
        {"constant_by_family": {"shoes": "187"}},
        {"builtin": "pictures", "attributes": ["gallery"], "limit": 3},
    ],
)
def test_source_survives_writing_and_reading(source: dict[str, Any]) -> None:
    problems: list[str] = []

    found = parse_source(source, "here", problems)

    assert problems == []
    assert found is not None
    assert found.to_json() == source


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ({}, "here: give one of attributes, constant, constant_by_family and builtin."),
        ({"constant": "x", "attributes": ["a"]}, "here: give one of attributes, constant"),
        ({"builtin": "magic"}, "here: magic is not a built-in"),
        ({"attributes": "a"}, "here: attributes is a list of attribute codes."),
        ({"template": "x"}, "here: a source has no template."),
        ({"constant": "x", "limit": 0}, "here: limit is a whole number above zero."),
    ],
)
def test_faulty_source_is_named(source: dict[str, Any], problem: str) -> None:
    problems: list[str] = []

    assert parse_source(source, "here", problems) is None
    assert len(problems) == 1
    assert problems[0].startswith(problem)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def faults(profile: Any) -> list[str]:
    """Read and compile a profile; return what is wrong with it."""
    try:
        compile_profile(parse_profile(profile), {}, make_market())
    except ProfileError as error:
        return error.problems
    return []


@given(JSON, st.sampled_from(sorted(RULE)))
def test_any_json_in_a_rule_is_read_or_refused_with_a_sentence(value: Any, name: str) -> None:
    assert all(problem.endswith(".") for problem in faults({**PROFILE, "rules": [{**RULE, name: value}]}))


def test_child_replaces_and_adds_to_its_parent() -> None:
    parent = parse_profile(PROFILE)
    child = parse_profile(
        {
            "code": "child",
            "parent": "demo",
            "rules": [
                {**RULE, "severity": "warning", "part": "content"},
                {**RULE, "id": "child.x.y", "part": "media"},
            ],
        }
    )

    both = inherit(parent, child)

    assert list(both.rules) == ["demo.title.required", "child.x.y"]
    assert both.rules["demo.title.required"].severity == "warning"
    assert set(both.fields) == {"title"}


def test_parents_in_a_circle_are_refused() -> None:
    profiles = {
        code: parse_profile({"code": code, "parent": parent}) for code, parent in (("a", "b"), ("b", "a"))
    }

    with pytest.raises(ProfileError, match="each other's parents"):
        resolve_parents(profiles)


def test_unreadable_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.json"
    path.write_text("{")

    with pytest.raises(ProfileError, match=r"^broken\.json can't be read as JSON"):
        read_profile_file(path)


def test_shipped_profiles_compile_and_every_rule_names_its_source() -> None:
    profiles = resolve_parents(read_shipped_profiles())

    assert sorted(profiles) == ["base", "google", "own_storefront"]
    for profile in profiles.values():
        compile_profile(profile, {}, make_market())
        assert all(rule.source and rule.message for rule in profile.rules.values())
        assert all(rule.id.split(".")[0] in (profile.code, "base") for rule in profile.rules.values())


def test_shipped_files_are_written_one_entry_a_line() -> None:
    for path in (Path(__file__).parents[2] / "channels" / "profiles").glob("*.json"):
        entries = sum(len(json.loads(path.read_text())[name]) for name in ("fields", "rules"))
        assert sum(line.startswith('    {"') for line in path.read_text().splitlines()) == entries


@pytest.mark.parametrize(
    ("pattern", "problems"),
    [
        ("", 0),
        ("https://shop.example/{locale}/p/{sku}", 0),
        ("https://shop.example/{sku!r}", 1),
        ("https://shop.example/{sku.__class__}", 1),
        ("https://shop.example/{colour}/{sku}", 1),
        ("https://shop.example/p", 1),
        ("shop.example/{sku}", 1),
        ("https://shop.example/{sku", 1),
    ],
)
def test_link_pattern(pattern: str, problems: int) -> None:
    assert len(check_link_pattern(pattern)) == problems

"""Structure from a specification: idempotent, with history, and refused whole where it contradicts itself."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from django.contrib.auth.models import User

from catalog.models import Attribute, Category, Family, Option, Scope
from catalog.rules.values import ValueProblem
from catalog.services.schema import current_schema
from catalog.services.structure import load_structure
from tests.factories.catalog import STRUCTURE
from workflows.exceptions import Invalid, NotAllowed
from workflows.models import AuditEntry, DirtyObject


def load(spec: dict[str, Any], actor: User) -> Any:
    return load_structure(spec, actor=actor, reason="tests")


def test_loading_twice_writes_once(superuser: User) -> None:
    first = load(STRUCTURE, superuser)
    marks, entries = DirtyObject.objects.count(), AuditEntry.objects.count()

    second = load(STRUCTURE, superuser)

    assert first.counts()["attributes"] == {"new": 13, "changed": 0, "unchanged": 0}
    assert second.counts()["attributes"] == {"new": 0, "changed": 0, "unchanged": 13}
    assert not second.wrote
    assert (DirtyObject.objects.count(), AuditEntry.objects.count()) == (marks, entries)
    assert Attribute.history.count() == 13


def test_a_changed_label_grows_the_revision_and_leaves_history(superuser: User) -> None:
    load(STRUCTURE, superuser)
    number = current_schema().number

    result = load(
        {"attributes": [{**STRUCTURE["attributes"][2], "labels": {"en-US": "Title"}, "position": 2}]},
        superuser,
    )

    attribute = Attribute.objects.get(code="name")
    assert result.kinds["attributes"].changed == ["name"]
    assert (attribute.revision, attribute.label()) == (2, "Title")
    assert current_schema().number > number
    newest = attribute.history.first()
    assert (newest.history_user, newest.history_change_reason) == (superuser, "tests")


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"attributes": [{"code": "Name", "type": "text"}]}, "Name"),
        ({"attributes": [{"code": "x", "type": "novel"}]}, "novel"),
        ({"attributes": [{"code": "x", "type": "text", "limits": {"pattern": "("}}]}, "not a pattern"),
        ({"attributes": [{"code": "x", "type": "text", "group": "nowhere"}]}, "nowhere"),
        ({"attributes": [{"code": "x", "type": "text"}, {"code": "x", "type": "text"}]}, "twice"),
        ({"families": [{"code": "f", "attributes": ["nothing"]}]}, "nothing"),
        ({"categories": [{"code": "a", "parent": "b"}]}, "b"),
        ({"categories": [{"code": "a", "parent": "b"}, {"code": "b", "parent": "a"}]}, "circle"),
        ({"scopes": [{"code": "m", "parent": "nowhere", "currency": "EUR"}]}, "nowhere"),
    ],
)
def test_a_specification_that_contradicts_itself_is_refused_whole(
    superuser: User, spec: dict[str, Any], message: str
) -> None:
    with pytest.raises(Invalid, match=message):
        load({"groups": [{"code": "fresh"}], **spec}, superuser)

    assert not Attribute.objects.exists()
    assert not Category.objects.exists()
    assert not Family.objects.exists()
    assert not Scope.objects.exists()


def test_a_type_cannot_change_under_its_values(superuser: User) -> None:
    load(STRUCTURE, superuser)

    with pytest.raises(Invalid, match="lose their meaning"):
        load({"attributes": [{"code": "colour", "type": "text"}]}, superuser)


def test_a_code_stays_as_it_was_first_written(superuser: User) -> None:
    spec = copy.deepcopy(STRUCTURE)
    load(spec, superuser)
    spec["attributes"][5]["options"] = [{"code": "RED", "labels": {"en-US": "Crimson"}}]

    load({"attributes": [spec["attributes"][5]]}, superuser)

    options = Option.objects.filter(attribute__code="colour")
    assert [(option.code, option.label()) for option in options] == [("red", "Crimson"), ("blue", "blue")]


def test_what_an_item_does_not_say_stays(superuser: User) -> None:
    load(STRUCTURE, superuser)

    load(
        {"attributes": [{"code": "brand", "type": "reference"}, {"code": "gtin", "type": "identifier"}]},
        superuser,
    )

    assert Attribute.objects.get(code="brand").entity.code == "brand"
    assert Attribute.objects.get(code="gtin").group.code == "content"
    assert Attribute.objects.get(code="gtin").revision == 1


def test_only_people_with_the_right_edit_structure(support: User) -> None:
    with pytest.raises(NotAllowed, match="support"):
        load(STRUCTURE, support)

    assert not Attribute.objects.exists()


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("nothing", "unknown_attribute"),
        ("name", "locale_missing"),
        ("colour:en-US", "locale_not_allowed"),
        ("name:fr-FR", "unknown_locale"),
        ("price", "currency_missing"),
        ("price.euro", "bad_currency"),
        ("colour.EUR", "part_not_allowed"),
        ("colour@site", "scope_not_allowed"),
        ("name:en-US@nowhere", "unknown_scope"),
        ("name:", "bad_key"),
    ],
)
def test_keys_that_may_not_stand_in_a_document_are_refused(superuser: User, key: str, code: str) -> None:
    load(STRUCTURE, superuser)

    with pytest.raises(ValueProblem) as caught:
        current_schema().key(key)

    assert caught.value.code == code


def test_the_snapshot_costs_one_query_until_structure_changes(
    superuser: User, django_assert_num_queries: Any
) -> None:
    load(STRUCTURE, superuser)
    current_schema()

    with django_assert_num_queries(1):
        current_schema()

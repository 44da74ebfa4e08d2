"""The category tree from a specification: places, moves with all below, order among siblings."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Category
from catalog.services.structure import load_structure
from workflows.exceptions import Invalid
from workflows.models import DirtyObject

TREE = [
    {"code": "master", "labels": {"en-US": "All"}},
    {"code": "shoes", "parent": "master"},
    {"code": "running", "parent": "shoes"},
    {"code": "trail", "parent": "running"},
    {"code": "walking", "parent": "shoes"},
    {"code": "bags", "parent": "master"},
]


@pytest.fixture
def load(superuser: User) -> Any:
    """Return a function that loads categories and returns what was new, changed and unchanged."""

    def loading(*items: dict[str, Any]) -> Any:
        result = load_structure({"categories": list(items)}, actor=superuser, reason="tests")
        assert Category.objects.find_problems() == ([], [], [], [], [])
        return result.kinds["categories"]

    return loading


def drawn() -> list[str]:
    """Return the tree as lines, indented by depth."""
    return [" " * (node.depth - 1) + node.code for node in Category.objects.order_by("path")]


def test_children_may_come_before_their_parents(load: Any) -> None:
    load(
        {"code": "trail", "parent": "running"},
        {"code": "running", "parent": "master"},
        {"code": "road", "parent": "running"},
        {"code": "master"},
    )

    assert drawn() == ["master", " running", "  trail", "  road"]


def test_loading_the_same_tree_again_writes_nothing(load: Any) -> None:
    load(*TREE)
    marks, history = DirtyObject.objects.count(), Category.history.count()

    told = load(*TREE)

    assert (told.new, told.changed, len(told.unchanged)) == ([], [], 6)
    assert (DirtyObject.objects.count(), Category.history.count()) == (marks, history)


def test_a_category_moves_with_all_below_it(load: Any) -> None:
    load(*TREE)

    told = load({"code": "running", "parent": "bags"})

    assert told.changed == ["running"]
    assert drawn() == ["master", " shoes", "  walking", " bags", "  running", "   trail"]
    running = Category.objects.get(code="running")
    assert (running.revision, running.history.count()) == (2, 2)
    assert running.history.latest().path == running.path
    assert DirtyObject.objects.filter(model="catalog.category", object_id="running").count() == 2
    assert Category.objects.get(code="trail").revision == 1


def test_a_category_becomes_a_tree_of_its_own_and_comes_back(load: Any) -> None:
    load(*TREE)

    load({"code": "bags", "parent": None})
    assert drawn() == ["master", " shoes", "  running", "   trail", "  walking", "bags"]

    load({"code": "bags", "parent": "running"})
    assert drawn() == ["master", " shoes", "  running", "   trail", "   bags", "  walking"]


def test_parents_and_children_may_change_places(load: Any) -> None:
    load(*TREE)

    load({"code": "trail", "parent": "shoes"}, {"code": "running", "parent": "trail"})

    assert drawn() == ["master", " shoes", "  walking", "  trail", "   running", " bags"]


def test_what_does_not_say_its_parent_stays(load: Any) -> None:
    load(*TREE)

    told = load({"code": "trail", "labels": {"en-US": "Trail"}})

    assert told.changed == ["trail"]
    assert drawn()[3] == "   trail"
    assert Category.objects.get(code="trail").labels == {"en-US": "Trail"}


def test_siblings_stand_in_the_order_in_which_they_are_named(load: Any) -> None:
    load(*TREE)

    told = load({"code": "walking"}, {"code": "hiking", "parent": "shoes"}, {"code": "running"})

    assert drawn() == ["master", " shoes", "  walking", "  hiking", "  running", "   trail", " bags"]
    assert (told.new, told.changed) == (["hiking"], ["walking", "running"])


def test_a_new_sibling_between_others_is_the_only_change(load: Any) -> None:
    load(*TREE)

    told = load({"code": "running"}, {"code": "hiking", "parent": "shoes"}, {"code": "walking"})

    assert drawn()[2:6] == ["  running", "   trail", "  hiking", "  walking"]
    assert (told.new, told.changed) == (["hiking"], [])


@pytest.mark.parametrize(
    "items",
    [
        [{"code": "shoes", "parent": "trail"}],
        [{"code": "shoes", "parent": "shoes"}],
        [{"code": "shoes", "parent": "running"}, {"code": "running", "parent": "trail"}],
    ],
)
def test_a_circle_is_refused_and_nothing_moves(load: Any, items: list[dict[str, Any]]) -> None:
    load(*TREE)
    before = drawn()

    with pytest.raises(Invalid, match=r"shoes.*in a circle"):
        load(*items)

    assert drawn() == before


def test_a_code_twice_is_refused(load: Any) -> None:
    with pytest.raises(Invalid, match="twice"):
        load({"code": "a"}, {"code": "A"})

    assert not Category.objects.exists()


def test_a_move_costs_the_same_however_much_hangs_below(load: Any, superuser: User) -> None:
    def cost(parent: str) -> int:
        spec = {"categories": [{"code": "running", "parent": parent}]}
        with CaptureQueriesContext(connection) as queries:
            load_structure(spec, actor=superuser, reason="tests")
        return len(queries)

    load(*TREE)
    few = cost("bags")
    load(*({"code": f"t-{number}", "parent": "trail"} for number in range(30)))

    assert cost("shoes") == few

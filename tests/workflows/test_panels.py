"""Slots of pages: what may be registered, in which order it is shown, and how often it is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from workflows import panels


@pytest.fixture(autouse=True)
def _no_panels(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(panels, "_panels", {})
    return


@pytest.fixture
def request_of_page() -> HttpRequest:
    return RequestFactory().get("/")


def tile(title: str) -> Any:
    return lambda _objects, _request: {"title": title}


def test_page_panels_stand_in_their_order_and_empty_ones_are_left_out(request_of_page: HttpRequest) -> None:
    for name, position, build in (
        ("b", 20, tile("second")),
        ("a", 20, tile("first")),
        ("z", 10, lambda _objects, _request: None),
    ):
        panels.register_panel(
            "home.tiles", name, template="workflows/tile.html", build=build, position=position
        )

    shown = panels.render_panels("home.tiles", (), request_of_page)

    assert [("first" in html, "second" in html) for html in shown] == [(True, False), (False, True)]


def test_row_panels_are_built_once_for_all_rows(request_of_page: HttpRequest) -> None:
    asked: list[Sequence[Any]] = []

    def build(objects: Sequence[Any], _request: HttpRequest) -> Mapping[Any, Any]:
        asked.append(objects)
        return {1: {"title": "effect"}}

    panels.register_panel("request.effects", "x", template="workflows/tile.html", build=build)

    shown = panels.render_row_panels("request.effects", [1, 2, 3], request_of_page)

    assert list(shown) == [1]
    assert "effect" in shown[1][0]
    assert asked == [[1, 2, 3]]
    assert panels.render_row_panels("request.effects", [], request_of_page) == {}
    assert len(asked) == 1


def test_unknown_slots_and_names_taken_are_refused(request_of_page: HttpRequest) -> None:
    panels.register_panel("home.tiles", "x", template="workflows/tile.html", build=tile("x"))

    with pytest.raises(ValueError, match="has a panel x already"):
        panels.register_panel("home.tiles", "x", template="workflows/tile.html", build=tile("x"))
    with pytest.raises(ValueError, match="not a panel slot"):
        panels.register_panel("nowhere", "x", template="workflows/tile.html", build=tile("x"))
    with pytest.raises(ValueError, match="not a page slot"):
        panels.render_panels("request.effects", (), request_of_page)
    with pytest.raises(ValueError, match="not a row slot"):
        panels.render_row_panels("home.tiles", (), request_of_page)

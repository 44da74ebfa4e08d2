"""Named places on a page where a higher app shows something of its own.

Two kinds of slot. A **page slot** is filled once: the panel's `build` gets the objects of the page and
returns one context. A **row slot** stands beside each object of a page: `build` still runs once for all of
them, and returns a context for each object it has something to say about, by the object's primary key.

- `product.listings` (page): one product, on its page.
- `request.effects` (row): the `Change` rows of one page of a change request.
- `home.tiles` (page): no objects; a template that extends `workflows/tile.html`.
- `asset.uses` (page): one asset, on its page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

PAGE_SLOTS = frozenset({"product.listings", "home.tiles", "asset.uses"})
ROW_SLOTS = frozenset({"request.effects"})
SLOTS = PAGE_SLOTS | ROW_SLOTS

Build = Callable[[Sequence[Any], HttpRequest], Mapping[Any, Any] | None]


@dataclass(frozen=True)
class Panel:
    """A template and the function that makes its context from the objects of the page, in one batch."""

    slot: str
    name: str
    template: str
    build: Build
    position: int


_panels: dict[tuple[str, str], Panel] = {}


def register_panel(slot: str, name: str, *, template: str, build: Build, position: int = 100) -> None:
    """Register a panel; an unknown slot or a name taken in it raises `ValueError`.

    `build` gets the objects of the page and the request. For a page slot it returns the template's context,
    or None when there is nothing to show (the panel is then left out); for a row slot a mapping from primary
    key to context, without the objects it has nothing to say about. It checks the person's rights itself, and
    its query count must not grow with the number of objects.
    """
    if slot not in SLOTS:
        raise ValueError(f"{slot} is not a panel slot")
    if (slot, name) in _panels:
        raise ValueError(f"{slot} has a panel {name} already")
    _panels[(slot, name)] = Panel(slot, name, template, build, position)


def render_panels(slot: str, objects: Sequence[Any], request: HttpRequest) -> list[SafeString]:
    """Render the panels of a page slot in their order; each builds its context once for all objects."""
    if slot not in PAGE_SLOTS:
        raise ValueError(f"{slot} is not a page slot")
    rendered = []
    for panel in _panels_of(slot):
        context = panel.build(objects, request)
        if context is not None:
            rendered.append(render_to_string(panel.template, dict(context), request=request))
    return rendered


def render_row_panels(slot: str, objects: Sequence[Any], request: HttpRequest) -> dict[Any, list[SafeString]]:
    """Render the panels of a row slot; returns them by primary key, in their order.

    Each panel builds its contexts once for all objects; an object no panel has anything for is left out.
    """
    if slot not in ROW_SLOTS:
        raise ValueError(f"{slot} is not a row slot")
    rendered: dict[Any, list[SafeString]] = {}
    for panel in _panels_of(slot) if objects else ():
        for key, context in (panel.build(objects, request) or {}).items():
            html = render_to_string(panel.template, dict(context), request=request)
            rendered.setdefault(key, []).append(html)
    return rendered


def _panels_of(slot: str) -> Iterator[Panel]:
    ordered = sorted(_panels.values(), key=lambda panel: (panel.position, panel.name))
    return (panel for panel in ordered if panel.slot == slot)

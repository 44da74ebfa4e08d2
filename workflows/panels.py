"""Named places on a page where a higher app shows something of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

SLOTS = frozenset({"product.listings", "request.effects", "home.tiles", "asset.uses"})

Build = Callable[[Sequence[Any], HttpRequest], Mapping[str, Any] | None]


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

    `build` gets the objects of the page and the request, and returns the template's context, or None when
    there is nothing to show (the panel is then left out).
    """
    if slot not in SLOTS:
        raise ValueError(f"{slot} is not a panel slot")
    if (slot, name) in _panels:
        raise ValueError(f"{slot} has a panel {name} already")
    _panels[(slot, name)] = Panel(slot, name, template, build, position)


def render_panels(slot: str, objects: Sequence[Any], request: HttpRequest) -> list[SafeString]:
    """Render the panels of a slot in their order; each panel builds its context once for all objects."""
    rendered = []
    for panel in sorted(_panels.values(), key=lambda panel: (panel.position, panel.name)):
        if panel.slot != slot:
            continue
        context = panel.build(objects, request)
        if context is not None:
            rendered.append(render_to_string(panel.template, dict(context), request=request))
    return rendered

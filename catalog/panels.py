"""What the catalogue shows on pages of others: the latest deliveries, on the home page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from catalog.models import Delivery
from workflows.panels import register_panel

SHOWN_DELIVERIES = 5


def register() -> None:
    """Register the panels; called once when the app is ready."""
    register_panel(
        "home.tiles",
        "deliveries",
        template="catalog/deliveries_tile.html",
        build=deliveries_tile,
        position=200,
    )


def deliveries_tile(_objects: Sequence[Any], request: HttpRequest) -> Mapping[str, Any] | None:
    """Return the latest deliveries with their counts and requests; nothing without any. One query."""
    if not request.user.has_perm("catalog.view_delivery"):
        return None
    latest = Delivery.objects.select_related("source", "request").order_by("-id")[:SHOWN_DELIVERIES]
    try:
        url = reverse("admin:catalog_delivery_changelist")
    except NoReverseMatch:
        url = ""
    return {"deliveries": latest, "url": url} if latest else None

"""The admin's sidebar by capability; an entry is shown to those who may open it."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Entry:
    """One link of the sidebar: a page by URL name, and the permission it needs."""

    title: str | Promise
    icon: str
    url_name: str
    permission: str = ""


def _list(title: str | Promise, icon: str, app: str, model: str) -> Entry:
    """Return the entry of a model's list, shown to those who may view the model."""
    return Entry(title, icon, f"admin:{app}_{model}_changelist", f"{app}.view_{model}")


GROUPS: tuple[tuple[str | Promise, tuple[Entry, ...]], ...] = (
    (
        "",
        (
            Entry(_("Home"), "home", "admin:index"),
            Entry(_("Desk"), "support_agent", "desk:search", "catalog.view_product"),
        ),
    ),
    (
        _("Product truth"),
        (
            _list(_("Products"), "inventory_2", "catalog", "product"),
            _list(_("Change requests"), "rate_review", "workflows", "changerequest"),
            _list(_("Deliveries"), "local_shipping", "catalog", "delivery"),
            _list(_("Assets"), "image", "assets", "asset"),
        ),
    ),
    (
        _("Outward"),
        (
            _list(_("Channels"), "storefront", "channels", "channel"),
            _list(_("Listings"), "sell", "channels", "listing"),
            _list(_("Publications"), "publish", "channels", "feedrun"),
            _list(_("Profiles"), "rule", "channels", "profile"),
            _list(_("API keys"), "key", "channels", "apikey"),
        ),
    ),
    (
        _("Model"),
        (
            _list(_("Attributes"), "label", "catalog", "attribute"),
            _list(_("Attribute groups"), "folder", "catalog", "attributegroup"),
            _list(_("Families"), "category", "catalog", "family"),
            _list(_("Categories"), "account_tree", "catalog", "category"),
            _list(_("Reference entities"), "dataset", "catalog", "referenceentity"),
            _list(_("Scopes"), "public", "catalog", "scope"),
            _list(_("Locations"), "location_on", "catalog", "location"),
        ),
    ),
    (
        _("Operation"),
        (
            _list(_("Jobs"), "manufacturing", "workflows", "job"),
            _list(_("Sources"), "input", "workflows", "source"),
            _list(_("Audit"), "policy", "workflows", "auditentry"),
            _list(_("Accounts"), "person", "auth", "user"),
            _list(_("Roles"), "group", "auth", "group"),
        ),
    ),
)


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the groups and links this person may open, in the theme's form; empty groups are left out.

    A page that no app offers is left out too: its app's screens say what there is, not this list.
    """
    groups = []
    for title, entries in GROUPS:
        items = []
        for entry in entries:
            if entry.permission and not request.user.has_perm(entry.permission):
                continue
            try:
                link = reverse(entry.url_name)
            except NoReverseMatch:
                continue
            items.append({"title": entry.title, "icon": entry.icon, "link": link})
        if items:
            groups.append({"title": title, "separator": bool(title), "collapsible": False, "items": items})
    return groups


def no_inline_colours(_request: HttpRequest) -> dict[str, dict[str, str]]:
    """Return no colours, so that the theme writes no style element; `theme_stylesheet` holds them."""
    return {}


def favicon(_request: HttpRequest) -> str:
    """Return the address of the icon in the browser's tab."""
    return static("config/icon.svg")


def theme_stylesheet(_request: HttpRequest) -> str:
    """Return the address of Concord's own style sheet, loaded after the theme's."""
    return static("config/theme.css")


def screens_stylesheet(_request: HttpRequest) -> str:
    """Return the address of the signs, chips, tables and differences that every screen shares."""
    return static("workflows/concord.css")

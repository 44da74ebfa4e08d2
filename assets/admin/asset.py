"""The list of assets."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from assets.admin.pages import AssetPages
from assets.admin.presenting import ago, approval_state, dimensions, exactly
from assets.models import Asset, AssetQuerySet, AssetVersion


class ApprovalFilter(admin.SimpleListFilter):
    """Assets by what of them is approved."""

    title = _("approval")
    parameter_name = "approval"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the choices."""
        return [
            ("waiting", _("A version waits for approval")),
            ("approved", _("Approved")),
            ("nothing", _("Nothing approved yet")),
        ]

    def queryset(self, request: HttpRequest, queryset: AssetQuerySet) -> AssetQuerySet:  # type: ignore[override]
        """Return the assets of the chosen state."""
        match self.value():
            case "waiting":
                return queryset.waiting()
            case "approved":
                return queryset.filter(current__isnull=False)
            case "nothing":
                return queryset.filter(current__isnull=True)
        return queryset


@admin.register(Asset)
class AssetAdmin(AssetPages):
    """Assets as a dense table; everything about one on its page."""

    list_display = ("picture", "code", "kind", "shown_dimensions", "shown_size", "approval", "newest_added")
    list_display_links = ("code",)
    list_filter = (ApprovalFilter, "kind")
    list_filter_submit = False
    list_per_page = 100
    list_max_show_all = 100
    show_add_link = False  # the bar above the list says it in words
    list_before_template = "assets/list_intro.html"
    search_fields = ("code",)
    search_help_text = _("Search codes")
    show_full_result_count = False
    ordering = ("code",)
    actions = ("approve_selected",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Asset]:
        """Return assets with their versions and files, in two queries for any number."""
        return Asset.objects.with_versions().order_by(*self.ordering)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list, with how many assets wait for approval above it."""
        waiting = Asset.objects.waiting().count() if request.method == "GET" else 0
        return super().changelist_view(request, {**(extra_context or {}), "waiting_count": waiting})

    @admin.action(description=_("Approve the newest version"), permissions=["approve"])
    def approve_selected(self, request: HttpRequest, queryset: QuerySet[Asset]) -> HttpResponse:
        """Show the versions that would be approved, to be looked at first."""
        return self.approve_page(request, list(queryset))

    @admin.display(description=_("picture"))
    def picture(self, asset: Asset) -> SafeString:
        """Return the newest version's thumbnail."""
        return render_to_string("assets/thumb.html", {"version": _newest(asset), "asset": asset})

    @admin.display(description=_("pixels"), ordering="current__file__width")
    def shown_dimensions(self, asset: Asset) -> SafeString:
        """Return width and height of the newest version."""
        return _number(dimensions(_newest(asset).file))

    @admin.display(description=_("size"), ordering="current__file__size")
    def shown_size(self, asset: Asset) -> SafeString:
        """Return the size of the newest version for people."""
        return _number(filesizeformat(_newest(asset).file.size))

    @admin.display(description=_("approval"))
    def approval(self, asset: Asset) -> SafeString:
        """Say what of the asset is approved."""
        state = approval_state(asset, _newest(asset))
        return format_html('<span class="asset-state asset-state-{}">{}</span>', state.sign, state.sentence)

    @admin.display(description=_("added"), ordering="created_at")
    def newest_added(self, asset: Asset) -> SafeString:
        """Say how long ago the newest version was added."""
        added = _newest(asset).created_at
        return format_html('<span class="asset-when" title="{}">{}</span>', exactly(added), ago(added))


def _newest(asset: Asset) -> AssetVersion:
    versions: list[AssetVersion] = asset.all_versions  # type: ignore[attr-defined]
    return versions[0]


def _number(text: str) -> SafeString:
    return format_html('<span class="asset-number">{}</span>', text)

"""Listings: what each channel says of each unit, why not more, and what it said before."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from catalog.selectors import describe_products
from channels.admin.presenting import ago, number, state_badge
from channels.constants import Effect, ListingState, Part
from channels.models import Listing, ProfileRule
from channels.rules.spec import PARTS
from channels.selectors import (
    availability_sentences,
    bodies_of,
    handed_over,
    said_bodies,
    sentences_of,
)
from channels.services.stock import stock_of
from workflows.admin.base import ConcordModelAdmin

SHOWN_REASONS = 2


class StatesFilter(admin.SimpleListFilter):
    """Listings by state; several states may be asked for, joined by commas."""

    title = _("state")
    parameter_name = "state__in"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the choices."""
        return [*ListingState.choices, ("held,partly_held", _("Something held back"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Listing]) -> QuerySet[Listing]:
        """Return the listings in these states."""
        value = self.value()
        return queryset.filter(state__in=value.split(",")) if value else queryset


class RuleFilter(admin.SimpleListFilter):
    """Listings that break one rule."""

    title = _("broken rule")
    parameter_name = "rule"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the rules that any listing breaks, errors first."""
        broken: set[str] = set()
        for rule_ids in Listing.objects.order_by().values_list("rule_ids", flat=True).distinct():
            broken.update(rule_ids.split())
        rules = ProfileRule.objects.filter(rule_id__in=broken).order_by("rule_id", "-version_id")
        severities = {rule.rule_id: rule.severity for rule in rules}
        order = {"error": 0, "warning": 1, "advice": 2}
        return [
            (rule_id, rule_id)
            for rule_id in sorted(broken, key=lambda one: (order.get(severities.get(one, ""), 3), one))
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Listing]) -> QuerySet[Listing]:
        """Return the listings that break the rule."""
        value = self.value()
        return queryset.filter(rule_ids__contains=f" {value} ") if value else queryset


class ListingList(ChangeList):
    """A page of listings with names, pictures and sentences, read at once for the whole page."""

    def get_results(self, request: HttpRequest) -> None:
        """Read the page, then what its rows show, in a constant number of queries."""
        super().get_results(request)
        rows = list(self.result_list)
        described = describe_products({row.product_id for row in rows})
        sentences = sentences_of(rows)
        for row in rows:
            row.described = described.get(row.product_id)
            row.sentences = sentences[row.id]
        self.result_list = rows


@admin.register(Listing)
class ListingAdmin(ConcordModelAdmin):
    """Listings are written by publishing; everything here is for reading."""

    read_only = True
    list_display = ("picture", "name", "channel", "place", "shown_score", "shown_state", "why")
    list_display_links = ("name",)
    list_select_related = ("channel",)
    list_filter = ("channel", StatesFilter, "market", "locale", RuleFilter)
    list_per_page = 50
    search_fields = ("external_id", "product__sku")
    search_help_text = _("Search IDs and SKUs")
    show_full_result_count = False
    ordering = ("channel", "external_id", "market", "locale")

    class Media:
        css = {"all": ("channels/admin.css",)}

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return the list that reads names and sentences by the page."""
        return ListingList

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show one listing: what it says, what it would say, why not, and every version."""
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        listing = get_object_or_404(Listing.objects.select_related("channel__profile"), pk=object_id)
        if not self.has_view_permission(request, listing):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            **listing_context(listing),
            "title": listing.external_id,
            "opts": self.opts,
            "media": self.media,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/channels/listing/page.html", context)

    @admin.display(description="")
    def picture(self, listing: Any) -> SafeString:
        """Return the unit's thumbnail."""
        described = listing.described
        if described is None or not described.thumbnail:
            return format_html('<span class="{}"></span>', "channel-thumb channel-thumb-none")
        return format_html('<img class="channel-thumb" src="{}" alt="" loading="lazy">', described.thumbnail)

    @admin.display(description=_("product"), ordering="external_id")
    def name(self, listing: Any) -> SafeString:
        """Return the unit's title over its id on the channel."""
        label = listing.described.label if listing.described else listing.external_id
        return format_html('{}<span class="channel-quiet channel-id">{}</span>', label, listing.external_id)

    @admin.display(description=_("market and language"), ordering="market")
    def place(self, listing: Listing) -> str:
        """Return market and language."""
        return f"{listing.market} · {listing.locale}"

    @admin.display(description=_("score"), ordering="score")
    def shown_score(self, listing: Listing) -> SafeString:
        """Return the score."""
        return number(listing.score)

    @admin.display(description=_("state"), ordering="state")
    def shown_state(self, listing: Listing) -> SafeString:
        """Return the state with its sign."""
        return state_badge(listing.state)

    @admin.display(description=_("what stands in the way"))
    def why(self, listing: Any) -> SafeString:
        """Return the first reasons as sentences."""
        shown = listing.sentences[:SHOWN_REASONS]
        more = len(listing.sentences) - len(shown)
        lines = format_html_join(
            "",
            '<span class="channel-reason channel-{}" title="{}">{}</span>',
            ((one.severity, one.rule_id, one.text) for one in shown),
        )
        if more:
            lines += format_html(
                '<span class="channel-quiet">{}</span>', _("%(count)s more") % {"count": more}
            )
        return lines


def listing_context(listing: Listing) -> dict[str, Any]:
    """Return what the page of a listing shows. About twelve queries."""
    said = said_bodies([listing])[listing.id]
    candidates = bodies_of(getattr(listing, f"candidate_{part}") for part in PARTS)
    stock = stock_of([listing.product_id], timezone.now()).get(listing.product_id)
    versions = list(listing.versions.order_by("-number")[:100])
    carried = handed_over(version.pk for version in versions)
    return {
        "listing": listing,
        "original": listing,
        "state": state_badge(listing.state),
        "described": describe_products([listing.product_id]).get(listing.product_id),
        "sentences": [
            *sentences_of([listing])[listing.id],
            *availability_sentences(listing.channel, listing, stock),
        ],
        "stock": stock,
        "effects": dict(Effect.choices),
        "parts": [
            {
                "label": Part(part).label,
                "rows": _rows(said.get(part, {})),
                "held_since": ago_of(listing, part),
                "would": _rows(candidates.get(getattr(listing, f"candidate_{part}"), {})),
            }
            for part in PARTS
        ],
        "versions": [
            {
                "version": version,
                "said_from": ago(version.said_from),
                "said_until": ago(version.said_until) if version.said_until else "",
                "handed_over": ago(carried[version.pk][0]) if version.pk in carried else "",
                "carried_until": ago(carried[version.pk][1])
                if carried.get(version.pk, (None, None))[1]
                else "",
            }
            for version in versions
        ],
    }


def ago_of(listing: Listing, part: str) -> SafeString | str:
    """Say since when a part is held back; empty when it is not."""
    since = listing.held_since.get(part)
    return ago(datetime.fromisoformat(since)) if since else ""


def _rows(body: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        for name, value in body.items()
    ]

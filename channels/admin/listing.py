"""Listings: what each channel says of each unit, why not more, and what it said before."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from catalog.constants import AvailabilityStatus
from catalog.selectors import describe_products
from catalog.services.display import pick_label
from catalog.services.schema import current_schema
from channels.admin.presenting import ago, place_name, score_bar, shown_body, state_badge
from channels.constants import ListingState, Part
from channels.models import Listing
from channels.rules.spec import PARTS
from channels.selectors import (
    SEVERITY_ORDER,
    availability_sentences,
    handed_over,
    said_bodies,
    say,
    sentences_of,
)
from channels.services.dirty import affected_units
from channels.services.effects import would_say
from channels.services.profiles import profile_with_parents, rules_by_id
from channels.services.stock import stock_of
from workflows.admin.base import ConcordModelAdmin, found_or_404

SHOWN_REASONS = 2
SHOWN_VERSIONS = 100


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


class MarketFilter(admin.SimpleListFilter):
    """Listings of one market."""

    title = _("market")
    parameter_name = "market"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the markets under any channel by name."""
        scopes = current_schema().scopes
        return [(code, pick_label(one.labels, code)) for code, one in scopes.items() if one.kind == "market"]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Listing]) -> QuerySet[Listing]:
        """Return the listings of the market."""
        value = self.value()
        return queryset.filter(market=value) if value else queryset


class ProductFilter(admin.SimpleListFilter):
    """Listings of one product and of what stands below it; offered only where an address asks for it."""

    title = _("product")
    parameter_name = "product"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the product the address names, if it is one."""
        try:
            wanted = UUID(request.GET.get(self.parameter_name, ""))
        except ValueError:
            return []
        return [(str(wanted), one.label) for one in describe_products([wanted]).values()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Listing]) -> QuerySet[Listing]:
        """Return the product's listings and its variants'."""
        value = self.value()
        return queryset.filter(product_id__in=affected_units([UUID(value)])) if value else queryset


class RuleFilter(admin.SimpleListFilter):
    """Listings that break one rule."""

    title = _("broken rule")
    parameter_name = "rule"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the rules that any listing breaks, errors first."""
        broken: set[str] = set()
        for rule_ids in Listing.objects.order_by().values_list("rule_ids", flat=True).distinct():
            broken.update(rule_ids.split())
        rules = rules_by_id(broken)
        found = sorted(rules.values(), key=lambda rule: (SEVERITY_ORDER[rule.severity], rule.rule_id))
        return [(rule.rule_id, say(rule.message, rule.params)) for rule in found]

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
        schema = current_schema()
        for row in rows:
            row.place_name = place_name(schema, row.market, row.locale)
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
    list_filter = ("channel", StatesFilter, MarketFilter, "locale", RuleFilter, ProductFilter)
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
        listing = found_or_404(Listing.objects.select_related("channel__profile"), object_id)
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

    @admin.display(description=_("picture"))
    def picture(self, listing: Any) -> SafeString:
        """Return the unit's thumbnail."""
        described = listing.described
        if described is None or not described.thumbnail:
            return format_html('<span class="{}"></span>', "cc-thumb")
        return format_html(
            '<span class="cc-thumb"><img src="{}" alt="" loading="lazy"></span>', described.thumbnail
        )

    @admin.display(description=_("product"), ordering="external_id")
    def name(self, listing: Any) -> SafeString:
        """Return the unit's title over its id on the channel."""
        label = listing.described.label if listing.described else listing.external_id
        return format_html('{}<span class="cc-hint channel-id">{}</span>', label, listing.external_id)

    @admin.display(description=_("market and language"), ordering="market")
    def place(self, listing: Any) -> str:
        """Return market and language."""
        return str(listing.place_name)

    @admin.display(description=_("score"), ordering="score")
    def shown_score(self, listing: Listing) -> SafeString:
        """Return the score."""
        return score_bar(listing.score)

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
            lines += format_html('<span class="cc-hint">{}</span>', _("%(count)s more") % {"count": more})
        return lines


def listing_context(listing: Listing) -> dict[str, Any]:
    """Return what the page of a listing shows. About fifteen queries, twenty more where a part is held."""
    stock = stock_of([listing.product_id], timezone.now()).get(listing.product_id)
    return {
        "listing": listing,
        "original": listing,
        "place": place_name(current_schema(), listing.market, listing.locale),
        "state": state_badge(listing.state),
        "described": describe_products([listing.product_id]).get(listing.product_id),
        "sentences": [
            *sentences_of([listing])[listing.id],
            *availability_sentences(listing.channel, listing, stock),
        ],
        "stock": stock,
        "stock_label": AvailabilityStatus(stock.status).label if stock and stock.status else "",
        "stock_age": ago(stock.observed_at) if stock and stock.observed_at else "",
        "parts": _parts(listing),
        "versions": _versions(listing),
    }


def _parts(listing: Listing) -> list[dict[str, Any]]:
    """Return what each part says, and where it would say something else, only what differs."""
    fields = profile_with_parents(listing.channel.profile.code)[0].fields
    said = said_bodies([listing])[listing.id]
    held = listing.state in (ListingState.HELD, ListingState.PARTLY_HELD)
    candidates = would_say(listing) if held else {}
    parts = []
    for part in PARTS:
        now = said.get(part, {})
        later = candidates.get(part, now)
        names = [name for name in {**now, **later} if now.get(name) != later.get(name)]
        parts.append(
            {
                "label": Part(part).label,
                "values": shown_body(now, fields),
                "held_since": ago_of(listing, part),
                "would": shown_body({name: later[name] for name in names if name in later}, fields),
                "dropped": [
                    fields[name].label if name in fields else name for name in names if name not in later
                ],
            }
        )
    return parts


def _versions(listing: Listing) -> list[dict[str, Any]]:
    versions = list(listing.versions.order_by("-number")[:SHOWN_VERSIONS])
    carried = handed_over(version.pk for version in versions)
    return [
        {
            "version": version,
            "said_from": ago(version.said_from),
            "said_until": ago(version.said_until) if version.said_until else "",
            "handed_over": ago(first) if first else "",
            "carried_until": ago(until) if until else "",
            "held": ", ".join(str(Part(part).label) for part in version.held),
        }
        for version in versions
        for first, until in (carried.get(version.pk, (None, None)),)
    ]


def ago_of(listing: Listing, part: str) -> SafeString | str:
    """Say since when a part is held back; empty when it is not."""
    since = listing.held_since.get(part)
    return ago(datetime.fromisoformat(since)) if since else ""

"""What channels show on pages of the apps below: a product's listings, and what a proposal does to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Count, Min, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from catalog.models import Product
from catalog.registry import register_product_column
from catalog.services.display import pick_label
from catalog.services.schema import current_schema
from channels.admin.presenting import ago, place_name, score_bar, share_bar, state_badge
from channels.constants import SELLABLE_KINDS, ListingState
from channels.models import Channel, Listing
from channels.permissions import Right, may_publish, may_view_listings
from channels.selectors import readiness_of, sentence_of, sentences_of
from channels.services.dirty import affected_units
from channels.services.effects import effects_of
from workflows.home import Waiting, register_waiting
from workflows.panels import register_panel
from workflows.permissions import may_propose
from workflows.rules.documents import Document, apply

SHOWN_LISTINGS = 30


def register() -> None:
    """Register the panels; called once when the app is ready."""
    register_panel("home.tiles", "channels", template="channels/home_tile.html", build=home_tile)
    register_panel(
        "product.listings", "channels", template="channels/listings_panel.html", build=product_listings
    )
    register_panel(
        "request.effects", "channels", template="channels/effects_panel.html", build=request_effects
    )
    register_product_column(_("Readiness"), readiness_cells)
    register_waiting(held_listings)


def held_listings(user: Any) -> list[Waiting]:
    """Return listings of which something is held back, channel by channel, to those who can cure that. One
    query.
    """
    cures = may_publish(user) or may_propose(user)
    if not (cures and may_view_listings(user)):
        return []
    states = [ListingState.HELD, ListingState.PARTLY_HELD]
    held = Listing.objects.filter(state__in=states).order_by()
    lines = []
    for row in held.values("channel_id", "channel__label").annotate(count=Count("pk")):
        words = ngettext(
            "listing held back from %(channel)s", "listings held back from %(channel)s", row["count"]
        )
        chosen = {"channel__id__exact": row["channel_id"], "state__in": ",".join(states)}
        address = f"{reverse('admin:channels_listing_changelist')}?{urlencode(chosen)}"
        lines.append(Waiting(row["count"], words % {"channel": row["channel__label"]}, address))
    return sorted(lines, key=lambda line: -line.count)


def home_tile(_objects: Sequence[Any], request: HttpRequest) -> Mapping[str, Any] | None:
    """Return each channel's readiness and last publication; nothing without channels. Five queries."""
    if not request.user.has_perm(Right.VIEW_CHANNEL):
        return None
    channels = list(Channel.objects.order_by("code"))
    numbers = readiness_of(channels, top=0)
    rows = [
        {
            "channel": channel,
            "readiness": found,
            "bar": share_bar(found),
            "published": ago(found.last_run.finished_at if found.last_run else None),
        }
        for channel in channels
        if (found := numbers[channel.pk]).total
    ]
    return {"rows": rows} if rows else None


def product_listings(products: Sequence[Any], request: HttpRequest) -> Mapping[str, Any] | None:
    """Return the listings of one product, or of its variants, with their reasons. About six queries."""
    if not may_view_listings(request.user) or not products:
        return None
    product = products[0]
    units = {product.pk} if product.kind in SELLABLE_KINDS else affected_units([product.pk])
    rows = Listing.objects.filter(product_id__in=units).select_related("channel")
    total = rows.count()
    if not total:
        return None
    shown = list(rows.order_by("channel__code", "market", "locale", "external_id")[:SHOWN_LISTINGS])
    sentences = sentences_of(shown)
    schema = current_schema()
    several = product.kind not in SELLABLE_KINDS
    return {
        "rows": [
            {
                "listing": listing,
                "place": place_name(schema, listing.market, listing.locale),
                "score": score_bar(listing.score),
                "state": state_badge(listing.state),
                "sentences": sentences[listing.id],
                "sku": listing.external_id if several else "",
            }
            for listing in shown
        ],
        "more": total - len(shown),
    }


def readiness_cells(ids: Sequence[UUID], user: Any) -> Mapping[UUID, object]:
    """Return, for each product, its score on every channel: the lowest of its listings or its variants'.

    Four queries for any number of products.
    """
    if not ids or not may_view_listings(user):
        return {}
    names = {
        channel.pk: pick_label(channel.scope.labels, channel.label)
        for channel in Channel.objects.select_related("scope").order_by("code")
    }
    listings = reverse("admin:channels_listing_changelist")
    held = Count("pk", filter=Q(state__in=(ListingState.HELD, ListingState.PARTLY_HELD)))
    cells: dict[UUID, list[Any]] = {}
    for owner in ("product_id", "product__parent_id", "product__parent__parent_id"):
        rows = Listing.objects.filter(**{f"{owner}__in": ids}).order_by().values_list(owner, "channel_id")
        for pk, channel, score, held_back in rows.annotate(lowest=Min("score"), held=held).order_by(
            "channel__code"
        ):
            address = f"{listings}?channel__id__exact={channel}&product={pk}"
            cells.setdefault(pk, []).append((address, names.get(channel, ""), score, held_back))
    return {
        pk: format_html_join(" ", "{}", ((_score_chip(*row),) for row in rows)) for pk, rows in cells.items()
    }


def _score_chip(address: str, name: str, score: int, held_back: int) -> SafeString:
    """Return a link to the listings a score stands for, with the sign of a warning where some are held."""
    title, sign, tone = str(_("lowest score")), "", ""
    if held_back:
        said = ngettext("%(count)s listing is held back", "%(count)s listings are held back", held_back)
        title, sign, tone = said % {"count": held_back}, " ▲", " cc-chip-warning"
    return format_html(
        '<a class="cc-chip cc-plain{}" href="{}" title="{}">{} {}{}</a>',
        tone,
        address,
        title,
        name,
        score,
        sign,
    )


def request_effects(changes: Sequence[Any], request: HttpRequest) -> Mapping[int, Mapping[str, Any]]:
    """Return, for each change of a product, what it would do to listings on each channel.

    Keys that are refused, superseded or in conflict are left out of what is proposed; a change that was
    applied already has no effect to show.
    """
    if not may_view_listings(request.user):
        return {}
    open_ones = [
        change for change in changes if change.model == "catalog.product" and not change.applied_revision
    ]
    stored: dict[UUID, Document] = dict(
        Product.objects.filter(pk__in=[change.object_id for change in open_ones]).values_list(
            "pk", "document"
        )
    )
    documents = {
        change.object_id: _proposed(change, stored.get(change.object_id, {})) for change in open_ones
    }
    effects = effects_of(documents)
    return {
        change.pk: {
            "effects": [
                {
                    "label": effect.label,
                    "before": effect.before,
                    "after": effect.after,
                    "broken": [sentence_of(reason) for reason in effect.broken],
                    "mended": [sentence_of(reason) for reason in effect.mended],
                    "more": effect.more,
                }
                for effect in found
            ]
        }
        for change in open_ones
        if (found := effects.get(change.object_id))
    }


def _proposed(change: Any, document: Document) -> Document:
    left_out = change.left_out()
    return apply(document, {key: value for key, value in change.patch.items() if key not in left_out})

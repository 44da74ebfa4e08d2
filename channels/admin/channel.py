"""Channels: readiness first, then the settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from catalog.constants import ProductState
from catalog.services.display import pick_label
from catalog.services.schema import Schema, current_schema
from channels.admin.channel_form import ASSORTMENT, SETTINGS, ChannelForm, on_fields
from channels.admin.mapping import MappingViews, mapping_table, saved_note
from channels.admin.presenting import ago, number, share_bar
from channels.admin.publishing import PublishingViews
from channels.constants import DEFAULT_ASSORTMENT_STATES
from channels.models import Channel
from channels.permissions import may_edit_channels, may_publish, may_view_listings
from channels.selectors import readiness_of
from channels.services.profiles import profile_with_parents
from channels.services.settings import create_channel, update_channel
from workflows.admin.base import ConcordHistoryAdmin, found_or_404
from workflows.exceptions import Invalid

TOP_REASONS = 10


@admin.register(Channel)
class ChannelAdmin(MappingViews, PublishingViews, ConcordHistoryAdmin):
    """Channels with their numbers; saving goes through the settings service."""

    form = ChannelForm
    list_display = ("label", "scope_name", "share", "bar", "live", "held", "withdrawn", "last_run")
    list_display_links = ("label",)
    list_select_related = ("profile__current", "scope")
    readonly_fields = ("sold",)
    change_form_outer_before_template = "channels/channel_readiness.html"
    change_form_outer_after_template = "channels/channel_mapping.html"

    class Media:
        css = {"all": ("channels/admin.css",)}

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Return what may be edited, or for those who only look the settings and a sentence."""
        if obj is not None and not self.has_change_permission(request, obj):
            return (*SETTINGS, "sold")
        computed = ("sold",) if obj is not None else ()
        return (*SETTINGS, *computed, *ASSORTMENT, "seen_revision", "reason")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Return the code once it is given, beside what the base denies and what is computed."""
        given = ("code",) if obj is not None else ()
        return (*super().get_readonly_fields(request, obj), *given)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Channel]:
        """Return channels with their numbers at hand, in four more queries for any number."""
        queryset: QuerySet[Channel] = super().get_queryset(request)
        request.readiness = readiness_of(Channel.objects.all())  # type: ignore[attr-defined]
        self._readiness = request.readiness  # type: ignore[attr-defined]
        return queryset

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show readiness, settings and mapping of one channel."""
        channel = found_or_404(Channel.objects.select_related("profile", "scope"), object_id)
        answer = may_publish(request.user, channel)
        readiness = readiness_of([channel], top=None)[channel.pk]
        spec, _versions = profile_with_parents(channel.profile.code)
        table = mapping_table(
            channel,
            spec,
            current_schema(),
            reasons=readiness.top,
            with_examples=bool(may_view_listings(request.user)),
        )
        run = readiness.last_run
        context = {
            "channel": channel,
            "readiness": readiness,
            "share_bar": share_bar(readiness),
            "published": ago(run.finished_at if run else None),
            "top": [
                (reason, spec.fields[reason.field].label if reason.field in spec.fields else "")
                for reason in readiness.top[:TOP_REASONS]
            ],
            "listings_url": f"{reverse('admin:channels_listing_changelist')}?channel__id__exact={channel.pk}",
            "profile_url": reverse("admin:channels_profile_change", args=[channel.profile_id]),
            "mapping": table,
            "may_map": bool(may_edit_channels(request.user)),
            "mapped": saved_note(request, channel, table),
            "preview_url": reverse("admin:channels_channel_preview", args=[channel.pk]),
            "why_not_publish": answer.reason,
        }
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: Channel, form: Any, change: bool) -> None:
        """Hand what was typed to the settings service; its faults return to the fields they are about."""
        reason = form.cleaned_data["reason"]
        try:
            if change:
                seen = form.cleaned_data["seen_revision"]
                update_channel(obj.pk, form.settings(), actor=request.user, reason=reason, revision=seen)
            else:
                obj.pk = create_channel(form.settings(), actor=request.user, reason=reason).pk
        except Invalid as error:
            raise on_fields(error, obj.code) from error

    def _numbers(self, channel: Channel) -> Any:
        return self._readiness[channel.pk]

    @admin.display(description=_("scope"))
    def scope_name(self, channel: Channel) -> str:
        """Return the scope's name; it says which markets and languages the channel has."""
        return pick_label(channel.scope.labels, channel.scope.code)

    @admin.display(description=_("assortment"))
    def sold(self, channel: Channel) -> str:
        """Say which products belong to the channel."""
        return assortment_text(channel.assortment, current_schema())

    @admin.display(description=_("listings by state"))
    def bar(self, channel: Channel) -> SafeString:
        """Return the listings by state as a bar."""
        return share_bar(self._numbers(channel))

    @admin.display(description=_("ready"))
    def share(self, channel: Channel) -> SafeString:
        """Return the share of listings that are live."""
        share = self._numbers(channel).share
        return number("–" if share is None else f"{share} %")

    @admin.display(description=_("live"))
    def live(self, channel: Channel) -> SafeString:
        """Return how many listings are live, as a link to them."""
        return _linked(channel, "live", self._numbers(channel).live)

    @admin.display(description=_("held back"))
    def held(self, channel: Channel) -> SafeString:
        """Return how many listings have something held back, as a link to them."""
        return _linked(channel, "held,partly_held", self._numbers(channel).held)

    @admin.display(description=_("withdrawn"))
    def withdrawn(self, channel: Channel) -> SafeString:
        """Return how many listings are withdrawn, as a link to them."""
        return _linked(channel, "withdrawn", self._numbers(channel).withdrawn)

    @admin.display(description=_("last published"))
    def last_run(self, channel: Channel) -> SafeString:
        """Say when the channel was last handed over."""
        run = self._numbers(channel).last_run
        return ago(run.finished_at if run else None)


def _linked(channel: Channel, states: str, count: int) -> SafeString:
    address = reverse("admin:channels_listing_changelist")
    return format_html(
        '<a class="channel-number" href="{}?channel__id__exact={}&state__in={}">{}</a>',
        address,
        channel.pk,
        states,
        count,
    )


def assortment_text(assortment: Mapping[str, Any], schema: Schema) -> str:
    """Say in a sentence which products belong to a channel."""
    states = [str(ProductState(code).label) for code in assortment.get("states") or DEFAULT_ASSORTMENT_STATES]
    parts = [_("Products in the states %(states)s") % {"states": ", ".join(states)}]
    families = [
        pick_label(schema.families[code].labels, code) if code in schema.families else code
        for code in assortment.get("families", ())
    ]
    categories = [
        pick_label(schema.category_labels.get(code, {}), code) for code in assortment.get("categories", ())
    ]
    if families:
        parts.append(_("of the families %(names)s") % {"names": ", ".join(families)})
    if categories:
        parts.append(_("in or under the categories %(names)s") % {"names": ", ".join(categories)})
    if included := assortment.get("include"):
        parts.append(_("always with %(skus)s") % {"skus": ", ".join(included)})
    if excluded := assortment.get("exclude"):
        parts.append(_("never %(skus)s") % {"skus": ", ".join(excluded)})
    return ", ".join(map(str, parts)) + "."

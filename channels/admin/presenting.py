"""How scores, states and moments of listings read on screens."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from channels.constants import ListingState


def ago(moment: datetime | None) -> SafeString:
    """Say how long ago something was; exactly, with its zone, on hover. A dash for never."""
    if moment is None:
        return format_html('<span class="channel-quiet">{}</span>', "–")
    recent = timezone.now() - moment < timedelta(minutes=1)
    text = _("just now") if recent else _("%(time)s ago") % {"time": timesince(moment, depth=1)}
    exact = timezone.localtime(moment).strftime("%Y-%m-%d %H:%M:%S %Z")
    return format_html(
        '<time class="channel-when" datetime="{}" title="{}">{}</time>', moment.isoformat(), exact, text
    )


def state_badge(state: str) -> SafeString:
    """Return a listing's state as text with its sign."""
    label = ListingState(state).label
    return format_html('<span class="channel-state channel-state-{}">{}</span>', state, label)


def number(value: object) -> SafeString:
    """Return a number for a right-aligned column."""
    return format_html('<span class="channel-number">{}</span>', "–" if value is None else value)

"""What every screen says in the same way: moments in words, differences between texts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from workflows.rules.words import Kind, Run

register = template.Library()


def exact_moment(moment: datetime) -> str:
    """Return a moment to the minute in the installation's zone, with the zone's name."""
    local = timezone.localtime(moment)
    return f"{date_format(local, 'DATETIME_FORMAT')} {local.tzname()}"


@register.filter
def age(moment: datetime | None) -> str:
    """Return how long ago a moment is, in its largest unit ("2 days"); empty without a moment."""
    if moment is None:
        return ""
    if (timezone.now() - moment).total_seconds() < 60:
        return _("a moment")
    return timesince(moment, depth=1)


@register.filter
def ago(moment: datetime | None) -> SafeString | str:
    """Return a moment in words ("2 days ago"), with the exact one and its zone on hover."""
    if moment is None:
        return ""
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(),
        exact_moment(moment),
        _("%(age)s ago") % {"age": age(moment)},
    )


@register.filter
def word_diff(runs: Sequence[Run]) -> SafeString:
    """Return the runs of a comparison as removed and added text; blanks that changed are made visible."""
    return format_html_join("", "{}", ((_shown(run),) for run in runs))


def _shown(run: Run) -> SafeString | str:
    if run.kind is Kind.SAME:
        return run.text
    if run.kind is Kind.SKIPPED:
        title = _("%(count)s characters that did not change") % {"count": len(run.text)}
        return format_html('<span class="cc-skipped" title="{}"> … </span>', title)
    text = run.text if run.text.strip() else run.text.replace(" ", "␣").replace("\n", "⏎\n")
    if run.kind is Kind.REMOVED:
        return format_html("<del>{}</del>", text)
    return format_html("<ins>{}</ins>", text)


@register.filter
def blank_to_dash(value: object) -> object:
    """Return a dash, with a name for screen readers, for a cell that has nothing to say."""
    if value not in (None, "", 0):
        return value
    return mark_safe('<span aria-hidden="true" class="cc-empty">–</span>')

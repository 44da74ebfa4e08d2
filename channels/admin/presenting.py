"""How scores, states, moments, places and sources of listings read on screens."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assets.services.addresses import thumbnail_path
from catalog.services.display import pick_label
from catalog.services.schema import Schema
from channels.constants import ListingState
from channels.rules.spec import FieldSpec, Source
from channels.selectors import Readiness

BUILTIN_LABELS = {
    "external_id": gettext_lazy("its ID on the channel, fixed at first publication"),
    "sku": gettext_lazy("the SKU"),
    "landing_link": gettext_lazy("the landing page pattern"),
    "price": gettext_lazy("the regular price in the market's currency"),
    "sale_price": gettext_lazy("the sale price in the market's currency"),
    "availability": gettext_lazy("what was observed last, joined when it is sent"),
    "group_id": gettext_lazy("the SKU of the topmost parent"),
    "category_path": gettext_lazy("the path of its deepest category"),
    "category_paths": gettext_lazy("the paths of its categories"),
    "main_picture": gettext_lazy("the first picture"),
    "additional_pictures": gettext_lazy("all pictures but the first"),
    "pictures": gettext_lazy("all pictures"),
    "identifier_exists": gettext_lazy("“no” without GTIN, MPN and brand"),
    "bundle_flag": gettext_lazy("“yes” for bundles"),
    "variant_axes": gettext_lazy("what sets a variant apart"),
    "kind": gettext_lazy("the kind of product"),
    "family": gettext_lazy("the family"),
}
"""How built-in sources read."""
_CHECKSUM_CHARS = 64


def ago(moment: datetime | None) -> SafeString:
    """Say how long ago something was; exactly, with its zone, on hover. A dash for never."""
    if moment is None:
        return format_html('<span class="cc-hint">{}</span>', "–")
    recent = timezone.now() - moment < timedelta(minutes=1)
    text = _("just now") if recent else _("%(time)s ago") % {"time": timesince(moment, depth=1)}
    exact = timezone.localtime(moment).strftime("%Y-%m-%d %H:%M:%S %Z")
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), exact, text)


def state_badge(state: str) -> SafeString:
    """Return a listing's state as text with its sign."""
    label = ListingState(state).label
    return format_html('<span class="channel-state channel-state-{}">{}</span>', state, label)


def number(value: object) -> SafeString:
    """Return a number for a right-aligned column."""
    return format_html('<span class="channel-number">{}</span>', "–" if value is None else value)


def score_bar(score: int) -> SafeString:
    """Return a score as a number over a bar of the same length."""
    return format_html(
        '<span class="channel-score">{}<svg class="channel-meter" viewBox="0 0 100 4" '
        'preserveAspectRatio="none" aria-hidden="true"><rect class="channel-part-{}" width="{}" height="4">'
        "</rect></svg></span>",
        score,
        "live" if score == 100 else "partly_held",
        score,
    )


def share_bar(readiness: Readiness) -> SafeString:
    """Return a channel's listings by state as one bar, each state as long as its share; named for readers."""
    if not readiness.total:
        return format_html('<span class="cc-hint">{}</span>', _("no listings yet"))
    parts, start = [], 0.0
    named = []
    for state, label in ListingState.choices:
        count = readiness.by_state.get(state, 0)
        if count:
            width = 100 * count / readiness.total
            parts.append((state, f"{start:.2f}", f"{width:.2f}"))
            named.append(f"{label}: {count}")
            start += width
    return format_html(
        '<svg class="channel-share" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" '
        'aria-label="{}"><title>{}</title>{}</svg>',
        ", ".join(named),
        ", ".join(named),
        format_html_join("", '<rect class="channel-part-{}" x="{}" width="{}" height="8"></rect>', parts),
    )


def place_name(schema: Schema, market: str, locale: str) -> str:
    """Return a market and language as people call them; a market that is gone keeps its code."""
    scope = schema.scopes.get(market)
    return f"{pick_label(scope.labels, market) if scope else market} · {locale}"


def source_text(source: Source | None, schema: Schema) -> str:
    """Say where a field's value comes from, empty for nowhere; attributes that are not there are left out."""
    if source is None:
        return ""
    attributes = [
        pick_label(schema.attributes[code].labels, code)
        for code in source.attributes
        if code in schema.attributes
    ]
    named = _(", else ").join(attributes)
    if source.builtin is not None:
        label = str(BUILTIN_LABELS.get(source.builtin, source.builtin))
        return _("%(what)s of %(attributes)s") % {"what": label, "attributes": named} if named else label
    if source.constant is not None:
        return _("always “%(value)s”") % {"value": source.constant}
    if source.constant_by_family is not None:
        labels = {code: family.labels for code, family in schema.families.items()}
        return ", ".join(
            f"{pick_label(labels.get(code, {}), code)}: “{value}”"
            for code, value in source.constant_by_family.items()
        )
    return named


@dataclass(frozen=True)
class ShownValue:
    """One target field of a body as a screen shows it: texts, links, or pictures as (address, thumbnail)."""

    field: str
    label: str
    texts: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    pictures: tuple[tuple[str, str], ...] = ()


def shown_body(body: Mapping[str, Any], fields: Mapping[str, FieldSpec]) -> list[ShownValue]:
    """Return a body's values in the profile's order; fields the profile no longer has come last."""
    ordered = [name for name in fields if name in body]
    ordered.extend(name for name in body if name not in fields)
    return [_shown(name, body[name], fields.get(name)) for name in ordered]


def _shown(name: str, value: Any, field: FieldSpec | None) -> ShownValue:
    label, kind = (field.label, field.type) if field else (name, "text")
    values = value if isinstance(value, list) else [value]
    if kind in ("picture", "pictures"):
        addresses = [_address(entry) for entry in values]
        return ShownValue(name, label, pictures=tuple((one, _thumbnail(one)) for one in addresses))
    if kind == "url":
        return ShownValue(name, label, links=tuple(map(str, values)))
    return ShownValue(name, label, texts=tuple(_texts(values)))


def _address(entry: Any) -> str:
    return str(entry.get("url", "")) if isinstance(entry, dict) else str(entry)


def _thumbnail(address: str) -> str:
    checksum = address.rpartition("/")[2].partition(".")[0]
    return thumbnail_path(checksum) if len(checksum) == _CHECKSUM_CHARS else ""


def _texts(values: Iterable[Any]) -> Iterable[str]:
    for value in values:
        if isinstance(value, dict) and value.keys() == {"amount", "currency"}:
            yield f"{value['amount']} {value['currency']}"
        elif isinstance(value, list) and all(isinstance(entry, str) for entry in value):
            yield " › ".join(value)
        elif isinstance(value, dict) and all(isinstance(entry, str) for entry in value.values()):
            yield ", ".join(f"{name}: {entry}" for name, entry in value.items())
        else:
            yield value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

"""Akeneo's channels as scopes: one each, with a market for each region of its locales."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.numbers import get_territory_currencies, list_currencies
from django.utils.translation import gettext as _

from catalog.readers.akeneo_codes import locale_tag, region_of, split_codes

NO_CURRENCY = "EUR"


@dataclass(frozen=True)
class ChannelScopes:
    """The scopes a channel becomes, its own first; its locales; cells left out (column, value, reason)."""

    scopes: list[dict[str, Any]]
    locales: list[str]
    left_out: list[tuple[str, str, str]]


def channel_scopes(
    row: Mapping[str, str], *, code: str, labels: Mapping[str, str], taken: set[str]
) -> ChannelScopes:
    """Turn a row of channels.csv into scopes. Locales that share a region share its market.

    A market's currency is its country's if the channel has it, else EUR if the channel lists it, else the
    channel's first (EUR where it lists none). Codes of markets are added to `taken`.
    """
    left_out: list[tuple[str, str, str]] = []
    locales: list[str] = []
    for written in split_codes(row["locales"]):
        tag = locale_tag(written)
        if tag is None:
            left_out.append(("locales", written, _("This is not a locale.")))
        else:
            locales.append(tag)
    currencies = []
    for written in split_codes(row.get("currencies", "")):
        if written.upper() in list_currencies():
            currencies.append(written.upper())
        else:
            left_out.append(("currencies", written, _("This is not a currency.")))
    regions: dict[str, list[str]] = {}
    for tag in locales:
        regions.setdefault(region_of(tag) or tag.partition("-")[0], []).append(tag)
    scopes: list[dict[str, Any]] = [
        {"code": code, "kind": "channel", "labels": dict(labels), "locales": locales}
    ]
    for region, tags in regions.items():
        market = _market_code(code, region, taken)
        taken.add(market)
        country = region if len(region) == 2 and region.isupper() else ""
        scopes.append(
            {
                "code": market,
                "parent": code,
                "kind": "market",
                "labels": _market_labels(labels, region),
                "country": country,
                "currency": _currency(country, currencies),
                "locales": tags,
            }
        )
    return ChannelScopes(scopes, locales, left_out)


def _market_code(channel: str, region: str, taken: set[str]) -> str:
    code = f"{channel}_{region.lower()}"
    number, found = 2, code
    while found in taken:
        found = f"{code}_{number}"
        number += 1
    return found


def _currency(country: str, listed: list[str]) -> str:
    own = get_territory_currencies(country) if country else []
    for currency in own:
        if currency in listed:
            return str(currency)
    if not listed:
        return str(own[0]) if own else NO_CURRENCY
    return NO_CURRENCY if NO_CURRENCY in listed else listed[0]


def _market_labels(labels: Mapping[str, str], region: str) -> dict[str, str]:
    named = {}
    for tag, label in labels.items():
        try:
            name = Locale.parse(tag, sep="-").territories.get(region, region)
        except (UnknownLocaleError, ValueError):
            name = region
        named[tag] = f"{label}, {name}"
    return named

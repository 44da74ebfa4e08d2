"""What an evaluation is given: the market it is for, and one sellable unit with everything it refers to.

The service fills these from the catalogue and the assets; tests fill them by hand. No clock, no database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

EMPTY_MARKER = "$empty"
MINOR_UNITS = {
    "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
    "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0,
    "RWF": 0, "UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
}  # fmt: skip
"""Currencies whose minor unit is not 2 digits (ISO 4217 list one, as of 2026)."""


class Picture(Protocol):
    """The facts of one asset that mappings and rules use; `checksum` is None while no version is approved."""

    @property
    def checksum(self) -> str | None:
        """Name of the bytes of the current approved version."""

    @property
    def mime(self) -> str | None:
        """Media type read from the bytes."""

    @property
    def width(self) -> int | None:
        """Pixels; None for what is no picture."""

    @property
    def height(self) -> int | None:
        """Pixels; None for what is no picture."""

    @property
    def size(self) -> int | None:
        """Bytes."""

    @property
    def alt(self) -> Mapping[str, str]:
        """Alternative text by locale."""


@dataclass(frozen=True)
class AttributeInfo:
    """What a mapping must know of an attribute to render its values."""

    code: str
    type: str
    label: str = ""
    price_kind: str = ""
    entity: str = ""


def _no_label(group: str, code: str) -> str:
    return code


@dataclass(frozen=True)
class MarketContext:
    """One market and locale of a channel, with the channel's settings that shape what is said.

    `option_label(attribute, option)` and `record_label(entity, record)` return names in the locale.
    `picture_url` makes a public address of an asset's facts.
    """

    market: str
    country: str
    currency: str
    locale: str
    attributes: Mapping[str, AttributeInfo] = field(default_factory=dict)
    link_pattern: str = ""
    flags: frozenset[str] = frozenset()
    option_label: Callable[[str, str], str] = _no_label
    record_label: Callable[[str, str], str] = _no_label
    picture_url: Callable[[Any], str] = str


Resolve = Callable[..., Any]


@dataclass(slots=True)
class Unit:
    """One sellable unit. `resolve(code)` and `resolve(code, part)` return a resolved value or None.

    `external_id` is the fixed one, or what it would become; `external_id_taken` says that another published
    listing has it. `group` holds the varying values of the sellable members of its group, itself included.
    """

    product_id: str
    sku: str
    external_id: str
    resolve: Resolve
    kind: str = "simple"
    state: str = "active"
    family: str = ""
    in_assortment: bool = True
    external_id_taken: bool = False
    group_id: str = ""
    group: Sequence[GroupMember] = ()
    assets: Mapping[str, Picture] = field(default_factory=dict)
    category_paths: Sequence[Sequence[str]] = ()
    axes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class GroupMember:
    """What group rules compare of one member: its target fields' values."""

    product_id: str
    values: Mapping[str, Any]


def is_empty(value: Any) -> bool:
    """Say whether a resolved value counts as missing: absent, blank, or deliberately empty."""
    return value is None or value == "" or value == [] or (isinstance(value, dict) and EMPTY_MARKER in value)

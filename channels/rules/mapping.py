"""How a target field gets its value: sources compiled to functions of one unit.

A compiled source returns the rendered value, or None when there is nothing to say. Pictures are noted on the
way, so that rules can judge pixels and bytes behind an address.
"""

from __future__ import annotations

import html
import re
import string
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote

from channels.rules.inputs import MINOR_UNITS, AttributeInfo, MarketContext, Picture, Unit, is_empty
from channels.rules.spec import FieldSpec, ProfileError, Source

Notes = dict[str, list[Picture]]
Mapped = Callable[[Unit, dict[str, Any], Notes], Any]
LINK_NAMES = frozenset({"external_id", "sku", "locale", "language", "market", "group_id", "product_id"})
_TAG = re.compile(r"<[^>]*>")
_BREAK = re.compile(r"<(?:br|/p|/li|/div|/h[1-6])[^>]*>", re.IGNORECASE)
_SPACE = re.compile(r"\s+")
_ASSET_TYPES = frozenset({"asset", "assets"})
_SEVERAL = frozenset({"pictures", "texts", "json", "any"})
_STRUCTURED = frozenset({"json", "any"})
_HELD_BY: Mapping[str, frozenset[str]] = {
    "pictures": _SEVERAL,
    "additional_pictures": _SEVERAL,
    "category_paths": _STRUCTURED,
    "variant_axes": _STRUCTURED,
}
"""Built-ins that give more than one text, with the types of field that can hold what they give."""
BUILTINS_OF_ATTRIBUTES = frozenset({"main_picture", "additional_pictures", "pictures", "price", "sale_price"})
"""Built-ins that look into attributes, into all that fit unless the source names some."""


def plain_text(value: str) -> str:
    """Return text without markup, entities decoded, white space collapsed to single spaces."""
    if "<" in value:
        value = _TAG.sub("", _BREAK.sub(" ", value))
    if "&" in value:
        value = html.unescape(value)
    return _SPACE.sub(" ", value).strip()


def collapse(value: str) -> str:
    """Return text trimmed, runs of white space made one space (what Google does to ids)."""
    return " ".join(value.split())


def price_text(amount: str, currency: str) -> str:
    """Return `15.00 USD`: at least the currency's minor digits (ISO 4217), no more than were given."""
    return f"{_amount(amount, currency)} {currency}"


def _amount(amount: str, currency: str) -> str:
    try:
        number = Decimal(amount)
    except InvalidOperation:
        return amount
    digits = MINOR_UNITS.get(currency, 2)
    exact = number.normalize().as_tuple().exponent
    if isinstance(exact, int) and -exact > digits:
        digits = -exact
    return f"{number:.{digits}f}"


def check_link_pattern(pattern: str) -> list[str]:
    """Return what is wrong with a landing page pattern such as
    `https://shop.example/{locale}/p/{external_id}`.
    """
    if not pattern:
        return []
    try:
        names = [
            (name, form, conv)
            for _, name, form, conv in string.Formatter().parse(pattern)
            if name is not None
        ]
    except ValueError:
        return ["The link pattern has a brace without its partner."]
    unknown = sorted({name for name, form, conv in names if name not in LINK_NAMES or form or conv})
    if unknown:
        allowed = ", ".join(sorted(LINK_NAMES))
        return [f"The link pattern can't use {', '.join(map(repr, unknown))}; it may use {allowed}."]
    if not pattern.startswith(("https://", "http://")):
        return ["The link pattern begins with https:// or http://."]
    if not {name for name, _, _ in names} & {"external_id", "sku", "product_id"}:
        return [
            "The link pattern needs {external_id}, {sku} or {product_id}: each item lands on its own page."
        ]
    return []


def holds(spec: FieldSpec, builtin: str) -> bool:
    """Say whether a field's type can hold what a built-in gives; the rules of any other would fail on it."""
    return builtin not in _HELD_BY or spec.type in _HELD_BY[builtin]


def compile_source(spec: FieldSpec, source: Source, market: MarketContext) -> Mapped:
    """Turn one field's source into a function; raises `ProfileError` for a built-in the field's type can't
    take.
    """
    if source.builtin is not None:
        return _builtin(spec, source, market)
    if source.constant is not None:
        constant = source.constant
        return lambda unit, values, notes: constant
    if source.constant_by_family is not None:
        by_family = source.constant_by_family
        return lambda unit, values, notes: by_family.get(unit.family)
    return _first_present(spec, source, market)


def _first_present(spec: FieldSpec, source: Source, market: MarketContext) -> Mapped:
    readers = [
        _reader(spec, info, market, source.limit)
        for code in source.attributes
        if (info := market.attributes.get(code)) is not None
    ]
    if len(readers) == 1:
        return readers[0]

    def first(unit: Unit, values: dict[str, Any], notes: Notes) -> Any:
        for read in readers:
            value = read(unit, values, notes)
            if not is_empty(value):
                return value
        return None

    return first


def _reader(spec: FieldSpec, info: AttributeInfo, market: MarketContext, limit: int | None) -> Mapped:
    code = info.code
    if info.type == "price":
        render_price = _price_renderer(spec, market.currency)

        def read_price(unit: Unit, values: dict[str, Any], notes: Notes) -> Any:
            amount = unit.resolve(code, market.currency)
            return None if is_empty(amount) else render_price(str(amount))

        return read_price
    if info.type in _ASSET_TYPES:
        return _asset_reader(spec, code, market, limit)
    if spec.type in ("any", "json"):

        def read_any(unit: Unit, values: dict[str, Any], notes: Notes) -> Any:
            value = unit.resolve(code)
            return None if is_empty(value) else value

        return read_any
    render = _renderer(spec, info, market)

    def read(unit: Unit, values: dict[str, Any], notes: Notes) -> Any:
        value = unit.resolve(code)
        return None if is_empty(value) else render(value)

    if limit is None:
        return read
    return lambda unit, values, notes: _cut(read(unit, values, notes), limit)


def _cut(value: Any, limit: int) -> Any:
    return value[:limit] if isinstance(value, list) else value


def _price_renderer(spec: FieldSpec, currency: str) -> Callable[[str], Any]:
    if spec.as_object:
        return lambda amount: {"amount": _amount(amount, currency), "currency": currency}
    return lambda amount: price_text(amount, currency)


def _renderer(spec: FieldSpec, info: AttributeInfo, market: MarketContext) -> Callable[[Any], Any]:
    """Return how a stored value of this attribute reads in this field."""
    as_list = spec.type == "texts"
    one = _one_renderer(spec, info, market)

    def render(value: Any) -> Any:
        if isinstance(value, list):
            texts = [text for entry in value if (text := one(entry))]
            if as_list:
                return texts or None
            return "/".join(texts) or None
        text = one(value)
        if as_list:
            return [text] if text else None
        return text or None

    return render


def _one_renderer(spec: FieldSpec, info: AttributeInfo, market: MarketContext) -> Callable[[Any], str]:
    code = info.code
    if info.type in ("select", "multiselect"):
        if spec.type == "enum":
            return str
        option_label = market.option_label
        return lambda value: option_label(code, str(value))
    if info.type in ("reference", "references"):
        record_label, entity = market.record_label, info.entity
        return lambda value: record_label(entity, str(value))
    if info.type == "boolean":
        return lambda value: "yes" if value else "no"
    if info.type == "measurement":
        return lambda value: f"{value['amount']} {value['unit']}" if isinstance(value, dict) else str(value)
    if info.type == "products":
        return lambda value: ""
    if spec.type == "html":
        return str
    if info.type == "identifier" or spec.type in ("url", "enum"):
        return lambda value: str(value).strip()
    return lambda value: plain_text(str(value))


def _asset_reader(spec: FieldSpec, code: str, market: MarketContext, limit: int | None) -> Mapped:
    name, many = spec.name, spec.type in ("pictures", "texts")
    render = _picture_renderer(spec, market)

    def read(unit: Unit, values: dict[str, Any], notes: Notes) -> Any:
        found = list(_usable(unit, [unit.resolve(code)]))
        return _render_pictures(found[:limit], name, many, render, notes)

    return read


def _usable(unit: Unit, values: Iterable[Any]) -> Iterable[Picture]:
    """Yield the assets of values (a code or a list of codes) that have an approved version, each once."""
    seen: set[str] = set()
    for value in values:
        for code in value if isinstance(value, list) else (value,):
            if not isinstance(code, str) or code in seen:
                continue
            seen.add(code)
            picture = unit.assets.get(code)
            if picture is not None and picture.checksum:
                yield picture


def _picture_renderer(spec: FieldSpec, market: MarketContext) -> Callable[[Picture], Any]:
    address = market.picture_url
    if not spec.as_object:
        return address
    locale = market.locale

    def render(picture: Picture) -> dict[str, Any]:
        return {
            "url": address(picture),
            "alt": picture.alt.get(locale, ""),
            "width": picture.width,
            "height": picture.height,
        }

    return render


def _render_pictures(
    found: Sequence[Picture], name: str, many: bool, render: Callable[[Picture], Any], notes: Notes
) -> Any:
    if not found:
        return None
    if not many:
        found = found[:1]
    notes[name] = list(found)
    return [render(picture) for picture in found] if many else render(found[0])


def _builtin(spec: FieldSpec, source: Source, market: MarketContext) -> Mapped:
    if not holds(spec, str(source.builtin)):
        raise ProfileError(
            [f"Field {spec.name} (type {spec.type}) can't hold what the built-in {source.builtin} gives."]
        )
    if source.builtin in ("main_picture", "additional_pictures", "pictures"):
        return _pictures_builtin(spec, source, market)
    if source.builtin in ("price", "sale_price"):
        return _price_builtin(spec, source, market)
    if source.builtin == "landing_link":
        return _landing_link(market)
    if source.builtin == "variant_axes":
        return _variant_axes(market)
    simple = _SIMPLE.get(str(source.builtin))
    if simple is None:
        raise ProfileError([f"Field {spec.name}: {source.builtin} is not a built-in."])
    return simple


def _pictures_builtin(spec: FieldSpec, source: Source, market: MarketContext) -> Mapped:
    """Take pictures from the attributes named, else from every asset attribute in the schema's order."""
    codes = source.attributes or tuple(
        info.code for info in market.attributes.values() if info.type in _ASSET_TYPES
    )
    render, name, limit = _picture_renderer(spec, market), spec.name, source.limit
    first_only, skip_first = source.builtin == "main_picture", source.builtin == "additional_pictures"

    def read(unit: Unit, values: dict[str, Any], notes: Notes) -> Any:
        found = [
            picture
            for picture in _usable(unit, (unit.resolve(code) for code in codes))
            if (picture.mime or "").startswith("image/")
        ]
        if first_only:
            return _render_pictures(found[:1], name, spec.type == "pictures", render, notes)
        found = found[1:] if skip_first else found
        return _render_pictures(found[:limit], name, True, render, notes)

    return read


def _price_builtin(spec: FieldSpec, source: Source, market: MarketContext) -> Mapped:
    """Take the first price of the right kind: regular (or unmarked) for `price`, sale for `sale_price`."""
    kinds = ("regular", "") if source.builtin == "price" else ("sale",)
    codes = source.attributes or tuple(
        info.code for info in market.attributes.values() if info.type == "price" and info.price_kind in kinds
    )
    currency, render = market.currency, _price_renderer(spec, market.currency)

    def read(unit: Unit, values: dict[str, Any], notes: Notes) -> Any:
        for code in codes:
            amount = unit.resolve(code, currency)
            if not is_empty(amount):
                return render(str(amount))
        return None

    return read


def _landing_link(market: MarketContext) -> Mapped:
    pattern = market.link_pattern
    fixed = {
        "locale": quote(market.locale, safe=""),
        "language": quote(market.locale.partition("-")[0], safe=""),
        "market": quote(market.market, safe=""),
    }

    def read(unit: Unit, values: dict[str, Any], notes: Notes) -> Any:
        if not pattern:
            return None
        return pattern.format(
            external_id=quote(unit.external_id, safe=""),
            sku=quote(unit.sku, safe=""),
            group_id=quote(unit.group_id, safe=""),
            product_id=unit.product_id,
            **fixed,
        )

    return read


def _variant_axes(market: MarketContext) -> Mapped:
    """What sets a variant apart from its siblings: `{attribute code: value as text}`."""
    as_text = FieldSpec("variant_axes", "", "content", "text")
    renderers = {code: _renderer(as_text, info, market) for code, info in market.attributes.items()}

    def read(unit: Unit, values: dict[str, Any], notes: Notes) -> Any:
        found = {}
        for code in unit.axes:
            value = unit.resolve(code)
            if code in renderers and not is_empty(value):
                found[code] = renderers[code](value)
        return found or None

    return read


def _category_path(unit: Unit, values: dict[str, Any], notes: Notes) -> Any:
    """The deepest path; of equally deep ones the first in the catalogue's order."""
    if not unit.category_paths:
        return None
    deepest: Sequence[str] = max(unit.category_paths, key=len)
    return " > ".join(deepest)


def _identifier_exists(unit: Unit, values: dict[str, Any], notes: Notes) -> Any:
    """`no` when the unit has none of GTIN, MPN and brand, else nothing, since yes is the default."""
    return None if any(name in values for name in ("gtin", "mpn", "brand")) else "no"


_SIMPLE: Mapping[str, Mapped] = {
    "external_id": lambda unit, values, notes: unit.external_id or None,
    "sku": lambda unit, values, notes: unit.sku or None,
    "group_id": lambda unit, values, notes: unit.group_id or None,
    "kind": lambda unit, values, notes: unit.kind,
    "family": lambda unit, values, notes: unit.family or None,
    "category_path": _category_path,
    "category_paths": lambda unit, values, notes: [list(path) for path in unit.category_paths] or None,
    "identifier_exists": _identifier_exists,
    "bundle_flag": lambda unit, values, notes: "yes" if unit.kind == "bundle" else None,
    "availability": lambda unit, values, notes: None,
}
LAST_BUILTINS = frozenset({"identifier_exists"})
"""Built-ins that look at other fields' values and so come last."""

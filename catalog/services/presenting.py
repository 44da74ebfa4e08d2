"""Values as pages show them: plain texts, pictures, linked products by name, amounts that compare."""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Sequence
from decimal import Decimal
from uuid import UUID

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from catalog.measurements import MEASURES
from catalog.rules.keys import KeyProblem, ValueKey
from catalog.rules.measures import MeasureProblem
from catalog.rules.values import AttributeSpec
from catalog.selectors import describe_products, thumbnails_of
from catalog.services.display import display_value, pick_label
from catalog.services.schema import Schema
from workflows.registry import Description, Picture, Shown
from workflows.rules.documents import JSONValue, is_empty_marker

PICTURES = frozenset({"asset", "assets"})
TYPED_AS_STORED = frozenset(
    {"text", "textarea", "rich_text", "url", "date", "datetime", "integer", "decimal", "price", "identifier"}
)

_BLOCK_ENDS = re.compile(r"<br\s*/?>|</(?:p|li|h[1-6]|tr|blockquote|pre)>", re.IGNORECASE)
_ITEMS = re.compile(r"<li[^>]*>", re.IGNORECASE)
_TAGS = re.compile(r"<[^>]+>")


def plain_text(rich: str) -> str:
    """Return sanitised HTML as text: paragraphs on lines of their own, list items with a bullet."""
    text = _ITEMS.sub("• ", _BLOCK_ENDS.sub("\n", rich))
    return re.sub(r"\n{3,}", "\n\n", html.unescape(_TAGS.sub("", text))).strip()


def present_values(schema: Schema, values: Sequence[tuple[str, JSONValue | None]]) -> list[Shown]:
    """Return values (each with its key) as pages show them, in their order.

    Pictures are those of the approved version, else of the newest: what is proposed may not be approved yet.
    Two queries for pictures, and those of `describe_products` where products are linked.
    """
    specs = {key: _spec(schema, key) for key, _value in values}
    pictures = thumbnails_of(
        {code for key, value in values if _type(specs[key]) in PICTURES for code in _codes(value)}
    )
    products = _products(
        {target for key, value in values for target in _linked(key, specs[key], value)}, schema
    )
    return [_shown(schema, key, specs[key], value, pictures, products) for key, value in values]


def value_choices(schema: Schema, key: str) -> list[tuple[str, str]]:
    """Return the codes a key may take with their labels; empty where it is typed or holds several values."""
    spec = _spec(schema, key)
    if spec is None:
        return []
    if spec.type == "boolean":
        return [("true", _("yes")), ("false", _("no"))]
    if spec.type == "select":
        labels = schema.option_labels.get(spec.code, {})
        codes: Collection[str] = spec.options.values()
    elif spec.type == "reference":
        labels = schema.record_labels.get(spec.entity, {})
        codes = spec.records.values()
    else:
        return []
    named = [(code, pick_label(labels.get(code, {}), code)) for code in codes]
    return sorted(named, key=lambda pair: pair[1].casefold())


def revision_address(product_id: UUID, revision: int) -> str:
    """Return the page that compares a revision with the one before; empty for the first, or without one."""
    if revision < 2:
        return ""
    try:
        address = reverse("admin:catalog_product_compare", args=[product_id])
    except NoReverseMatch:
        return ""
    return f"{address}?from={revision - 1}&to={revision}"


def _spec(schema: Schema, key: str) -> AttributeSpec | None:
    try:
        return None if key.startswith("#") else schema.attributes.get(ValueKey.parse(key).code)
    except KeyProblem:
        return None


def _type(spec: AttributeSpec | None) -> str:
    return spec.type if spec else ""


def _codes(value: JSONValue | None) -> list[str]:
    if value is None or is_empty_marker(value):
        return []
    return [str(code) for code in value] if isinstance(value, list) else [str(value)]


def _linked(key: str, spec: AttributeSpec | None, value: JSONValue | None) -> list[UUID]:
    if key == "#parent" and isinstance(value, str):
        return [UUID(value)]
    if _type(spec) == "products" and isinstance(value, list):
        return [UUID(str(link["product"])) for link in value if isinstance(link, dict)]
    return []


def _products(ids: Collection[UUID], schema: Schema) -> dict[UUID, Description]:
    return describe_products(ids, schema) if ids else {}


def _shown(
    schema: Schema,
    key: str,
    spec: AttributeSpec | None,
    value: JSONValue | None,
    pictures: dict[str, str],
    products: dict[UUID, Description],
) -> Shown:
    if value is None:
        return Shown(typed="")
    text = display_value(schema, key, value)
    if is_empty_marker(value):
        return Shown(text)
    kind = _type(spec)
    if key == "#parent" or kind == "products":
        return Shown(_product_links(key, spec, value, products))
    if spec is None:
        return Shown(text)
    if kind in PICTURES:
        codes = _codes(value)
        return Shown(text, tuple(Picture(code, pictures.get(code, "")) for code in codes))
    if kind == "measurement" and isinstance(value, dict):
        return Shown(text, meaning=_amount(spec, value), typed=text)
    if kind == "rich_text":
        return Shown(plain_text(str(value)), typed=str(value))
    if kind in ("select", "reference"):
        return Shown(text, typed=str(value))
    if kind == "boolean":
        return Shown(text, typed="true" if value is True else "false")
    return Shown(text, typed=str(value) if kind in TYPED_AS_STORED else None)


def _product_links(
    key: str, spec: AttributeSpec | None, value: JSONValue, products: dict[UUID, Description]
) -> str:
    quantities = {
        UUID(str(link["product"])): link.get("quantity")
        for link in (value if isinstance(value, list) else [])
        if isinstance(link, dict)
    }
    lines = []
    for target in _linked(key, spec, value):
        named = products.get(target)
        name = _("a product that is not true yet") if named is None else f"{named.label} ({named.sub_label})"
        quantity = quantities.get(target)
        lines.append(f"{quantity} × {name}" if quantity else name)
    return "\n".join(lines)


def _amount(spec: AttributeSpec, value: dict[str, JSONValue]) -> tuple[str, str] | None:
    try:
        amount = MEASURES.standard_amount(
            spec.measurement_family, Decimal(str(value["amount"])), str(value["unit"])
        )
    except MeasureProblem:
        return None
    return spec.measurement_family, str(amount.normalize())

"""Keys and values as people read them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from babel import Locale, UnknownLocaleError
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from catalog.constants import ProductKind, ProductState
from catalog.measurements import MEASURES
from catalog.rules.keys import STRUCTURE_KEYS, KeyProblem, ValueKey, fold
from catalog.services.schema import Schema
from workflows.registry import KeyLabel
from workflows.rules.documents import JSONValue, is_empty_marker


def pick_label(labels: Mapping[str, str], code: str) -> str:
    """Return a label in the language of the screen, else in any, else the code."""
    language = (get_language() or "en").split("-")[0]
    for locale, label in labels.items():
        if label and locale.split("-")[0] == language:
            return label
    return next((label for label in labels.values() if label), code)


def locale_name(code: str) -> str:
    """Return how a locale is called in the language of the screen ("German (Germany)")."""
    try:
        return Locale.parse(code, sep="-").get_display_name(get_language() or "en") or code
    except (UnknownLocaleError, ValueError):
        return code


def structure_label(key: str) -> str:
    """Return how a structure key is called."""
    return {
        "#exists": _("Exists"),
        "#kind": _("Kind"),
        "#family": _("Family"),
        "#family_variant": _("Splits into variants by"),
        "#parent": _("Parent"),
        "#categories": _("Categories"),
        "#state": _("State"),
    }.get(key, key)


def key_labels(schema: Schema, keys: Collection[str]) -> dict[str, KeyLabel]:
    """Name keys in the order of the model (structure, then attributes by group and position): the attribute's
    label, and language, currency and channel beside it.
    """
    named: dict[str, tuple[tuple[int, str], KeyLabel]] = {}
    positions = {code: number for number, code in enumerate(schema.attributes)}
    for text in keys:
        if text in STRUCTURE_KEYS:
            named[text] = ((-1, text), KeyLabel(structure_label(text)))
            continue
        try:
            key = ValueKey.parse(text)
        except KeyProblem:
            named[text] = ((len(positions), text), KeyLabel(text))
            continue
        spec = schema.attributes.get(key.code)
        scope = ""
        if key.scope:
            found = schema.scopes.get(key.scope)
            scope = pick_label(found.labels, found.code) if found else key.scope
        place = ", ".join(filter(None, (key.part, key.locale)))
        label = KeyLabel(
            pick_label(spec.labels, key.code) if spec else key.code,
            ", ".join(filter(None, (place, scope))),
            place,
            scope,
        )
        named[text] = ((positions.get(key.code, len(positions)), text), label)
    return {text: label for text, (_place, label) in sorted(named.items(), key=lambda item: item[1][0])}


def display_value(schema: Schema, key: str, value: JSONValue | None) -> str:
    """Return a stored value as text: labels for codes, amounts with units, yes and no."""
    if value is None:
        return ""
    if is_empty_marker(value):
        return _("deliberately empty")
    if key.startswith("#"):
        return _display_structure(schema, key, value)
    try:
        spec = schema.attributes.get(ValueKey.parse(key).code)
    except KeyProblem:
        spec = None
    if spec is None:
        return str(value)
    if spec.type == "boolean":
        return _("yes") if value is True else _("no")
    if spec.type == "measurement" and isinstance(value, dict):
        return f"{value.get('amount')} {MEASURES.symbol(spec.measurement_family, str(value.get('unit')))}"
    members = value if isinstance(value, list) else [value]
    if spec.type in ("select", "multiselect"):
        labels = schema.option_labels.get(spec.code, {})
        return ", ".join(pick_label(labels.get(str(member), {}), str(member)) for member in members)
    if spec.type in ("reference", "references"):
        labels = schema.record_labels.get(spec.entity, {})
        return ", ".join(pick_label(labels.get(str(member), {}), str(member)) for member in members)
    if spec.type == "products":
        links = [member for member in members if isinstance(member, dict)]
        return ", ".join(f"{link.get('quantity', 1)} × {link.get('product')}" for link in links)
    return ", ".join(map(str, members))


def _display_structure(schema: Schema, key: str, value: JSONValue) -> str:
    if key == "#kind":
        return str(ProductKind(str(value)).label)
    if key == "#state":
        return str(ProductState(str(value)).label)
    if key == "#exists":
        return _("yes") if value is True else _("no")
    if key == "#family":
        family = schema.families.get(str(value))
        return pick_label(family.labels, family.code) if family else str(value)
    if key == "#family_variant":
        variant = schema.structure.family_variants.get(fold(str(value)))
        return variant.code if variant else str(value)
    if key == "#categories" and isinstance(value, list):
        return ", ".join(pick_label(schema.category_labels.get(str(code), {}), str(code)) for code in value)
    return str(value)

"""The filters of the product list: what its address asks for, checked against what there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from catalog.constants import ProductKind, ProductState
from catalog.models import Category, FilterValue, Product, Use
from catalog.rules.derive import CHOICE_TYPES, use_of
from catalog.rules.keys import ValueKey
from catalog.rules.structure import STATES
from catalog.rules.values import AttributeSpec
from catalog.services.display import pick_label
from catalog.services.documents import LABEL
from catalog.services.schema import Schema
from workflows.constants import FINAL
from workflows.models import Change

MAX_CHOICES = 300
FILTER_TYPES = CHOICE_TYPES | {"boolean"}
VALUE_PREFIX = "a."
WITHOUT_VARIANTS = "whole"
LEVELS = (("pk", "document"), ("parent", "parent__document"), ("parent__parent", "parent__parent__document"))
"""Who may say a value of a product, the nearest first, and where its document stands."""
ORDERS: dict[str, tuple[str, ...]] = {
    "new": ("-id",),
    "sku": ("sku_folded",),
    "changed": ("-updated_at", "-id"),
}


@dataclass(frozen=True)
class Choice:
    """One entry of a filter's menu."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class Menu:
    """One filter: its name in the address, what it is called, and its entries."""

    name: str
    label: str
    choices: Sequence[Choice]

    @property
    def is_set(self) -> bool:
        """Whether something is chosen."""
        return any(choice.chosen and choice.value for choice in self.choices)


class Asked:
    """What the address asks for, checked against what there is."""

    def __init__(self, params: QueryDict, schema: Schema) -> None:
        self.params = params
        self.schema = schema
        self.query = params.get("q", "").strip()[:200]
        self.order = params.get("order", "new")
        self.unknown: list[str] = []
        if self.order not in ORDERS:
            self.unknown.append(self.order)
            self.order = "new"
        self.chosen: dict[str, str] = {}
        for name in ("family", "state", "kind", "category", "open"):
            value = params.get(name, "")
            if value and self._knows(name, value):
                self.chosen[name] = value
            elif value:
                self.unknown.append(value)
        self.values: dict[str, str] = {}
        for name in params:
            code = name.removeprefix(VALUE_PREFIX)
            if name.startswith(VALUE_PREFIX) and params[name]:
                spec = schema.attributes.get(code)
                if spec is not None and spec.filterable:
                    self.values[code] = str(params[name])
                else:
                    self.unknown.append(code)

    def _knows(self, name: str, value: str) -> bool:
        known = {
            "family": self.schema.families,
            "state": ProductState.values,
            "kind": [*ProductKind.values, WITHOUT_VARIANTS],
            "category": self.schema.category_labels,
            "open": ["1"],
        }
        return value in known[name]

    def narrow(self, products: QuerySet[Product]) -> QuerySet[Product]:
        """Return the products that pass every filter. Variants count with what they inherit."""
        chosen = self.chosen
        if family := chosen.get("family"):
            products = products.filter(_here_or_above(family=family))
        if state := chosen.get("state"):
            products = products.filter(_state(state))
        if kind := chosen.get("kind"):
            products = (
                products.filter(parent=None) if kind == WITHOUT_VARIANTS else products.filter(kind=kind)
            )
        if category := chosen.get("category"):
            products = products.filter(_here_or_above(pk__in=_in_category(category)))
        if "open" in chosen:
            changes = Change.objects.filter(model=LABEL).exclude(request__state__in=FINAL)
            products = products.filter(pk__in=changes.values("object_id"))
        for code, value in self.values.items():
            products = products.filter(_has_value(self.schema.attributes[code], value, self.schema.locales))
        return products

    def menus(self) -> list[Menu]:
        """Return the filters every catalogue has."""
        schema = self.schema
        families = sorted(
            ((code, pick_label(spec.labels, code)) for code, spec in schema.families.items()), key=_by_label
        )
        return [
            self._menu("family", _("Family"), families),
            self._menu("state", _("State"), ProductState.choices),
            self._menu("kind", _("Kind"), [(WITHOUT_VARIANTS, _("Without variants")), *ProductKind.choices]),
            self._menu("category", _("Category"), _category_choices(schema)),
        ]

    def value_menus(self) -> list[Menu]:
        """Return a filter for each filterable attribute with a manageable number of values."""
        menus = []
        for spec in self.schema.attributes.values():
            if not spec.filterable or spec.type not in FILTER_TYPES:
                continue
            if spec.type == "boolean":
                choices: list[tuple[str, Any]] = [("true", _("Yes")), ("false", _("No"))]
            elif spec.type in ("reference", "references"):
                labels = self.schema.record_labels.get(spec.entity, {})
                choices = [(code, pick_label(named, code)) for code, named in labels.items()]
            else:
                labels = self.schema.option_labels.get(spec.code, {})
                choices = [(code, pick_label(named, code)) for code, named in labels.items()]
            if choices and len(choices) <= MAX_CHOICES:
                name = VALUE_PREFIX + spec.code
                menus.append(self._menu(name, pick_label(spec.labels, spec.code), choices))
        return menus

    def _menu(self, name: str, label: str, choices: Sequence[tuple[Any, Any]]) -> Menu:
        code = name.removeprefix(VALUE_PREFIX)
        now = self.values.get(code, "") if name.startswith(VALUE_PREFIX) else self.chosen.get(name, "")
        entries = [Choice("", _("any"), not now)]
        entries += [Choice(str(value), str(text), str(value) == now) for value, text in choices]
        return Menu(name, label, entries)

    def address(self, *, only: Sequence[str] = (), **over: str) -> str:
        """Return the query of a related page: this one without its place, or only the named parts of it."""
        query = self.params.copy()
        for name in list(query):
            if name in ("after", "before", "start") or (only and name not in only):
                del query[name]
        for name, value in over.items():
            query[name] = value
        return "?" + query.urlencode()


def _by_label(pair: tuple[str, str]) -> str:
    return pair[1].casefold()


def _category_choices(schema: Schema) -> list[tuple[str, str]]:
    """Return the tree, indented. One query."""
    rows = Category.objects.order_by("path").values_list("code", "depth", "labels")[: MAX_CHOICES + 1]
    return [(code, "\u2003" * (depth - 1) + pick_label(labels, code)) for code, depth, labels in rows]


def _here_or_above(**lookup: Any) -> Q:
    """Return the condition that a product, its parent or its grandparent meets a lookup."""
    ((name, value),) = lookup.items()
    return Q(**{name: value}) | Q(**{f"parent__{name}": value}) | Q(**{f"parent__parent__{name}": value})


def _state(state: str) -> Q:
    """Return the condition that a state is the strictest of a product and its parents."""
    freer = STATES[: STATES.index(state) + 1]
    none_stricter = (
        Q(state__in=freer)
        & (Q(parent=None) | Q(parent__state__in=freer))
        & (Q(parent__parent=None) | Q(parent__parent__state__in=freer))
    )
    return none_stricter & _here_or_above(state=state)


def _in_category(code: str) -> QuerySet[Any]:
    """Return ids of products that name a category or one below it."""
    path = Category.objects.filter(code=code).values_list("path", flat=True).first()
    codes = Category.objects.filter(path__startswith=path or "-").values("code")
    return Use.objects.filter(kind="category", target__in=codes).values("product_id")


def _has_value(spec: AttributeSpec, value: str, locales: Sequence[str]) -> Q:
    """Return the condition that a value holds on base in some language: it stands at the product or above,
    and no nearer document says anything under its key, deliberately empty included.

    What is said for one channel neither counts nor hides. Documents are asked last, of products only that a
    row found by its index belongs to or lies above.
    """
    condition = Q(pk__in=[])
    for key in _base_keys(spec, locales):
        none_nearer = Q()
        for owner, document in LEVELS:
            condition |= (
                Q(Exists(_rows_of(spec, value, key).filter(product_id=OuterRef(owner)))) & none_nearer
            )
            none_nearer &= ~Q(**{f"{document}__has_key": str(key)})
    return condition


def _base_keys(spec: AttributeSpec, locales: Sequence[str]) -> list[ValueKey]:
    """Return the keys under which an attribute says something that holds on every channel."""
    if not spec.localised:
        return [ValueKey(spec.code)]
    return [ValueKey(spec.code, locale=locale) for locale in sorted(spec.locales) or locales]


def _rows_of(spec: AttributeSpec, value: str, key: ValueKey) -> QuerySet[Any]:
    """Return the derived rows of one value under one key."""
    if spec.type not in CHOICE_TYPES:
        return FilterValue.objects.filter(attribute=key.code, locale=key.locale, scope="", text=value)
    kind, target = use_of(spec, value)
    return Use.objects.filter(kind=kind, target=target, key=str(key))

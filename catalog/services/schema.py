"""The model structure as one immutable snapshot per process, renewed when structure changed."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from django.db.models import Case, F, Value, When

from catalog.measurements import MEASURES
from catalog.models import (
    Attribute,
    AttributeGroup,
    Category,
    Family,
    FamilyVariant,
    Option,
    Record,
    SchemaVersion,
    Scope,
)
from catalog.rules.keys import STRUCTURE_KEYS, KeyProblem, ValueKey, fold
from catalog.rules.resolve import Place
from catalog.rules.structure import FamilyVariantSpec, StructureSpec, normalise_structure
from catalog.rules.values import AttributeSpec, Boundary, ValueProblem, normalise
from workflows.rules.documents import Grain, JSONValue


@dataclass(frozen=True)
class FamilySpec:
    """A family as rules and screens need it."""

    code: str
    attributes: tuple[str, ...]
    label_attribute: str
    image_attribute: str
    labels: Mapping[str, str]


@dataclass(frozen=True)
class ScopeSpec:
    """A scope with its way up to base."""

    code: str
    chain: tuple[str, ...]
    kind: str
    country: str
    currency: str
    locales: tuple[str, ...]
    fallbacks: Mapping[str, list[str]]
    labels: Mapping[str, str]
    revision: int


@dataclass(frozen=True)
class GroupSpec:
    """An attribute group as screens need it."""

    code: str
    labels: Mapping[str, str]
    position: int


@dataclass(frozen=True)
class Schema:
    """Everything about structure that values are read and written by; safe to keep for one piece of work."""

    number: int
    attributes: Mapping[str, AttributeSpec]
    families: Mapping[str, FamilySpec]
    structure: StructureSpec
    scopes: Mapping[str, ScopeSpec]
    groups: Mapping[str, GroupSpec]
    option_labels: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    record_labels: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    category_labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @cached_property
    def locales(self) -> tuple[str, ...]:
        """Every locale a scope speaks, in the order of scopes."""
        found: dict[str, None] = {}
        for scope in self.scopes.values():
            found.update(dict.fromkeys(scope.locales))
        return tuple(found) or ("en-US",)

    @cached_property
    def currencies(self) -> tuple[str, ...]:
        """Every currency a market sells in."""
        return tuple(dict.fromkeys(scope.currency for scope in self.scopes.values() if scope.currency))

    @cached_property
    def identifiers(self) -> tuple[str, ...]:
        """The codes of attributes that hold identifiers."""
        return tuple(code for code, spec in self.attributes.items() if spec.type == "identifier")

    @cached_property
    def _strict(self) -> Boundary:
        return Boundary(MEASURES)

    @cached_property
    def _loose(self) -> Boundary:
        return Boundary(MEASURES, loose=True)

    @cached_property
    def _parsed(self) -> dict[str, tuple[ValueKey, AttributeSpec]]:
        return {}

    def key(self, text: str) -> tuple[ValueKey, AttributeSpec]:
        """Parse a value key and find its attribute; raises `ValueProblem` unless it may stand in a document.

        A localised attribute has only keys with a locale, any other only keys without; a price has a
        currency; only scopable attributes take a scope; identifiers take nothing.
        """
        known = self._parsed.get(text)
        if known is None:
            known = self._parsed[text] = self._check_key(text)
        return known

    def _check_key(self, text: str) -> tuple[ValueKey, AttributeSpec]:
        try:
            key = ValueKey.parse(text)
        except KeyProblem as problem:
            raise ValueProblem("bad_key", str(problem)) from None
        spec = self.attributes.get(key.code)
        if spec is None:
            raise ValueProblem("unknown_attribute", f"There is no attribute “{key.code}”.")
        if spec.localised and not key.locale:
            raise ValueProblem(
                "locale_missing", f"“{key.code}” differs by language: name one, as in {key.code}:en-US."
            )
        if key.locale and not spec.localised:
            raise ValueProblem("locale_not_allowed", f"“{key.code}” is the same in every language.")
        if key.locale and key.locale not in self.locales:
            raise ValueProblem("unknown_locale", f"No channel speaks “{key.locale}”.")
        if key.locale and spec.locales and key.locale not in spec.locales:
            raise ValueProblem("locale_not_allowed", f"“{key.code}” has no {key.locale}.")
        if spec.type == "price" and not key.part:
            raise ValueProblem("currency_missing", f"“{key.code}” needs a currency, as in {key.code}.EUR.")
        if spec.type == "price" and not (len(key.part) == 3 and key.part.isupper()):
            raise ValueProblem("bad_currency", f"“{key.part}” is not a currency code.")
        if key.part and spec.type != "price":
            raise ValueProblem("part_not_allowed", f"“{key.code}” has no part “{key.part}”.")
        if key.scope and not spec.scopable:
            raise ValueProblem("scope_not_allowed", f"“{key.code}” is the same on every channel.")
        if key.scope and key.scope not in self.scopes:
            raise ValueProblem("unknown_scope", f"There is no scope “{key.scope}”.")
        return key, spec

    def normalise(self, key: str, raw: object, *, loose: bool = False) -> JSONValue | None:
        """Return a raw value in stored form, None where it says nothing. Raises `ValueProblem`."""
        if key in STRUCTURE_KEYS:
            return normalise_structure(key, raw, self.structure, loose=loose)
        _parsed, spec = self.key(key)
        return normalise(spec, raw, self._loose if loose else self._strict)

    def normaliser(self, key: str, *, loose: bool = False) -> Callable[[object], JSONValue | None]:
        """Return `normalise` for one key with its attribute looked up already, for columns of long files.

        Raises `ValueProblem` for a key that may not stand in a document.
        """
        if key in STRUCTURE_KEYS:
            return lambda raw: normalise_structure(key, raw, self.structure, loose=loose)
        _parsed, spec = self.key(key)
        boundary = self._loose if loose else self._strict
        return lambda raw: normalise(spec, raw, boundary)

    def grain(self, key: str) -> Grain:
        """Return how finely edits of a key merge."""
        if key.startswith("#"):
            return Grain.SET if key == "#categories" else Grain.SCALAR
        spec = self.attributes.get(ValueKey.parse(key).code)
        return spec.grain if spec else Grain.SCALAR

    def place(self, scope: str = "", locale: str = "") -> Place:
        """Return the place of a locale on a scope; empty is base. Unknown scopes raise `LookupError`."""
        if not scope:
            return Place((), (locale,) if locale else ())
        spec = self.scopes.get(scope)
        if spec is None:
            raise LookupError(scope)
        wanted = locale or (spec.locales[0] if spec.locales else "")
        return Place(spec.chain, (wanted, *spec.fallbacks.get(wanted, ())))


_cache: dict[int, Schema] = {}
_cache_lock = threading.Lock()


def current_schema() -> Schema:
    """Return the snapshot that is true now. One query when nothing changed, about ten when something did."""
    number = SchemaVersion.objects.filter(pk=1).values_list("number", flat=True).first() or 0
    schema = _cache.get(number)
    if schema is None:
        schema = _load(number)
        with _cache_lock:
            _cache.clear()
            _cache[number] = schema
    return schema


def bump_schema() -> None:
    """Note that structure changed; call inside the transaction that changed it, under `lock_structure`.

    The number is the time in nanoseconds, or one more than the last: it never comes twice, not even after a
    rollback, so a snapshot cached under it is never of another state.
    """
    now = time.time_ns()
    SchemaVersion.objects.filter(pk=1).update(
        number=Case(When(number__lt=now, then=Value(now)), default=F("number") + 1)
    )


def _load(number: int) -> Schema:
    options: dict[str, dict[str, str]] = defaultdict(dict)
    option_labels: dict[str, dict[str, dict[str, str]]] = defaultdict(dict)
    for attribute, code, folded, labels in Option.objects.values_list(
        "attribute__code", "code", "code_folded", "labels"
    ).order_by("attribute", "position", "code"):
        options[attribute][folded] = code
        option_labels[attribute][code] = labels
    records: dict[str, dict[str, str]] = defaultdict(dict)
    record_labels: dict[str, dict[str, dict[str, str]]] = defaultdict(dict)
    for entity, code, folded, labels in Record.objects.values_list(
        "entity__code", "code", "code_folded", "labels"
    ):
        records[entity][folded] = code
        record_labels[entity][code] = labels
    attributes = {
        row.code: AttributeSpec(
            code=row.code,
            type=row.type,
            localised=row.localised,
            scopable=row.scopable,
            locales=frozenset(row.locales),
            measurement_family=row.measurement_family,
            unit=row.unit,
            scheme=row.scheme,
            price_kind=row.price_kind,
            entity=row.entity.code if row.entity else "",
            limits=row.limits,
            options=options.get(row.code, {}),
            records=records.get(row.entity.code, {}) if row.entity else {},
            filterable=row.filterable,
            searchable=row.searchable,
            group=row.group.code if row.group else "",
            labels=row.labels,
        )
        for row in Attribute.objects.select_related("entity", "group").order_by(
            F("group__position").asc(nulls_last=True), "position", "code"
        )
    }
    families = {
        row.code: FamilySpec(
            row.code, tuple(row.attributes), row.label_attribute, row.image_attribute, row.labels
        )
        for row in Family.objects.all()
    }
    variants = {
        row.code_folded: FamilyVariantSpec(row.code, row.family.code, tuple(row.levels))
        for row in FamilyVariant.objects.select_related("family")
    }
    categories = dict(Category.objects.values_list("code", "labels"))
    return Schema(
        number=number,
        attributes=attributes,
        families=families,
        structure=StructureSpec(
            families={fold(code): code for code in families},
            family_variants=variants,
            categories={fold(code): code for code in categories},
        ),
        scopes=_load_scopes(),
        groups={
            row.code: GroupSpec(row.code, row.labels, row.position) for row in AttributeGroup.objects.all()
        },
        option_labels=option_labels,
        record_labels=record_labels,
        category_labels=categories,
    )


def _load_scopes() -> dict[str, ScopeSpec]:
    rows = {row.pk: row for row in Scope.objects.order_by("pk")}
    scopes = {}
    for row in rows.values():
        chain, node = [row.code], row
        while node.parent_id:
            node = rows[node.parent_id]
            chain.append(node.code)
        scopes[row.code] = ScopeSpec(
            code=row.code,
            chain=tuple(chain),
            kind=row.kind,
            country=row.country,
            currency=row.currency,
            locales=tuple(row.locales),
            fallbacks=row.fallbacks,
            labels=row.labels,
            revision=row.revision,
        )
    return scopes

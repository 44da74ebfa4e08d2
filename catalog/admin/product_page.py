"""What a product's page shows beside its values: header, switches, variants, requests, history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from catalog.admin.naming import NamedProduct, axes_of, name_products
from catalog.admin.product_form import ProductForm
from catalog.admin.showing import Lookups, request_url
from catalog.models import Category, Product
from catalog.rules.keys import fold
from catalog.rules.resolve import Place, resolve
from catalog.rules.structure import categories_of, family_of, state_of
from catalog.selectors import default_place, levels_of_products
from catalog.services.display import display_value, locale_name, pick_label
from catalog.services.documents import LABEL
from catalog.services.schema import Schema
from workflows.constants import FINAL, ReviewDecision
from workflows.models import Change, Review
from workflows.rules.documents import Document, JSONValue
from workflows.rules.words import compare_words

MAX_VARIANTS = 200
MAX_REQUESTS = 50
MAX_HISTORY = 30


@dataclass(frozen=True)
class Switch:
    """One place of the locale or scope switch."""

    code: str
    label: str
    chosen: bool
    depth: int = 0


@dataclass(frozen=True)
class Revision:
    """One revision in a product's life: when, by which request, asked and approved by whom, and why."""

    number: int
    at: datetime
    request_id: int | None
    url: str
    title: str
    reason: str
    author: str
    approvers: str
    source: str
    keys: Sequence[str] = ()


@dataclass(frozen=True)
class Variant:
    """One row of the variants tab."""

    product: NamedProduct
    values: Sequence[str]
    state_label: str
    revision: int
    is_this: bool


@dataclass(frozen=True)
class RequestRow:
    """A change request that touches the product."""

    change: Change
    url: str
    keys: str
    more: int


def chosen_place(schema: Schema, params: Mapping[str, Any]) -> Place:
    """Return the place the address asks for; without one it is base, in the language of the screen if
    spoken.
    """
    scope = str(params.get("scope") or "")
    scope = scope if scope in schema.scopes else ""
    locale = str(params.get("locale") or "")
    if locale not in schema.locales:
        spoken = schema.scopes[scope].locales if scope else ()
        language = (get_language() or "en").split("-")[0]
        own = (code for code in spoken or schema.locales if code.split("-")[0] == language)
        locale = next(own, (spoken or schema.locales)[0])
    return schema.place(scope, locale)


def locale_switch(schema: Schema, place: Place) -> list[Switch]:
    """Return every language, the one shown marked."""
    return [Switch(code, locale_name(code), code == place.locale) for code in schema.locales]


def scope_switch(schema: Schema, place: Place) -> list[Switch]:
    """Return base and every scope, markets below their channel."""
    rows = sorted(schema.scopes.values(), key=lambda scope: tuple(reversed(scope.chain)))
    switches = [Switch("", _("everywhere (base)"), not place.scope)]
    for scope in rows:
        label = pick_label(scope.labels, scope.code)
        switches.append(Switch(scope.code, label, scope.code == place.scope, len(scope.chain)))
    return switches


def breadcrumbs(schema: Schema, levels: Sequence[Document]) -> list[list[tuple[str, str]]]:
    """Return for each category the way down to it as (code, label). Two queries."""
    paths = list(Category.objects.filter(code__in=categories_of(levels)).values_list("path", flat=True))
    step = Category.steplen
    above = {path[:end] for path in paths for end in range(step, len(path) + 1, step)}
    named = {
        path: (code, pick_label(labels, code))
        for path, code, labels in Category.objects.filter(path__in=above).values_list(
            "path", "code", "labels"
        )
    }
    return [
        [named[path[:end]] for end in range(step, len(path) + 1, step) if path[:end] in named]
        for path in paths
    ]


def identifiers(schema: Schema, document: Document) -> list[tuple[str, str]]:
    """Return (label, value) of every identifier but the SKU."""
    return [
        (pick_label(spec.labels, code.upper()), str(document[code]))
        for code, spec in schema.attributes.items()
        if spec.type == "identifier" and code != "sku" and isinstance(document.get(code), str)
    ]


def variants_of(product: Product, schema: Schema) -> tuple[list[str], list[Variant], int]:
    """Return (names of the axes, rows, how many there are) of a product's variants, or of a variant's
    siblings.

    About six queries, whatever the number; at most `MAX_VARIANTS` rows.
    """
    below = Product.objects.filter(Q(parent=product.pk) | Q(parent__parent=product.pk))
    if not below.exists():
        if product.parent_id is None:
            return [], [], 0
        below = Product.objects.filter(parent=product.parent_id)
    count = below.count()
    rows = dict(below.order_by("sku_folded").values_list("pk", "revision")[:MAX_VARIANTS])
    named = name_products(rows, schema)
    axes: dict[str, None] = {}
    for row in named.values():
        axes.update(dict.fromkeys(axes_of(schema, row.levels)))
    place = default_place(schema)
    variants = []
    for pk, revision in rows.items():
        values = []
        for axis in axes:
            spec = schema.attributes.get(axis)
            found = resolve(spec, place, named[pk].levels) if spec else None
            values.append(display_value(schema, found.key, found.value) if found else "")
        variants.append(
            Variant(
                named[pk],
                values,
                display_value(schema, "#state", named[pk].state),
                revision,
                pk == product.pk,
            )
        )
    labels = [pick_label(schema.attributes[axis].labels, axis) for axis in axes if axis in schema.attributes]
    return labels, variants, count


def requests_of(product_id: UUID, key_label: Any) -> tuple[list[RequestRow], list[RequestRow]]:
    """Return (open, past) requests that touch a product, newest first. One query."""
    changes = Change.objects.filter(model=LABEL, object_id=product_id).order_by("-request_id")
    still_open: list[RequestRow] = []
    past: list[RequestRow] = []
    for change in changes.select_related("request__author", "request__source")[:MAX_REQUESTS]:
        keys = list(change.patch)
        row = RequestRow(
            change,
            request_url(change.request_id),
            ", ".join(key_label(key) for key in keys[:4]),
            max(0, len(keys) - 4),
        )
        (past if change.request.state in FINAL else still_open).append(row)
    return still_open, past


def proposals_of(rows: Sequence[RequestRow]) -> dict[str, list[tuple[int, JSONValue | None]]]:
    """Return what open requests want, by key."""
    wanted: dict[str, list[tuple[int, JSONValue | None]]] = {}
    for row in rows:
        for key, value in row.change.patch.items():
            wanted.setdefault(key, []).append((row.change.request_id, value))
    return wanted


def revisions_of(product_id: UUID, *, limit: int, numbers: Sequence[int] = ()) -> list[Revision]:
    """Return a product's latest revisions (or the numbered ones), newest first. Four queries."""
    history = Product.history.filter(id=product_id)
    if numbers:
        history = history.filter(revision__in=numbers)
    columns = ("revision", "history_date", "change_request_id", "history_change_reason")
    rows = list(history.order_by("-revision").values_list(*columns)[:limit])
    ids = {row[2] for row in rows if row[2]}
    changes = Change.objects.filter(model=LABEL, object_id=product_id, request_id__in=ids)
    by_request = {
        change.request_id: change for change in changes.select_related("request__author", "request__source")
    }
    approvers: dict[int, list[str]] = {}
    approvals = Review.objects.filter(request_id__in=ids, decision=ReviewDecision.APPROVE)
    for request_id, name in approvals.order_by("pk").values_list("request_id", "reviewer__username"):
        approvers.setdefault(request_id, []).append(name)
    found = []
    for number, moment, request_id, reason in rows:
        change = by_request.get(request_id)
        found.append(
            Revision(
                number=number,
                at=moment,
                request_id=request_id,
                url=request_url(request_id) if change else "",
                title=change.request.title if change else "",
                reason=(change.request.reason if change else "") or reason or "",
                author=change.request.author.get_username() if change else "",
                source=str(change.request.source) if change else "",
                approvers=", ".join(approvers.get(request_id, ())),
                keys=list(change.patch) if change else (),
            )
        )
    return found


def ancestors(product: Product) -> list[UUID]:
    """Return the ids of a product's parents, nearest first. One query per level."""
    found: list[UUID] = []
    node = product.parent_id
    while node is not None and len(found) < 4 and node not in found:
        found.append(node)
        node = Product.objects.filter(pk=node).values_list("parent_id", flat=True).first()
    return found


def document_at(product: Product, revision: int) -> Document | None:
    """Return the document as it was at a revision; None if there is no such revision."""
    if revision == product.revision:
        return dict(product.document)
    history = Product.history.filter(id=product.pk, revision=revision)
    document: Document | None = history.values_list("document", flat=True).first()
    return document


@dataclass(frozen=True)
class Loaded:
    """A product with everything its values are read by."""

    product: Product
    levels: list[Document]
    parents: list[UUID]
    lookups: Lookups


def load(product: Product, schema: Schema, *, requests: Sequence[int] = ()) -> Loaded:
    """Read parents and everything a product's values refer to."""
    parents = ancestors(product)
    levels = levels_of_products([product.pk])[product.pk]
    lookups = Lookups(schema)
    lookups.read(levels, products=[product.pk, *parents], requests=requests)
    return Loaded(product, levels, parents, lookups)


def header(loaded: Loaded, schema: Schema) -> dict[str, Any]:
    """Return what stands at the top of every page about a product."""
    product, levels = loaded.product, loaded.levels
    named = loaded.lookups.products[product.pk]
    parent = loaded.lookups.products.get(loaded.parents[0]) if loaded.parents else None
    family = schema.families.get(family_of(levels))
    state = state_of(levels)
    return {
        "product": product,
        "named": named,
        "parent": parent,
        "family": pick_label(family.labels, family.code) if family else "",
        "family_code": family.code if family else "",
        "state": state,
        "state_label": display_value(schema, "#state", state),
        "identifiers": identifiers(schema, levels[0]),
        "breadcrumbs": breadcrumbs(schema, levels),
    }


def preview(
    form: ProductForm, before: Document, patch: Mapping[str, JSONValue | None]
) -> list[dict[str, Any]]:
    """Return what a plan changes, key by key, for showing before anything is proposed."""
    rows = []
    for key, value in patch.items():
        slot = form.slots.get(key)
        old, new = form.lookups.show(key, before.get(key)), form.lookups.show(key, value)
        rows.append(
            {
                "label": slot.label if slot else key,
                "detail": slot.override or slot.detail if slot else "",
                "runs": compare_words(old.plain, new.plain),
                "removed": value is None,
                "warnings": slot.warnings if slot else (),
            }
        )
    return rows


def family_choices(schema: Schema) -> list[tuple[str, str]]:
    """Return families by label."""
    pairs = [(code, pick_label(spec.labels, code)) for code, spec in schema.families.items()]
    return sorted(pairs, key=lambda pair: fold(pair[1]))

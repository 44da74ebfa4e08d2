"""The product list: what its address asks for, and the rows of one page. Nothing here counts a whole
catalogue.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.dateparse import parse_datetime

from catalog.admin.naming import NamedProduct, name_products
from catalog.admin.product_filters import ORDERS, Asked, Menu
from catalog.constants import ProductState
from catalog.models import Product
from catalog.registry import product_columns
from catalog.rules.structure import family_of
from catalog.selectors import search_products, visible_products
from catalog.services.display import pick_label
from catalog.services.documents import LABEL
from catalog.services.rederiving import Lag, find_lag
from catalog.services.schema import Schema
from workflows.admin.base import number_of
from workflows.constants import FINAL
from workflows.models import Change

PAGE_SIZE = 50
COUNT_LIMIT = 10_000
SEARCH_LIMIT = 500


@dataclass(frozen=True)
class Row:
    """One product of the page."""

    product: NamedProduct
    kind: str
    state: str
    state_label: str
    family: str
    changed_at: datetime
    open_requests: int
    cells: Sequence[object]


@dataclass
class ListPage:
    """One page of the list; `count` is exact up to `COUNT_LIMIT`, beyond it `counted_all` is false."""

    rows: list[Row]
    menus: list[Menu]
    value_menus: list[Menu]
    columns: list[object]
    query: str
    order: str
    count: int
    counted_all: bool
    first: int
    previous: str = ""
    next: str = ""
    filtered: bool = False
    open_only: bool = False
    values_set: bool = False
    cleared: str = ""
    lag: Lag | None = None
    unknown: list[str] = field(default_factory=list)

    @property
    def last(self) -> int:
        """Number of the last row on the page, where rows are numbered (search results)."""
        return self.first + len(self.rows) - 1


def list_page(params: QueryDict, user: Any, schema: Schema) -> ListPage:
    """Return the page of the list that the address asks for; constant queries whatever is on it.

    Parameters: `q` (search, best first), `order` (new, sku, changed), `family`, `state`, `kind`, `category`
    (with what stands below it), `open` (1: with an open change request), `a.<attribute>` (a value of a
    filterable attribute), and `after` or `before` to page. What it does not know is left out and named in
    `unknown`.
    """
    asked = Asked(params, schema)
    products = asked.narrow(visible_products(user))
    if asked.query:
        ids, count, first, links = _searched(products, asked)
        counted_all = True
    else:
        ids, links = _paged(products, asked)
        count = products.order_by().values("pk")[: COUNT_LIMIT + 1].count()
        counted_all, first = count <= COUNT_LIMIT, 0
    return ListPage(
        rows=_rows(ids, schema, user),
        menus=asked.menus(),
        value_menus=asked.value_menus(),
        columns=[column.label for column in product_columns()],
        query=asked.query,
        order=asked.order,
        count=min(count, COUNT_LIMIT),
        counted_all=counted_all,
        first=first,
        previous=links.get("before", ""),
        next=links.get("after", ""),
        filtered=bool(asked.chosen or asked.values),
        open_only="open" in asked.chosen,
        values_set=bool(asked.values),
        cleared=asked.address(only=("q", "order")),
        lag=find_lag(),
        unknown=asked.unknown,
    )


def _searched(products: QuerySet[Product], asked: Asked) -> tuple[list[UUID], int, int, dict[str, str]]:
    """Return one page of search results, best first, with their number and the neighbouring pages."""
    ranked = search_products(asked.query, limit=SEARCH_LIMIT)
    allowed = set(products.filter(pk__in=ranked).values_list("pk", flat=True))
    found = [pk for pk in ranked if pk in allowed]
    begin = min(number_of(asked.params.get("start", "")), len(found))
    links = {}
    if begin + PAGE_SIZE < len(found):
        links["after"] = asked.address(start=str(begin + PAGE_SIZE))
    if begin:
        links["before"] = asked.address(start=str(max(0, begin - PAGE_SIZE)))
    return found[begin : begin + PAGE_SIZE], len(found), begin + 1, links


def _paged(products: QuerySet[Product], asked: Asked) -> tuple[list[UUID], dict[str, str]]:
    """Return one page by position, not by number: the cost does not grow with the page."""
    order = ORDERS[asked.order]
    names = [name.lstrip("-") for name in order]
    backwards = "before" in asked.params
    place = _place(asked.params.get("before") or asked.params.get("after") or "", names)
    if place is not None:
        products = products.filter(_beyond(order, place, backwards=backwards))
    wanted = [_turned(name) for name in order] if backwards else list(order)
    rows = list(products.order_by(*wanted).values_list("pk", *names)[: PAGE_SIZE + 1])
    more, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE]
    if backwards:
        rows.reverse()
    links = {}
    if rows and (more if not backwards else True):
        links["after"] = asked.address(after=_place_text(rows[-1][1:]))
    if rows and place is not None and (more if backwards else True):
        links["before"] = asked.address(before=_place_text(rows[0][1:]))
    return [row[0] for row in rows], links


def _turned(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _place_text(values: Sequence[Any]) -> str:
    return "|".join(value.isoformat() if isinstance(value, datetime) else str(value) for value in values)


def _place(text: str, names: Sequence[str]) -> list[Any] | None:
    """Parse a place in the list; None for the beginning and for what is no place."""
    parts = text.rsplit("|", len(names) - 1) if text else []
    if len(parts) != len(names):
        return None
    values: list[Any] = []
    for name, part in zip(names, parts, strict=True):
        try:
            value: Any = UUID(part) if name == "id" else part
            if name == "updated_at":
                value = parse_datetime(part)
        except ValueError:
            return None
        if value is None:
            return None
        values.append(value)
    return values


def _beyond(order: Sequence[str], place: Sequence[Any], *, backwards: bool) -> Q:
    condition = Q(pk__in=[])
    same = Q()
    for name, value in zip(order, place, strict=True):
        falling = name.startswith("-") is not backwards
        field_name = name.lstrip("-")
        condition |= same & Q(**{f"{field_name}__{'lt' if falling else 'gt'}": value})
        same &= Q(**{field_name: value})
    return condition


def _rows(ids: Sequence[UUID], schema: Schema, user: Any) -> list[Row]:
    named = name_products(ids, schema)
    facts = {row.pk: row for row in Product.objects.filter(pk__in=ids).defer("document", "provenance")}
    changes = Change.objects.filter(model=LABEL, object_id__in=ids).exclude(request__state__in=FINAL)
    waiting = Counter(changes.values_list("object_id", flat=True))
    cells = [column.build(ids, user) for column in product_columns()]
    rows = []
    for pk in ids:
        if pk not in named or pk not in facts:
            continue
        fact, product = facts[pk], named[pk]
        family = schema.families.get(family_of(product.levels))
        rows.append(
            Row(
                product=product,
                kind=fact.get_kind_display(),
                state=product.state,
                state_label=str(ProductState(product.state).label),
                family=pick_label(family.labels, family.code) if family else "",
                changed_at=fact.updated_at,
                open_requests=waiting[pk],
                cells=[cell.get(pk, "") for cell in cells],
            )
        )
    return rows

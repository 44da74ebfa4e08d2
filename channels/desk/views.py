"""The support desk: look up a product, see what is true beside what each channel shows. Changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from catalog.models import Availability, Product
from catalog.services.display import pick_label
from catalog.services.schema import current_schema
from channels.desk.finding import find_products
from channels.desk.groups import group_cards, variants_below
from channels.desk.people import people_of
from channels.desk.shown import Shown, shown_of, status_label
from channels.desk.truth import ProductFacts, facts_of
from channels.desk.wording import When, when
from channels.permissions import may_use_desk
from channels.services.stock import FRESH_FOR, UNKNOWN, Stock, stock_of

View = Callable[..., HttpResponse]
MAX_QUERY_CHARS = 200
SIBLINGS_SHOWN = 120


@dataclass(frozen=True)
class Hit:
    """A product in a list: its facts, its stock over all locations, whether its parent stands above it."""

    facts: ProductFacts
    stock: str
    in_stock: bool
    variants: int = 0
    is_below: bool = False


@dataclass(frozen=True)
class StorePlace:
    """What one location says of a product, and whether that is too old to go by."""

    name: str
    status: str
    in_stock: bool
    quantity: int | None
    seen: When
    is_stale: bool


def desk_view(view: View) -> View:
    """Let only those in who may use the desk, and only to read."""

    @wraps(view)
    def guarded(request: HttpRequest, **parameters: Any) -> HttpResponse:
        answer = may_use_desk(request.user)
        if not answer:
            raise PermissionDenied(answer.reason)
        return view(request, **parameters)

    return require_safe(never_cache(login_required(guarded)))


@desk_view
def search(request: HttpRequest) -> HttpResponse:
    """Show the field and what it finds; a single product found is opened at once. About fifteen queries."""
    text = _asked(request)
    hits: list[Hit] = []
    if text:
        ids = find_products(text)
        facts = facts_of(ids, current_schema())
        hits = _hits(_families_together(ids, facts), facts, timezone.now())
        if len(hits) == 1:
            return redirect("desk:product", product_id=hits[0].facts.id)
    return render(request, "channels/desk/search.html", {"q": text, "hits": hits})


@desk_view
def product(request: HttpRequest, *, product_id: UUID) -> HttpResponse:
    """Show one product: truth, stock by location, what each channel shows, variants, whom to ask.

    About thirteen queries a channel and eighteen for the rest, whatever the number of variants; a parent has
    what channels show of its variants, summed up, in about four queries a channel.
    """
    now = timezone.now()
    schema = current_schema()
    family = _family(product_id)
    sold = variants_below(product_id)
    facts = facts_of({*family, *sold}, schema)
    if product_id not in facts:
        raise Http404(_("There is no such product."))
    own = facts[product_id]
    others = [facts[pk] for pk in family if pk in facts and _is_listed(facts[pk], own)]
    shown = Shown((), ()) if own.is_parent else shown_of(product_id, now)
    context = {
        "q": _asked(request),
        "product": own,
        "parents": [facts[pk] for pk in map(UUID, own.parents) if pk in facts],
        "variants": _hits([one.id for one in others], facts, now),
        "more_variants": len(family) > SIBLINGS_SHOWN,
        "places": [] if own.is_parent else list(_places(product_id, now)),
        "fresh_days": FRESH_FOR.days,
        "shown": shown,
        "groups": group_cards([facts[pk] for pk in sold if pk in facts], schema),
        "differing": sum(1 for card in shown.cards if card.lines or card.alarm),
        "people": people_of({product_id, *map(UUID, own.parents)}, request.user, now),
        "loud": own.state == "recalled",
    }
    return render(request, "channels/desk/product.html", context)


def _asked(request: HttpRequest) -> str:
    return request.GET.get("q", "").strip()[:MAX_QUERY_CHARS]


def _family(product_id: UUID) -> list[UUID]:
    """Return a product, its parents, and the variants beside and below it, in the order of their SKUs.

    Two queries. At most `SIBLINGS_SHOWN` variants and one more.
    """
    row = Product.objects.filter(pk=product_id).values_list("parent_id", "parent__parent_id").first()
    if row is None:
        return []
    beside = Product.objects.filter(parent_id__in=[pk for pk in (product_id, row[0]) if pk is not None])
    variants = beside.order_by("sku_folded").values_list("pk", flat=True)[: SIBLINGS_SHOWN + 1]
    return list(dict.fromkeys([product_id, *(pk for pk in row if pk is not None), *variants]))


def _is_listed(facts: ProductFacts, own: ProductFacts) -> bool:
    """Whether a product stands among the variants: children of a parent, siblings of a variant."""
    return facts.parent_id == (str(own.id) if own.is_parent else own.parent_id) != ""


def _families_together(ids: Iterable[UUID], facts: Mapping[UUID, ProductFacts]) -> list[UUID]:
    """Return what was found with each variant after its parent where that was found too, else as it came."""
    below: dict[str, list[UUID]] = {}
    tops: list[UUID] = []
    for pk in ids:
        parent = facts[pk].parent_id if pk in facts else ""
        if parent and UUID(parent) in facts:
            below.setdefault(parent, []).append(pk)
        else:
            tops.append(pk)
    ordered: list[UUID] = []
    stack = tops[::-1]
    while stack:
        pk = stack.pop()
        ordered.append(pk)
        stack.extend(below.get(str(pk), ())[::-1])
    return ordered


def _hits(ids: Iterable[UUID], facts: Mapping[UUID, ProductFacts], now: datetime) -> list[Hit]:
    """Return lines for these products with stock and number of variants. Two queries."""
    known = [facts[pk] for pk in ids if pk in facts]
    parents = {str(one.id) for one in known}
    stock = stock_of({one.id for one in known}, now)
    counts = _variant_counts([one.id for one in known if one.is_parent])
    return [
        Hit(
            one,
            "" if one.is_parent else _stock_text(stock.get(one.id, UNKNOWN)),
            stock.get(one.id, UNKNOWN).status == "in_stock",
            counts.get(one.id, 0),
            one.parent_id in parents,
        )
        for one in known
    ]


def _variant_counts(ids: Collection[UUID]) -> dict[UUID, int]:
    rows = Product.objects.filter(parent_id__in=list(ids)).order_by().values_list("parent_id")
    return dict(rows.annotate(number=Count("pk")))


def _stock_text(stock: Stock) -> str:
    if stock.status is None:
        return _("Stock unknown")
    label = status_label(stock.status)
    return f"{label} · {stock.quantity}" if stock.quantity and stock.status == "in_stock" else label


def _places(product_id: UUID, now: datetime) -> Iterable[StorePlace]:
    """Yield what each location says, stores with stock first. One query."""
    rows = Availability.objects.filter(product_id=product_id).select_related("location")
    for row in sorted(
        rows, key=lambda one: (one.status != "in_stock", -(one.quantity or 0), one.location.code)
    ):
        yield StorePlace(
            name=pick_label(row.location.labels, row.location.code),
            status=status_label(row.status),
            in_stock=row.status == "in_stock",
            quantity=row.quantity,
            seen=when(row.observed_at, now),
            is_stale=row.observed_at <= now - FRESH_FOR,
        )

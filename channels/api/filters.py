"""Filters of the storefront list.

They choose by product truth as approved now; what is answered of the chosen is what was published.
"""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from catalog.models import Category, IdentifierEntry, Use
from catalog.rules.keys import fold
from catalog.selectors import products_by_sku, search_products
from channels.models import Listing

SEARCH_LIMIT = 500
_GTIN_LENGTHS = (8, 12, 13, 14)


class ListingFilter(django_filters.FilterSet):
    """Declared filters; all given ones have to hold."""

    q = django_filters.CharFilter(
        method="filter_text",
        max_length=200,
        label=_("Words or parts of identifiers; the 500 best matches are looked at"),
    )
    sku = django_filters.CharFilter(
        method="filter_sku",
        max_length=255,
        label=_("Exactly this SKU or a former one, without regard to case"),
    )
    gtin = django_filters.CharFilter(
        method="filter_gtin",
        max_length=255,
        label=_("Exactly this GTIN (leading zeros don't matter) or other identifier"),
    )
    group = django_filters.CharFilter(
        method="filter_group", max_length=255, label=_("Variants under the parent with this SKU")
    )
    category = django_filters.CharFilter(
        method="filter_category", max_length=255, label=_("In the category with this code, or below it")
    )
    updated_since = django_filters.IsoDateTimeFilter(
        field_name="said_from", lookup_expr="gte", label=_("Said anew at or after this moment (ISO 8601)")
    )

    class Meta:
        model = Listing
        fields: list[str] = []

    def filter_text(self, rows: QuerySet[Listing], _name: str, value: str) -> QuerySet[Listing]:
        """Keep products that a search finds, themselves or by a parent."""
        found = search_products(value, limit=SEARCH_LIMIT)
        return rows.filter(_self_or_parents(found))

    def filter_sku(self, rows: QuerySet[Listing], _name: str, value: str) -> QuerySet[Listing]:
        """Keep the product with this SKU, or that had it before. One query more."""
        return rows.filter(product_id__in=list(products_by_sku([fold(value)]).values()))

    def filter_gtin(self, rows: QuerySet[Listing], _name: str, value: str) -> QuerySet[Listing]:
        """Keep the product that has this identifier, the SKU left out."""
        forms = {fold(value)}
        if value.isascii() and value.isdecimal():
            digits = value.lstrip("0")
            forms |= {digits.zfill(length) for length in _GTIN_LENGTHS if len(digits) <= length}
        entries = IdentifierEntry.objects.filter(value_folded__in=forms).exclude(attribute="sku")
        return rows.filter(product_id__in=entries.values("product_id"))

    def filter_group(self, rows: QuerySet[Listing], _name: str, value: str) -> QuerySet[Listing]:
        """Keep the variants of a parent, or of its parent."""
        sku = fold(value)
        return rows.filter(Q(product__parent__sku_folded=sku) | Q(product__parent__parent__sku_folded=sku))

    def filter_category(self, rows: QuerySet[Listing], _name: str, value: str) -> QuerySet[Listing]:
        """Keep products in a category or below it; they may be there by a parent. One query more."""
        path = Category.objects.filter(code=value).values_list("path", flat=True).first()
        if path is None:
            return rows.none()
        codes = Category.objects.filter(path__startswith=path).values("code")
        users: Any = Use.objects.filter(kind="category", target__in=codes).values("product_id")
        return rows.filter(_self_or_parents(users))


def _self_or_parents(ids: Any) -> Q:
    """Return a condition on listings: their product, its parent or its grandparent is among these."""
    return Q(product_id__in=ids) | Q(product__parent_id__in=ids) | Q(product__parent__parent_id__in=ids)

"""Deliveries with what was left out of them, and availability as it is known; one begun can be withdrawn."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.admin.naming import name_products
from catalog.admin.showing import request_url
from catalog.admin.taking_in import TakingIn
from catalog.constants import DeliveryState
from catalog.models import Availability, Delivery
from catalog.rules.keys import fold
from catalog.services.schema import current_schema
from catalog.services.withdrawal import may_withdraw, withdraw_delivery
from workflows.admin.base import ConcordModelAdmin
from workflows.exceptions import ConcordError, NotFound
from workflows.permissions import may_propose
from workflows.templatetags.concord import ago

PER_PAGE = 100
NUMBER = re.compile(r"[0-9]{1,18}")  # what an id can be: longer ones are no number to Python or the database


@admin.register(Delivery)
class DeliveryAdmin(TakingIn, ConcordModelAdmin):
    """What sources delivered: counts that add up, what was left out and why, and the request it became."""

    read_only = True
    list_display = (
        "name",
        "source",
        "state",
        "read",
        "new",
        "changed",
        "unchanged",
        "left_out",
        "request_link",
        "actor",
        "started",
    )
    list_filter = ("source", "state")
    list_select_related = ("source", "request", "actor")
    search_fields = ("name",)
    show_full_result_count = False
    list_before_template = "catalog/deliveries_intro.html"

    class Media:
        css = {"all": ("catalog/product.css",)}

    def get_urls(self) -> list[URLPattern]:
        """Add where a delivery is taken in, and where it is withdrawn."""
        view = self.admin_site.admin_view(self.withdraw_view)
        return [
            *self.taking_in_urls(),
            path("<int:pk>/withdraw/", view, name="catalog_delivery_withdraw"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list, with the way to take one in for those who may."""
        context = {"may_take_in": may_propose(request.user), **(extra_context or {})}
        return super().changelist_view(request, context)

    @admin.display(description=_("rejected"), ordering="rejected")
    def left_out(self, obj: Delivery) -> SafeString | int:
        """Return the number of rejected rows as a link to the reasons."""
        if not obj.rejected:
            return 0
        address = reverse("admin:catalog_delivery_change", args=[obj.pk])
        return format_html(
            '<a class="text-primary-700 dark:text-primary-300 hover:underline" href="{}#rejections">{}</a>',
            address,
            obj.rejected,
        )

    @admin.display(description=_("request"))
    def request_link(self, obj: Delivery) -> SafeString | str:
        """Return the change request it became, with its state."""
        if obj.request is None:
            return "–"
        said = f"{obj.request_id}: {obj.request.get_state_display()}"
        address = request_url(obj.request.pk)
        return (
            format_html(
                '<a class="text-primary-700 dark:text-primary-300 hover:underline" href="{}">{}</a>',
                address,
                said,
            )
            if address
            else said
        )

    @admin.display(description=_("started"), ordering="id")
    def started(self, obj: Delivery) -> str:
        """Return when it began, in words."""
        return ago(obj.started_at)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show one delivery: its rejected rows (`?rows=` pages them), and the cells that were left out
        (`?page=`), which can be narrowed to one column by `?column=`.
        """
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = self.get_queryset(request).select_related("source", "request", "actor")
        delivery = found.filter(pk=object_id).first() if NUMBER.fullmatch(object_id) else None
        if delivery is None:
            raise Http404
        rows = delivery.rejections.filter(whole_row=True).order_by("pk")
        cells = delivery.rejections.filter(whole_row=False).order_by("pk")
        columns = list(cells.order_by("field").values_list("field").annotate(count=Count("pk")))
        column = request.GET.get("column")
        chosen = cells if column is None else cells.filter(field=column)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
            "is_fullwidth": "1",
            "title": delivery.name,
            "delivery": delivery,
            "files": delivery.files.items(),
            "is_reading": delivery.state == DeliveryState.READING,
            "is_withdrawn": delivery.state == DeliveryState.WITHDRAWN,
            "may_withdraw": may_withdraw(request.user, delivery),
            "request_url": request_url(delivery.request_id) if delivery.request_id else "",
            "rows": Paginator(rows, PER_PAGE).get_page(request.GET.get("rows")),
            "cells": Paginator(chosen, PER_PAGE).get_page(request.GET.get("page")),
            "columns": columns,
            "cell_count": sum(count for _field, count in columns),
            "column": column,
        }
        return TemplateResponse(request, "admin/catalog/delivery/page.html", context)

    def withdraw_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Withdraw a delivery that was not read to its end, then show it."""
        if request.method != "POST" or not self.has_view_permission(request):
            raise PermissionDenied
        try:
            withdraw_delivery(pk, actor=request.user)
        except NotFound as error:
            raise Http404 from error
        except ConcordError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, gettext("The delivery is withdrawn. Its source can deliver again."))
        return HttpResponseRedirect(reverse("admin:catalog_delivery_change", args=[pk]))


@admin.register(Availability)
class AvailabilityAdmin(ConcordModelAdmin):
    """What each location says about each item, with the age of the word."""

    read_only = True
    list_display = ("product_cell", "location", "status", "quantity", "observed", "source")
    list_display_links = None
    list_filter = ("location", "status", "source")
    list_select_related = ("product", "location", "source")
    search_fields = ("product__sku_folded",)
    search_help_text = _("SKU or part of it")
    show_full_result_count = False
    ordering = ("product", "location")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Availability]:
        """Leave documents where they are."""
        return super().get_queryset(request).defer("product__document", "product__provenance")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Availability], search_term: str
    ) -> tuple[QuerySet[Availability], bool]:
        """Search in the form in which SKUs are unique."""
        return super().get_search_results(request, queryset, fold(search_term))

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Name the products of the page at once."""
        changelist = super().get_changelist_instance(request)
        rows = list(changelist.result_list)
        named = name_products({row.product_id for row in rows}, current_schema())
        for row in rows:
            row.named = named.get(row.product_id)
        changelist.result_list = rows
        return changelist

    @admin.display(description=_("product"), ordering="product__sku_folded")
    def product_cell(self, obj: Any) -> str:
        """Return picture, title and SKU."""
        return render_to_string("catalog/product_cell.html", {"product": obj.named})

    @admin.display(description=_("observed"), ordering="observed_at")
    def observed(self, obj: Availability) -> str:
        """Return how old the word is."""
        return ago(obj.observed_at)

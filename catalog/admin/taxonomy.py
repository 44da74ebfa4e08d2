"""Categories, reference entities, scopes and locations: looked up, and named, by hand."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Value
from django.db.models.functions import Concat
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from catalog.admin.structure_base import StructureAdmin, count_of, link_to, used_by_products
from catalog.models import (
    Availability,
    Category,
    Location,
    Record,
    ReferenceEntity,
    Scope,
)
from catalog.rules.keys import fold
from workflows.admin.base import ConcordGuardedAdmin


@admin.register(ReferenceEntity)
class ReferenceEntityAdmin(StructureAdmin):
    """Kinds of things products refer to."""

    facts = ("code", "record_count")
    new_fields = ("code",)
    list_display = ("code", "record_count")
    search_fields = ("code", "labels")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReferenceEntity]:
        """Count records."""
        return super().get_queryset(request).annotate(records_counted=Count("records"))

    @admin.display(description=_("records"), ordering="records_counted")
    def record_count(self, obj: Any) -> SafeString | str:
        """Return the number of records as a link to them."""
        count = obj.records_counted
        return link_to("record", count, entity__id__exact=obj.pk) if count else "–"

    def spec_of(self, obj: ReferenceEntity, item: dict[str, Any]) -> dict[str, list[Any]]:
        """Write an entity."""
        return {"entities": [item]}


@admin.register(Record)
class RecordAdmin(StructureAdmin):
    """The things of reference entities: brands, materials."""

    facts = ("code", "entity", "used_by")
    new_fields = ("entity", "code")
    list_display = ("code", "entity", "used_by")
    list_filter = ("entity",)
    list_select_related = ("entity",)
    search_fields = ("code", "labels")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Record]:
        """Count the products that name it."""
        target = Concat(OuterRef("entity__code"), Value("/"), OuterRef("code"))
        return super().get_queryset(request).annotate(used=used_by_products("record", target))

    @admin.display(description=_("named by products"), ordering="used")
    def used_by(self, obj: Any) -> str:
        """Return how many products name it."""
        return str(obj.used or "–")

    def existing(self, obj: Record) -> Record | None:
        """Return the entity's record with the same code in any case."""
        return Record.objects.filter(entity=obj.entity, code_folded=fold(obj.code)).first()

    def spec_of(self, obj: Record, item: dict[str, Any]) -> dict[str, list[Any]]:
        """Write a record of its entity."""
        return {"entities": [{"code": obj.entity.code, "records": [item]}]}


@admin.register(Category)
class CategoryAdmin(StructureAdmin, ConcordGuardedAdmin):  # type: ignore[misc]  # as in its base
    """The category tree; rights on products of a category are granted here."""

    facts = ("code", "place", "used_by")
    new_fields = ("under", "code")
    list_display = ("code", "used_by")
    ordering = ("path",)
    search_fields = ("code", "labels")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Category]:
        """Count the products that name it."""
        return super().get_queryset(request).annotate(used=used_by_products("category", OuterRef("code")))

    def label_column(self, obj: Category) -> SafeString:
        """Return the label, indented by its place in the tree."""
        return format_html("{}{}", "\u2003" * (obj.depth - 1), self.name(obj))

    label_column.short_description = _("name")  # type: ignore[attr-defined]

    @admin.display(description=_("place"))
    def place(self, obj: Category) -> str:
        """Return the way down to it."""
        return " › ".join(self.name(node) for node in (*Category.objects.get_ancestors(obj), obj))

    @admin.display(description=_("named by products"), ordering="used")
    def used_by(self, obj: Any) -> SafeString:
        """Return how many products name it, and the way to all in it and below."""
        shown = link_to("product", _("show with all below"), category=obj.code)
        return format_html("{} · {}", obj.used or "–", shown)

    def more_fields(self) -> dict[str, Any]:
        """Ask under which category a new one stands."""
        return {
            "under": forms.ModelChoiceField(
                Category.objects.order_by("path"),
                label=_("Under"),
                required=False,
                empty_label=_("nothing: a tree of its own"),
                widget=UnfoldAdminSelectWidget,
            )
        }

    def existing(self, obj: Category) -> Category | None:
        """Return the category with the same code in any case."""
        return Category.objects.filter(code_folded=fold(obj.code)).first()

    def spec_of(self, obj: Category, item: dict[str, Any]) -> dict[str, list[Any]]:
        """Write a category, a new one under its parent."""
        under = item.pop("under", None)
        return {"categories": [{**item, "parent": under.code} if under else item]}


@admin.register(Scope)
class ScopeAdmin(StructureAdmin):
    """Where values may differ from base: channels and their markets."""

    facts = (
        "code",
        "kind",
        "parent",
        "country",
        "currency",
        "languages",
        "fallbacks_in_words",
        "tax_mode",
        "time_zone",
    )
    list_display = ("code", "kind", "parent", "country", "currency", "languages")
    list_select_related = ("parent",)
    search_fields = ("code", "labels")

    @admin.display(description=_("languages"))
    def languages(self, obj: Scope) -> str:
        """Return its languages, the default first."""
        return ", ".join(obj.locales) or "–"

    @admin.display(description=_("falls back to"))
    def fallbacks_in_words(self, obj: Scope) -> str:
        """Return which languages stand in for which."""
        return (
            " · ".join(f"{locale} → {', '.join(others)}" for locale, others in obj.fallbacks.items()) or "–"
        )

    def spec_of(self, obj: Scope, item: dict[str, Any]) -> dict[str, list[Any]]:
        """Write a scope under its parent."""
        return {"scopes": [{**item, "parent": obj.parent.code if obj.parent else None}]}


@admin.register(Location)
class LocationAdmin(StructureAdmin):
    """Stores and warehouses."""

    facts = ("code", "stocked")
    new_fields = ("code",)
    list_display = ("code", "stocked")
    search_fields = ("code", "labels")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Location]:
        """Count the products it says something about."""
        return super().get_queryset(request).annotate(rows=count_of(Availability.objects.all(), "location"))

    @admin.display(description=_("products with availability"), ordering="rows")
    def stocked(self, obj: Any) -> SafeString | str:
        """Return the number of products as a link to their availability."""
        return link_to("availability", obj.rows, location__id__exact=obj.pk) if obj.rows else "–"

    def existing(self, obj: Location) -> Location | None:
        """Return the location with the same code in any case."""
        return Location.objects.filter(code_folded=fold(obj.code)).first()

    def spec_of(self, obj: Location, item: dict[str, Any]) -> dict[str, list[Any]]:
        """Write a location."""
        return {"locations": [item]}

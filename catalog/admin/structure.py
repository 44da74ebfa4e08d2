"""Attributes, families, categories, reference entities, scopes and locations: looked up, and named, by
hand.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Value
from django.db.models.functions import Concat
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from catalog.admin.structure_base import (
    StructureAdmin,
    count_of,
    link_to,
    product_count,
    schema_of,
    used_by_products,
)
from catalog.models import (
    Attribute,
    AttributeGroup,
    Family,
    FamilyVariant,
    Option,
    Product,
)
from catalog.rules.keys import fold
from catalog.services.display import pick_label


@admin.register(AttributeGroup)
class AttributeGroupAdmin(StructureAdmin):
    """Groups of attributes, the tabs of a product's page."""

    facts = ("code",)
    new_fields = ("code",)
    with_position = True
    list_display = ("code", "position", "attribute_count")
    search_fields = ("code", "labels")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AttributeGroup]:
        """Count attributes."""
        return super().get_queryset(request).annotate(attribute_count=Count("attributes"))

    @admin.display(description=_("attributes"), ordering="attribute_count")
    def attribute_count(self, obj: Any) -> SafeString | str:
        """Return the number of attributes as a link to them."""
        count = obj.attribute_count
        return link_to("attribute", count, group__id__exact=obj.pk) if count else "–"

    def spec_of(self, obj: AttributeGroup, item: dict[str, Any]) -> dict[str, list[Any]]:
        """Write a group."""
        return {"groups": [item]}


@admin.register(Attribute)
class AttributeAdmin(StructureAdmin):
    """Attributes; what a value is cannot be changed here, since stored values would lose their meaning."""

    facts = ("code", "type", "group", "behaviour", "limits_in_words", "families", "choices_link", "alias")
    with_position = True
    list_display = ("code", "type", "group", "behaviour", "families", "choices_link")
    list_filter = ("group", "type", "localised", "scopable", "filterable", "searchable")
    list_select_related = ("group", "entity")
    search_fields = ("code", "labels", "alias")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attribute]:
        """Count options."""
        return super().get_queryset(request).annotate(option_count=Count("options"))

    @admin.display(description=_("behaviour"))
    def behaviour(self, obj: Attribute) -> str:
        """Say what its values may depend on and what they are used for."""
        said = [
            (obj.localised, _("differs by language")),
            (obj.scopable, _("differs by channel")),
            (obj.filterable, _("lists filter by it")),
            (obj.searchable, _("search finds it")),
            (bool(obj.unit), obj.unit),
            (bool(obj.locales), ", ".join(obj.locales)),
        ]
        return " · ".join(str(text) for applies, text in said if applies) or "–"

    @admin.display(description=_("limits"))
    def limits_in_words(self, obj: Attribute) -> str:
        """Return the limits a value has to respect."""
        names = {
            "max_chars": _("characters at most"),
            "min": _("at least"),
            "max": _("at most"),
            "pattern": _("form"),
            "date_min": _("not before"),
            "date_max": _("not after"),
            "extensions": _("kinds of file"),
            "decimals": _("decimals allowed"),
            "negative": _("negative allowed"),
        }
        return " · ".join(f"{names.get(key, key)}: {value}" for key, value in obj.limits.items()) or "–"

    @admin.display(description=_("families"))
    def families(self, obj: Attribute) -> str:
        """Return the families that have it."""
        specs = schema_of(obj).families.values()
        names = [pick_label(spec.labels, spec.code) for spec in specs if obj.code in spec.attributes]
        return ", ".join(sorted(names)[:6]) + (" …" if len(names) > 6 else "") or "–"

    @admin.display(description=_("choices"))
    def choices_link(self, obj: Any) -> SafeString | str:
        """Return its options, or the entity whose records it takes, as a link."""
        if obj.entity is not None:
            name = pick_label(obj.entity.labels, obj.entity.code)
            return link_to("record", name, entity__id__exact=obj.entity_id)
        count = obj.option_count
        return link_to("option", count, attribute__id__exact=obj.pk) if count else "–"

    def spec_of(self, obj: Attribute, item: dict[str, Any]) -> dict[str, list[Any]]:
        """Write an attribute as it is, with its new names and position."""
        return {"attributes": [{"type": obj.type, **item}]}


@admin.register(Option)
class OptionAdmin(StructureAdmin):
    """The choices of select attributes."""

    facts = ("code", "attribute", "used_by")
    new_fields = ("attribute", "code")
    with_position = True
    list_display = ("code", "attribute", "position", "used_by")
    list_filter = (("attribute", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("attribute",)
    search_fields = ("code", "labels")
    autocomplete_fields = ("attribute",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Option]:
        """Count the products that name it."""
        target = Concat(OuterRef("attribute__code"), Value("/"), OuterRef("code"))
        return super().get_queryset(request).annotate(used=used_by_products("option", target))

    @admin.display(description=_("named by products"), ordering="used")
    def used_by(self, obj: Any) -> SafeString | str:
        """Return how many products name it, and the way to all that have it by inheritance too."""
        if not obj.used or not obj.attribute.filterable:
            return str(obj.used or "–")
        shown = link_to("product", _("show"), **{f"a.{obj.attribute.code}": obj.code})
        return format_html("{} · {}", obj.used, shown)

    def existing(self, obj: Option) -> Option | None:
        """Return the attribute's option with the same code in any case."""
        return Option.objects.filter(attribute=obj.attribute, code_folded=fold(obj.code)).first()

    def spec_of(self, obj: Option, item: dict[str, Any]) -> dict[str, list[Any]]:
        """Write an option of its attribute."""
        attribute = obj.attribute
        item.setdefault("position", obj.position or attribute.options.count())
        return {"attributes": [{"code": attribute.code, "type": attribute.type, "options": [item]}]}


@admin.register(Family)
class FamilyAdmin(StructureAdmin):
    """Families: which attributes products of one kind have, and how they split into variants."""

    facts = ("code", "attribute_list", "label_attribute", "image_attribute", "variant_list", "used_by")
    list_display = ("code", "attribute_count", "label_attribute", "image_attribute", "used_by")
    search_fields = ("code", "labels")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Family]:
        """Count the products whose family it is."""
        used = count_of(Product.objects.all(), "family", "code")
        return super().get_queryset(request).annotate(used=used)

    @admin.display(description=_("attributes"))
    def attribute_count(self, obj: Family) -> int:
        """Return how many attributes it has."""
        return len(obj.attributes)

    @admin.display(description=_("attributes"))
    def attribute_list(self, obj: Family) -> str:
        """Return its attributes by name."""
        specs = schema_of(obj).attributes
        return ", ".join(
            pick_label(specs[code].labels, code) if code in specs else code for code in obj.attributes
        )

    @admin.display(description=_("splits into variants by"))
    def variant_list(self, obj: Family) -> SafeString | str:
        """Return the ways it splits, each with its axes."""
        rows = [(row.code, _axes(row)) for row in obj.variants.all()]
        return format_html_join("", "<div>{}: {}</div>", rows) or "–"

    @admin.display(description=_("products"), ordering="used")
    def used_by(self, obj: Any) -> SafeString | str:
        """Return the number of products without their variants, as a link to them."""
        return product_count(obj.used, family=obj.code, kind="whole")

    def spec_of(self, obj: Family, item: dict[str, Any]) -> dict[str, list[Any]]:
        """Write a family."""
        return {"families": [item]}


def _axes(variant: FamilyVariant) -> str:
    specs = schema_of(variant).attributes
    levels = [level.get("axes", ()) for level in variant.levels]
    return " › ".join(
        ", ".join(pick_label(specs[code].labels, code) if code in specs else code for code in axes)
        for axes in levels
    )


@admin.register(FamilyVariant)
class FamilyVariantAdmin(StructureAdmin):
    """How families split into variants."""

    facts = ("code", "family", "axes")
    list_display = ("code", "family", "axes")
    list_filter = ("family",)
    list_select_related = ("family",)
    search_fields = ("code", "labels")

    @admin.display(description=_("axes"))
    def axes(self, obj: FamilyVariant) -> str:
        """Return its axes, level by level."""
        return _axes(obj)

    def spec_of(self, obj: FamilyVariant, item: dict[str, Any]) -> dict[str, list[Any]]:
        """Write a family variant of its family."""
        return {"families": [{"code": obj.family.code, "variants": [item]}]}

"""What the pages of all structure share: labels are edited through the one service, all else is read."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.admin.structure_forms import StructureForm, label_names, structure_form
from catalog.locks import lock_structure
from catalog.models import Use
from catalog.permissions import may_edit_structure
from catalog.services.display import pick_label
from catalog.services.schema import Schema, current_schema
from catalog.services.structure import load_structure
from workflows.admin.base import ConcordHistoryAdmin
from workflows.exceptions import FieldError, Invalid, StaleRevision


class StructureAdmin(ConcordHistoryAdmin):
    """Base of the pages of attributes, families, categories and the rest.

    A subclass says which facts it shows, whether the position is edited, which fields a new object needs
    (`new_fields`; none: objects of this kind come with an import or a structure file), and how an object is
    written in a specification (`spec_of`).
    """

    facts: tuple[str, ...] = ()
    new_fields: tuple[str, ...] = ()
    with_position = False
    how = gettext_lazy(
        "Here it gets its names. What else it is comes with an import, since stored values depend on it."
    )
    show_full_result_count = False
    list_per_page = 100

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Tell whether objects of this kind are made by hand, and this person may."""
        return bool(self.new_fields) and self._may_edit(request) and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Tell whether labels may be edited."""
        return self._may_edit(request) and super().has_change_permission(request, obj)

    @staticmethod
    def _may_edit(request: HttpRequest) -> bool:
        return bool(may_edit_structure(request.user))

    def history_form_view(
        self,
        request: HttpRequest,
        object_id: str,
        version_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show one version with all its columns."""
        request.shows_structure_version = True  # type: ignore[attr-defined]
        return super().history_form_view(request, object_id, version_id, extra_context)

    def get_readonly_fields(
        self, request: HttpRequest, obj: models.Model | None = None
    ) -> list[str] | tuple[str, ...]:
        """Return the facts; on a version page everything."""
        fields = super().get_readonly_fields(request, obj)
        return fields or (self.facts if obj else ())

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Give the rows of a page the schema, read once."""
        changelist = super().get_changelist_instance(request)
        rows = list(changelist.result_list)
        schema = current_schema()
        for row in rows:
            row.schema = schema
        changelist.result_list = rows
        return changelist

    def get_fieldsets(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """Return facts, names, and what goes with an edit."""
        if getattr(request, "shows_structure_version", False):
            return [
                (None, {"fields": [field.name for field in self.model._meta.fields if field.name != "id"]})
            ]
        if obj is not None and not self.has_change_permission(request, obj):
            return [(None, {"fields": [*self.facts, "all_labels"]})]
        how = "" if self.new_fields else self.how
        position = ["position"] if self.with_position else []
        return [
            (None, {"fields": list(self.facts if obj else self.new_fields), "description": how}),
            (_("Names"), {"fields": label_names(obj)}),
            (_("This edit"), {"fields": [*position, "reason", "seen"]}),
        ]

    def get_form(
        self, request: HttpRequest, obj: models.Model | None = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm]:
        """Return the form with a field per language; on read-only pages the plain one."""
        if not getattr(request, "shows_structure_version", False) and (
            obj is None or self.has_change_permission(request, obj)
        ):
            more = {} if obj else self.more_fields()
            kwargs["form"] = structure_form(obj, with_position=self.with_position, more=more)
        return super().get_form(request, obj, change=change, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: StructureForm, change: bool) -> None:
        """Write through the service, with actor and reason; what somebody else changed since is refused."""
        manager = self.model._default_manager
        lock_structure()
        if change:
            stored = manager.get(pk=obj.pk)
            if stored.revision != form.cleaned_data["seen"]:
                raise StaleRevision(
                    _("Somebody changed this since you opened the page. Open it again before you save.")
                )
        elif self.existing(obj) is not None:
            taken = _("“%(code)s” exists already.") % {"code": obj.code}
            raise Invalid(taken, errors=[FieldError("code", "taken", taken)])
        reason = form.cleaned_data["reason"] or _("Edited by hand")
        item: dict[str, Any] = {"code": obj.code, "labels": form.labels()}
        position = form.cleaned_data.get("position")
        if position is not None:
            item["position"] = position
        if not change:
            item |= {name: form.cleaned_data[name] for name in self.more_fields()}
        load_structure(self.spec_of(obj, item), actor=request.user, reason=reason)
        if not change:
            obj.pk = getattr(self.existing(obj), "pk", None)

    def more_fields(self) -> dict[str, Any]:
        """Return fields of a new object's form that are no columns."""
        return {}

    def existing(self, obj: Any) -> models.Model | None:
        """Return the object with the same code, if there is one."""
        found: models.Model | None = self.model._default_manager.filter(code=obj.code).first()
        return found

    def spec_of(self, obj: Any, item: dict[str, Any]) -> dict[str, list[Any]]:
        """Return the specification (see `load_structure`) that holds this one object; `item` is what was
        edited.
        """
        raise NotImplementedError

    @staticmethod
    def name(obj: Any) -> str:
        """Return an object's label in the language of the screen."""
        return pick_label(obj.labels, obj.code)

    def get_list_display(self, request: HttpRequest) -> Any:
        """Return the columns, the label first."""
        return ("label_column", *self.list_display)

    def label_column(self, obj: Any) -> str:
        """Return the label."""
        return self.name(obj)

    label_column.short_description = gettext_lazy("name")  # type: ignore[attr-defined]

    def all_labels(self, obj: Any) -> str:
        """Return every label with its language."""
        return " · ".join(f"{locale}: {text}" for locale, text in obj.labels.items())

    all_labels.short_description = gettext_lazy("names")  # type: ignore[attr-defined]


def schema_of(obj: Any) -> Schema:
    """Return the schema a list gave its row, else the current one (one query)."""
    return getattr(obj, "schema", None) or current_schema()


def used_by_products(kind: str, target: Any) -> Coalesce:
    """Return an annotation: how many products name the object, by an index, row by row."""
    rows = Use.objects.filter(kind=kind, target=target).order_by().values("target")
    counted = rows.annotate(count=Count("product_id", distinct=True)).values("count")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def count_of(queryset: QuerySet[Any], column: str, outer: str = "pk") -> Coalesce:
    """Return an annotation: how many rows of a queryset point at the object by `column`."""
    rows = queryset.filter(**{column: OuterRef(outer)}).order_by().values(column)
    counted = rows.annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def link_to(model: str, text: object, **params: str | int) -> SafeString:
    """Return a link to a list of the catalogue, filtered."""
    address = reverse(f"admin:catalog_{model}_changelist")
    return format_html(
        '<a class="text-primary-700 dark:text-primary-300 hover:underline" href="{}?{}">{}</a>',
        address,
        urlencode(params),
        text,
    )


def product_count(count: int, **params: str | int) -> SafeString | str:
    """Return a number of products as a link to exactly those; a dash for none."""
    return link_to("product", count, **params) if count else "–"

"""Ground of every admin page: who may write, how a refusal is said, gates over packages' open doors."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.text import capfirst
from guardian.admin import ReinforcedGuardedModelAdminMixin
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin as UnfoldModelAdmin
from unfold.forms import AdminForm, Fieldline

from workflows.exceptions import ConcordError, Invalid

Row = TypeVar("Row", bound=Model)


def found_or_404(rows: QuerySet[Row], key: str) -> Row:
    """Return the row whose primary key an address names; `Http404` without one, or where it is no key."""
    try:
        return get_object_or_404(rows, pk=key)
    except (ValueError, ValidationError):
        raise Http404 from None


def number_of(text: str, default: int = 0) -> int:
    """Return the number that an address or a form holds; `default` for what is none or larger than any id.

    Python refuses to read a number of thousands of digits, and a column holds no more than 19.
    """
    return int(text) if text.isdecimal() and len(text) < 19 else default


def _check_key(model: type[Model], key: str) -> None:
    """Raise `Http404` where part of an address can't be a primary key of the model."""
    try:
        model._meta.pk.to_python(unquote(key))
    except ValidationError:
        raise Http404 from None


class DomainErrorGate(admin.ModelAdmin):
    """Say a domain error as a sentence, keep what was typed, and report no success.

    A `ConcordError` raised while a form is saved rolls the request's transaction back; the same form is then
    shown again with the error on it, on the field that the error names where the form has it. Raised while an
    action or a deletion runs, it becomes a message on the page the person came from.
    """

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show or save the form; on a domain error, show it again with the error."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except ConcordError as error:
            request.concord_error = error  # type: ignore[attr-defined]
            for name in request.FILES:
                for file in request.FILES.getlist(name):
                    file.seek(0)  # read once already; the form reads it again
            return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(
        self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm]:
        """Return the form class; after a domain error, one that is invalid for exactly that reason."""
        form_class = super().get_form(request, obj, change=change, **kwargs)
        error: ConcordError | None = getattr(request, "concord_error", None)
        if error is None:
            return form_class

        class RefusedForm(form_class):  # type: ignore[valid-type, misc]
            """The form that was sent, with the reason for which it was not saved."""

            def clean(self) -> dict[str, Any] | None:
                """Add the reason."""
                cleaned: dict[str, Any] | None = super().clean()
                named = error.errors if isinstance(error, Invalid) else ()
                on_fields = [field for field in named if field.path in self.fields]
                for field in on_fields:
                    self.add_error(field.path, field.detail)
                if len(on_fields) < len(named) or not named:
                    self.add_error(None, str(error))
                    for field in named:
                        if field not in on_fields:
                            self.add_error(None, f"{field.path}: {field.detail}")
                return cleaned

        return RefusedForm

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Delete, or say why not on the object's page."""
        return self._said_on(
            self._page("change", object_id),
            request,
            lambda: super(DomainErrorGate, self).delete_view(request, object_id, extra_context),
        )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list, named after what it lists, or run an action; say on the list why one was refused."""
        context = {"title": capfirst(self.opts.verbose_name_plural), **(extra_context or {})}
        return self._said_on(
            request.get_full_path(),
            request,
            lambda: super(DomainErrorGate, self).changelist_view(request, context),
        )

    def _said_on(self, address: str, request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
        """Run `view`; turn a domain error of a write into a message on the page at `address`."""
        try:
            return view()
        except ConcordError as error:
            if request.method != "POST":
                raise
            messages.error(request, str(error))
            return HttpResponseRedirect(address)

    def _page(self, name: str, *args: object) -> str:
        """Return the address of one of this model's pages."""
        opts = self.model._meta
        return reverse(f"{self.admin_site.name}:{opts.app_label}_{opts.model_name}_{name}", args=args)


class ConcordModelAdmin(DomainErrorGate, UnfoldModelAdmin):
    """The base of our admin classes: domain errors are said, writing is denied where marked.

    `read_only = True` denies adding, changing and deleting to everybody, superusers included: for governed
    models, logs, and whatever services alone write. Deleting is denied everywhere unless `deletable = True`.
    """

    read_only = False
    deletable = False
    list_fullwidth = True
    list_filter_submit = False
    warn_unsaved_form = True

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Deny for read-only models."""
        return not self.read_only and bool(super().has_add_permission(request))

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Deny for read-only models."""
        return not self.read_only and bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Deny unless the class says that its rows may go."""
        return self.deletable and not self.read_only and bool(super().has_delete_permission(request, obj))


class HistoryGate(admin.ModelAdmin):
    """Close simple-history's version page to writing, for superusers too.

    Its `history_form_view` saves a POST from anybody who may view history, whatever the settings say. Going
    back to an earlier revision is a change request or a service call like any other.
    """

    def history_form_view(
        self,
        request: HttpRequest,
        object_id: str,
        version_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show one version; refuse everything but reading, and 404 for what is no key."""
        if request.method not in {"GET", "HEAD"}:
            raise PermissionDenied
        _check_key(self.model, object_id)
        _check_key(self.model.history.model, version_id)
        request.shows_version = True  # type: ignore[attr-defined]
        # Unfold replaces these when a change form is shown; in a process whose first form is a version nobody
        # has.
        vars(helpers).update(AdminForm=AdminForm, Fieldline=Fieldline)
        return super().history_form_view(request, object_id, version_id, extra_context)  # type: ignore[misc]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """List the versions; 404 for an address that names no key at all."""
        _check_key(self.model, object_id)
        return super().history_view(request, object_id, extra_context)

    def get_readonly_fields(
        self, request: HttpRequest, obj: Model | None = None
    ) -> list[str] | tuple[str, ...]:
        """Return every field on a version page, so that it shows values and no inputs."""
        if not getattr(request, "shows_version", False):
            return super().get_readonly_fields(request, obj)
        request.shows_version = False  # type: ignore[attr-defined]  # the fieldsets ask again
        try:
            return flatten_fieldsets(self.get_fieldsets(request, obj))
        finally:
            request.shows_version = True  # type: ignore[attr-defined]


class ConcordHistoryAdmin(HistoryGate, SimpleHistoryAdmin, ConcordModelAdmin):
    """The base of admin classes whose model keeps history."""

    history_list_per_page = 25


class GuardedGate(ReinforcedGuardedModelAdminMixin, admin.ModelAdmin):  # type: ignore[misc]
    """Close guardian's permission pages to people who may change the object but not grant rights.

    Guardian asks only for the model's change permission, so an editor could grant himself anything. Here
    seeing the grants needs `guardian.view_…objectpermission`, and reaching the page of one person or group
    `guardian.change_…objectpermission`, both for users and for groups; anybody else gets 403.
    """

    def obj_perms_manage_view(self, request: HttpRequest, object_pk: str) -> HttpResponse:
        """Show who has rights on the object."""
        self._require_right_to_grant(request)
        return super().obj_perms_manage_view(request, object_pk)

    def obj_perms_manage_user_view(self, request: HttpRequest, object_pk: str, user_id: int) -> HttpResponse:
        """Show or set one person's rights on the object."""
        self._require_right_to_grant(request)
        return super().obj_perms_manage_user_view(request, object_pk, user_id)

    def obj_perms_manage_group_view(
        self, request: HttpRequest, object_pk: str, group_id: int
    ) -> HttpResponse:
        """Show or set one group's rights on the object."""
        self._require_right_to_grant(request)
        return super().obj_perms_manage_group_view(request, object_pk, group_id)

    @staticmethod
    def _require_right_to_grant(request: HttpRequest) -> None:
        """Raise PermissionDenied unless the person may grant rights to users and to groups."""
        needed = ("guardian.change_userobjectpermission", "guardian.change_groupobjectpermission")
        if not request.user.has_perms(needed):
            raise PermissionDenied


class ConcordGuardedAdmin(GuardedGate, ConcordHistoryAdmin):  # type: ignore[misc]
    """The base of admin classes on whose objects rights are granted: categories, channels, sources."""

"""Accounts and roles in the admin. Roles come from `config.roles`, so here they are read, not edited."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from workflows.admin.base import ConcordModelAdmin

admin.site.index_title = _("Home")
admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class AccountAdmin(ConcordModelAdmin, UserAdmin):
    """Accounts and their roles; nobody grants single permissions, only superusers edit superusers.

    Accounts are closed, not deleted: history and audit name them.
    """

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "full_name", "roles", "is_active", "last_login")
    list_filter = ("groups", "is_active")
    search_fields = ("username", "first_name", "last_name", "email")
    ordering = ("username",)
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email")}),
        (_("Rights"), {"fields": ("groups", "is_active", "is_staff", "is_superuser")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "usable_password", "password1", "password2", "groups")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Return accounts with their roles, in two queries for any number."""
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description=_("name"))
    def full_name(self, obj: User) -> str:
        """Return first and last name."""
        return obj.get_full_name()

    @admin.display(description=_("roles"))
    def roles(self, obj: User) -> str:
        """Return the names of the account's roles."""
        return ", ".join(sorted(group.name for group in obj.groups.all()))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str] | tuple[str, ...]:
        """Keep `is_superuser` from those who are not superusers themselves."""
        fields = tuple(super().get_readonly_fields(request, obj))
        return fields if request.user.is_superuser else (*fields, "is_superuser")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Keep superusers' accounts from those who are not: their password could be set otherwise."""
        if isinstance(obj, User) and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm[User], change: bool) -> None:
        """Save the account; a new one may log in to the admin, since every role works there."""
        if not change:
            obj.is_staff = True
        super().save_model(request, obj, form, change)


@admin.register(Group)
class RoleAdmin(ConcordModelAdmin, GroupAdmin):
    """Roles and what each may do, to look up: `migrate` writes them."""

    read_only = True
    list_display = ("name", "permission_count")
    search_fields = ("name",)

    @admin.display(description=_("permissions"))
    def permission_count(self, obj: Group) -> int:
        """Return how many permissions the role holds."""
        return obj.permissions.count()

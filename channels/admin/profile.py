"""Profiles, to read: every demand with its limits, dates and source."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from channels.admin.presenting import number
from channels.models import Profile
from channels.selectors import say
from channels.services.profiles import profile_with_parents
from workflows.admin.base import ConcordModelAdmin, found_or_404


@admin.register(Profile)
class ProfileAdmin(ConcordModelAdmin):
    """Profiles are data files, loaded as versions; nothing here changes them."""

    read_only = True
    list_display = ("name", "code", "version", "inherits", "fields_count", "rules_count")
    list_display_links = ("name",)
    list_select_related = ("current",)
    fields = ("code",)
    search_fields = ("code", "current__label")
    change_form_outer_after_template = "channels/profile_rules.html"

    class Media:
        css = {"all": ("channels/admin.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Profile]:
        """Return profiles with the numbers of their current versions."""
        queryset: QuerySet[Profile] = super().get_queryset(request)
        return queryset.annotate(
            field_count=Count("current__fields", distinct=True),
            rule_count=Count("current__rules", distinct=True),
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the current version's rules; the parents' stand on their own pages."""
        profile = found_or_404(Profile.objects.select_related("current"), object_id)
        version = profile.current
        context: dict[str, Any] = {"version": version, "parent": None, "rules": []}
        if version is not None:
            fields = profile_with_parents(profile.code)[0].fields
            context["parent"] = Profile.objects.filter(code=version.parent).first()
            context["rules"] = [
                {
                    "rule": rule,
                    "label": fields[rule.field].label if rule.field in fields else "",
                    "text": say(rule.message, rule.params),
                }
                for rule in version.rules.all()
            ]
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    @admin.display(description=_("profile"), ordering="current__label")
    def name(self, profile: Profile) -> str:
        """Return the profile's name."""
        return str(profile)

    @admin.display(description=_("version"), ordering="current__number")
    def version(self, profile: Profile) -> SafeString:
        """Return the number of the version that binds."""
        return number(profile.current.number if profile.current else None)

    @admin.display(description=_("inherits from"))
    def inherits(self, profile: Profile) -> str:
        """Return the parent's code."""
        return profile.current.parent if profile.current else ""

    @admin.display(description=_("fields"), ordering="field_count")
    def fields_count(self, profile: Any) -> SafeString:
        """Return how many fields the version itself names."""
        return number(profile.field_count)

    @admin.display(description=_("rules"), ordering="rule_count")
    def rules_count(self, profile: Any) -> SafeString:
        """Return how many rules the version itself names."""
        return number(profile.rule_count)

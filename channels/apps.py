"""Django application configuration of `channels`."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ChannelsConfig(AppConfig):
    """Register `channels` with Django, its jobs, hooks and panels with the apps below."""

    name = "channels"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Publishing")

    def ready(self) -> None:
        """Register job, import hook and panels; have the shipped profiles loaded after each migrate."""
        from catalog.registry import register_import_hook
        from channels import panels
        from channels.services import preview, publish  # noqa: F401 - register their job handlers
        from channels.services.akeneo_profiles import store_imported_profiles

        register_import_hook(store_imported_profiles)
        panels.register()
        post_migrate.connect(_load_shipped_profiles, sender=self, dispatch_uid="channels.profiles")


def _load_shipped_profiles(using: str = "default", **_kwargs: Any) -> None:
    from channels.services.profiles import load_profiles

    if using == "default":
        load_profiles()

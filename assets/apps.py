"""Django application configuration of `assets`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AssetsConfig(AppConfig):
    """Register `assets` with Django."""

    name = "assets"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Assets")

    def ready(self) -> None:
        """Cap what the picture decoders take before any picture is read."""
        from assets.services.pictures import limit_decoders

        limit_decoders()

"""Django application configuration of `assets`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AssetsConfig(AppConfig):
    """Register `assets` with Django."""

    name = "assets"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Assets")

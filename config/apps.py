"""Django application configuration of `config`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConfigConfig(AppConfig):
    """Register `config` with Django."""

    name = "config"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Concord")

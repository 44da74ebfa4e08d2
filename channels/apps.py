"""Django application configuration of `channels`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChannelsConfig(AppConfig):
    """Register `channels` with Django."""

    name = "channels"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Channels")

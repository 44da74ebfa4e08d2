"""Django application configuration of `workflows`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkflowsConfig(AppConfig):
    """Register `workflows` with Django."""

    name = "workflows"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Change control")

"""Django application configuration of `workflows`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkflowsConfig(AppConfig):
    """Register change control with Django and its job handlers with the runner."""

    name = "workflows"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Change control")

    def ready(self) -> None:
        """Load the handlers and register what the home page shows."""
        from workflows import tiles
        from workflows.services import apply  # noqa: F401 - models must be loaded first

        tiles.register()

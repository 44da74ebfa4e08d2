"""Django application configuration of `catalog`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogConfig(AppConfig):
    """Register the catalogue with Django, and products with change control."""

    name = "catalog"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Catalogue")

    def ready(self) -> None:
        """Register products as governed."""
        from catalog.services.documents import LABEL, ProductAdapter  # noqa: PLC0415 - models must be loaded first
        from workflows.registry import register_governed  # noqa: PLC0415 - as above

        register_governed(LABEL, ProductAdapter)

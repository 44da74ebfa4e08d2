"""Django application configuration of `catalog`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogConfig(AppConfig):
    """Register the catalogue with Django, and products with change control."""

    name = "catalog"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Catalogue")

    def ready(self) -> None:
        """Register products as governed, the panels, and what happens to a delivery with its request."""
        from catalog import panels
        from catalog.services import rederiving, uploads  # noqa: F401 - they register their job handlers
        from catalog.services.akeneo import approve_delivered_media
        from catalog.services.documents import LABEL, ProductAdapter
        from catalog.services.intake import why_still_filled
        from catalog.services.withdrawal import withdraw_with_request
        from workflows.registry import on_approve, on_rewrite, on_withdraw, register_governed

        register_governed(LABEL, ProductAdapter)
        on_approve(approve_delivered_media)
        on_rewrite(why_still_filled)
        on_withdraw(withdraw_with_request)
        panels.register()

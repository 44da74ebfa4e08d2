"""Django application configuration of `config`."""

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ConfigConfig(AppConfig):
    """Wire the site: the Celery application for `shared_task`, and the roles after each migrate."""

    name = "config"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Concord")

    def ready(self) -> None:
        """Connect what needs loaded models and settings."""
        from config import celery  # noqa: F401 - makes it the current application
        from config.roles import write_roles

        # Sent app by app, and only for apps with models: at the last one every permission has been created.
        last = [app for app in apps.get_app_configs() if app.models_module][-1]
        post_migrate.connect(write_roles, sender=last, dispatch_uid="config.roles")

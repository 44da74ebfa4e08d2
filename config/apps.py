"""Django application configuration of `config`."""

from django.apps import AppConfig
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

        # The last installed app's signal: every app has created its permissions by then.
        post_migrate.connect(write_roles, sender=self, dispatch_uid="config.roles")

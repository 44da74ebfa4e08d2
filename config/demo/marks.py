"""Whether the demonstration brand may come into a database, and how far it came.

The audit record is the memory: one entry when loading begins, one for each finished step, one at the end, and
one whenever the site's address moved. A database with the first entry belongs to quickstart; one with the
end's needs nothing more.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Model
from django.utils.translation import gettext as _

from assets.models import Asset
from catalog.models import Product
from config.roles import ROLE_NAMES
from workflows.exceptions import NotAllowed
from workflows.models import AuditEntry, ChangeRequest
from workflows.services.audit import record

BEGIN = "quickstart.begin"
STEP = "quickstart.step"
END = "quickstart.end"
ADDRESS = "quickstart.address"
TARGET = "config.quickstart"
CONTENT: tuple[type[Model], ...] = (Product, ChangeRequest, Asset)


def check_may_load() -> None:
    """Raise `NotAllowed` where demonstration data would mix with somebody's own; call before migrating.

    Refused are production settings, a database with products, change requests or assets that quickstart did
    not bring, an account under one of its names, and on PostgreSQL any account or another program's tables.
    """
    if settings.PRODUCTION:
        raise NotAllowed(
            _("quickstart loads demonstration data; it does not run where CONCORD_PRODUCTION is set.")
        )
    tables = set(connection.introspection.table_names())
    if not tables or _has_begun(tables):
        return
    shared = connection.vendor == "postgresql"
    if shared and "django_migrations" not in tables:
        raise NotAllowed(_("This database holds tables of another program; give quickstart an empty one."))
    if any(model._meta.db_table in tables and model._base_manager.exists() for model in CONTENT):
        raise NotAllowed(
            _("This database holds data that quickstart did not bring; give it an empty database.")
        )
    if User._meta.db_table in tables:
        accounts = User.objects.all() if shared else User.objects.filter(username__in=ROLE_NAMES)
        if found := accounts.first():
            raise NotAllowed(
                _("This database has an account %(name)s that quickstart did not make; give it an empty one.")
                % {"name": found.username}
            )


def _has_begun(tables: set[str]) -> bool:
    return AuditEntry._meta.db_table in tables and AuditEntry.objects.filter(action=BEGIN).exists()


def begin() -> AuditEntry:
    """Return the entry with which loading began, written now if there is none."""
    found = AuditEntry.objects.filter(action=BEGIN).order_by("pk").first()
    details = {"address": settings.PUBLIC_URL}
    return found or record(BEGIN, actor=None, target_model=TARGET, target_id="", details=details)


def remembered_address() -> str:
    """Return the address of an earlier run, empty where there was none; before migrating, too."""
    return address() if _has_begun(set(connection.introspection.table_names())) else ""


def address() -> str:
    """Return the address that pictures and links were published with last."""
    entries = AuditEntry.objects.filter(action__in=(BEGIN, ADDRESS)).order_by("-pk")
    return str(entries.values_list("details", flat=True)[0]["address"])


def mark_address() -> None:
    """Note that everything was published with the address of now."""
    details = {"address": settings.PUBLIC_URL}
    record(ADDRESS, actor=None, target_model=TARGET, target_id="", details=details)


def is_complete() -> bool:
    """Tell whether an earlier run came to its end."""
    return AuditEntry.objects.filter(action=END).exists()


def done_steps() -> dict[str, dict[str, Any]]:
    """Return what the finished steps counted, by their names."""
    return dict(AuditEntry.objects.filter(action=STEP).values_list("target_id", "details"))


def mark_step(name: str, counts: dict[str, Any]) -> None:
    """Note that a step is finished, with what it counted."""
    record(STEP, actor=None, target_model=TARGET, target_id=name, details=counts)


def mark_end() -> None:
    """Note that nothing is left to do; call inside atomic with the last work."""
    record(END, actor=None, target_model=TARGET, target_id="")

"""The roles people have, as groups with named permissions; `migrate` writes them into any database.

The table is the whole truth: a permission added to one of these groups by hand is gone after the next
migrate. Groups under other names are left alone. A role is what somebody may do anywhere; rights on single
categories, channels and sources are granted beside it.
"""

import logging
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Role:
    """One role: its group's name, its label, and its permissions as `app.codename`."""

    name: str
    label: str | Promise
    permissions: frozenset[str]


def _view(*models: str) -> frozenset[str]:
    """Return the view permissions of models given as `app.model`."""
    return frozenset(f"{app}.view_{model}" for app, _dot, model in (name.partition(".") for name in models))


def _edit(*models: str) -> frozenset[str]:
    """Return view, add and change permissions of models given as `app.model`; no role deletes."""
    return _view(*models) | {
        name.replace(".view_", f".{verb}_") for name in _view(*models) for verb in ("add", "change")
    }


MODEL_STRUCTURE = (
    "catalog.attribute",
    "catalog.attributegroup",
    "catalog.option",
    "catalog.family",
    "catalog.familyvariant",
    "catalog.category",
    "catalog.referenceentity",
    "catalog.record",
    "catalog.scope",
    "catalog.location",
)
CHANNEL_SETTINGS = ("channels.channel", "channels.fieldmapping")

LOOK_UP = _view(
    "assets.asset",
    "assets.assetversion",
    "catalog.availability",
    "catalog.product",
    "channels.channel",
    "channels.feedrun",
    "channels.listing",
    "channels.listingversion",
    "workflows.changerequest",
    *MODEL_STRUCTURE,
)
FOLLOW_WORK = LOOK_UP | _view(
    "catalog.delivery",
    "catalog.rejection",
    "channels.fieldmapping",
    "channels.profile",
    "channels.profileversion",
    "workflows.job",
    "workflows.source",
)
PROPOSE = frozenset({"workflows.propose_changerequest"})
APPROVE = frozenset({"workflows.approve_changerequest"})
DELIVER = frozenset({"workflows.deliver_source"})
EDIT_ASSETS = _edit("assets.asset")
APPROVE_ASSETS = frozenset({"assets.approve_asset"})
EDIT_STRUCTURE = _edit(*MODEL_STRUCTURE, "workflows.source")
RUN_CHANNELS = _edit(*CHANNEL_SETTINGS, "channels.profile") | {"channels.publish_channel"}
GIVE_KEYS = _edit("channels.apikey")
RUN_JOBS = _view("workflows.job", "workflows.auditentry") | {"workflows.cancel_job"}
AUDIT = _view("workflows.auditentry")
RUN_ACCOUNTS = _edit("auth.user") | _view("auth.group")
GRANT = _edit("guardian.userobjectpermission", "guardian.groupobjectpermission") | {
    "guardian.delete_userobjectpermission",
    "guardian.delete_groupobjectpermission",
    "catalog.manage_products_in_category",
}

ROLES = (
    Role(
        "admin",
        _("Admin"),
        FOLLOW_WORK.union(
            PROPOSE,
            APPROVE,
            DELIVER,
            EDIT_ASSETS,
            APPROVE_ASSETS,
            EDIT_STRUCTURE,
            RUN_CHANNELS,
            GIVE_KEYS,
            RUN_JOBS,
            RUN_ACCOUNTS,
            GRANT,
        ),
    ),
    Role("merchandiser", _("Merchandiser"), FOLLOW_WORK | PROPOSE | DELIVER | EDIT_ASSETS),
    Role("reviewer", _("Reviewer"), FOLLOW_WORK | APPROVE | APPROVE_ASSETS | AUDIT),
    Role("channel_manager", _("Channel manager"), FOLLOW_WORK | PROPOSE | RUN_CHANNELS | GIVE_KEYS),
    Role("asset_manager", _("Asset manager"), FOLLOW_WORK | PROPOSE | EDIT_ASSETS | APPROVE_ASSETS),
    Role("support", _("Support"), LOOK_UP),
    # Operators bring whole catalogues in: structure, media, products and channels (never their approval).
    Role(
        "operator",
        _("Operator"),
        FOLLOW_WORK.union(PROPOSE, DELIVER, EDIT_ASSETS, EDIT_STRUCTURE, RUN_CHANNELS, RUN_JOBS),
    ),
)
ROLE_NAMES = tuple(role.name for role in ROLES)


def write_roles(using: str = "default", **_kwargs: Any) -> None:
    """Make each role's group hold exactly its permissions; a receiver of `post_migrate`.

    Permissions that the database lacks (a database migrated only in part) are logged and left out; the next
    complete migrate adds them. Costs three queries for each role whose permissions are in place.
    """
    known = _known_permissions(using)
    for role in ROLES:
        missing = sorted(role.permissions - known.keys())
        if missing:
            logger.warning("Role %s waits for permissions: %s.", role.name, ", ".join(missing))
        wanted = {known[name] for name in role.permissions & known.keys()}
        with transaction.atomic(using=using):
            group, _created = Group.objects.using(using).get_or_create(name=role.name)
            group.permissions.set(wanted)


def _known_permissions(using: str) -> dict[str, int]:
    """Return the ids of all permissions that any role names, by `app.codename`."""
    named = {name for role in ROLES for name in role.permissions}
    apps = {name.partition(".")[0] for name in named}
    codenames = {name.partition(".")[2] for name in named}
    rows = (
        Permission.objects.using(using)
        .filter(content_type__app_label__in=apps, codename__in=codenames)
        .values_list("content_type__app_label", "codename", "pk")
    )
    return {f"{app}.{codename}": pk for app, codename, pk in rows}

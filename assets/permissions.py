"""Rights on assets, named once, and who has them."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from workflows.exceptions import NotAllowed


class AssetPermission(StrEnum):
    """Rights as Django knows them."""

    VIEW = "assets.view_asset"
    ADD = "assets.add_asset"
    CHANGE = "assets.change_asset"
    APPROVE = "assets.approve_asset"


def why_not(user: Any, permission: AssetPermission) -> str:
    """Return why `user` may not do this, as a sentence; empty when they may. `user` is None or any kind of
    user.
    """
    if user is not None and user.is_active and user.has_perm(permission.value):
        return ""
    match permission:
        case AssetPermission.VIEW:
            return _("You need the right to see assets.")
        case AssetPermission.ADD:
            return _("You need the right to add assets.")
        case AssetPermission.CHANGE:
            return _("You need the right to change assets.")
        case AssetPermission.APPROVE:
            return _("You need the right to approve assets.")


def check_allowed(user: Any, permission: AssetPermission) -> None:
    """Raise `NotAllowed` unless `user` has the right."""
    if refusal := why_not(user, permission):
        raise NotAllowed(refusal, permission=permission.value)

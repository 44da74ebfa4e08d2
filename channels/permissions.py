"""Who may do what to channels; each answer carries the reason a screen shows."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from workflows.permissions import ALLOWED, Answer


class Right(StrEnum):
    """Permission names of this app, as `user.has_perm` takes them."""

    VIEW_CHANNEL = "channels.view_channel"
    VIEW_LISTING = "channels.view_listing"
    EDIT_CHANNEL = "channels.change_channel"
    PUBLISH = "channels.publish_channel"
    GIVE_KEYS = "channels.add_apikey"
    VIEW_PRODUCT = "catalog.view_product"


def may_edit_channels(user: Any) -> Answer:
    """Tell whether the user may write channel settings and mappings."""
    if user is not None and user.is_active and user.has_perm(Right.EDIT_CHANNEL):
        return ALLOWED
    return Answer(False, _("You don't have the right to change channels."))


def may_publish(user: Any, channel: Any = None) -> Answer:
    """Tell whether the user may publish: by a global right or by a grant on that channel."""
    if user is not None and user.is_active:
        if user.has_perm(Right.PUBLISH):
            return ALLOWED
        if channel is not None and user.has_perm(Right.PUBLISH, channel):
            return ALLOWED
    return Answer(False, _("You don't have the right to publish."))


def may_view_listings(user: Any) -> Answer:
    """Tell whether the user may see what channels say."""
    if user.is_active and user.has_perm(Right.VIEW_LISTING):
        return ALLOWED
    return Answer(False, _("You don't have the right to see listings."))


def may_give_keys(user: Any) -> Answer:
    """Tell whether the user may make and revoke keys of the storefront API."""
    if user is not None and user.is_active and user.has_perm(Right.GIVE_KEYS):
        return ALLOWED
    return Answer(False, _("You don't have the right to give API keys."))


def may_use_desk(user: Any) -> Answer:
    """Tell whether the user may look up at the desk: products and what channels say of them."""
    if user.is_active and user.has_perms((Right.VIEW_PRODUCT, Right.VIEW_LISTING)):
        return ALLOWED
    return Answer(False, _("You don't have the right to use the support desk."))

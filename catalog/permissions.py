"""Who may do what in the catalogue."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from workflows.permissions import ALLOWED, Answer


class Right(StrEnum):
    """Permission names of this app, as `user.has_perm` takes them."""

    VIEW_PRODUCT = "catalog.view_product"
    EDIT_STRUCTURE = "catalog.change_attribute"


def may_view_products(user: Any) -> Answer:
    """Tell whether the user may look at products."""
    if user.is_active and user.has_perm(Right.VIEW_PRODUCT):
        return ALLOWED
    return Answer(False, _("You don't have the right to look at products."))


def may_edit_structure(user: Any) -> Answer:
    """Tell whether the user may write attributes, families, categories and scopes."""
    if user.is_active and user.has_perm(Right.EDIT_STRUCTURE):
        return ALLOWED
    return Answer(
        False,
        _("%(user)s does not have the right to edit attributes, families and categories.")
        % {"user": user.get_username()},
    )

"""Rows that are written once: what an address or a listing version once named must stay what it was."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from django.db import models
from django.utils.translation import gettext as _

from workflows.exceptions import NotAllowed


class ImmutableQuerySet(models.QuerySet[Any]):
    """A queryset that inserts and reads; it updates only the columns its model names as `settable_once`."""

    def update(self, **kwargs: Any) -> int:
        """Fill `settable_once` columns of rows where they are all empty; refuse any other update."""
        settable: frozenset[str] = self.model.settable_once
        if not settable.issuperset(name.removesuffix("_id") for name in kwargs):
            refuse_change(self.model)
        return models.QuerySet.update(self.filter(**{f"{name}__isnull": True for name in settable}), **kwargs)

    def bulk_update(self, objs: Any, fields: Any, batch_size: int | None = None) -> NoReturn:
        """Refuse."""
        refuse_change(self.model)

    def delete(self) -> NoReturn:
        """Refuse."""
        refuse_change(self.model)

    def _raw_delete(self, using: str | None) -> NoReturn:
        refuse_change(self.model)

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]


class ImmutableModel(models.Model):
    """A model whose rows are inserted and then never change, but for columns that start empty and are set
    once.
    """

    settable_once: ClassVar[frozenset[str]] = frozenset()

    objects = ImmutableQuerySet.as_manager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert; refuse to change a row."""
        if not self._state.adding:
            refuse_change(type(self))
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse."""
        refuse_change(type(self))


def refuse_change(model: type[models.Model]) -> NoReturn:
    """Raise `NotAllowed`: rows of `model` stay as they were written."""
    raise NotAllowed(
        _("What is kept as “%(what)s” stays as it was written. Add a new version instead.")
        % {"what": model._meta.verbose_name},
        code="immutable",
    )

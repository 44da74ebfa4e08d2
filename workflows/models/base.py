"""Ground that models of every app stand on: history, revisions, and the guard of governed models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from django.db import models
from django.db.models.signals import pre_delete, pre_save
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from workflows.exceptions import NotAllowed


class HistoryBase(models.Model):
    """Columns every historical row has beside simple-history's own: the change request that caused it."""

    change_request_id = models.BigIntegerField(null=True, editable=False)

    class Meta:
        abstract = True


def structure_history(*, excluded: Sequence[str] = (), unindexed: Sequence[str] = ()) -> HistoricalRecords:
    """Return the history declaration that every model with history uses.

    Reasons are free text (simple-history's default column is cut at 100 characters). History is read object
    by object: `unindexed` names relations whose index nobody would use.
    """
    return HistoricalRecords(
        bases=[HistoryBase],
        excluded_fields=list(excluded),
        no_db_index=list(unindexed),
        history_change_reason_field=models.TextField(null=True),
        use_base_model_db=False,
    )


class Revisioned(models.Model):
    """A model whose `revision` grows by one with each change a named service writes."""

    revision = models.PositiveIntegerField(_("revision"), default=1, editable=False)

    class Meta:
        abstract = True


def _refuse(what: str) -> NoReturn:
    raise NotAllowed(
        _("%(what)s is governed: it changes only when an approved change request is applied.")
        % {"what": what},
        code="governed",
    )


class GovernedQuerySet(models.QuerySet[Any]):
    """A queryset that reads like any other and refuses every way to write.

    Applying writes through `workflows.bulk`; migrations and benchmarks that need bare rows use a plain
    `models.QuerySet(Model)`.
    """

    def create(self, **kwargs: Any) -> NoReturn:
        """Refuse."""
        _refuse(self.model.__name__)

    def get_or_create(self, defaults: Any = None, **kwargs: Any) -> NoReturn:
        """Refuse."""
        _refuse(self.model.__name__)

    def update_or_create(self, defaults: Any = None, create_defaults: Any = None, **kwargs: Any) -> NoReturn:
        """Refuse."""
        _refuse(self.model.__name__)

    def bulk_create(self, objs: Any, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse."""
        _refuse(self.model.__name__)

    def bulk_update(self, objs: Any, fields: Any, batch_size: int | None = None) -> NoReturn:
        """Refuse."""
        _refuse(self.model.__name__)

    def update(self, **kwargs: Any) -> NoReturn:
        """Refuse."""
        _refuse(self.model.__name__)

    def delete(self) -> NoReturn:
        """Refuse."""
        _refuse(self.model.__name__)

    def _update(self, values: Any) -> NoReturn:
        _refuse(self.model.__name__)

    def _insert(self, objs: Any, fields: Any, **kwargs: Any) -> NoReturn:
        _refuse(self.model.__name__)

    def _raw_delete(self, using: str | None) -> NoReturn:
        _refuse(self.model.__name__)

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]


class GovernedModel(models.Model):
    """Base of models that only `workflows.services.apply` may write.

    A subclass sets `Meta.base_manager_name = "objects"` (it is not inherited from an abstract parent when the
    child declares its own Meta), so that related lookups use the guarded manager too.
    """

    objects = GovernedQuerySet.as_manager()

    class Meta:
        abstract = True
        base_manager_name = "objects"
        default_manager_name = "objects"

    def save(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: propose a change instead."""
        _refuse(type(self).__name__)

    def save_base(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: fixtures with raw data included."""
        _refuse(type(self).__name__)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: archiving is a change of `#exists`."""
        _refuse(type(self).__name__)


def refuse_governed_write(sender: type[models.Model], **_kwargs: Any) -> None:
    """Stop writes that reach the signals without passing the model or its managers (raw saves, cascades)."""
    if issubclass(sender, GovernedModel):
        _refuse(sender.__name__)


pre_save.connect(refuse_governed_write, dispatch_uid="workflows.governed.pre_save")
pre_delete.connect(refuse_governed_write, dispatch_uid="workflows.governed.pre_delete")

"""How every kind of structure is written: compared with what is there, checked, saved with history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from workflows.exceptions import Invalid
from workflows.services.structure import save_structures

Item = Mapping[str, Any]


@dataclass
class KindResult:
    """What loading did to one kind of structure: codes that were new, changed, or already so."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)


@dataclass
class StructureResult:
    """What loading did, by kind (scopes, groups, entities, records, attributes, options, …)."""

    kinds: dict[str, KindResult] = field(default_factory=dict)
    derived_otherwise: list[str] = field(default_factory=list)
    """Codes of attributes of which lists and search now make something else."""

    @property
    def wrote(self) -> bool:
        """Whether anything was written."""
        return any(kind.new or kind.changed for kind in self.kinds.values())

    def counts(self) -> dict[str, dict[str, int]]:
        """Return the numbers per kind."""
        return {
            name: {"new": len(kind.new), "changed": len(kind.changed), "unchanged": len(kind.unchanged)}
            for name, kind in self.kinds.items()
        }


@dataclass(frozen=True)
class StructureWriter:
    """The circumstances of one load, and the writing that all kinds share."""

    actor: Any
    reason: str
    result: StructureResult

    def write(
        self,
        kind: str,
        model: type[models.Model],
        wanted: Iterable[tuple[Any, dict[str, Any]]],
        existing: Mapping[Any, models.Model],
        *,
        dirty_key: str = "code",
        name: Callable[[Any], str] = str,
    ) -> dict[Any, models.Model]:
        """Insert and update objects given as (identity, fields); fields not named keep their value.

        A code that is there already in other case stays as it was first written, since documents name it so.
        """
        told = self.result.kinds.setdefault(kind, KindResult())
        created: list[models.Model] = []
        changed: list[models.Model] = []
        found: dict[Any, models.Model] = dict(existing)
        seen: Counter[Any] = Counter()
        for identity, fields in wanted:
            seen[identity] += 1
            if seen[identity] > 1:
                raise Invalid(
                    _("“%(code)s” stands twice among the %(kind)s.") % {"code": name(identity), "kind": kind}
                )
            obj = existing.get(identity)
            if obj is None:
                obj = model(**fields)
                _check(obj, kind, name(identity))
                created.append(obj)
                found[identity] = obj
                told.new.append(name(identity))
                continue
            moved = {
                name: value
                for name, value in fields.items()
                if name != "code" and getattr(obj, name) != value
            }
            if moved:
                for field_name, value in moved.items():
                    setattr(obj, field_name, value)
                _check(obj, kind, name(identity))
                changed.append(obj)
                told.changed.append(name(identity))
            else:
                told.unchanged.append(name(identity))
        if created or changed:
            save_structures(
                model,
                created=created,
                changed=changed,
                actor=self.actor,
                reason=self.reason,
                dirty_key=dirty_key,
            )
        return found


def _check(obj: models.Model, kind: str, code: str) -> None:
    try:
        obj.clean_fields(exclude=[f.name for f in obj._meta.fields if f.is_relation])
    except ValidationError as error:
        field_name, messages = next(iter(error.message_dict.items()))
        raise Invalid(
            _("%(kind)s “%(code)s”, field %(field)s: %(problem)s")
            % {"kind": kind, "code": code, "field": field_name, "problem": " ".join(messages)}
        ) from error


def pick(item: Item, *names: str) -> dict[str, Any]:
    """Return the named fields that an item says; what it leaves out keeps its value, or gets the default."""
    return {name: item[name] for name in names if name in item}


def need(found: Mapping[Any, models.Model], code: Any, what: str, of: str) -> models.Model:
    """Return what an item refers to; raises `Invalid` that names both."""
    try:
        return found[code]
    except KeyError:
        raise Invalid(
            _("“%(of)s” names the %(what)s “%(code)s”, which does not exist.")
            % {"of": of, "what": what, "code": code}
        ) from None

"""Writing model structure from a specification: scopes, attributes, families, categories and the rest.

One service serves the demo brand, imports and people. It is idempotent: what is already so writes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from catalog.models import (
    Attribute,
    AttributeGroup,
    Category,
    Family,
    FamilyVariant,
    Location,
    Option,
    Record,
    ReferenceEntity,
    Scope,
)
from catalog.permissions import may_edit_structure
from catalog.rules.keys import fold
from catalog.services.schema import bump_schema
from workflows.exceptions import Invalid
from workflows.services import audit
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


def load_structure(spec: Mapping[str, list[Item]], *, actor: Any, reason: str) -> StructureResult:
    """Bring structure to what `spec` says; kinds and objects it does not name stay as they are.

    `spec` maps scopes, groups, entities (with records), attributes (with options), families (with variants),
    categories and locations to lists of plain dicts; see catalog/README.md for each field. A type, locality or
    scopability of an attribute can't be changed here (`Invalid`), since values would lose their meaning. Raises
    `NotAllowed` without the right to edit structure. One transaction; constant queries per kind and 500 objects.
    """
    may_edit_structure(actor).require()
    result = StructureResult()
    with transaction.atomic():
        for name, load in _LOADERS:
            items = spec.get(name, ())
            if items:
                load(_Load(actor, reason, result), items)
        if result.wrote:
            bump_schema()
            audit.record(
                "structure.load",
                actor=actor,
                target_model="catalog.structure",
                target_id="",
                details=result.counts(),
            )
    return result


@dataclass(frozen=True)
class _Load:
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
        """Insert and update objects given as (identity, fields); fields not named keep their value."""
        told = self.result.kinds.setdefault(kind, KindResult())
        created: list[models.Model] = []
        changed: list[models.Model] = []
        found: dict[Any, models.Model] = dict(existing)
        seen: Counter[Any] = Counter()
        for identity, fields in wanted:
            seen[identity] += 1
            if seen[identity] > 1:
                raise Invalid(_("“%(code)s” stands twice among the %(kind)s.") % {"code": name(identity), "kind": kind})
            obj = existing.get(identity)
            if obj is None:
                obj = model(**fields)
                _check(obj, kind, name(identity))
                created.append(obj)
                found[identity] = obj
                told.new.append(name(identity))
            elif any(getattr(obj, field) != value for field, value in fields.items()):
                for field_name, value in fields.items():
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
    from django.core.exceptions import ValidationError  # noqa: PLC0415 - used here only

    try:
        obj.clean_fields(exclude=[f.name for f in obj._meta.fields if f.is_relation])
    except ValidationError as error:
        field_name, messages = next(iter(error.message_dict.items()))
        raise Invalid(
            _("%(kind)s “%(code)s”, field %(field)s: %(problem)s")
            % {"kind": kind, "code": code, "field": field_name, "problem": " ".join(messages)}
        ) from error


def _pick(item: Item, **defaults: Any) -> dict[str, Any]:
    return {name: item.get(name, default) for name, default in defaults.items()}


def _need(found: Mapping[Any, models.Model], code: Any, what: str, of: str) -> models.Model:
    try:
        return found[code]
    except KeyError:
        raise Invalid(
            _("“%(of)s” names the %(what)s “%(code)s”, which does not exist.")
            % {"of": of, "what": what, "code": code}
        ) from None


def _scopes(load: _Load, items: Iterable[Item]) -> None:
    items = list(items)
    found: dict[Any, models.Model] = {row.code: row for row in Scope.objects.all()}
    for channels in (True, False):
        wanted = [
            (
                item["code"],
                {
                    "code": item["code"],
                    "parent": None if channels else _need(found, item["parent"], _("scope"), item["code"]),
                    **_pick(
                        item,
                        kind="channel" if channels else "market",
                        labels={},
                        country="",
                        currency="",
                        locales=[],
                        fallbacks={},
                        tax_mode="gross",
                        time_zone="UTC",
                    ),
                },
            )
            for item in items
            if bool(item.get("parent")) is not channels
        ]
        found = load.write("scopes", Scope, wanted, found)


def _groups(load: _Load, items: Iterable[Item]) -> None:
    wanted = [
        (item["code"], {"code": item["code"], **_pick(item, labels={}, position=0)}) for item in items
    ]
    load.write("groups", AttributeGroup, wanted, {row.code: row for row in AttributeGroup.objects.all()})


def _entities(load: _Load, items: Iterable[Item]) -> None:
    items = list(items)
    existing = {row.code: row for row in ReferenceEntity.objects.all()}
    found = load.write(
        "entities",
        ReferenceEntity,
        [(item["code"], {"code": item["code"], **_pick(item, labels={})}) for item in items],
        existing,
    )
    records = {
        (row.entity.code, row.code_folded): row for row in Record.objects.select_related("entity")
    }
    wanted = [
        (
            (item["code"], fold(record["code"])),
            {
                "entity": found[item["code"]],
                "code": record["code"],
                "code_folded": fold(record["code"]),
                "labels": record.get("labels", {}),
            },
        )
        for item in items
        for record in item.get("records", ())
    ]
    load.write("records", Record, wanted, records, dirty_key="dirty_code", name="/".join)


def _attributes(load: _Load, items: Iterable[Item]) -> None:
    items = list(items)
    groups: dict[Any, models.Model] = {row.code: row for row in AttributeGroup.objects.all()}
    entities: dict[Any, models.Model] = {row.code: row for row in ReferenceEntity.objects.all()}
    existing = {row.code: row for row in Attribute.objects.select_related("group", "entity")}
    wanted = []
    for number, item in enumerate(items):
        code = item["code"]
        fields = {
            "code": code,
            "type": item["type"],
            "group": _need(groups, item["group"], _("group"), code) if item.get("group") else None,
            "entity": _need(entities, item["entity"], _("entity"), code) if item.get("entity") else None,
            **_pick(
                item,
                labels={},
                alias="",
                localised=False,
                scopable=False,
                locales=[],
                measurement_family="",
                unit="",
                scheme="",
                price_kind="",
                filterable=False,
                searchable=False,
                limits={},
                position=number,
            ),
        }
        old = existing.get(code)
        if old is not None:
            for name in ("type", "localised", "scopable"):
                if getattr(old, name) != fields[name]:
                    raise Invalid(
                        _("The attribute “%(code)s” exists with another %(field)s; its values would lose their meaning.")
                        % {"code": code, "field": name}
                    )
        wanted.append((code, fields))
    found = load.write("attributes", Attribute, wanted, existing)
    options = {
        (row.attribute.code, row.code_folded): row for row in Option.objects.select_related("attribute")
    }
    wanted = [
        (
            (item["code"], fold(option["code"])),
            {
                "attribute": found[item["code"]],
                "code": option["code"],
                "code_folded": fold(option["code"]),
                "labels": option.get("labels", {}),
                "position": option.get("position", number),
            },
        )
        for item in items
        for number, option in enumerate(item.get("options", ()))
    ]
    if wanted:
        load.write("options", Option, wanted, options, dirty_key="dirty_code", name="/".join)


def _families(load: _Load, items: Iterable[Item]) -> None:
    items = list(items)
    attributes: dict[Any, models.Model] = {row.code: row for row in Attribute.objects.all()}
    for item in items:
        named = [item.get("label_attribute"), item.get("image_attribute"), *item.get("attributes", ())]
        for code in filter(None, named):
            _need(attributes, code, _("attribute"), item["code"])
    found = load.write(
        "families",
        Family,
        [
            (
                fold(item["code"]),
                {
                    "code": item["code"],
                    "code_folded": fold(item["code"]),
                    **_pick(item, labels={}, attributes=[], label_attribute="", image_attribute=""),
                },
            )
            for item in items
        ],
        {row.code_folded: row for row in Family.objects.all()},
    )
    wanted = []
    for item in items:
        for variant in item.get("variants", ()):
            for level in variant.get("levels", ()):
                for code in (*level.get("axes", ()), *level.get("attributes", ())):
                    _need(attributes, code, _("attribute"), variant["code"])
            wanted.append(
                (
                    fold(variant["code"]),
                    {
                        "family": found[fold(item["code"])],
                        "code": variant["code"],
                        "code_folded": fold(variant["code"]),
                        **_pick(variant, labels={}, levels=[]),
                    },
                )
            )
    if wanted:
        existing = {row.code_folded: row for row in FamilyVariant.objects.select_related("family")}
        load.write("family_variants", FamilyVariant, wanted, existing)


def _categories(load: _Load, items: Iterable[Item]) -> None:
    """Write the tree parents first; paths are computed by treebeard's own node methods, one insert each."""
    told = load.result.kinds.setdefault("categories", KindResult())
    found = {row.code_folded: row for row in Category.objects.all()}
    changed = []
    for item in _parents_first(list(items)):
        folded, labels = fold(item["code"]), item.get("labels", {})
        node = found.get(folded)
        if node is None:
            parent = found.get(fold(item["parent"])) if item.get("parent") else None
            if item.get("parent") and parent is None:
                raise Invalid(
                    _("The category “%(code)s” stands under “%(parent)s”, which does not exist.")
                    % {"code": item["code"], "parent": item["parent"]}
                )
            node = Category(code=item["code"], code_folded=folded, labels=labels)
            node._history_user = load.actor
            node._change_reason = load.reason
            if parent is None:
                Category.objects.add_root(instance=node)
            else:
                Category.objects.add_child(parent, instance=node)
            found[folded] = node
            told.new.append(item["code"])
        elif node.labels != labels:
            node.labels = labels
            changed.append(node)
            told.changed.append(item["code"])
        else:
            told.unchanged.append(item["code"])
    if changed:
        save_structures(
            Category,
            created=[],
            changed=changed,
            actor=load.actor,
            reason=load.reason,
            fields=["labels", "revision"],
        )


def _parents_first(items: list[Item]) -> list[Item]:
    codes = {fold(item["code"]) for item in items}
    done: set[str] = set()
    ordered: list[Item] = []
    rest = items
    while rest:
        waiting = []
        for item in rest:
            parent = fold(item["parent"]) if item.get("parent") else ""
            if parent in codes and parent not in done:
                waiting.append(item)
            else:
                ordered.append(item)
                done.add(fold(item["code"]))
        if len(waiting) == len(rest):
            raise Invalid(
                _("The categories %(codes)s stand under each other in a circle.")
                % {"codes": ", ".join(str(item["code"]) for item in waiting[:5])}
            )
        rest = waiting
    return ordered


def _locations(load: _Load, items: Iterable[Item]) -> None:
    wanted = [
        (
            fold(item["code"]),
            {"code": item["code"], "code_folded": fold(item["code"]), "labels": item.get("labels", {})},
        )
        for item in items
    ]
    load.write("locations", Location, wanted, {row.code_folded: row for row in Location.objects.all()})


_LOADERS: tuple[tuple[str, Callable[[_Load, Iterable[Item]], None]], ...] = (
    ("scopes", _scopes),
    ("groups", _groups),
    ("entities", _entities),
    ("attributes", _attributes),
    ("families", _families),
    ("categories", _categories),
    ("locations", _locations),
)

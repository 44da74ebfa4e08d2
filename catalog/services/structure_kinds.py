"""What each kind of structure consists of: from the plain dicts of a specification to rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from catalog.models import (
    Attribute,
    AttributeGroup,
    Family,
    FamilyVariant,
    Location,
    Option,
    Record,
    ReferenceEntity,
    Scope,
)
from catalog.rules.keys import fold
from catalog.rules.lineage import MAX_LEVELS
from catalog.rules.patterns import pattern_problem
from catalog.services.rederiving import derives_otherwise
from catalog.services.structure_categories import load_categories
from catalog.services.structure_writer import Item, StructureWriter, need, pick
from workflows.exceptions import Invalid


def _scopes(writer: StructureWriter, items: Iterable[Item]) -> None:
    items = list(items)
    found: dict[Any, models.Model] = {row.code: row for row in Scope.objects.all()}
    for channels in (True, False):
        wanted = [
            (
                item["code"],
                {
                    "code": item["code"],
                    "parent": None if channels else need(found, item["parent"], _("scope"), item["code"]),
                    "kind": "channel" if channels else "market",
                    **pick(
                        item,
                        "labels",
                        "country",
                        "currency",
                        "locales",
                        "fallbacks",
                        "tax_mode",
                        "time_zone",
                    ),
                },
            )
            for item in items
            if bool(item.get("parent")) is not channels
        ]
        found = writer.write("scopes", Scope, wanted, found)


def _groups(writer: StructureWriter, items: Iterable[Item]) -> None:
    wanted = [(item["code"], {"code": item["code"], **pick(item, "labels", "position")}) for item in items]
    writer.write("groups", AttributeGroup, wanted, {row.code: row for row in AttributeGroup.objects.all()})


def _entities(writer: StructureWriter, items: Iterable[Item]) -> None:
    items = list(items)
    existing = {row.code: row for row in ReferenceEntity.objects.all()}
    found = writer.write(
        "entities",
        ReferenceEntity,
        [(item["code"], {"code": item["code"], **pick(item, "labels")}) for item in items],
        existing,
    )
    records = {(row.entity.code, row.code_folded): row for row in Record.objects.select_related("entity")}
    wanted = [
        (
            (item["code"], fold(record["code"])),
            {
                "entity": found[item["code"]],
                "code": record["code"],
                "code_folded": fold(record["code"]),
                **pick(record, "labels"),
            },
        )
        for item in items
        for record in item.get("records", ())
    ]
    writer.write("records", Record, wanted, records, dirty_key="dirty_code", name="/".join)


def _attributes(writer: StructureWriter, items: Iterable[Item]) -> None:
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
            **_named(item, "group", groups, _("group")),
            **_named(item, "entity", entities, _("entity")),
            **pick(
                item,
                "labels",
                "alias",
                "localised",
                "scopable",
                "locales",
                "measurement_family",
                "unit",
                "scheme",
                "price_kind",
                "filterable",
                "searchable",
                "limits",
                "position",
            ),
        }
        problem = pattern_problem(str(fields.get("limits", {}).get("pattern") or ""))
        if problem:
            raise Invalid(_("The attribute “%(code)s”: %(problem)s") % {"code": code, "problem": problem})
        old = existing.get(code)
        if old is None:
            fields.setdefault("position", number)
        else:
            for name in ("type", "localised", "scopable"):
                if getattr(old, name) != fields.get(name, getattr(old, name)):
                    raise Invalid(
                        _(
                            "The attribute “%(code)s” exists with another %(field)s; "
                            "its values would lose their meaning."
                        )
                        % {"code": code, "field": name}
                    )
            if derives_otherwise(old, fields):
                writer.result.derived_otherwise.append(code)
        wanted.append((code, fields))
    found = writer.write("attributes", Attribute, wanted, existing)
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
                **pick(option, "labels"),
                "position": option.get("position", number),
            },
        )
        for item in items
        for number, option in enumerate(item.get("options", ()))
    ]
    if wanted:
        writer.write("options", Option, wanted, options, dirty_key="dirty_code", name="/".join)


def _named(item: Item, field: str, found: dict[Any, models.Model], what: str) -> dict[str, Any]:
    """Return the object an item names in a field; nothing where it does not say."""
    if field not in item:
        return {}
    return {field: need(found, item[field], what, item["code"]) if item[field] else None}


def _families(writer: StructureWriter, items: Iterable[Item]) -> None:
    items = list(items)
    attributes: dict[Any, models.Model] = {row.code: row for row in Attribute.objects.all()}
    for item in items:
        named = [item.get("label_attribute"), item.get("image_attribute"), *item.get("attributes", ())]
        for code in filter(None, named):
            need(attributes, code, _("attribute"), item["code"])
    found = writer.write(
        "families",
        Family,
        [
            (
                fold(item["code"]),
                {
                    "code": item["code"],
                    "code_folded": fold(item["code"]),
                    **pick(item, "labels", "attributes", "label_attribute", "image_attribute"),
                },
            )
            for item in items
        ],
        {row.code_folded: row for row in Family.objects.all()},
    )
    wanted = []
    for item in items:
        for variant in item.get("variants", ()):
            if "levels" in variant and not 0 < len(variant["levels"]) < MAX_LEVELS:
                raise Invalid(
                    _("The family variant “%(code)s” needs one level or two.") % {"code": variant["code"]}
                )
            for level in variant.get("levels", ()):
                for code in (*level.get("axes", ()), *level.get("attributes", ())):
                    need(attributes, code, _("attribute"), variant["code"])
            wanted.append(
                (
                    fold(variant["code"]),
                    {
                        "family": found[fold(item["code"])],
                        "code": variant["code"],
                        "code_folded": fold(variant["code"]),
                        **pick(variant, "labels", "levels"),
                    },
                )
            )
    if wanted:
        existing = {row.code_folded: row for row in FamilyVariant.objects.select_related("family")}
        writer.write("family_variants", FamilyVariant, wanted, existing)


def _locations(writer: StructureWriter, items: Iterable[Item]) -> None:
    wanted = [
        (
            fold(item["code"]),
            {"code": item["code"], "code_folded": fold(item["code"]), **pick(item, "labels")},
        )
        for item in items
    ]
    writer.write("locations", Location, wanted, {row.code_folded: row for row in Location.objects.all()})


LOADERS: tuple[tuple[str, Callable[[StructureWriter, Iterable[Item]], None]], ...] = (
    ("scopes", _scopes),
    ("groups", _groups),
    ("entities", _entities),
    ("attributes", _attributes),
    ("families", _families),
    ("categories", load_categories),
    ("locations", _locations),
)

"""The structure of an Akeneo export as `load_structure` takes it, with every row accounted for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from catalog.readers.akeneo_attributes import (
    READ_COLUMNS,
    SELECTS,
    Unusable,
    labels_of,
    read_attribute,
)
from catalog.readers.akeneo_codes import Codes, split_codes
from catalog.readers.akeneo_files import AkeneoExport, LeftOut
from catalog.readers.akeneo_scopes import channel_scopes
from catalog.registry import ImportedChannel
from catalog.rules.keys import fold

Row = Mapping[str, str]
Identity = tuple[str, str]
"""A kind of structure and the name under which `StructureResult` lists an object of it."""

# Files whose rows are not kept as objects of their own: they list what other files use.
LISTS = ("locales.csv", "currencies.csv", "group_types.csv", "groups.csv")
MAX_CODE_CHARS = 255
MAX_LEVELS = 2
_KNOWN_COLUMNS = {
    "attribute_groups.csv": frozenset({"code", "sort_order", "attributes"}),
    "attributes.csv": READ_COLUMNS,
    "attribute_options.csv": frozenset({"code", "attribute", "sort_order"}),
    "families.csv": frozenset({"code", "attributes", "attribute_as_label", "attribute_as_image"}),
    "family_variants.csv": frozenset({"code", "family"}),
    "categories.csv": frozenset({"code", "parent"}),
    "channels.csv": frozenset({"code", "locales", "currencies"}),
    "association_types.csv": frozenset({"code"}),
}
_KNOWN_PREFIXES = ("label-", "requirements-", "variant-axes_", "variant-attributes_")


@dataclass(frozen=True)
class Known:
    """What is here already and decides how an export is read.

    `entities` are codes of reference entities; `aliases` map renamed attribute codes of earlier imports to
    ours.
    """

    entities: Collection[str] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)


@dataclass
class AkeneoStructure:
    """What the structure files say.

    `rows` lists, per file, the objects each row became (none for a row that only lists what others use);
    rejected rows are in `left_out` only. `levels` maps a family variant to the level (1, 2, …) of each
    attribute it places; what it does not place stands at level 0, the root.
    """

    spec: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    channels: list[ImportedChannel] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    read: dict[str, int] = field(default_factory=dict)
    rows: dict[str, list[list[Identity]]] = field(default_factory=lambda: defaultdict(list))
    attributes: Codes = field(default_factory=lambda: Codes(()))
    associations: Codes = field(default_factory=lambda: Codes(()))
    scopes: Codes = field(default_factory=lambda: Codes(()))
    identifier: str = "sku"


def read_structure(export: AkeneoExport, known: Known) -> AkeneoStructure:
    """Read groups, attributes, options, families, family variants, categories and channels. Writes nothing.

    The export's identifier attribute becomes `sku`, whatever its name. Rows that can't be kept and cells that
    have no place are in `left_out`; a column without a place here is named once, with the number of its
    cells.
    """
    return _Reading(export, known).run()


class _Reading:
    """One reading; each step adds to `found`."""

    def __init__(self, export: AkeneoExport, known: Known) -> None:
        self.export = export
        self.known = known
        self.found = AkeneoStructure()
        self.types: dict[str, str] = {}

    def run(self) -> AkeneoStructure:
        """Read file by file, what others refer to first."""
        self.read_groups()
        self.read_attributes()
        self.read_options()
        self.read_families()
        self.read_family_variants()
        self.read_categories()
        self.read_channels()
        self.read_associations()
        for name in LISTS:
            self.found.rows[name] = [[] for _line, _row in self.take(name, unique=False)]
        self.name_columns()
        return self.found

    def take(self, file: str, *, unique: bool = True, within: str = "") -> Iterator[tuple[int, Row]]:
        """Yield the rows of a file that have a usable code, each code once; reject and count the others."""
        seen: set[tuple[str, str]] = set()
        self.found.read[file] = 0
        if not self.export.has(file):
            del self.found.read[file]
        for line, row in self.export.rows(file):
            self.found.read[file] += 1
            code = row["code"]
            identity = (row.get(within, ""), fold(code))
            if not 0 < len(code) <= MAX_CODE_CHARS or not code.isprintable() or code != code.strip():
                reason = _("A code has 1 to 255 printable characters and no blanks at its ends.")
                self.reject(file, line, code, reason)
            elif unique and identity in seen:
                self.reject(file, line, code, _("This code stands twice in the file; codes ignore case."))
            else:
                seen.add(identity)
                yield line, row

    def reject(self, file: str, line: int, code: str, reason: str) -> None:
        """Reject a whole row."""
        self.found.left_out.append(LeftOut(file, line, None, code, reason))

    def leave_out(self, file: str, line: int, column: str, value: str, reason: str) -> None:
        """Leave out one cell, or one member of a cell."""
        self.found.left_out.append(LeftOut(file, line, column, value, reason))

    def keep(self, file: str, kind: str, name: str, item: dict[str, Any]) -> None:
        """Hand one row's object on."""
        self.found.spec.setdefault(kind, []).append(item)
        self.found.rows[file].append([(kind, name)])

    def read_groups(self) -> None:
        """Read attribute_groups.csv."""
        self.groups = set()
        for _line, row in self.take("attribute_groups.csv"):
            self.groups.add(row["code"])
            item = {"code": row["code"], "labels": labels_of(row), "position": _number(row, "sort_order")}
            self.keep("attribute_groups.csv", "groups", row["code"], item)

    def read_attributes(self) -> None:
        """Read attributes.csv; codes that may not stand in value keys are renamed."""
        file = "attributes.csv"
        rows = list(self.take(file))
        identifiers = [row["code"] for _line, row in rows if row["type"] == "pim_catalog_identifier"]
        self.found.identifier = identifiers[0] if identifiers else "sku"
        self.found.attributes = codes = Codes(
            (row["code"] for _line, row in rows),
            known=self.known.aliases,
            fixed={self.found.identifier: "sku"},
        )
        for line, row in rows:
            code = codes.find(row["code"]) or ""
            try:
                read = read_attribute(
                    row, code=code, alias=codes.alias(row["code"]), entities=self.known.entities
                )
            except Unusable as problem:
                self.reject(file, line, row["code"], str(problem))
                continue
            for column, value, reason in read.left_out:
                self.leave_out(file, line, column, value, reason)
            if group := row.get("group"):
                if group in self.groups:
                    read.item["group"] = group
                else:
                    self.leave_out(file, line, "group", group, _("There is no such attribute group."))
            self.types[code] = row["type"]
            self.keep(file, "attributes", code, read.item)

    def read_options(self) -> None:
        """Read attribute_options.csv into the options of each attribute."""
        file = "attribute_options.csv"
        options: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for line, row in self.take(file, within="attribute"):
            attribute = self.attribute(row["attribute"])
            if attribute is None or self.types[attribute] not in SELECTS:
                reason = _("“%(attribute)s” is not an attribute with options.")
                self.reject(file, line, row["code"], reason % {"attribute": row["attribute"]})
                continue
            options[attribute].append(
                {"code": row["code"], "labels": labels_of(row), "position": _number(row, "sort_order")}
            )
            self.found.rows[file].append([("options", f"{attribute}/{fold(row['code'])}")])
        for item in self.found.spec.get("attributes", ()):
            if item["code"] in options:
                item["options"] = options[item["code"]]

    def attribute(self, written: str) -> str | None:
        """Return our code of an attribute that was kept."""
        code = self.found.attributes.find(written)
        return code if code in self.types else None

    def attributes(self, file: str, line: int, row: Row, column: str) -> list[str]:
        """Return our codes of the attributes a cell lists; others are left out one by one."""
        codes: dict[str, None] = {}
        for written in split_codes(row.get(column, "")):
            code = self.attribute(written)
            if code is None:
                self.leave_out(file, line, column, written, _("There is no such attribute."))
            else:
                codes[code] = None
        return list(codes)

    def read_families(self) -> None:
        """Read families.csv; the attributes that name families become searchable."""
        file = "families.csv"
        self.families: dict[str, dict[str, Any]] = {}
        self.requirements: dict[str, dict[str, list[str]]] = defaultdict(dict)
        titles = set()
        for line, row in self.take(file):
            label = self.attributes(file, line, row, "attribute_as_label")
            image = self.attributes(file, line, row, "attribute_as_image")
            item: dict[str, Any] = {
                "code": row["code"],
                "labels": labels_of(row),
                "attributes": self.attributes(file, line, row, "attributes"),
                "label_attribute": label[0] if label else "",
                "image_attribute": image[0] if image else "",
                "variants": [],
            }
            titles.update(label[:1])
            for column in row:
                if column.startswith("requirements-"):
                    channel = column.removeprefix("requirements-")
                    self.requirements[channel][row["code"]] = self.attributes(file, line, row, column)
            self.families[fold(row["code"])] = item
            self.keep(file, "families", fold(row["code"]), item)
        for item in self.found.spec.get("attributes", ()):
            if item["code"] in titles and item["type"] in ("text", "textarea", "rich_text"):
                item["searchable"] = True

    def read_family_variants(self) -> None:
        """Read family_variants.csv into the variants of each family."""
        file = "family_variants.csv"
        columns = self.export.columns(file)
        numbers = [
            column.removeprefix("variant-axes_") for column in columns if column.startswith("variant-axes_")
        ]
        for line, row in self.take(file):
            family = self.families.get(fold(row["family"]))
            if family is None:
                reason = _("There is no family “%(family)s”.") % {"family": row["family"]}
                self.reject(file, line, row["code"], reason)
                continue
            levels = [
                {
                    "axes": self.attributes(file, line, row, f"variant-axes_{number}"),
                    "attributes": self.attributes(file, line, row, f"variant-attributes_{number}"),
                }
                for number in numbers
                if row[f"variant-axes_{number}"]
            ]
            if not 0 < len(levels) <= MAX_LEVELS or not all(level["axes"] for level in levels):
                reason = _("A family variant has one or two levels, each with an axis that exists.")
                self.reject(file, line, row["code"], reason)
                continue
            family["variants"].append({"code": row["code"], "labels": labels_of(row), "levels": levels})
            self.found.rows[file].append([("family_variants", fold(row["code"]))])

    def read_categories(self) -> None:
        """Read categories.csv; a category whose parents are missing or stand in a circle has no place."""
        file = "categories.csv"
        rows = {fold(row["code"]): (line, row) for line, row in self.take(file)}
        placed: set[str] = set()
        while True:
            ready = [
                code
                for code, (_line, row) in rows.items()
                if code not in placed and (not row.get("parent") or fold(row["parent"]) in placed)
            ]
            if not ready:
                break
            placed.update(ready)
        for code, (line, row) in rows.items():
            if code not in placed:
                reason = _("Its parent “%(parent)s” is missing or has no place itself.")
                self.reject(file, line, row["code"], reason % {"parent": row["parent"]})
                continue
            item = {"code": row["code"], "parent": row.get("parent") or None, "labels": labels_of(row)}
            self.keep(file, "categories", row["code"], item)

    def read_channels(self) -> None:
        """Read channels.csv: a scope each, with a market for each region of its locales."""
        file = "channels.csv"
        rows = list(self.take(file))
        self.found.scopes = codes = Codes(row["code"] for _line, row in rows)
        taken = codes.ours
        for line, row in rows:
            code = codes.find(row["code"]) or ""
            read = channel_scopes(row, code=code, labels=labels_of(row), taken=taken)
            if codes.alias(row["code"]):
                reason = _("The code can't stand in value keys; the scope is called “%(code)s”.")
                self.leave_out(file, line, "code", row["code"], reason % {"code": code})
            for column, value, reason in read.left_out:
                self.leave_out(file, line, column, value, reason)
            self.found.spec.setdefault("scopes", []).extend(read.scopes)
            self.found.rows[file].append([("scopes", scope["code"]) for scope in read.scopes])
            self.found.channels.append(
                ImportedChannel(
                    code=code,
                    labels=labels_of(row),
                    locales=read.locales,
                    requirements=self.requirements.get(row["code"], {}),
                )
            )

    def read_associations(self) -> None:
        """Read association_types.csv: an attribute each, if any product has such links."""
        file = "association_types.csv"
        rows = list(self.take(file))
        filled = {column for name in ("product_models.csv", "products.csv") for column in self.filled(name)}
        if not any(column.endswith(("-products", "-product_models")) for column in filled):
            self.found.rows[file] = [[] for _row in rows]
            if rows:
                unused = ", ".join(row["code"] for _line, row in rows)
                self.leave_out(file, 1, "code", unused, _("No product has links of these types."))
            return
        self.found.associations = links = Codes(
            (row["code"] for _line, row in rows),
            known=self.known.aliases,
            taken=self.found.attributes.ours,
        )
        for number, (_line, row) in enumerate(rows):
            code = links.find(row["code"]) or ""
            item: dict[str, Any] = {
                "code": code,
                "alias": links.alias(row["code"]),
                "type": "products",
                "labels": labels_of(row),
                "position": 1000 + number,
            }
            self.keep(file, "attributes", code, item)

    def filled(self, file: str) -> Mapping[str, int]:
        """Return how many cells of each column hold something."""
        return self.export.facts[file].filled if self.export.has(file) else {}

    def name_columns(self) -> None:
        """Name what has no place here once per column, and product groups once."""
        for file, known in _KNOWN_COLUMNS.items():
            for column, count in self.filled(file).items():
                if column in known or column.startswith(_KNOWN_PREFIXES):
                    continue
                reason = _("There is no place for this setting; cells left out: %(count)s.")
                self.leave_out(file, 1, column, "", reason % {"count": count})
        if groups := [row["code"] for _line, row in self.export.rows("groups.csv")]:
            reason = _("There is no place for groups of products.")
            self.leave_out("groups.csv", 1, "code", ", ".join(groups), reason)


def _number(row: Row, column: str) -> int:
    text = row.get(column, "")
    return int(text) if text.isdecimal() and len(text) < 9 else 0

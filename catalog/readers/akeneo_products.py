"""The rows of products.csv and product_models.csv as intake takes them, parents first.

What a cell becomes, before `catalog.rules.values` stores it by its type:

- blank cells (also those of blanks alone) say nothing; codes of options, categories and families match in
  any case;
- `code` of a model and `sku` of a product are the SKU; `enabled` 1 and 0 are the states active and draft,
  models are active; models are of the kind parent, products with a parent variant, others simple;
- `family` and `family_variant` stand at the root and are not repeated below; `categories` hold what the
  parents don't;
- an amount and its `-unit` are one measurement, without unit in the attribute's own; a price column is one
  currency;
- lists of codes are split at commas, each unknown member is left out alone;
- a path of a file is the code of its asset, left out where the file is missing or can't be taken;
- an identifier that stands on two rows is kept on the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from catalog.readers.akeneo_codes import split_codes
from catalog.readers.akeneo_columns import (
    Column,
    ColumnKind,
    Grammar,
    identifier_column,
    read_prices,
)
from catalog.readers.akeneo_files import AkeneoExport
from catalog.readers.akeneo_media import Media
from catalog.readers.csv_files import whole_number
from catalog.rules.keys import ValueKey, fold
from catalog.rules.values import MAX_LINKED, ValueProblem
from catalog.services.incoming import CellProblem, IncomingRow
from workflows.rules.documents import Document, JSONValue

MODELS = "product_models.csv"
PRODUCTS = "products.csv"
Links = dict[str, list[tuple[str, int | None]]]


@dataclass(frozen=True)
class Node:
    """A possible parent: what it says itself, and what it stands under."""

    sku: str
    values: Document
    links: Links = field(default_factory=dict)
    parent: Node | None = None

    @property
    def ancestry(self) -> list[Node]:
        """This node, then its parents up to the root."""
        return [self, *(self.parent.ancestry if self.parent else ())]

    @property
    def root(self) -> Node:
        """The topmost parent."""
        return self.ancestry[-1]

    def resolve(self, key: str) -> JSONValue | None:
        """Return the nearest value under a key."""
        return next((node.values[key] for node in self.ancestry if key in node.values), None)

    def categories(self) -> set[str]:
        """Return the categories of this node and its parents."""
        found: set[str] = set()
        for node in self.ancestry:
            codes = node.values.get("#categories")
            found.update(map(str, codes) if isinstance(codes, list) else ())
        return found


class ProductRows:
    """The rows of an export, in the order intake wants them.

    `outside` maps folded SKUs of parents that are here already to their nodes. A child's cell for an
    attribute that its family variant places higher is dropped where it equals what its parent resolves to
    (files: the same bytes), and kept and listed where it does not. Memory holds the models and the
    identifiers read.
    """

    def __init__(
        self, export: AkeneoExport, grammar: Grammar, media: Media, outside: Mapping[str, Node]
    ) -> None:
        self.export = export
        self.grammar = grammar
        self.schema = grammar.schema
        self.media = media
        self.outside = outside
        self.exact: dict[str, Node] = {}
        self.folded: dict[str, Node] = {}
        self.identifiers: dict[tuple[str, str], tuple[str, int]] = {}

    def __iter__(self) -> Iterator[IncomingRow]:
        columns = self.grammar.columns(MODELS, self.export.columns(MODELS))
        waiting = list(self.export.rows(MODELS))
        codes = {fold(row["code"].strip()) for _line, row in waiting}
        while waiting:
            later = []
            for line, row in waiting:
                parent = row.get("parent", "").strip()
                if parent and fold(parent) in codes and self.find(parent) is None:
                    later.append((line, row))
                else:
                    yield self._model(columns, line, row)
            if len(later) == len(waiting):
                for line, row in later:
                    reason = _("Its parent “%(sku)s” has no place itself.") % {"sku": row["parent"]}
                    yield _rejected(MODELS, line, row, row["parent"], reason)
                break
            waiting = later
        columns = self.grammar.columns(PRODUCTS, self.export.columns(PRODUCTS))
        for line, row in self.export.rows(PRODUCTS):
            yield _Row(self, PRODUCTS, line, row, columns).read()

    def find(self, sku: str) -> Node | None:
        """Return the model with this code, exactly or else in any case; or a parent that is here already."""
        return self.exact.get(sku) or self.folded.get(fold(sku)) or self.outside.get(fold(sku))

    def _model(self, columns: Sequence[Column], line: int, cells: Mapping[str, str]) -> IncomingRow:
        row = _Row(self, MODELS, line, cells, columns)
        incoming = row.read()
        if incoming.rejected is None:
            values = {key: value for key, value in incoming.values.items() if value is not None}
            node = Node(incoming.sku, values, row.links, row.parent)
            self.exact.setdefault(incoming.sku, node)
            self.folded.setdefault(fold(incoming.sku), node)
        return incoming


class _Row:
    """One row being read."""

    def __init__(
        self, rows: ProductRows, file: str, line: int, cells: Mapping[str, str], columns: Sequence[Column]
    ) -> None:
        self.rows = rows
        self.schema = rows.schema
        self.file = file
        self.line = line
        self.cells = cells
        self.columns = columns
        self.values: dict[str, JSONValue | None] = {}
        self.links: Links = {}
        self.inherits: set[str] = set()
        self.problems: list[CellProblem] = []
        self.parent: Node | None = None

    def read(self) -> IncomingRow:
        """Return the row, its cells normalised, placed under its parent, or rejected."""
        name = identifier_column(self.columns)
        try:
            sku = self.schema.normalise("sku", self.cells.get(name, ""))
        except ValueProblem as problem:
            return _rejected(self.file, self.line, self.cells, self.cells[name], problem.detail)
        if not isinstance(sku, str):
            reason = _("The row has no SKU, so it can't be identified.")
            return _rejected(self.file, self.line, self.cells, "", reason)
        parent_sku = self.cells.get("parent", "").strip()
        self.parent = self.rows.find(parent_sku) if parent_sku else None
        self._place(bool(parent_sku))
        for column in self.columns:
            self._read(column)
        self._drop_inherited()
        return IncomingRow(
            self.file,
            self.line,
            sku,
            _written(self.cells),
            self.values,
            parent_sku=self.parent.sku if self.parent else parent_sku or None,
            links=self.links,
            inherits=frozenset(self.inherits),
            problems=tuple(self.problems),
        )

    def problem(self, column: str, value: str, reason: str) -> None:
        """List a cell, or one member of it."""
        self.problems.append(CellProblem(column, value, reason))

    def _place(self, has_parent: bool) -> None:
        """Say kind, state, family and family variant; these stand at the root and are dropped below it."""
        if self.file == MODELS:
            self.values.update({"#kind": "parent", "#state": "active"})
            self._at_root("family_variant", "#family_variant", has_parent)
            variant = self.schema.structure.family_variants.get(
                fold(str(self.values.get("#family_variant", "")))
            )
            if variant is not None:
                self.values["#family"] = self.schema.normalise("#family", variant.family, loose=True)
            return
        self.values["#kind"] = "variant" if has_parent else "simple"
        self._at_root("family", "#family", has_parent)
        if enabled := self.cells.get("enabled", "").strip():
            if enabled in ("0", "1"):
                self.values["#state"] = "active" if enabled == "1" else "draft"
            else:
                self.problem("enabled", enabled, _("This is neither 1 nor 0."))

    def _at_root(self, column: str, key: str, has_parent: bool) -> None:
        cell = self.cells.get(column, "").strip()
        if not cell:
            return
        try:
            value = self.schema.normalise(key, cell, loose=True)
        except ValueProblem as problem:
            self.problem(column, cell, problem.detail)
            return
        if not has_parent:
            self.values[key] = value
        elif self.parent is not None and self.parent.root.values.get(key) != value:
            self.problem(
                column,
                cell,
                _("This stands at the topmost parent only, which says “%(value)s”.")
                % {"value": self.parent.root.values.get(key, "")},
            )

    def _read(self, column: Column) -> None:
        cell = self.cells[column.name]
        if not cell.strip() or column.kind is ColumnKind.IDENTIFIER:
            if column.companion and self.cells[column.companion].strip():
                self.problem(
                    column.companion, self.cells[column.companion], _("The value it belongs to is empty.")
                )
            return
        if column.kind is ColumnKind.UNKNOWN:
            self.problem(column.name, cell, column.reason)
        elif column.name == "categories" and column.kind is ColumnKind.STRUCTURE:
            self._members(column.name, "#categories", cell)
        elif column.kind is ColumnKind.LINKS:
            self._links(column, cell)
        elif column.kind in (ColumnKind.VALUE, ColumnKind.PRICES):
            try:
                self._value(column, cell)
            except ValueProblem as problem:
                self.problem(column.name, cell, problem.detail)

    def _value(self, column: Column, cell: str) -> None:
        kind = column.spec.type if column.spec else ""
        if column.kind is ColumnKind.PRICES:
            prices = read_prices(column.key, cell)
            self.values.update({key: self.schema.normalise(key, amount) for key, amount in prices.items()})
            return
        if kind in ("multiselect", "references"):
            self._members(column.name, column.key, cell)
            return
        raw: object = cell
        unit = self.cells[column.companion].strip() if column.companion else ""
        if kind == "measurement" and unit:
            raw = {"amount": cell.strip(), "unit": unit}
        elif kind in ("asset", "assets"):
            raw = self.rows.media.asset(cell.strip())
        value = self.schema.normalise(column.key, raw, loose=True)
        if value is None:
            raise ValueProblem("nothing_left", _("Nothing of this can be kept."))
        if kind == "identifier":
            self._check_unique(column, str(value))
        self.values[column.key] = value

    def _members(self, column: str, key: str, cell: str) -> None:
        """Read a cell that lists codes; unknown members are left out one by one."""
        kept: list[JSONValue] = []
        for member in split_codes(cell):
            try:
                found = self.schema.normalise(key, [member], loose=True)
            except ValueProblem as problem:
                self.problem(column, member, problem.detail)
            else:
                kept.extend(found if isinstance(found, list) else ())
        if kept:
            self.values[key] = list(dict.fromkeys(map(str, kept)))

    def _links(self, column: Column, cell: str) -> None:
        skus = [sku for part in cell.split(",") if (sku := part.strip())]
        written = self.cells[column.companion].strip() if column.companion else ""
        quantities = written.split("|") if written else []
        if quantities and len(quantities) != len(skus):
            self.problem(column.companion, written, _("There is not one quantity for each product."))
            quantities = []
        members = self.links.setdefault(column.key, [])
        for number, sku in enumerate(skus):
            text = quantities[number].strip() if quantities else ""
            quantity = whole_number(text, MAX_LINKED) or None
            if text and quantity is None:
                self.problem(column.companion, text, _("This is not a quantity (1 or more)."))
            members.append((sku, quantity))

    def _check_unique(self, column: Column, value: str) -> None:
        first = self.rows.identifiers.setdefault((column.key, fold(value)), (self.file, self.line))
        if first != (self.file, self.line):
            raise ValueProblem(
                "identifier_twice",
                _("This number stands in %(file)s, line %(line)s already.")
                % {"file": first[0], "line": first[1]},
            )

    def _drop_inherited(self) -> None:
        """Drop what the row only repeats from its parents."""
        if self.parent is None:
            return
        parent = self.parent
        if isinstance(own := self.values.get("#categories"), list):
            inherited = parent.categories()
            added: list[JSONValue] = [code for code in own if code not in inherited]
            if added:
                self.values["#categories"] = added
            else:
                self._inherit("#categories")
        for key in [key for key, members in self.links.items() if members == _inherited_links(parent, key)]:
            del self.links[key]
            self.inherits.add(key)
        levels = self._levels(parent)
        if not levels:
            return
        own_level = len(parent.ancestry) if self.file == MODELS else max(len(parent.ancestry), len(levels))
        for column in self.columns:
            if column.kind is not ColumnKind.VALUE or self.values.get(column.key) is None:
                continue
            if self._placed(column, levels) >= own_level:
                continue
            if self._equals(column, parent.resolve(column.key)):
                self._inherit(column.key)
            else:
                self.problem(
                    column.name,
                    self.cells[column.name],
                    _("Its family variant places this higher, where another value stands; kept as its own."),
                )

    def _inherit(self, key: str) -> None:
        del self.values[key]
        self.inherits.add(key)

    def _levels(self, parent: Node) -> Sequence[Mapping[str, Sequence[str]]]:
        code = fold(str(parent.root.values.get("#family_variant", "")))
        variant = self.schema.structure.family_variants.get(code)
        return variant.levels if variant else ()

    def _placed(self, column: Column, levels: Sequence[Mapping[str, Sequence[str]]]) -> int:
        """Return the level at which the family variant places a column's attribute; 0 is the root."""
        if column.spec and column.spec.type == "identifier":
            return len(levels)
        code = ValueKey.parse(column.key).code
        for number, level in enumerate(levels, start=1):
            if code in level["axes"] or code in level["attributes"]:
                return number
        return 0

    def _equals(self, column: Column, inherited: JSONValue | None) -> bool:
        value = self.values[column.key]
        if value == inherited:
            return True
        if column.spec and column.spec.type == "asset" and isinstance(inherited, str):
            return self.rows.media.same_bytes(self.cells[column.name].strip(), inherited)
        if column.spec and column.spec.type in ("multiselect", "references") and isinstance(inherited, list):
            return set(map(str, inherited)) == set(map(str, value if isinstance(value, list) else ()))
        return False


def _inherited_links(parent: Node, key: str) -> list[tuple[str, int | None]] | None:
    return next((node.links[key] for node in parent.ancestry if key in node.links), None)


def _written(cells: Mapping[str, str]) -> dict[str, str]:
    return {column: cell for column, cell in cells.items() if cell.strip()}


def _rejected(file: str, line: int, cells: Mapping[str, str], value: str, reason: str) -> IncomingRow:
    return IncomingRow(file, line, "", _written(cells), rejected=CellProblem(None, value, reason))

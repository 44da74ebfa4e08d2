"""The plain delivery: a CSV whose headers are value keys (see catalog/README.md for how cells are
written).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from django.utils.translation import gettext as _

from catalog.readers.csv_files import CsvFacts, CsvSource, check_csv, read_csv, whole_number
from catalog.rules.keys import STRUCTURE_KEYS, fold
from catalog.rules.values import LIST_TYPES, MAX_LINKED, ValueProblem, split_list
from catalog.services.incoming import CellProblem, IncomingRow
from catalog.services.schema import Schema
from workflows.exceptions import FieldError, Invalid
from workflows.rules.documents import EMPTY, JSONValue

EMPTY_CELL = '{"$empty":true}'


def check_delivery_file(path: Path, schema: Schema, *, name: str | None = None) -> tuple[CsvSource, CsvFacts]:
    """Check the whole file and its header before anything is written; `name` is what messages call it.

    Raises `Invalid` for what `check_csv` finds, and for columns that are no value keys or can't be delivered;
    each is named.
    """
    source = CsvSource(path=path, name=name or path.name, required=("sku",))
    facts = check_csv(source)
    errors = []
    for column in facts.columns:
        if column == "#exists":
            detail = _(
                "A column “#exists” can say nothing here: a row makes its product by itself, and a product "
                "that ends is delivered with “#state” archived."
            )
            errors.append(FieldError(column, "column_not_allowed", detail))
            continue
        if column in STRUCTURE_KEYS:
            continue
        try:
            schema.key(column)
        except ValueProblem as problem:
            errors.append(FieldError(column, problem.code, problem.detail))
    if errors:
        raise Invalid(
            _("%(file)s: %(problems)s")
            % {"file": source.name, "problems": " ".join(error.detail for error in errors[:10])},
            errors=errors,
        )
    return source, facts


def announced_skus(source: CsvSource, facts: CsvFacts, schema: Schema) -> frozenset[str]:
    """Return the folded SKUs of all rows where products are linked, so that links may point to later rows."""
    if not _Columns(facts.columns, schema).links:
        return frozenset()
    return frozenset(fold(" ".join(cells["sku"].split())) for _line, cells in read_csv(source))


def read_delivery(source: CsvSource, schema: Schema) -> Iterator[IncomingRow]:
    """Yield the rows of a checked file, each cell in stored form or listed as left out."""
    columns: _Columns | None = None
    for line, cells in read_csv(source):
        columns = columns or _Columns(cells, schema)
        yield columns.row(source.name, line, cells)


class _Columns:
    """What to do with each column of a file, found out once."""

    def __init__(self, header: Iterable[str], schema: Schema) -> None:
        self.sku = schema.normaliser("sku")
        self.values: dict[str, Callable[[str], JSONValue | None]] = {}
        self.links: set[str] = set()
        for column in header:
            if column in ("sku", "#parent"):
                continue
            kind = "" if column in STRUCTURE_KEYS else schema.key(column)[1].type
            if kind == "products":
                self.links.add(column)
            else:
                is_list = column == "#categories" or kind in LIST_TYPES
                self.values[column] = _reader(schema.normaliser(column, loose=True), is_list=is_list)

    def row(self, file: str, line: int, cells: Mapping[str, str]) -> IncomingRow:
        """Read one row."""
        raw = {column: cell for column, cell in cells.items() if cell and not cell.isspace()}
        try:
            sku = self.sku(cells["sku"])
        except ValueProblem as problem:
            return IncomingRow(file, line, "", raw, rejected=CellProblem("sku", cells["sku"], problem.detail))
        if not isinstance(sku, str):
            reason = _("The row has no SKU, so it can't be identified.")
            return IncomingRow(file, line, "", raw, rejected=CellProblem("sku", cells["sku"], reason))
        values: dict[str, JSONValue | None] = {}
        links: dict[str, list[tuple[str, int | None]]] = {}
        problems: list[CellProblem] = []
        for column, cell in raw.items():
            try:
                if column in self.values:
                    values[column] = self.values[column](cell.strip())
                elif column in self.links:
                    links[column] = _links(cell)
            except ValueProblem as problem:
                problems.append(CellProblem(column, cell, problem.detail))
        parent = raw.get("#parent", "").strip()
        return IncomingRow(
            file, line, sku, raw, values, parent_sku=parent or None, links=links, problems=tuple(problems)
        )


def _reader(
    normalise: Callable[[object], JSONValue | None], *, is_list: bool
) -> Callable[[str], JSONValue | None]:
    """Return a function from a cell to its stored form: lists are split, the empty marker is recognised."""

    def read(cell: str) -> JSONValue | None:
        if cell.startswith("{") and "".join(cell.split()) == EMPTY_CELL:
            return normalise(dict(EMPTY))
        return normalise(split_list(cell) if is_list else cell)

    return read


def _links(cell: str) -> list[tuple[str, int | None]]:
    links: list[tuple[str, int | None]] = []
    for member in split_list(cell):
        sku, star, text = member.rpartition("*")
        if not star:
            links.append((member, None))
        elif quantity := whole_number(text.strip(), MAX_LINKED):
            links.append((sku.strip(), quantity))
        else:
            raise ValueProblem("quantity", f"“{member}” does not end in a quantity (SKU*2).")
    return links

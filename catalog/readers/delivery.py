"""The plain delivery: a CSV whose headers are value keys (see catalog/README.md for how cells are
written).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from django.utils.translation import gettext as _

from catalog.readers.csv_files import CsvFacts, CsvSource, check_csv, read_csv
from catalog.rules.keys import STRUCTURE_KEYS, fold
from catalog.rules.values import LIST_TYPES, ValueProblem, split_list
from catalog.services.incoming import CellProblem, IncomingRow
from catalog.services.schema import Schema
from workflows.exceptions import FieldError, Invalid
from workflows.rules.documents import EMPTY, JSONValue


def check_delivery_file(path: Path, schema: Schema) -> tuple[CsvSource, CsvFacts]:
    """Check the whole file and its header before anything is written.

    Raises `Invalid` for what `check_csv` finds, and for columns that are no value keys; each is named.
    """
    source = CsvSource(path=path, name=path.name, required=("sku",))
    facts = check_csv(source)
    errors = []
    for column in facts.columns:
        if column in STRUCTURE_KEYS:
            continue
        try:
            schema.key(column)
        except ValueProblem as problem:
            errors.append(FieldError(column, problem.code, problem.detail))
    if errors:
        raise Invalid(
            _("%(file)s: %(problems)s")
            % {"file": path.name, "problems": " ".join(error.detail for error in errors[:10])},
            errors=errors,
        )
    return source, facts


def announced_skus(source: CsvSource, facts: CsvFacts, schema: Schema) -> frozenset[str]:
    """Return the folded SKUs of all rows where products are linked, so that links may point to later rows."""
    if not any(_is_links(column, schema) for column in facts.columns):
        return frozenset()
    return frozenset(fold(" ".join(cells["sku"].split())) for _line, cells in read_csv(source))


def read_delivery(source: CsvSource, schema: Schema) -> Iterator[IncomingRow]:
    """Yield the rows of a checked file, each cell in stored form or listed as left out."""
    for line, cells in read_csv(source):
        yield _row(source.name, line, cells, schema)


def _row(file: str, line: int, cells: Mapping[str, str], schema: Schema) -> IncomingRow:
    raw = {column: cell for column, cell in cells.items() if cell.strip()}
    try:
        sku = schema.normalise("sku", cells["sku"])
    except ValueProblem as problem:
        return IncomingRow(file, line, "", raw, rejected=CellProblem("sku", cells["sku"], problem.detail))
    if not isinstance(sku, str):
        reason = _("The row has no SKU, so it can't be identified.")
        return IncomingRow(file, line, "", raw, rejected=CellProblem("sku", cells["sku"], reason))
    values: dict[str, JSONValue | None] = {}
    links: dict[str, list[tuple[str, int | None]]] = {}
    problems: list[CellProblem] = []
    parent = ""
    for column, cell in raw.items():
        if column in ("sku", "#exists"):
            continue
        if column == "#parent":
            parent = cell.strip()
            continue
        try:
            if _is_links(column, schema):
                links[column] = _links(cell)
            else:
                values[column] = schema.normalise(column, _parse(column, cell.strip(), schema), loose=True)
        except ValueProblem as problem:
            problems.append(CellProblem(column, cell, problem.detail))
    return IncomingRow(
        file, line, sku, raw, values, parent_sku=parent or None, links=links, problems=tuple(problems)
    )


def _is_links(column: str, schema: Schema) -> bool:
    return column not in STRUCTURE_KEYS and schema.key(column)[1].type == "products"


def _parse(column: str, cell: str, schema: Schema) -> object:
    """Turn a cell into what `normalise` takes: lists split, the empty marker recognised."""
    if cell.startswith("{"):
        try:
            if json.loads(cell) == EMPTY:
                return dict(EMPTY)
        except ValueError:
            return cell
    if column == "#categories":
        return split_list(cell)
    if column not in STRUCTURE_KEYS and schema.key(column)[1].type in LIST_TYPES:
        return split_list(cell)
    return cell


def _links(cell: str) -> list[tuple[str, int | None]]:
    links: list[tuple[str, int | None]] = []
    for member in split_list(cell):
        sku, star, quantity = member.rpartition("*")
        if not star:
            links.append((member, None))
        elif quantity.strip().isdigit() and int(quantity) > 0:
            links.append((sku.strip(), int(quantity)))
        else:
            raise ValueProblem("quantity", f"“{member}” does not end in a quantity (SKU*2).")
    return links

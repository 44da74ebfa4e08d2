"""What readers hand to intake, and what intake reports: rows, cells left out, counts that always add up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from workflows.rules.documents import JSONValue

MAX_CHANGES = 1000


@dataclass(frozen=True)
class CellProblem:
    """What is wrong with a cell, or (without `field`) with a row, in a sentence."""

    field: str | None
    value: str
    reason: str


@dataclass(frozen=True)
class IncomingRow:
    """One row of a source, read and normalised.

    `raw` are the cells as written; `values` the stored forms by key (None and missing keys say nothing).
    Parents and links are given as SKUs: `parent_sku`, and `links` as key → [(SKU, quantity or None)].
    `inherits` are keys whose cells only repeat what the parents say: where this source said otherwise before,
    the product inherits again. `problems` are cells left out, `rejected` says why the whole row is.
    """

    file: str
    line: int
    sku: str
    raw: Mapping[str, str]
    values: Mapping[str, JSONValue | None] = field(default_factory=dict)
    parent_sku: str | None = None
    links: Mapping[str, list[tuple[str, int | None]]] = field(default_factory=dict)
    inherits: frozenset[str] = frozenset()
    problems: tuple[CellProblem, ...] = ()
    rejected: CellProblem | None = None

    def mentions(self) -> Iterator[str]:
        """Yield the SKUs of other products the row refers to."""
        if self.parent_sku:
            yield self.parent_sku
        for members in self.links.values():
            yield from (sku for sku, _quantity in members)


@dataclass
class Counts:
    """Rows of a file or delivery; read = new + changed + unchanged + rejected, always."""

    read: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0

    def add(self, outcome: str) -> None:
        """Count one row."""
        self.read += 1
        setattr(self, outcome, getattr(self, outcome) + 1)


@dataclass
class DeliveryReport:
    """What came of a delivery; `as_dict` is the documented output.

    `rejections` are rejected rows (`whole_row`) and cells left out of rows that were taken in. A preview (a
    dry run) also tells what would change, for the first `MAX_CHANGES` products; `more_changes` counts the
    rest.
    """

    counts: Counts = field(default_factory=Counts)
    files: dict[str, Counts] = field(default_factory=dict)
    rejections: list[dict[str, Any]] = field(default_factory=list)
    request_id: int | None = None
    delivery_id: int | None = None
    conflicts: int = 0
    is_preview: bool = False
    changes: list[dict[str, Any]] = field(default_factory=list)
    more_changes: int = 0

    def count(self, file: str, outcome: str) -> None:
        """Count one row of a file as new, changed, unchanged or rejected."""
        self.counts.add(outcome)
        self.files.setdefault(file, Counts()).add(outcome)

    def leave_out(self, file: str, line: int, problem: CellProblem) -> None:
        """List a cell that was left out; a problem without a field is that of a whole row."""
        self._list(file, line, problem, whole_row=problem.field is None)

    def reject(self, file: str, line: int, problem: CellProblem) -> None:
        """Count a row as rejected and list it; a field of the problem names the cell that is to blame."""
        self.count(file, "rejected")
        self._list(file, line, problem, whole_row=True)

    def _list(self, file: str, line: int, problem: CellProblem, *, whole_row: bool) -> None:
        self.rejections.append({"file": file, "line": line, **asdict(problem), "whole_row": whole_row})

    @property
    def rejected_rows(self) -> list[dict[str, Any]]:
        """The rejections that are whole rows."""
        return [rejection for rejection in self.rejections if rejection["whole_row"]]

    @property
    def cells_left_out(self) -> list[dict[str, Any]]:
        """The rejections that are cells of rows that were taken in."""
        return [rejection for rejection in self.rejections if not rejection["whole_row"]]

    def as_dict(self) -> dict[str, Any]:
        """Return counts, rejections and counts per file, and the request that was opened, if any; of a
        preview what would change.
        """
        return {
            **asdict(self.counts),
            "rejections": self.rejections,
            "files": {name: asdict(counts) for name, counts in self.files.items()},
            "request": self.request_id,
            "delivery": self.delivery_id,
            "conflicts": self.conflicts,
            **({"changes": self.changes, "more_changes": self.more_changes} if self.is_preview else {}),
        }

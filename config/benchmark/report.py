"""What was measured, as a table and as JSON: phases, ratios against the baselines, floors, room."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from config.benchmark.databases import POSTGRESQL, SQLITE
from config.benchmark.phases import PHASES
from config.benchmark.running import Run

MEGABYTE = 1_000_000
TO_TRUTH = ("import", "approve", "apply")


@dataclass(frozen=True)
class Floor:
    """One bound: its value in this run (None: not measured), where it lies, and on which side is good."""

    label: str
    value: float | None
    bound: float
    shown: str
    at_most: bool = False
    aim: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the bound is kept; None where it was not measured."""
        if self.value is None:
            return None
        return self.value <= self.bound if self.at_most else self.value >= self.bound

    def line(self) -> str:
        """Return the bound as a line of the table."""
        mark = {True: "✓", False: "✗", None: "–"}[self.met]
        value = "not measured" if self.value is None else self.shown.format(self.value)
        bound = f"{'at most' if self.at_most else 'at least'} {self.shown.format(self.bound)}"
        aim = "" if self.aim is None else f", aim {self.shown.format(self.aim)}"
        return f"{mark} {self.label:<46}{value:>14}   {bound}{aim}"


def to_truth_per_second(run: Run) -> float | None:
    """Return the products each second from file to truth with history: import, approve, apply together."""
    phases = [run.phases.get(name) for name in TO_TRUTH]
    seconds = sum(phase.seconds for phase in phases if phase)
    return phases[0].count / seconds if phases[0] and all(phases) and seconds else None


def floors(run: Run) -> list[Floor]:
    """Return the bounds that hold on this database, with what was measured."""
    to_truth = _ratio(to_truth_per_second(run), _per_second(run, "bare_bulk_create"))
    if run.vendor == SQLITE:
        return [Floor("import to truth ÷ bare bulk_create", to_truth, 0.25, "{:.0%}")]
    peak = max((phase.peak_rss for phase in _bounded(run)), default=None)
    growth = max(
        (
            run.phases[name].peak_rss / small.peak_rss
            for name, small in run.smaller.items()
            if PHASES[name].bounds_memory and name in run.phases
        ),
        default=None,
    )
    unchanged, storefront = run.phases.get("unchanged"), run.phases.get("storefront")
    return [
        Floor("import to truth ÷ bare bulk_create", to_truth, 0.30, "{:.0%}", aim=0.73),
        Floor("readiness + publish, listings a second", _per_second(run, "publish"), 1500, "{:,.0f}"),
        Floor(
            "TSV ÷ bare server cursor",
            _ratio(_per_second(run, "feed"), _per_second(run, "bare_cursor")),
            0.40,
            "{:.0%}",
        ),
        Floor(
            "storefront detail ÷ bare view",
            storefront.details["ratio"] if storefront else None,
            0.70,
            "{:.0%}",
        ),
        Floor("no-change publish", unchanged.seconds if unchanged else None, 1.0, "{:.2f} s", at_most=True),
        Floor("peak RSS", None if peak is None else peak / MEGABYTE, 350, "{:,.0f} MB", at_most=True),
        Floor(f"peak RSS ÷ that of {run.smaller_products:,}", growth, 1.2, "{:.2f}", at_most=True),
    ]


def _bounded(run: Run) -> Iterator[Any]:
    return (phase for name, phase in run.phases.items() if PHASES[name].bounds_memory)


def _per_second(run: Run, name: str) -> float | None:
    phase = run.phases.get(name)
    return phase.per_second if phase else None


def _ratio(value: float | None, of: float | None) -> float | None:
    return value / of if value is not None and of else None


def lines(run: Run) -> Iterator[str]:
    """Yield the table of one database."""
    vendor = {POSTGRESQL: "PostgreSQL", SQLITE: "SQLite"}[run.vendor]
    yield f"{vendor}, {run.products:,} products × {run.values} values"
    smaller = f"at {run.smaller_products:,}" if run.smaller_products else ""
    yield f"  {'phase':<18}{'count':>17}  {'seconds':>9}{'a second':>11}{'peak RSS':>11}{smaller:>11}"
    for name, phase in run.phases.items():
        small = run.smaller.get(name)
        yield (
            f"  {name:<18}{phase.count:>8,} {phase.unit:<8}"
            f"  {phase.seconds:>9.2f}{phase.per_second:>11,.0f}{phase.peak_rss / MEGABYTE:>8,.0f} MB"
            f"{f'{small.peak_rss / MEGABYTE:>8,.0f} MB' if small else ''}"
        )
    to_truth = to_truth_per_second(run)
    if to_truth is not None:
        yield f"  import to truth, products a second: {to_truth:,.0f}"
    sizes = run.phases.get("sizes")
    if sizes and sizes.details:
        yield "  bytes: " + ", ".join(f"{size:,} a {name}" for name, size in sizes.details.items())
    for floor in floors(run):
        yield f"  {floor.line()}"


def as_json(runs: list[Run]) -> dict[str, Any]:
    """Return everything that was measured, with the machine it was measured on."""
    return {
        "machine": {
            "python": platform.python_version(),
            "system": platform.platform(),
            "processors": os.cpu_count(),
        },
        "runs": [
            {
                **asdict(run),
                "to_truth_per_second": to_truth_per_second(run),
                "floors": [{**asdict(floor), "met": floor.met} for floor in floors(run)],
            }
            for run in runs
        ],
    }


def missed(runs: list[Run]) -> list[str]:
    """Return the bounds that were measured and not kept."""
    return [f"{run.vendor}: {floor.label}" for run in runs for floor in floors(run) if floor.met is False]

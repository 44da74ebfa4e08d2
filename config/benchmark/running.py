"""Running the phases: each in a fresh process, on a database made for it, at two sizes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from config.benchmark.databases import Target, open_target
from config.benchmark.phases import PHASES, Measured, read_measured
from workflows.exceptions import NotReady

SMALLER = 4
"""The smaller run has this part of the products: memory at 5,000 beside memory at 20,000."""
LEAST_COMPARED = 1000
"""Below this many products memory is that of the program alone, and there is no smaller run."""
PHASE_OPTION, FOLDER_OPTION = "--run-phase", "--folder"
_OF_THE_INSTALLATION = ("DATABASE_URL", "CELERY_BROKER_URL", "CONCORD_S3_")


@dataclass
class Run:
    """What was measured on one database: phases at the full size, and those of the smaller run."""

    vendor: str
    products: int
    values: int
    phases: dict[str, Measured] = field(default_factory=dict)
    smaller_products: int = 0
    smaller: dict[str, Measured] = field(default_factory=dict)


def with_needs(chosen: Collection[str]) -> list[str]:
    """Return the chosen phases and all they build upon, in the order in which they run."""
    needed = set(chosen)
    for name in reversed(PHASES):
        if name in needed and PHASES[name].needs:
            needed.add(PHASES[name].needs)
    return [name for name in PHASES if name in needed]


def measure(
    target: Target,
    *,
    products: int,
    values: int,
    chosen: Collection[str],
    say: Callable[[int, str, Measured], None],
) -> Run:
    """Measure the chosen phases on one database; `say` gets size, name and result of each as it ends.

    The smaller run comes first; it is left out where no phase has a memory bound or the products are too few.
    Raises what `open_target` raises, and `NotReady` with the process's last words when a phase fails.
    """
    run = Run(target.vendor, products, values)
    names = with_needs(chosen)
    bounded = [name for name in names if not PHASES[name].full_size_only]
    if any(PHASES[name].bounds_memory for name in bounded) and products >= LEAST_COMPARED:
        run.smaller_products = products // SMALLER
    with tempfile.TemporaryDirectory(prefix="concord_benchmark_") as folder:
        root = Path(folder)
        with open_target(target, root) as make_database:
            for size, wanted, results in (
                (run.smaller_products, bounded, run.smaller),
                (products, names, run.phases),
            ):
                if not size:
                    continue
                environment = _environment(make_database(), root / str(size))
                for name in wanted:
                    results[name] = _in_a_process(name, size, values, root / str(size), environment)
                    say(size, name, results[name])
    return run


def _environment(database_url: str, folder: Path) -> Mapping[str, str]:
    """Return the environment of a phase: nothing of the installation's data, broker or storage."""
    folder.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OF_THE_INSTALLATION)}
    return kept | {
        "DATABASE_URL": database_url,
        "CONCORD_DATA_DIR": str(folder),
        "CONCORD_LOG_LEVEL": "WARNING",
    }


def _in_a_process(
    name: str, products: int, values: int, folder: Path, environment: Mapping[str, str]
) -> Measured:
    command = [sys.executable, "manage.py", "benchmark", PHASE_OPTION, name, FOLDER_OPTION, str(folder)]
    command += ["--products", str(products), "--values", str(values)]
    done = subprocess.run(  # noqa: S603 - this program's own command
        command,
        cwd=Path(__file__).resolve().parent.parent.parent,
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last_words = "\n".join(done.stderr.strip().splitlines()[-15:])
        raise NotReady(f"The phase {name} failed with exit code {done.returncode}:\n{last_words}")
    return read_measured(result_file(folder, name))


def result_file(folder: Path, phase: str) -> Path:
    """Return where the process of a phase leaves its result."""
    return folder / f"measured_{phase}.json"

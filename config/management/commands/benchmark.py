"""How fast Concord is, and how much memory it takes, beside bare writes and reads of the same rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.benchmark.catalogue import LEAST_VALUES, MOST_VALUES
from config.benchmark.databases import SQLITE, choose_targets
from config.benchmark.phases import PHASES, Measured, Order, run_phase, write_measured
from config.benchmark.report import MEGABYTE, as_json, lines, missed
from config.benchmark.running import FOLDER_OPTION, PHASE_OPTION, measure, result_file
from workflows.exceptions import ConcordError

MOST_PRODUCTS = 1_000_000


class Command(BaseCommand):
    """Measure import, approval, publication and feed on a database made for it and dropped again.

    Run it on a quiet machine before and after a change that should be fast. The installation's own database,
    files, broker and storage are not touched. Each phase runs in a process of its own; a quarter of the
    products goes first, to see that memory does not grow with their number.
    """

    help = (
        "Measure a delivery's way to truth and to a Google feed, in fresh processes on a database of its "
        "own, beside bare bulk_create and a bare cursor."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare size, database, phases and output."""
        parser.add_argument("--products", type=int, default=20_000, metavar="N")
        parser.add_argument("--values", type=int, default=30, metavar="N", help="values of a product")
        parser.add_argument(
            "--database",
            default=SQLITE,
            metavar="WHERE",
            help="sqlite (default), postgresql (the server of DATABASE_URL), both, or a PostgreSQL address; "
            "on the server the database concord_benchmark is made and dropped",
        )
        parser.add_argument(
            "--only",
            nargs="+",
            choices=tuple(PHASES),
            metavar="PHASE",
            help=f"measure these and what they build upon: {', '.join(PHASES)}",
        )
        parser.add_argument("--json", type=Path, metavar="FILE", help="write everything measured to a file")
        parser.add_argument("--strict", action="store_true", help="exit code 1 if a floor is missed")
        parser.add_argument(PHASE_OPTION, choices=tuple(PHASES), help="used by the command itself")
        parser.add_argument(FOLDER_OPTION, type=Path, help="used by the command itself")

    def handle(self, *, products: int, values: int, **options: Any) -> None:
        """Measure, print the table, write the JSON; exit code 1 if a phase fails or, if strict, a floor."""
        if not 1 <= products <= MOST_PRODUCTS:
            raise CommandError(f"--products is a number from 1 to {MOST_PRODUCTS:,}.")
        if not LEAST_VALUES <= values <= MOST_VALUES:
            raise CommandError(f"--values is a number from {LEAST_VALUES} to {MOST_VALUES}.")
        try:
            if options["run_phase"]:
                order = Order(products, values, options["folder"])
                measured = run_phase(options["run_phase"], order)
                write_measured(result_file(order.folder, options["run_phase"]), measured)
                return
            runs = [
                measure(
                    target,
                    products=products,
                    values=values,
                    chosen=options["only"] or tuple(PHASES),
                    say=self._say,
                )
                for target in choose_targets(options["database"], settings.DATABASES["default"])
            ]
        except ConcordError as error:
            raise CommandError(str(error)) from error
        for run in runs:
            self.stdout.write("")
            for line in lines(run):
                self.stdout.write(line)
        if options["json"]:
            options["json"].write_text(json.dumps(as_json(runs), indent=2), encoding="utf-8")
        if options["strict"] and (failed := missed(runs)):
            raise CommandError(f"Missed: {'; '.join(failed)}.")

    def _say(self, products: int, name: str, measured: Measured) -> None:
        self.stdout.write(
            f"{products:>9,} products: {name:<18}{measured.seconds:>8.2f} s"
            f"{measured.peak_rss / MEGABYTE:>7,.0f} MB"
        )
        self.stdout.flush()

"""Take in a delivery written as CSV with value keys for headers."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.console import add_delivery_arguments, approve_now, named_source, people, print_report
from catalog.readers.delivery import announced_skus, check_delivery_file, read_delivery
from catalog.services.intake import take_delivery
from catalog.services.schema import current_schema
from workflows.exceptions import ConcordError


class Command(BaseCommand):
    """Propose what a source says about products, as one change request.

    Run it when a supplier or another system delivered a file. Unchanged cells propose nothing, a cell that
    both sides moved becomes a conflict for a person, blank cells leave values alone. Run it again after an
    interruption with the same file: it continues.
    """

    help = "Take in a CSV delivery as one change request."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare file, source and people."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--source", required=True, metavar="CODE", help="whose delivery it is")
        add_delivery_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Check everything, then plan and propose; exit code 1 with one sentence where that is not
        possible.
        """
        path: Path = options["file"]
        try:
            source = named_source(options["source"])
            actor, approver = people(options, source)
            schema = current_schema()
            csv_source, facts = check_delivery_file(path, schema)
            report = take_delivery(
                read_delivery(csv_source, schema),
                source=source,
                actor=actor,
                name=path.name,
                checksum=facts.checksum,
                title=f"{path.name} · {source}",
                dry_run=options["dry_run"],
                announced=announced_skus(csv_source, facts, schema),
            )
            applied = {} if options["dry_run"] else approve_now(report, approver)
        except ConcordError as error:
            raise CommandError(str(error)) from error
        print_report(self, report, applied, options)

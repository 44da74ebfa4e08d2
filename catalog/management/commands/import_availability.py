"""Take in what locations have in stock."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.console import named_source, print_report
from catalog.readers.availability import check_availability_file, read_availability
from catalog.services.availability import take_availability
from workflows.console import named_user
from workflows.exceptions import ConcordError


class Command(BaseCommand):
    """Write availability by location, without review.

    Run it whenever stock was counted: columns sku, location, quantity or status, observed_at (ISO 8601 with
    zone). Rows older than what is known are counted as unchanged and ignored.
    """

    help = "Take in availability by location."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare file and source."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--source", required=True, metavar="CODE", help="who counted")
        parser.add_argument("--as", dest="user", metavar="USER", help="who delivers, if not the operator")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, write nothing")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check the file, then write; exit code 1 with one sentence where that is not possible."""
        try:
            source = named_source(options["source"])
            report = take_availability(
                read_availability(check_availability_file(options["file"])),
                source=source,
                actor=named_user(options["user"]) if options["user"] else None,
                dry_run=options["dry_run"],
            )
        except ConcordError as error:
            raise CommandError(str(error)) from error
        print_report(self, report, {}, options)

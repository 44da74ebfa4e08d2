"""Take in an Akeneo export: structure, media and products."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.console import add_delivery_arguments, approve_now, people, print_report
from catalog.services.akeneo import DEFAULT_SOURCE, approve_media, import_akeneo
from workflows.exceptions import ConcordError


class Command(BaseCommand):
    """Take in the directory of an Akeneo CSV export with its media.

    Run it to move from Akeneo, and again whenever a new export is there: what is unchanged writes nothing.
    Attributes, families, categories and channels are written at once; products become one change request.
    Every row is counted and every cell that was left out is listed with its reason.
    """

    help = "Take in an Akeneo CSV export: structure and media at once, products as one change request."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare directory, source and people."""
        parser.add_argument("directory", type=Path, help="the unpacked export: CSV files, and media below it")
        parser.add_argument(
            "--source",
            default=DEFAULT_SOURCE,
            metavar="CODE",
            help=f"whose delivery it is; “{DEFAULT_SOURCE}”, the default, is made if need be",
        )
        add_delivery_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Check everything, then import; exit code 1 with one sentence where that is not possible."""
        try:
            actor, approver = people(options, None)
            done = import_akeneo(
                options["directory"],
                source_code=options["source"],
                actor=actor,
                approver=approver,
                dry_run=options["dry_run"],
            )
            applied = {}
            if approver is not None and not options["dry_run"]:
                applied = approve_now(done.report, approver)
                approve_media(done.media, approver=approver, request_id=done.report.request_id)
        except ConcordError as error:
            raise CommandError(str(error)) from error
        print_report(self, done.report, applied, options)

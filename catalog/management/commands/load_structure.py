"""Bring the model structure to what a JSON file says."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.services.structure import load_structure
from workflows.console import named_user, read_json_object
from workflows.exceptions import ConcordError


class Command(BaseCommand):
    """Load scopes, attributes, families, categories and the rest from a file.

    Run it to set up a catalogue, or to change many things of its structure at once. The format stands in
    catalog/README.md; what is already so writes nothing, what the file does not name stays.
    """

    help = "Load model structure from a JSON file."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare file, person and reason."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--as", dest="user", required=True, metavar="USER", help="who changes structure")
        parser.add_argument("--reason", default="", help="why; kept in the history")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load and print counts by kind; exit code 1 with one sentence where that is not possible."""
        spec = read_json_object(options["file"])
        try:
            result = load_structure(
                spec, actor=named_user(options["user"]), reason=options["reason"] or options["file"].name
            )
        except ConcordError as error:
            raise CommandError(str(error)) from error
        for kind, counts in result.counts().items():
            told = ", ".join(f"{count} {name}" for name, count in counts.items())
            self.stdout.write(f"{kind}: {told}")

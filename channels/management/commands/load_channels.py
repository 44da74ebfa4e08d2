"""Make channels, or change their settings and mappings, from a JSON file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from channels.services.settings import load_channels
from workflows.console import named_user, read_json_object
from workflows.exceptions import ConcordError, Invalid


class Command(BaseCommand):
    """Load channels with their mappings from a file.

    Run it to give a catalogue its channels: each hangs on a scope and a profile. The format stands in
    channels/README.md; what is already so writes nothing, channels the file does not name stay.
    """

    help = "Load channels from a JSON file."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare file, person and reason."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--as", dest="user", required=True, metavar="USER", help="who changes channels")
        parser.add_argument("--reason", default="", help="why; kept in the history")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load and print what was new and changed; exit code 1 with sentences where that is not possible."""
        spec = read_json_object(options["file"])
        try:
            result = load_channels(
                spec, actor=named_user(options["user"]), reason=options["reason"] or options["file"].name
            )
        except Invalid as error:
            raise CommandError(" ".join([str(error), *(one.detail for one in error.errors)])) from error
        except ConcordError as error:
            raise CommandError(str(error)) from error
        for name in ("new", "changed", "unchanged"):
            codes = getattr(result, name)
            self.stdout.write(f"{name}: {', '.join(codes) or 'none'}")

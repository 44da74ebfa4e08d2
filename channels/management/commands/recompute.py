"""Compute derived tables and evaluations from scratch: compare them, or write them anew."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from channels.services.recompute import check_all, rebuild_all

SHOWN = 50


class Command(BaseCommand):
    """Run `--check` when in doubt (it writes nothing), the other after restoring a backup or an upgrade."""

    help = (
        "Compute derived tables and evaluations from scratch. With --check, compare them with what is stored "
        "and end with exit code 1 if any differs; without, write them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--check", action="store_true", help="compare only, write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare or rebuild, and print the counts."""
        if not options["check"]:
            counts = rebuild_all()
            self.stdout.write(", ".join(f"{count} {name}" for name, count in sorted(counts.items())))
            return
        result = check_all()
        for line in result.differences[:SHOWN]:
            self.stdout.write(line)
        compared = ", ".join(f"{count} {name}" for name, count in sorted(result.compared.items()))
        self.stdout.write(
            _("Compared %(compared)s; %(waiting)s units wait for the next publication.")
            % {"compared": compared, "waiting": result.waiting}
        )
        if result.differences:
            raise CommandError(_("%(count)s differences.") % {"count": len(result.differences)})

"""Close a key of the storefront API."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from channels.services.api_keys import revoke_key
from workflows.console import named_user
from workflows.exceptions import ConcordError


class Command(BaseCommand):
    """Run it when a key leaked or is not needed any more; a revoked key never opens anything again."""

    help = "Revoke one key of the storefront API."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the key and who revokes it."""
        parser.add_argument("key", type=int, help="number of the key, as create_api_key printed it")
        parser.add_argument("--as", dest="user", required=True, metavar="USER", help="who revokes it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Revoke it; exit code 1 with one sentence where that is not possible."""
        try:
            row = revoke_key(options["key"], actor=named_user(options["user"]))
        except ConcordError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Key {row.pk} ({row}) is revoked.")

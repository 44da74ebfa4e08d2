"""Give a storefront developer a key to one channel."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from channels.services.api_keys import create_key
from workflows.console import named_user
from workflows.exceptions import ConcordError


class Command(BaseCommand):
    """Run it for each storefront that may read a closed channel; the key is printed once and kept only as a
    hash.
    """

    help = "Make a key that opens one channel's storefront API; it is shown once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the channel, for whom the key is, and who gives it."""
        parser.add_argument("channel", help="code of the channel")
        parser.add_argument("--label", required=True, help="for whom the key is")
        parser.add_argument("--as", dest="user", required=True, metavar="USER", help="who gives it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the key; exit code 1 with one sentence where that is not possible."""
        try:
            created = create_key(
                options["channel"], label=options["label"], actor=named_user(options["user"])
            )
        except ConcordError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Key {created.row.pk} for {created.row.name} on {options['channel']}:")
        self.stdout.write(created.secret)
        self.stdout.write("It is not shown again. Send it as  Authorization: Api-Key <key>")

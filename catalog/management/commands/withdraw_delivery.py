"""Withdraw a delivery that can't be read to its end."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.services.withdrawal import withdraw_delivery
from workflows.console import named_user
from workflows.exceptions import ConcordError


class Command(BaseCommand):
    """Withdraw one delivery that is still being read, with the change request it began.

    Run it when reading was interrupted and the file is gone or wrong: until then no other content of that
    source is taken in. What the source said is again what it had said before. A delivery that was read to its
    end is withdrawn by withdrawing its change request.
    """

    help = "Withdraw a delivery that was not read to its end, so that its source can deliver again."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the delivery and who withdraws it."""
        parser.add_argument("delivery", type=int, help="number of the delivery")
        parser.add_argument("--as", dest="user", required=True, metavar="USER", help="who withdraws it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Withdraw it; exit code 1 with one sentence where that is not possible."""
        try:
            delivery = withdraw_delivery(options["delivery"], actor=named_user(options["user"]))
        except ConcordError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Delivery {delivery.pk}, {delivery.name}, is withdrawn.")

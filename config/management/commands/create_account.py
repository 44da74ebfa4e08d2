"""Make an account with a role."""

from __future__ import annotations

import secrets
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.accounts import create_account
from config.roles import ROLE_NAMES
from workflows.exceptions import Invalid


class Command(BaseCommand):
    """Make an account and print its random password once, unless one is piped in."""

    help = (
        "Make an account with one role. Without --password-stdin a random password is made and printed once; "
        "nobody can look it up later. Run it in any database that has been migrated."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare name, role and where the password comes from."""
        parser.add_argument("name", help="the name to log in with")
        parser.add_argument("--role", required=True, choices=ROLE_NAMES)
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input, first line"
        )

    def handle(self, *, name: str, role: str, password_stdin: bool, **_options: Any) -> None:
        """Make the account and say how to log in."""
        password = sys.stdin.readline().rstrip("\r\n") if password_stdin else secrets.token_urlsafe(15)
        try:
            create_account(name=name, role=role, password=password)
        except Invalid as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Account {name} with role {role} is ready.")
        if not password_stdin:
            self.stdout.write(f"Password, shown only now: {password}")

"""A running system with a believable brand in it, by one command."""

from __future__ import annotations

import secrets
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from config.accounts import create_account
from config.demo import marks
from config.demo.loader import SHOWN_CHANNEL, STEPS, Cast, finish_jobs, publish_anew
from config.demo.serving import HOST, PUBLIC_URL_VARIABLE, check_port_is_free, follow_port, port_of, serve
from config.roles import ROLE_NAMES
from workflows.constants import REVIEWABLE
from workflows.exceptions import ConcordError
from workflows.models import ChangeRequest

PASSWORD_BYTES = 12
DEFAULT_PORT = 8000


class Command(BaseCommand):
    """Prepare the database, load the demonstration brand, run the loop once, and serve the site on loopback.

    Run it on a fresh installation to see Concord work. Killed, it continues when started again; finished, it
    changes nothing and serves, unless its address moved: then it publishes with the new one. It refuses a
    database with anybody's own data and any production installation.
    """

    help = (
        "Migrate, make one account per role, load a demonstration brand, take it through review to the feed, "
        "and serve the site on this machine. Run it again and it changes nothing. Never for production."
    )
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare whether and where to serve."""
        parser.add_argument("--no-serve", action="store_true", help="stop when the data is in place")
        parser.add_argument(
            "--port",
            type=int,
            help="port to serve on (default: that of the run before, else 8000); pictures follow it unless "
            "CONCORD_PUBLIC_URL is set",
        )

    def handle(self, *, no_serve: bool, port: int | None, **_options: Any) -> None:
        """Load, say what happened and where to look, and serve; exit code 1 with one sentence if refused."""
        port = port or port_of(marks.remembered_address()) or DEFAULT_PORT
        try:
            if not no_serve:
                check_port_is_free(port)
            marks.check_may_load()
            follow_port(port)
            self._prepare()
        except ConcordError as error:
            raise CommandError(str(error)) from error
        self._where_to_look(port)
        if not no_serve:
            self._say(f"\nServing on http://{HOST}:{port}/ until Ctrl-C.")
            serve(port)

    def _prepare(self) -> None:
        start = time.monotonic()
        call_command("migrate", verbosity=0, interactive=False)
        if marks.is_complete():
            if not self._follow_address():
                self._say("The demonstration brand is in place already; nothing was changed.")
            return
        begun = marks.begin()
        passwords = {role: secrets.token_urlsafe(PASSWORD_BYTES) for role in ROLE_NAMES}
        cast = Cast({role: _account(role, password) for role, password in passwords.items()}, begun.at)
        self._line("Accounts", f"{len(passwords)}, one for each role.")
        finish_jobs()
        done = marks.done_steps()
        for step in STEPS:
            counts = done.get(step.name)
            if counts is None:
                counts = step.run(cast)
                marks.mark_step(step.name, counts)
            self._line(step.label, step.sentence.format(**counts))
        self._follow_address()
        with transaction.atomic():
            marks.mark_end()
            self._line("Ready", f"in {time.monotonic() - start:.0f} seconds.")
            self._say("\nAccounts and their passwords, shown only now:")
            for role, password in passwords.items():
                self._line(role, password)

    def _follow_address(self) -> bool:
        """Publish again where an earlier run named another address; says whether it did."""
        if marks.address() == settings.PUBLIC_URL:
            return False
        publish_anew()
        marks.mark_address()
        self._say(f"Channels are published again: pictures and links begin with {settings.PUBLIC_URL} now.")
        return True

    def _where_to_look(self, port: int) -> None:
        site = f"http://{HOST}:{port}"
        self._say("\nWhere to look:")
        self._line("Admin", f"{site}/admin/")
        self._line("Support desk", f"{site}/desk/")
        self._line("Storefront API", f"{site}/api/v1/storefront/{SHOWN_CHANNEL}/products/")
        self._line("API docs", f"{site}/api/docs/")
        for feed in sorted(settings.FEED_ROOT.rglob("*.tsv")):
            self._line("Feed", _short(feed))
        if site == settings.PUBLIC_URL and port != DEFAULT_PORT:
            self._line(
                "Other commands", f"set {PUBLIC_URL_VARIABLE}={site}, so that they name this port too."
            )
        waiting = ChangeRequest.objects.filter(state__in=REVIEWABLE).order_by("pk")
        if waiting:
            self._say("\nWaiting for a reviewer:")
        for request in waiting:
            conflicts = f", {request.conflict_count} in conflict" if request.conflict_count else ""
            self._line(f"Request {request.pk}", f"{request.title}: {request.key_count} values{conflicts}.")

    def _line(self, label: str, text: str) -> None:
        self._say(f"  {label:<16}{text}")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _account(role: str, password: str) -> User:
    """Return the account of a role, made now or, after an interrupted run, with a new password."""
    found = User.objects.filter(username=role).first()
    if found is None:
        return create_account(name=role, role=role, password=password)
    found.set_password(password)
    found.save(update_fields=["password"])
    return found


def _short(path: Path) -> str:
    """Return a path relative to here where it lies below."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)

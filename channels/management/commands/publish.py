"""Publish a channel: evaluate what changed, write what moved, hand over the feed."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from channels.selectors import kept_back_by
from channels.services.preview import OUTCOMES, PublicationPlan, plan_publication
from channels.services.publish import request_publication
from workflows.constants import JobState
from workflows.exceptions import ConcordError
from workflows.services.jobs import run_job

COUNTS = ("evaluated", "changed", "said", "withdrawn", "held")


class Command(BaseCommand):
    """Run it after approvals, or on a schedule; running it again when nothing changed writes no version."""

    help = (
        "Publish a channel: evaluates every unit that changed, writes versions of what moved, withdraws what "
        "must go, and writes the feed files. A killed run is taken up by the next call."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("channel", help="code of the channel")
        parser.add_argument("--dry-run", action="store_true", help="say what would change, publish nothing")
        parser.add_argument("--as", dest="user", help="on whose behalf (needs the right to publish)")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Publish here and print the counts; what can't be done ends with one sentence and exit code 1."""
        try:
            if options["dry_run"]:
                self._say_plan(plan_publication(options["channel"]), as_json=options["json"])
                return
            result = self._run(options)
        except ConcordError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(result, default=str))
            return
        counts = result["counts"]
        self.stdout.write(", ".join(f"{counts.get(name, 0)} {name}" for name in COUNTS))
        for entry in result.get("files", ()):
            self.stdout.write(f"{entry['name']}: {entry['rows']} rows, {entry['bytes']} bytes")
        for rule_id, entry in sorted(result.get("warnings", {}).items()):
            self.stdout.write(f"{rule_id}: {entry['count']} sent with this warning")

    def _say_plan(self, plan: PublicationPlan, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(asdict(plan)))
            return
        counts = ", ".join(f"{getattr(plan, name)} {name}" for name in OUTCOMES)
        self.stdout.write(f"{plan.evaluated} evaluated: {counts}; {plan.said} are said now")
        if plan.shrinks:
            self.stdout.write(f"Careful: {plan.withdrawn_percent} % of what is said now would be withdrawn.")
        for name in OUTCOMES:
            for reason in kept_back_by(plan.reasons.get(name, {})):
                self.stdout.write(f"{name}, {reason.count}: {reason.text} ({reason.rule_id})")
            for _product, external_id, market, locale in plan.examples.get(name, ()):
                self.stdout.write(f"{name}: {external_id} on {market} in {locale}")

    def _run(self, options: dict[str, Any]) -> dict[str, Any]:
        job = run_job(request_publication(options["channel"], actor=self._actor(options["user"])).pk)
        if job.state == JobState.RUNNING:
            raise CommandError(_("This channel is being published by another process."))
        if job.state != JobState.DONE:
            raise CommandError(job.error or _("The publication was cancelled."))
        return job.result

    def _actor(self, name: str | None) -> Any:
        if name is None:
            return None
        user = get_user_model().objects.filter(username=name).first()
        if user is None:
            raise CommandError(_("There is no user %(name)s.") % {"name": name})
        return user

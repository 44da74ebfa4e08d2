"""What the catalogue's commands share: options, approving in one go, and printing a delivery."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.services.incoming import MAX_CHANGES, DeliveryReport
from catalog.services.intake import check_delivery_rights
from catalog.services.presenting import present_values
from catalog.services.schema import current_schema
from workflows.console import named_user
from workflows.constants import JobState
from workflows.models import ChangeRequest, Source
from workflows.services import jobs
from workflows.services.reviews import approve_request, has_something_to_take

SHOWN = 20


def add_delivery_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what every intake command takes beside its file."""
    parser.add_argument("--as", dest="user", required=True, metavar="USER", help="who delivers")
    parser.add_argument("--dry-run", action="store_true", help="say what would happen, write nothing")
    parser.add_argument("--approve", action="store_true", help="approve and apply what is not in conflict")
    parser.add_argument("--as-approver", metavar="USER", help="who approves; somebody else than --as")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def people(options: dict[str, Any], source: Source | None) -> tuple[Any, Any]:
    """Return who delivers and who approves (or None); checks their rights. Raises `CommandError`,
    `NotAllowed`.
    """
    if bool(options["approve"]) != bool(options["as_approver"]):
        raise CommandError("--approve and --as-approver USER go together.")
    actor = named_user(options["user"])
    approver = named_user(options["as_approver"]) if options["as_approver"] else None
    if source is not None:
        check_delivery_rights(actor, source, approver)
    return actor, approver


def named_source(code: str) -> Source:
    """Return a source by its code; raises `CommandError`."""
    source = Source.objects.filter(code=code).first()
    if source is None:
        known = ", ".join(Source.objects.values_list("code", flat=True)) or "none yet"
        raise CommandError(f"There is no source “{code}”. Known sources: {known}.")
    return source


def approve_now(report: DeliveryReport, approver: Any) -> dict[str, Any]:
    """Approve the delivery's request and apply it here; returns the counts by outcome.

    A request that holds nothing but conflicts waits for a person. Raises `CommandError`.
    """
    if report.request_id is None or approver is None:
        return {}
    if not has_something_to_take(ChangeRequest.objects.get(pk=report.request_id)):
        return {}
    job = jobs.run_job(approve_request(report.request_id, reviewer=approver).pk)
    if job.state != JobState.DONE:
        raise CommandError(job.error)
    return dict(job.result)


def print_report(
    command: BaseCommand, report: DeliveryReport, applied: dict[str, Any], options: dict[str, Any]
) -> None:
    """Print a delivery as JSON or for people."""
    result = report.as_dict()
    if applied:
        result["applied"] = applied
    if options["json"]:
        command.stdout.write(json.dumps(result, ensure_ascii=False, indent=1))
        return
    counts = report.counts
    command.stdout.write(
        f"{counts.read} rows read: {counts.new} new, {counts.changed} changed, "
        f"{counts.unchanged} unchanged, {counts.rejected} rejected."
    )
    _print_rejections(command, "Rejected rows", report.rejected_rows)
    _print_rejections(command, "Cells left out of rows that were taken in", report.cells_left_out)
    if report.is_preview:
        _print_changes(command, report)
    if options["dry_run"]:
        command.stdout.write("Nothing was written.")
    elif report.request_id is not None:
        command.stdout.write(f"Change request {report.request_id}, {report.conflicts} values in conflict.")
    for name, count in sorted(applied.items()):
        command.stdout.write(f"  {name}: {count}")


def _print_rejections(command: BaseCommand, heading: str, rejections: Sequence[dict[str, Any]]) -> None:
    if rejections:
        command.stdout.write(f"{heading} ({len(rejections)}):")
    for rejection in rejections[:SHOWN]:
        place = f"{rejection['file']}:{rejection['line']}"
        column = f" {rejection['field']}" if rejection["field"] else ""
        command.stdout.write(f"  {place}{column} “{rejection['value'][:60]}”: {rejection['reason']}")
    if len(rejections) > SHOWN:
        command.stdout.write(f"  … and {len(rejections) - SHOWN} more (--json lists all)")


def _print_changes(command: BaseCommand, report: DeliveryReport) -> None:
    total = len(report.changes) + report.more_changes
    if not total:
        return
    command.stdout.write(f"Would change ({total} products):")
    shown = report.changes[:SHOWN]
    cells = [
        (key, value[side])
        for change in shown
        for key, value in change["values"].items()
        for side in ("before", "after")
    ]
    texts = iter(present_values(current_schema(), cells))
    for change in shown:
        title = f" {change['title']}" if change["title"] != change["sku"] else ""
        command.stdout.write(f"  {'new ' if change['new'] else ''}{change['sku']}{title}")
        for key, value in change["values"].items():
            before, after = _shortened(next(texts).text), _shortened(next(texts).text)
            conflict = " (conflict)" if value["conflict"] else ""
            command.stdout.write(f"    {key}: {before} → {after}{conflict}")
    if total > SHOWN:
        command.stdout.write(f"  … and {total - SHOWN} more (--json lists the first {MAX_CHANGES})")


def _shortened(text: str) -> str:
    return f"{text[:60]}…" if len(text) > 60 else text or "–"

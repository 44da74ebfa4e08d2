"""Add a folder of files as assets."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from assets.services.adding import AddResult, AssetInput, add_assets
from workflows.exceptions import ConcordError


class Command(BaseCommand):
    """Add the files below a folder; each one's code is its path below that folder."""

    help = (
        "Add the files below a folder as assets, or as new versions of the assets that have their codes. An"
        " asset's code is the file's path below the folder. Files that an asset has already are left alone,"
        " so running it again is safe. Run it to take over a picture folder, before products that name the"
        " pictures are imported."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the folder, the people, and the forms of output."""
        parser.add_argument("folder", type=Path, help="folder whose files are added, with its subfolders")
        parser.add_argument("--as", dest="actor", required=True, metavar="USER", help="who adds the files")
        parser.add_argument("--approve", action="store_true", help="approve the versions at once")
        parser.add_argument(
            "--as-approver", dest="approver", metavar="USER", help="who approves, somebody else"
        )
        parser.add_argument("--reason", default="", help="why; kept in the history of each asset")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and write nothing")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Check the folder and the people before the first write; add the files; say what came of each."""
        folder: Path = options["folder"]
        if not folder.is_dir():
            raise CommandError(f"{folder} is not a folder.")
        if options["approve"] != bool(options["approver"]):
            raise CommandError("--approve and --as-approver belong together; give both or none.")
        actor = self._person(options["actor"])
        approver = self._person(options["approver"]) if options["approver"] else None
        try:
            result = add_assets(
                _inputs(folder),
                actor=actor,
                reason=options["reason"] or f"Files of the folder {folder.name}",
                approved_by=approver,
                dry_run=options["dry_run"],
            )
        except ConcordError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(_as_json(result) if options["json"] else _as_text(result, options["dry_run"]))

    def _person(self, name: str) -> Any:
        model = get_user_model()
        try:
            return model.objects.get_by_natural_key(name)
        except model.DoesNotExist:
            raise CommandError(f"There is no account {name}.") from None


def _inputs(folder: Path) -> Iterator[AssetInput]:
    """Yield the files below `folder` in the order of their paths; hidden ones and links are left out."""
    for path in sorted(folder.rglob("*")):
        below = path.relative_to(folder)
        if path.is_file() and not path.is_symlink() and not any(part.startswith(".") for part in below.parts):
            yield AssetInput(below.as_posix(), path)


def _as_json(result: AddResult) -> str:
    rejections = [
        {"code": each.code, "file": each.file_name, "reason": each.reason.value, "message": each.message}
        for each in result.rejected
    ]
    return json.dumps(
        {**result.counts, "rejections": rejections, "not_approved": dict(result.not_approved)},
        ensure_ascii=False,
        indent=2,
    )


def _as_text(result: AddResult, dry_run: bool) -> str:
    counts = ", ".join(f"{count} {name}" for name, count in result.counts.items())
    lines = [f"Would be: {counts}." if dry_run else f"{counts}."]
    lines += [f"Rejected {each.code}: {each.message}" for each in result.rejected]
    lines += [f"Not approved {code}: {why}" for code, why in result.not_approved.items()]
    return "\n".join(lines)

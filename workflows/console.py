"""What management commands share."""

from __future__ import annotations

import argparse
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from workflows.exceptions import ConcordError, Invalid


class LoadCommand(BaseCommand, ABC):
    """The base of commands that bring something to what a JSON file says, on somebody's behalf.

    `loads` names it for the help of `--as`.
    """

    loads: ClassVar[str]

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare file, person and reason."""
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--as", dest="user", required=True, metavar="USER", help=f"who changes {self.loads}"
        )
        parser.add_argument("--reason", default="", help="why; kept in the history")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load and print what was written; exit code 1 with sentences where that is not possible."""
        spec = read_json_object(options["file"])
        reason = options["reason"] or options["file"].name
        try:
            told = self.load(spec, actor=named_user(options["user"]), reason=reason)
        except Invalid as error:
            raise CommandError(" ".join([str(error), *(one.detail for one in error.errors)])) from error
        except ConcordError as error:
            raise CommandError(str(error)) from error
        for name, words in told.items():
            self.stdout.write(f"{name}: {words}")

    @abstractmethod
    def load(self, spec: dict[str, Any], *, actor: Any, reason: str) -> Mapping[str, str]:
        """Write what the file says and return lines to print, name to words; domain errors may pass."""


def named_user(name: str) -> Any:
    """Return an active account by its name; raises `CommandError`."""
    user = get_user_model().objects.filter(username=name, is_active=True).first()
    if user is None:
        raise CommandError(f"There is no active account “{name}”.")
    return user


def read_json_object(path: Path) -> dict[str, Any]:
    """Return the object a JSON file holds; raises `CommandError` in one sentence for anything else."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CommandError(f"{path.name} can't be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{path.name} is not UTF-8 (byte {error.start}).") from error
    except ValueError as error:
        raise CommandError(f"{path.name} is not JSON: {error}.") from error
    if not isinstance(found, dict):
        raise CommandError(f"{path.name} holds no JSON object.")
    return found

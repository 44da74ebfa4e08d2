"""What management commands share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import CommandError


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

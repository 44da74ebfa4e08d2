"""Fixtures of the catalogue's tests."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from tests.catalog.akeneo_exports import write_export
from tests.factories.catalog import make_structure
from workflows.models import Source

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def structure(db: None) -> None:
    """Load the small structure of the factories."""
    make_structure()


@pytest.fixture
def supplier(db: None) -> Source:
    """Return the source that deliveries of `tests.catalog.delivering` come from."""
    return Source.objects.create(code="nordic", kind="supplier", label="Nordic Textiles", rank=100)


@pytest.fixture
def people(cast: dict[str, User], supplier: Source) -> dict[str, User]:
    """Return one account per role, where the supplier may be delivered for."""
    return cast


@pytest.fixture
def run(tmp_path: Path, cast: dict[str, User]) -> Run:
    """Return a function that writes an export, imports it as the admin, and returns the printed result."""

    def importing(
        files: dict[str, Any] | None = None, *, approve: bool = False, **options: Any
    ) -> dict[str, Any]:
        directory = write_export(tmp_path / "export", files or {})
        if approve:
            options = {"approve": True, "as_approver": "reviewer", **options}
        out = StringIO()
        call_command(
            "import_akeneo", str(directory), **{"user": "admin", "json": True, "stdout": out, **options}
        )
        return dict(json.loads(out.getvalue()))

    return importing

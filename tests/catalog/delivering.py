"""A supplier's CSV deliveries, as tests write and take them in."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from catalog.models import Delivery
from catalog.services import intake

HEADER = "sku,name:en-US,colour,tags,weight,price.USD,gtin,#state,#parent,#kind,related"


def deliver(
    tmp_path: Path, *rows: str, header: str = HEADER, approve: bool = True, **options: Any
) -> dict[str, Any]:
    file = tmp_path / "nordic.csv"
    file.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    out = StringIO()
    if approve:
        options |= {"approve": True, "as_approver": "reviewer"}
    options = {"source": "nordic", "user": "merchandiser", "json": True, "stdout": out} | options
    call_command("import_delivery", str(file), **options)
    return json.loads(out.getvalue() or "{}")


def counts(report: dict[str, Any]) -> tuple[int, ...]:
    return tuple(report[name] for name in ("read", "new", "changed", "unchanged", "rejected"))


def interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *rows: str, chunks: int = 1, size: int = 1
) -> Delivery:
    """Deliver rows in chunks of a size, and die while the chunk after so many is written."""
    written, calls = intake._Reading._write_shadows, []

    def write(*args: Any) -> None:
        calls.append(1)
        if len(calls) > chunks:
            raise KeyboardInterrupt
        written(*args)

    with monkeypatch.context() as patch:
        patch.setattr(intake, "CHUNK", size)
        patch.setattr(intake._Reading, "_write_shadows", staticmethod(write))
        with pytest.raises(KeyboardInterrupt):
            deliver(tmp_path, *rows)
    return Delivery.objects.get(state="reading")

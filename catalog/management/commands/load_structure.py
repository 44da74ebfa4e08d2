"""Bring the model structure to what a JSON file says."""

from __future__ import annotations

from typing import Any

from catalog.services.structure import load_structure
from workflows.console import LoadCommand


class Command(LoadCommand):
    """Load scopes, attributes, families, categories and the rest from a file.

    Run it to set up a catalogue, or to change many things of its structure at once. The format stands in
    catalog/README.md; what is already so writes nothing, what the file does not name stays.
    """

    help = "Load model structure from a JSON file."
    loads = "structure"

    def load(self, spec: dict[str, Any], *, actor: Any, reason: str) -> dict[str, str]:
        """Return counts by kind."""
        counts = load_structure(spec, actor=actor, reason=reason).counts()
        return {
            kind: ", ".join(f"{count} {name}" for name, count in each.items())
            for kind, each in counts.items()
        }

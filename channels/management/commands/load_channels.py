"""Make channels, or change their settings and mappings, from a JSON file."""

from __future__ import annotations

from typing import Any

from channels.services.settings import load_channels
from workflows.console import LoadCommand


class Command(LoadCommand):
    """Load channels with their mappings from a file.

    Run it to give a catalogue its channels: each hangs on a scope and a profile. The format stands in
    channels/README.md; what is already so writes nothing, channels the file does not name stay.
    """

    help = "Load channels from a JSON file."
    loads = "channels"

    def load(self, spec: dict[str, Any], *, actor: Any, reason: str) -> dict[str, str]:
        """Return which channels were new, changed and unchanged."""
        result = load_channels(spec, actor=actor, reason=reason)
        return {name: ", ".join(getattr(result, name)) or "none" for name in ("new", "changed", "unchanged")}

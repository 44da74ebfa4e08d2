"""Where higher apps hook into the catalogue's imports."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ImportedChannel:
    """A channel another PIM knew: its scope's code, labels, locales, and required attributes per family."""

    code: str
    labels: Mapping[str, str]
    locales: Sequence[str]
    requirements: Mapping[str, Sequence[str]]


ImportHook = Callable[[Sequence[ImportedChannel], Any, str], None]

_hooks: list[ImportHook] = []


def register_import_hook(hook: ImportHook) -> None:
    """Register a hook (channels, actor, reason) that runs after an import wrote structure; it must be
    idempotent.
    """
    _hooks.append(hook)


def run_import_hooks(channels: Sequence[ImportedChannel], *, actor: Any, reason: str) -> None:
    """Call every hook."""
    for hook in _hooks:
        hook(channels, actor, reason)

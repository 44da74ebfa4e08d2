"""Where higher apps hook into the catalogue: its imports and its product list."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID


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


BuildCells = Callable[[Sequence[UUID], Any], Mapping[UUID, object]]


@dataclass(frozen=True)
class ProductColumn:
    """A column that a higher app adds to the product list.

    `build` gets the ids of the products on one page and who looks at it; it returns text or safe HTML for
    those it has something to say about, checks rights itself, and its query count must not grow with their
    number.
    """

    label: object
    build: BuildCells


_columns: list[ProductColumn] = []


def register_product_column(label: object, build: BuildCells) -> None:
    """Add a column to the product list, behind those that are there; see `ProductColumn`. `label` may be
    lazily translated.
    """
    _columns.append(ProductColumn(label, build))


def product_columns() -> tuple[ProductColumn, ...]:
    """Return the added columns in the order of their registration."""
    return tuple(_columns)

"""Which models are governed, and what change control must know of each: its adapter.

A lower app knows nothing of the higher ones; they register here in `AppConfig.ready()`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from workflows.exceptions import FieldError
from workflows.rules.documents import Document, Grain, JSONValue, Patch


@dataclass(frozen=True)
class Truth:
    """A governed object as it is now."""

    document: Document
    revision: int


@dataclass(frozen=True)
class Write:
    """One object to write: its new document, the patch that leads there, and the change that asked for it."""

    object_id: UUID
    old: Document
    new: Document
    patch: Patch
    old_revision: int
    change_id: int

    @property
    def created(self) -> bool:
        """Whether the object comes into being by this write."""
        return self.old_revision == 0

    @property
    def revision(self) -> int:
        """The revision this write makes."""
        return self.old_revision + 1


@dataclass(frozen=True)
class WriteContext:
    """On whose behalf a batch is written."""

    request_id: int
    source_code: str
    actor_id: int | None
    reason: str


@dataclass(frozen=True)
class KeyLabel:
    """How screens name a key.

    `detail` says where it holds; `place` (language, currency) and `scope` (the name of the channel whose
    override it is) are its parts.
    """

    label: str
    detail: str = ""
    place: str = ""
    scope: str = ""


@dataclass(frozen=True)
class Description:
    """How screens name an object."""

    label: str
    sub_label: str = ""
    url: str = ""
    thumbnail: str = ""
    keys: dict[str, JSONValue] = field(default_factory=dict)


@dataclass(frozen=True)
class Picture:
    """One picture of a value: its name, and the address of its thumbnail (empty where there is none)."""

    name: str
    thumbnail: str = ""


@dataclass(frozen=True)
class Shown:
    """A value as screens show it.

    Two values with an equal `meaning` (not None) say the same in other words: 310 g and 0.31 kg. `typed` is
    the text somebody would type to get this value, None where it can't be typed.
    """

    text: str = ""
    pictures: tuple[Picture, ...] = ()
    meaning: Hashable | None = None
    typed: str | None = None


class GovernedAdapter(Protocol):
    """What an app offers so that its model can be governed.

    An adapter is made for one piece of work and may keep what it looked up; every method works on batches or
    answers from what the adapter keeps.
    """

    def load(self, ids: Collection[UUID], *, lock: bool) -> dict[UUID, Truth]:
        """Return the objects that exist; with `lock`, hold their rows (in id order) until the transaction
        ends.
        """

    def grain(self, key: str) -> Grain:
        """Return how finely edits of this key merge."""

    def normalise(self, patch: Patch) -> tuple[Patch, list[FieldError]]:
        """Return the patch in stored form, and what is wrong with the keys that were left out."""

    def links(self, patch: Patch, old: Mapping[str, JSONValue | None]) -> list[str]:
        """Return tokens of what the patch refers to, gives up or takes (ids, identifiers)."""

    def creation_keys(self, patch: Patch) -> frozenset[str]:
        """Return the keys of a new object's patch without which it could not come into being."""

    def validate(self, writes: Sequence[Write]) -> dict[UUID, list[FieldError]]:
        """Return what is wrong with the resulting documents, in the light of the whole batch.

        A write with a problem of the code `MISSING_OBJECT` waits for another, any other problem makes it
        invalid.
        """

    def write(self, writes: Sequence[Write], context: WriteContext) -> None:
        """Write rows, history, provenance and derived tables; parents come before their children."""

    def resolve_seen(self, object_id: UUID, keys: Collection[str]) -> dict[str, JSONValue]:
        """Return what absent keys resolve to now, for the author's record."""

    def describe(
        self, ids: Collection[UUID], *, proposed: Mapping[UUID, Patch] | None = None
    ) -> dict[UUID, Description]:
        """Name objects for screens; constant queries. `proposed` says what new objects would be."""

    def key_labels(self, keys: Collection[str]) -> dict[str, KeyLabel]:
        """Name keys for screens, in the order in which screens list them; constant queries."""

    def display(self, key: str, value: JSONValue | None) -> str:
        """Return a value as text a person reads."""

    def present(self, values: Sequence[tuple[str, JSONValue | None]]) -> list[Shown]:
        """Return values (each with its key) as screens show them, in their order; constant queries."""

    def choices(self, key: str) -> list[tuple[str, str]]:
        """Return the values a key may be given, each with its label; empty where it is typed freely."""

    def revision_url(self, object_id: UUID, revision: int) -> str:
        """Return the address of the page that compares a revision with the one before; empty without one."""


AdapterFactory = Callable[[], GovernedAdapter]

_governed: dict[str, AdapterFactory] = {}
_after_apply: list[Callable[[str, Sequence[Write], WriteContext], None]] = []
_on_approve: list[Callable[[int, Any], None]] = []
_on_withdraw: list[Callable[[int, Any], None]] = []
_on_rewrite: list[Callable[[int], str]] = []


def register_governed(label: str, factory: AdapterFactory) -> None:
    """Register a model under its label (`catalog.product`); twice raises."""
    if label in _governed:
        raise ValueError(f"{label} is registered already")
    _governed[label] = factory


def governed(label: str) -> GovernedAdapter:
    """Return a fresh adapter of a registered model; an unknown label raises `LookupError`."""
    try:
        factory = _governed[label]
    except KeyError:
        raise LookupError(f"{label} is not a governed model") from None
    return factory()


def on_apply(hook: Callable[[str, Sequence[Write], WriteContext], None]) -> None:
    """Register a hook that runs inside the transaction that writes a chunk, after the adapter wrote."""
    _after_apply.append(hook)


def run_apply_hooks(label: str, writes: Sequence[Write], context: WriteContext) -> None:
    """Call every hook for one written chunk."""
    for hook in _after_apply:
        hook(label, writes, context)


def on_approve(hook: Callable[[int, Any], None]) -> None:
    """Register a hook (request id, approver) that runs in the transaction of the last approval."""
    _on_approve.append(hook)


def run_approve_hooks(request_id: int, approver: Any) -> None:
    """Call every hook for one approved request."""
    for hook in _on_approve:
        hook(request_id, approver)


def on_withdraw(hook: Callable[[int, Any], None]) -> None:
    """Register a hook (request id, who withdraws) that runs in the transaction that withdraws a request, with
    its row locked.
    """
    _on_withdraw.append(hook)


def run_withdraw_hooks(request_id: int, actor: Any) -> None:
    """Call every hook for one withdrawn request."""
    for hook in _on_withdraw:
        hook(request_id, actor)


def on_rewrite(hook: Callable[[int], str]) -> None:
    """Register a hook (request id) that tells in a sentence why nobody may change or submit a request that is
    with its authors: something still fills it. It returns nothing where they may.
    """
    _on_rewrite.append(hook)


def why_not_rewrite(request_id: int) -> str:
    """Return why a request that is with its authors can't be changed or submitted; empty where it can."""
    return next(filter(None, (hook(request_id) for hook in _on_rewrite)), "")

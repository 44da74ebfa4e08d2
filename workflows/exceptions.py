"""Errors people can act on; every app subclasses or raises these, never a bare exception."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class FieldError:
    """One thing wrong with one key or column: where (`path`), a stable `code`, and a sentence (`detail`)."""

    path: str
    code: str
    detail: str


class ConcordError(Exception):
    """Base of every domain error: a stable `code`, a sentence a person can act on, and context for screens.

    `status` is the HTTP status the API answers with.
    """

    code = "error"
    status = 400

    def __init__(self, message: str, *, code: str | None = None, **context: Any) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.context = context

    def __str__(self) -> str:
        return str(self.message)


class NotAllowed(ConcordError):
    """The actor may not do this; the message says which right is missing."""

    code = "not_allowed"
    status = 403


class NotFound(ConcordError):
    """Something named by a person (a code, a file, a number) does not exist."""

    code = "not_found"
    status = 404


class Invalid(ConcordError):
    """Input that breaks a rule; `errors` names each field and reason."""

    code = "invalid"
    status = 422

    def __init__(
        self, message: str, *, errors: Sequence[FieldError] = (), code: str | None = None, **context: Any
    ) -> None:
        super().__init__(message, code=code, **context)
        self.errors = tuple(errors)


class Conflict(ConcordError):
    """Truth moved in a way the merge cannot reconcile; a person has to decide."""

    code = "conflict"
    status = 409


class StaleRevision(Conflict):
    """The caller edited an older revision than the one that is true now."""

    code = "stale_revision"


class NotReady(ConcordError):
    """The object is in a state in which this cannot happen (yet)."""

    code = "not_ready"
    status = 409


class Locked(ConcordError):
    """Somebody or something holds this at the moment; trying again later may work."""

    code = "locked"
    status = 423

"""Ids that every log line of the running piece of work carries: the request, the job, the change request."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

_IDS: ContextVar[Mapping[str, str]] = ContextVar("concord_log_ids", default=MappingProxyType({}))


@contextmanager
def log_context(**ids: object) -> Iterator[None]:
    """Add `ids` (`request_id`, `job_id`, `change_request_id`) to log lines written inside the block.

    Blocks nest; a value of None takes an outer id away. A thread starts without ids: enter a block of its own
    there.
    """
    merged = {**_IDS.get(), **ids}
    token = _IDS.set({name: str(value) for name, value in merged.items() if value is not None})
    try:
        yield
    finally:
        _IDS.reset(token)


def current_log_ids() -> Mapping[str, str]:
    """Return the ids bound at this moment, outermost first."""
    return _IDS.get()

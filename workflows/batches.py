"""Taking a stream of items in pieces, so that memory is that of one piece."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")


def batched(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Yield the items in lists of `size`, the last one shorter; consumes no more than it yields."""
    source = iter(items)
    while batch := list(islice(source, size)):
        yield batch

"""Taking a stream in pieces."""

from __future__ import annotations

from workflows.batches import batched


def test_stream_comes_in_pieces_and_no_further_than_asked_for() -> None:
    source = iter(range(7))

    pieces = batched(source, 3)

    assert next(pieces) == [0, 1, 2]
    assert next(source) == 3
    assert list(pieces) == [[4, 5, 6]]
    assert list(batched([], 3)) == []

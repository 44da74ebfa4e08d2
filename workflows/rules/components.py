"""Which changes of one request must be applied together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def components(members: Iterable[tuple[int, Sequence[str]]]) -> list[list[int]]:
    """Group change ids that share a token, directly or through others (union–find with path halving).

    Each member is (change id, tokens); a token names an object or an identifier the change depends on or
    gives. Groups come in the order of their smallest id, ids within a group ascending.
    """
    parent: dict[int, int] = {}
    owner: dict[str, int] = {}

    def find(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for change_id, tokens in members:
        parent.setdefault(change_id, change_id)
        for token in tokens:
            other = owner.setdefault(token, change_id)
            left, right = find(change_id), find(other)
            if left != right:
                parent[max(left, right)] = min(left, right)
    groups: dict[int, list[int]] = {}
    for node in sorted(parent):
        groups.setdefault(find(node), []).append(node)
    return [groups[root] for root in sorted(groups)]


def chunks(groups: Iterable[list[int]], size: int) -> list[list[int]]:
    """Pack whole groups into chunks of up to `size` members; a larger group is a chunk of its own."""
    packed: list[list[int]] = []
    current: list[int] = []
    for group in groups:
        if current and len(current) + len(group) > size:
            packed.append(current)
            current = []
        current = current + group if current else list(group)
        if len(current) >= size:
            packed.append(current)
            current = []
    if current:
        packed.append(current)
    return packed

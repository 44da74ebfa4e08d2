"""How products hang together: parents above, variants below, and how many levels there may be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from catalog.rules.keys import fold
from catalog.rules.structure import FamilyVariantSpec
from workflows.rules.documents import JSONValue

MAX_LEVELS = 3
"""A product and the parents above it: a family variant has one level or two, and its root."""

LINEAGE_KEYS = frozenset({"#kind", "#parent", "#family_variant"})
"""What a product's place in the tree, and that of the products below it, depends on."""


@dataclass(frozen=True, slots=True)
class Node:
    """What the tree needs to know of a product; `parent` is an id, None for a root."""

    sku: str
    kind: str
    parent: str | None
    family_variant: str


def node_of(document: Mapping[str, JSONValue]) -> Node:
    """Return a product's place in the tree by its document."""
    parent = document.get("#parent")
    return Node(
        str(document.get("sku")),
        str(document.get("#kind")),
        str(parent) if parent else None,
        str(document.get("#family_variant") or ""),
    )


class Lineage:
    """Products by id with their parents, as they would be."""

    def __init__(self, nodes: Mapping[str, Node], variants: Mapping[str, FamilyVariantSpec]) -> None:
        self.nodes = nodes
        self._variants = variants
        self._children: dict[str, list[str]] = defaultdict(list)
        for key, node in nodes.items():
            if node.parent is not None:
                self._children[node.parent].append(key)

    def climb(self, key: str) -> list[str]:
        """Return the product and its ancestors, nearest first; empty where they lead round in a circle."""
        found: dict[str, None] = {}
        here: str | None = key
        while here is not None and here in self.nodes:
            if here in found:
                return []
            found[here] = None
            here = self.nodes[here].parent
        return list(found)

    def children(self, key: str) -> list[str]:
        """Return the products right below."""
        return self._children.get(key, [])

    def below(self, key: str, levels: int = MAX_LEVELS) -> Iterator[tuple[str, int]]:
        """Yield the products below with their distance from 1; a circle ends after `levels`."""
        for child in self.children(key) if levels else ():
            yield child, 1
            yield from ((deeper, distance + 1) for deeper, distance in self.below(child, levels - 1))

    def allowed_levels(self, root: str) -> int:
        """Return how many levels a root and what hangs below it may have."""
        variant = self._variants.get(fold(self.nodes[root].family_variant))
        return 1 + len(variant.levels) if variant and variant.levels else MAX_LEVELS

"""The category tree from a specification: every place computed in memory, only what differs written."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from catalog.models import Category
from catalog.rules.keys import fold
from catalog.services.structure_writer import Item, KindResult, StructureWriter
from workflows.bulk import update_rows
from workflows.exceptions import Invalid
from workflows.services.structure import save_structures

ROOT = ""


def load_categories(writer: StructureWriter, items: Iterable[Item]) -> None:
    """Write categories with their places: an item that says `parent` (None: a tree of its own) moves there,
    with all below it, and siblings stand in the order in which they are named.

    Call under `lock_structure`, which stands for a lock on the root of the tree. About ten queries, whatever
    moves.
    """
    tree = _Tree()
    said = list(items)
    for item in said:
        tree.take(item)
    tree.check()
    tree.order([fold(item["code"]) for item in said])
    tree.place()
    told = writer.result.kinds.setdefault("categories", KindResult())
    for item in said:
        folded = fold(item["code"])
        outcome = "new" if folded in tree.created else "changed" if tree.is_changed(folded) else "unchanged"
        getattr(told, outcome).append(item["code"])
    _write(writer, tree)


@dataclass(frozen=True)
class _Place:
    """Where a category stands: its parent's folded code and treebeard's three columns."""

    parent: str
    path: str
    depth: int
    numchild: int


class _Tree:
    """All categories by folded code, as they are and as they shall be."""

    def __init__(self) -> None:
        self.nodes: dict[str, Category] = {}
        self.before: dict[str, _Place] = {}
        self.parents: dict[str, str] = {}
        self.children: dict[str, list[str]] = defaultdict(list)
        self.created: set[str] = set()
        self.relabelled: set[str] = set()
        self.reordered: set[str] = set()
        self.seen: Counter[str] = Counter()
        by_path = {"": ROOT}
        for node in Category.objects.order_by("path"):
            folded = by_path[node.path] = node.code_folded
            parent = by_path[node.path[: -Category.steplen]]
            self.nodes[folded] = node
            self.before[folded] = _Place(parent, node.path, node.depth, node.numchild)
            self.parents[folded] = parent
            self.children[parent].append(folded)

    def take(self, item: Item) -> None:
        """Note what one item says."""
        folded = fold(item["code"])
        self.seen[folded] += 1
        if self.seen[folded] > 1:
            raise Invalid(_("“%(code)s” stands twice among the categories.") % {"code": item["code"]})
        node = self.nodes.get(folded)
        if node is None:
            node = self.nodes[folded] = Category(code=item["code"], code_folded=folded, labels={})
            self.created.add(folded)
            self.parents[folded] = ROOT
            self.children[ROOT].append(folded)
        if "labels" in item and item["labels"] != node.labels:
            node.labels = item["labels"]
            self.relabelled.add(folded)
        parent = fold(item["parent"]) if item.get("parent") else ROOT
        if "parent" in item and parent != self.parents[folded]:
            self.children[self.parents[folded]].remove(folded)
            self.children[parent].append(folded)
            self.parents[folded] = parent

    def check(self) -> None:
        """Refuse parents that don't exist, and circles."""
        for folded, parent in self.parents.items():
            if parent != ROOT and parent not in self.nodes:
                raise Invalid(
                    _("The category “%(code)s” stands under “%(parent)s”, which does not exist.")
                    % {"code": self.nodes[folded].code, "parent": parent}
                )
        reached = {ROOT}
        waiting = [ROOT]
        while waiting:
            children = self.children[waiting.pop()]
            reached.update(children)
            waiting.extend(children)
        lost = [node.code for folded, node in self.nodes.items() if folded not in reached]
        if lost:
            raise Invalid(
                _("The categories %(codes)s stand under each other in a circle.")
                % {"codes": ", ".join(lost[:5])}
            )

    def order(self, said: list[str]) -> None:
        """Bring named siblings into the order in which they are named; those between them keep their turn."""
        named: dict[str, list[str]] = defaultdict(list)
        for folded in said:
            named[self.parents[folded]].append(folded)
        for parent, wanted in named.items():
            turns = iter(wanted)
            before = self.children[parent]
            after = [next(turns) if folded in self.seen else folded for folded in before]
            self.children[parent] = after
            stayed = [folded for folded in after if folded in self.before and not self.is_moved(folded)]
            known = set(stayed)
            if stayed != [folded for folded in before if folded in known]:
                self.reordered.update(known & set(wanted))

    def place(self) -> None:
        """Compute treebeard's columns from the root down; a category that can keep its path keeps it."""
        waiting = [(ROOT, "", 0)]
        while waiting:
            parent, above, depth = waiting.pop()
            last = 0
            for folded in self.children[parent]:
                node = self.nodes[folded]
                step = int(node.path[-Category.steplen :], 36) if node.path else 0
                last = step if step > last and not self.is_moved(folded) else last + 1
                node.path = above + Category.numconv_obj().int2str(last).rjust(Category.steplen, "0")
                node.depth = depth + 1
                node.numchild = len(self.children[folded])
                if len(node.path) > Category._meta.get_field("path").max_length:
                    raise Invalid(_("The category “%(code)s” stands too deep.") % {"code": node.code})
                waiting.append((folded, node.path, node.depth))

    def is_moved(self, folded: str) -> bool:
        """Tell whether a category that was there stands under another one now."""
        before = self.before.get(folded)
        return before is not None and before.parent != self.parents[folded]

    def is_changed(self, folded: str) -> bool:
        """Tell whether a category that was there has another name, parent or turn."""
        return folded in self.relabelled or folded in self.reordered or self.is_moved(folded)


def _write(writer: StructureWriter, tree: _Tree) -> None:
    """Write what differs. Paths are unique: those that change step aside before others take their place."""
    rows = {
        folded: (node.path, node.depth, node.numchild)
        for folded, node in tree.nodes.items()
        if folded not in tree.created
    }
    shifted = [
        folded
        for folded, row in rows.items()
        if row != (tree.before[folded].path, tree.before[folded].depth, tree.before[folded].numchild)
    ]
    update_rows(
        Category, "id", ("path",), [(tree.nodes[each].pk, f"~{tree.nodes[each].pk}") for each in shifted]
    )
    update_rows(
        Category,
        "id",
        ("path", "depth", "numchild"),
        [(tree.nodes[folded].pk, *rows[folded]) for folded in shifted],
    )
    save_structures(
        Category,
        created=[node for folded, node in tree.nodes.items() if folded in tree.created],
        changed=[
            node
            for folded, node in tree.nodes.items()
            if folded not in tree.created and tree.is_changed(folded)
        ],
        actor=writer.actor,
        reason=writer.reason,
        fields=["labels"],
    )

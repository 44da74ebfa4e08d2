"""Structure keys of a product document: kind, family, parent, categories, state, and how they combine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from catalog.rules.keys import fold
from catalog.rules.values import ValueProblem
from workflows.rules.documents import Document, JSONValue, Patch

KINDS = ("simple", "parent", "variant", "bundle")
# From freest to strictest: of a product and its parents the strictest state holds.
STATES = ("active", "phase_out", "draft", "discontinued", "recalled", "archived")


@dataclass(frozen=True)
class FamilyVariantSpec:
    """A family variant: its family and, per level, axes and attributes."""

    code: str
    family: str
    levels: tuple[Mapping[str, Sequence[str]], ...]


@dataclass(frozen=True)
class StructureSpec:
    """The codes structure keys may name, each by its folded form."""

    families: Mapping[str, str] = field(default_factory=dict)
    family_variants: Mapping[str, FamilyVariantSpec] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)


def normalise_structure(
    key: str, raw: object, spec: StructureSpec, *, loose: bool = False
) -> JSONValue | None:
    """Return a structure value in stored form, None where it says nothing. Raises `ValueProblem`.

    `loose` finds families and categories without regard to case, as imports do.
    """
    if raw is None or raw in ("", []):
        return None
    if key == "#exists":
        if raw is True:
            return True
        raise ValueProblem("exists", "An object exists or is archived; nothing else.")
    if key == "#kind":
        return _one_of(raw, KINDS, "kind")
    if key == "#state":
        return _one_of(raw, STATES, "state")
    if key == "#family":
        return _known(raw, spec.families, "family", loose)
    if key == "#family_variant":
        names = {folded: variant.code for folded, variant in spec.family_variants.items()}
        return _known(raw, names, "family variant", loose)
    if key == "#parent":
        try:
            return str(UUID(str(raw)))
        except ValueError:
            raise ValueProblem("not_an_id", f"“{raw}” is not the id of a product.") from None
    if key == "#categories":
        members = raw if isinstance(raw, list) else [raw]
        codes = [_known(member, spec.categories, "category", loose) for member in members]
        return list(dict.fromkeys(codes)) or None
    raise ValueProblem("unknown_key", f"“{key}” is not a structure key.")


def _one_of(raw: object, choices: Sequence[str], what: str) -> str:
    text = str(raw).strip().lower()
    if text not in choices:
        raise ValueProblem(f"unknown_{what}", f"“{raw}” is not a {what}; possible are {', '.join(choices)}.")
    return text


def _known(raw: object, codes: Mapping[str, str], what: str, loose: bool) -> str:
    text = str(raw).strip()
    stored = codes.get(fold(text))
    if stored is None or (stored != text and not loose):
        raise ValueProblem(f"unknown_{what.replace(' ', '_')}", f"There is no {what} “{text}”.")
    return stored


def structure_problems(document: Document, spec: StructureSpec) -> list[tuple[str, str, str]]:
    """Return (key, code, sentence) for what contradicts itself within one document."""
    problems: list[tuple[str, str, str]] = []
    if not isinstance(document.get("sku"), str):
        problems.append(("sku", "missing_value", "A product needs a SKU."))
    kind = document.get("#kind")
    if kind is None:
        problems.append(("#kind", "missing_value", "A product needs a kind."))
    if document.get("#state") is None:
        problems.append(("#state", "missing_value", "A product needs a state."))
    parent = document.get("#parent")
    if kind == "variant" and parent is None:
        problems.append(("#parent", "no_parent", "A variant needs a parent."))
    if kind in ("simple", "bundle") and parent is not None:
        problems.append(("#parent", "parent_not_allowed", f"A {kind} product has no parent."))
    if parent is not None and document.get("#family") is not None:
        problems.append(("#family", "family_below_root", "The family stands at the topmost parent only."))
    variant = document.get("#family_variant")
    if variant is not None:
        found = spec.family_variants.get(fold(str(variant)))
        if found is not None and fold(found.family) != fold(str(document.get("#family", ""))):
            problems.append(
                (
                    "#family_variant",
                    "other_family",
                    f"“{variant}” splits the family {found.family}, not this product's.",
                )
            )
    return problems


def creation_keys(patch: Patch, spec: StructureSpec) -> frozenset[str]:
    """Return the keys of a new product's patch without which it would not exist or contradict itself."""
    document = {key: value for key, value in patch.items() if value is not None}
    problems = set(structure_problems(document, spec))

    def is_needed(key: str) -> bool:
        others = {other: value for other, value in document.items() if other != key}
        return key == "#exists" or not problems.issuperset(structure_problems(others, spec))

    return frozenset(key for key in patch if is_needed(key))


def family_of(levels: Sequence[Document]) -> str:
    """Return the family of a product, which stands at its root; empty where there is none."""
    return str(levels[-1].get("#family") or "") if levels else ""


def categories_of(levels: Sequence[Document]) -> list[str]:
    """Return the union of categories over the levels, nearest first."""
    found: dict[str, None] = {}
    for document in levels:
        codes = document.get("#categories")
        if isinstance(codes, list):
            found.update(dict.fromkeys(map(str, codes)))
    return list(found)


def state_of(levels: Sequence[Document]) -> str:
    """Return the strictest state over the levels; a level that no longer exists counts as archived."""
    return max((own_state(document) for document in levels), key=STATES.index, default="archived")


def own_state(document: Document) -> str:
    """Return the state one document says."""
    if document.get("#exists") is not True:
        return "archived"
    return str(document.get("#state") or "draft")


def linked_products(patch: Patch) -> set[str]:
    """Return the ids of the products a patch names as parent or links to."""
    found = set()
    parent = patch.get("#parent")
    if parent:
        found.add(str(parent))
    for value in patch.values():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            found.update(
                str(link["product"]) for link in value if isinstance(link, dict) and "product" in link
            )
    return found

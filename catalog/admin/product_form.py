"""The values of one product as slots, by attribute group, and what a sent page changes in them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext as _

from catalog.admin.showing import Lookups, hidden_sentence, request_url
from catalog.admin.slots import (
    Entry,
    Origin,
    Slot,
    Suggest,
    changed,
    entry_of,
    find_skus,
    raw_of,
    read_entry,
    slot_of,
)
from catalog.constants import ProductKind, ProductState
from catalog.rules.keys import ValueKey, fold
from catalog.rules.resolve import Place, Resolution, hidden_overrides, resolve
from catalog.rules.structure import family_of
from catalog.rules.values import AttributeSpec
from catalog.services.display import locale_name, pick_label, structure_label
from catalog.services.hiding import Hiding
from catalog.services.schema import Schema
from workflows.exceptions import FieldError
from workflows.rules.documents import Document, JSONValue

MEDIA_TYPES = ("asset", "assets")
MAX_UNASKED = 120
STRUCTURE = "structure"


@dataclass
class Field:
    """One attribute on the page: its main slot or one per currency, then the overrides for other scopes."""

    spec: AttributeSpec | None
    label: str
    slots: list[Slot]
    overrides: list[Slot] = field(default_factory=list)
    in_family: bool = True

    @property
    def code(self) -> str:
        """The attribute's code."""
        return self.spec.code if self.spec else ""


@dataclass
class Section:
    """One tab of values."""

    code: str
    label: str
    fields: list[Field]

    @property
    def slots(self) -> Iterator[Slot]:
        """Every slot of the tab."""
        return (slot for entry in self.fields for slot in (*entry.slots, *entry.overrides))

    @property
    def missing(self) -> int:
        """How many attributes nobody says anything about."""
        return sum(all(slot.is_missing for slot in entry.slots) for entry in self.fields)

    @property
    def problems(self) -> int:
        """How many slots hold something that can't be stored."""
        return sum(bool(slot.errors) for slot in self.slots)


@dataclass(frozen=True)
class Typed:
    """What a sent page changes: raw values by key, and what can't be read at all."""

    raw: dict[str, object]
    errors: list[FieldError]


class ProductForm:
    """The slots of one product in one locale on one scope.

    `levels` is the product's own document and its parents'; the first may be the one of an earlier revision,
    for reading a page that was made from it. `place` decides which keys have a slot: a scopable attribute is
    edited for the scope shown, any other everywhere.
    """

    def __init__(
        self,
        schema: Schema,
        levels: Sequence[Document],
        place: Place,
        lookups: Lookups,
        *,
        parents: Sequence[UUID] = (),
        fixed: Collection[str] = (),
    ) -> None:
        self.schema = schema
        self.levels = list(levels)
        self.own = self.levels[0]
        self.place = place
        self.lookups = lookups
        self.parents = list(parents)
        self.fixed = fixed
        self.sections = self._sections()
        self.slots = {slot.key: slot for section in self.sections for slot in section.slots}

    def _sections(self) -> list[Section]:
        family = self.schema.families.get(family_of(self.levels))
        named = family.attributes if family else ()
        groups: dict[str, list[Field]] = {}
        media: list[Field] = []
        links: list[Field] = []
        for spec in self._attributes(named):
            entry = self._field(spec)
            entry.in_family = not named or spec.code in named
            target = {"asset": media, "assets": media, "products": links}.get(spec.type)
            (groups.setdefault(spec.group, []) if target is None else target).append(entry)
        order = sorted(groups, key=lambda code: (code == "", self._position(code), code))
        sections = []
        for code in order:
            group = self.schema.groups.get(code)
            label = pick_label(group.labels, code) if group else _("Other")
            sections.append(Section(f"group-{code or 'other'}", label, groups[code]))
        sections.append(Section("media", _("Media"), media))
        sections.append(Section("links", _("Linked products"), links))
        sections.append(Section(STRUCTURE, _("Family and state"), self._structure()))
        return [section for section in sections if section.fields]

    def _position(self, group: str) -> int:
        found = self.schema.groups.get(group)
        return found.position if found else 0

    def _attributes(self, named: Sequence[str]) -> list[AttributeSpec]:
        """Return the family's attributes and all that have a value; without a family, a bearable number of
        all.
        """
        attributes = self.schema.attributes
        said = {ValueKey.parse(key).code for level in self.levels for key in level if not key.startswith("#")}
        wanted = said | set(named) | {"sku"}
        if not named and len(attributes) <= MAX_UNASKED:
            wanted = set(attributes)
        return [spec for code, spec in attributes.items() if code in wanted]

    def _field(self, spec: AttributeSpec) -> Field:
        label = pick_label(spec.labels, spec.code)
        locale = self.place.locale if spec.localised else ""
        scope = self.place.scope if spec.scopable else ""
        if locale and spec.locales and locale not in spec.locales:
            slot = Slot(key=f"{spec.code}:{locale}", kind="none", label=label, may_be_empty=False)
            slot.hint = _("This attribute has no text in %(language)s.") % {"language": locale_name(locale)}
            return Field(spec, label, [slot])
        slots = [
            self._slot(spec, ValueKey(spec.code, part, locale, scope), label) for part in self._parts(spec)
        ]
        entry = Field(spec, label, slots)
        if spec.scopable and not scope:
            entry.overrides = [self._override(spec, key, label) for key in self._overridden(spec, locale)]
        return entry

    def _parts(self, spec: AttributeSpec) -> list[str]:
        if spec.type != "price":
            return [""]
        said = {
            key.part
            for level in self.levels
            for key in (ValueKey.parse(text) for text in level if not text.startswith("#"))
            if key.code == spec.code
        }
        return list(dict.fromkeys([*self.schema.currencies, *sorted(said)]))

    def _overridden(self, spec: AttributeSpec, locale: str) -> list[ValueKey]:
        keys = [ValueKey.parse(text) for text in self.own if text.startswith(spec.code) and "@" in text]
        return [key for key in keys if key.code == spec.code and key.locale == locale]

    def _slot(self, spec: AttributeSpec, key: ValueKey, label: str) -> Slot:
        text = str(key)
        slot = slot_of(self.schema, spec, text, label)
        slot.detail, slot.language = key.part, key.locale
        if spec.type == "price" and not key.part:
            slot.kind = "none"
        self._fill(slot)
        if key.scope:
            slot.override = self.scope_label(key.scope)
        found = resolve(spec, self.place, self.levels, key.part)
        if found is not None and not slot.is_own:
            slot.shown = self.lookups.show(found.key, found.value)
            slot.origin = self._origin(found, key)
        if slot.is_own:
            self._look_below(slot, spec, key)
        if found is not None:
            for hidden in hidden_overrides(spec, self.place, self.levels, found):
                where = self.scope_label(ValueKey.parse(hidden).scope)
                note = _("A value for %(scope)s stands further up; this one hides it.")
                slot.notes.append(note % {"scope": where})
        return slot

    def _override(self, spec: AttributeSpec, key: ValueKey, label: str) -> Slot:
        slot = slot_of(self.schema, spec, str(key), label)
        slot.detail, slot.language = key.part, key.locale
        slot.override = self.scope_label(key.scope)
        self._fill(slot)
        self._look_below(slot, spec, key)
        return slot

    def _fill(self, slot: Slot) -> None:
        slot.own = self.own.get(slot.key)
        slot.initial = entry_of(slot, slot.own, self.lookups)
        slot.shown = self.lookups.show(slot.key, slot.own)

    def _look_below(self, slot: Slot, spec: AttributeSpec, key: ValueKey) -> None:
        """Note what would hold here if the product's own value were taken away."""
        rest = {name: value for name, value in self.own.items() if name != slot.key}
        scope = self.schema.scopes.get(key.scope)
        place = Place(scope.chain if scope else (), self.place.locales)
        found = resolve(spec, place, [rest, *self.levels[1:]], key.part)
        slot.below = self.lookups.show(found.key, found.value) if found else None

    def _origin(self, found: Resolution, key: ValueKey) -> Origin:
        where = ValueKey.parse(found.key)
        if found.level:
            pk = self.parents[found.level - 1] if found.level <= len(self.parents) else None
            parent = self.lookups.products.get(pk) if pk else None
            label = parent.title if parent else _("its parent")
            if parent and parent.detail:
                label = f"{label}, {parent.detail}"
            if where.locale != key.locale:
                label += f" ({locale_name(where.locale)})"
            return Origin("inherited", label, parent.url if parent else "")
        if where.locale != key.locale:
            return Origin("fallback", locale_name(where.locale))
        if where.scope:
            return Origin("scope", self.scope_label(where.scope))
        return Origin("base", _("as everywhere"))

    def scope_label(self, code: str) -> str:
        """Return how a scope is called."""
        scope = self.schema.scopes.get(code)
        return pick_label(scope.labels, code) if scope else code

    def _structure(self) -> list[Field]:
        """Return the slots of kind, family, parent, categories and state."""
        schema, own = self.schema, self.own
        families = sorted(
            ((code, pick_label(spec.labels, code)) for code, spec in schema.families.items()),
            key=lambda pair: pair[1].casefold(),
        )
        kind = str(own.get("#kind", ""))
        slots = [
            Slot(key="#state", kind="menu", label="", choices=ProductState.choices),
            Slot(key="#kind", kind="menu", label="", choices=ProductKind.choices, fixed=True),
        ]
        if own.get("#parent") is None and kind != "variant":
            slots.append(Slot(key="#family", kind="menu", label="", choices=families))
        if kind == "parent":
            family = fold(family_of(self.levels))
            variants = [
                (variant.code, variant.code)
                for variant in schema.structure.family_variants.values()
                if fold(variant.family) == family
            ]
            slots.append(Slot(key="#family_variant", kind="menu", label="", choices=variants))
        if kind in ("variant", "parent"):
            slots.append(Slot(key="#parent", kind="code", label="", suggest=Suggest("product")))
            slots[-1].hint = _("The parent's SKU.")
        categories = Slot(key="#categories", kind="codes", label="", suggest=Suggest("category"))
        categories.hint = _("One category code per line; those of the parent count as well.")
        slots.append(categories)
        for slot in slots:
            slot.label = structure_label(slot.key)
            slot.may_be_empty = False
            slot.fixed = slot.fixed or slot.key in self.fixed
            self._fill(slot)
        return [Field(None, slot.label, [slot]) for slot in slots]

    def read(self, posted: QueryDict) -> Typed:
        """Return what the sent page changes against the document this form was made from.

        One query for SKUs named in links. Slots keep what was typed, so that the page can show it again.
        """
        typed: list[tuple[Slot, Entry]] = []
        for slot in self.slots.values():
            if slot.fixed or slot.kind == "none":
                continue
            entry = read_entry(slot, posted)
            if entry is not None and changed(slot, entry):
                slot.typed = entry
                typed.append((slot, entry))
        skus = find_skus(typed)
        raw: dict[str, object] = {}
        errors: list[FieldError] = []
        for slot, entry in typed:
            raw[slot.key], problems = raw_of(slot, entry, skus)
            errors.extend(problems)
        return Typed(raw, errors)

    def keep(self, other: ProductForm) -> None:
        """Take over what was typed into another form of the same product."""
        for key, slot in other.slots.items():
            if slot.typed is not None and key in self.slots:
                self.slots[key].typed = slot.typed

    def blame(self, errors: Sequence[FieldError]) -> list[str]:
        """Put errors on the slots they name; returns the sentences of those that have none."""
        rest = []
        for error in errors:
            slot = self.slots.get(error.path)
            if slot is not None:
                slot.errors.append(error.detail)
            elif error.detail not in rest:
                rest.append(error.detail)
        return rest

    def explain_moves(self, keys: Sequence[str], revision: int) -> None:
        """Say on each slot whose truth moved while the person typed what it says now."""
        for key in keys:
            slot = self.slots.get(key)
            if slot is not None:
                now = slot.shown.plain if slot.is_own else _("nothing")
                sentence = _(
                    "Somebody changed this while you were typing; revision %(revision)s says: %(now)s. "
                    "Send yours again to propose it in its place."
                )
                slot.errors.append(sentence % {"revision": revision, "now": now})

    def tell_sources(self, provenance: Mapping[str, int]) -> None:
        """Put on each own value which request set it; the requests must be in the look-ups."""
        for key, slot in self.slots.items():
            request = self.lookups.requests.get(provenance.get(key, 0))
            if slot.is_own and request is not None:
                slot.source = {"request": request, "url": request_url(request.pk)}

    def tell_hidden(self, hidden: Mapping[str, Sequence[Hiding]]) -> None:
        """Warn on each override that products below hide it."""
        for key, hiding in hidden.items():
            if key in self.slots:
                self.slots[key].warnings.append(hidden_sentence(hiding))

    def tell_proposals(self, proposals: Mapping[str, Sequence[tuple[int, JSONValue | None]]]) -> None:
        """Put on each slot what open requests want of it."""
        for key, wanted in proposals.items():
            slot = self.slots.get(key)
            if slot is None:
                continue
            for request_id, value in wanted:
                shown = self.lookups.show(key, value).plain if value is not None else _("no own value")
                slot.notes.append(
                    {"request": request_id, "url": request_url(request_id), "value": shown[:120]}
                )

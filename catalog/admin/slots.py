"""Slots: one input for one value key, what it holds, and what was typed into it.

A slot is named by its value key. Its parts travel as `v.<key>` (the value), `u.<key>` (a unit), `m.<key>`
(how it is meant) and `c.<key>` (says that a list of boxes was on the page at all). What equals the document
at the revision the person saw is no change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from catalog.admin.showing import Lookups, Shown
from catalog.measurements import MEASURES
from catalog.rules.keys import fold
from catalog.rules.values import AttributeSpec
from catalog.selectors import products_by_sku
from catalog.services.display import pick_label
from catalog.services.schema import Schema
from workflows.exceptions import FieldError
from workflows.rules.documents import EMPTY, JSONValue, is_empty_marker

MENU_LIMIT = 40
BOXES_LIMIT = 24
INHERIT, MEANT_EMPTY = "inherit", "empty"
NUMBERS = frozenset({"integer", "decimal", "price"})


@dataclass(frozen=True)
class Entry:
    """What stands in the input of a slot: its value (several for boxes), its unit, and how it is meant."""

    values: tuple[str, ...] = ("",)
    unit: str = ""
    mode: str = ""

    @property
    def value(self) -> str:
        """The one value."""
        return self.values[0] if self.values else ""


@dataclass(frozen=True)
class Suggest:
    """Where an input gets suggestions from: a kind of thing, and the attribute whose choices they are."""

    what: str
    attribute: str = ""


@dataclass(frozen=True)
class Origin:
    """Where a value shown without an own one comes from; `sign` is one of inherited, scope, base,
    fallback.
    """

    sign: str
    label: str
    url: str = ""


@dataclass
class Slot:
    """One input. `own` is what the document says under this key; `shown` what holds here, whoever says it."""

    key: str
    kind: str
    label: str
    detail: str = ""
    own: JSONValue | None = None
    shown: Shown = field(default_factory=Shown)
    below: Shown | None = None
    origin: Origin | None = None
    override: str = ""
    choices: Sequence[tuple[str, str | Promise]] = ()
    units: Sequence[tuple[str, str]] = ()
    suggest: Suggest | None = None
    hint: str = ""
    max_chars: int = 0
    initial: Entry = field(default_factory=Entry)
    typed: Entry | None = None
    errors: list[str] = field(default_factory=list)
    notes: list[object] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    source: object = ""
    may_be_empty: bool = True
    fixed: bool = False
    language: str = ""
    usual_unit: str = ""

    @property
    def id(self) -> str:
        """The name by which the page's label and anchor know the input."""
        return "f-" + "".join(char if char.isalnum() else "-" for char in self.key)

    @property
    def entry(self) -> Entry:
        """What the input holds: what was typed, else what is stored."""
        return self.typed or self.initial

    @property
    def entry_is_unknown(self) -> bool:
        """Whether what stands in a menu is none of its choices (any more)."""
        return bool(self.entry.value) and self.entry.value not in {value for value, _label in self.choices}

    @property
    def is_own(self) -> bool:
        """Whether the product itself says something here."""
        return self.own is not None

    @property
    def is_missing(self) -> bool:
        """Whether nobody says anything here."""
        return self.own is None and self.origin is None

    @property
    def has_open_input(self) -> bool:
        """Whether the input is shown at once; else a value said elsewhere is shown until somebody asks."""
        there = self.is_own or self.is_missing or self.typed is not None
        return there and self.kind != "none" and not self.fixed

    @property
    def length(self) -> int:
        """Number of characters in the input."""
        return len(self.entry.value)

    @property
    def rows(self) -> int:
        """Height of a text area in lines."""
        text = self.entry.value
        return max(2 if self.kind == "codes" else 3, min(14, text.count("\n") + len(text) // 90 + 1))

    @property
    def described_by(self) -> str:
        """Ids of what explains the input, for screen readers."""
        return " ".join(
            f"{self.id}-{name}" for name, there in (("hint", self.hint), ("errors", self.errors)) if there
        )


def slot_of(schema: Schema, spec: AttributeSpec, key: str, label: str) -> Slot:
    """Return the empty slot of an attribute's key: which kind of input, with which choices."""
    slot = Slot(key=key, kind="line", label=label, max_chars=int(spec.limits.get("max_chars") or 0))
    kind = spec.type
    if kind in ("textarea", "rich_text"):
        slot.kind = "lines"
        if kind == "rich_text":
            slot.hint = _("HTML; anything but paragraphs, lists, links and emphasis is taken out.")
    elif kind == "boolean":
        slot.kind, slot.choices = "menu", [("true", _("Yes")), ("false", _("No"))]
    elif kind in ("select", "multiselect", "reference", "references"):
        _choice_slot(schema, spec, slot)
    elif kind == "measurement":
        family = MEASURES.families.get(MEASURES.find_family(spec.measurement_family) or "")
        slot.kind = "measure"
        slot.units = [(unit.code, unit.symbol) for unit in family.units.values()] if family else []
        slot.usual_unit = spec.unit
    elif kind in NUMBERS:
        slot.kind = "number"
    elif kind == "date":
        slot.kind = "date"
    elif kind == "datetime":
        slot.hint = _("With its time zone: 2026-05-03T09:00+02:00")
    elif kind == "asset":
        slot.kind, slot.suggest = "code", Suggest("asset")
        slot.hint = _("The asset's code; part of it is enough to find it.")
    elif kind == "assets":
        slot.kind, slot.suggest = "codes", Suggest("asset")
        slot.hint = _("One asset code per line, in the order they are shown.")
    elif kind == "products":
        slot.kind, slot.suggest = "codes", Suggest("product")
        slot.hint = _("One SKU per line; several of one as SKU*2.")
    elif kind == "identifier":
        slot.may_be_empty = False
    return slot


def _choice_slot(schema: Schema, spec: AttributeSpec, slot: Slot) -> None:
    if spec.type in ("select", "multiselect"):
        labels, what = schema.option_labels.get(spec.code, {}), "option"
    else:
        labels, what = schema.record_labels.get(spec.entity, {}), "record"
    several = spec.type in ("multiselect", "references")
    limit = BOXES_LIMIT if several else MENU_LIMIT
    if len(labels) <= limit:
        slot.kind = "boxes" if several else "menu"
        slot.choices = [(code, pick_label(named, code)) for code, named in labels.items()]
        return
    slot.kind = "codes" if several else "code"
    slot.suggest = Suggest(what, spec.code)
    slot.hint = _("One code per line.") if several else _("The code; part of its name is enough to find it.")


def entry_of(slot: Slot, value: JSONValue | None, lookups: Lookups) -> Entry:
    """Return what stands in the input for a stored value."""
    if value is None:
        return Entry(values=()) if slot.kind == "boxes" else Entry()
    if is_empty_marker(value):
        return Entry(values=() if slot.kind == "boxes" else ("",), mode=MEANT_EMPTY)
    if isinstance(value, bool):
        return Entry(("true" if value else "false",))
    if slot.kind == "measure" and isinstance(value, dict):
        return Entry((str(value.get("amount", "")),), unit=str(value.get("unit", "")))
    if slot.kind == "boxes" and isinstance(value, list):
        return Entry(tuple(map(str, value)))
    if isinstance(value, list):
        return Entry(("\n".join(_line(member, lookups) for member in value),))
    if slot.key == "#parent":
        return Entry((_line({"product": value}, lookups),))
    return Entry((str(value),))


def _line(member: JSONValue, lookups: Lookups) -> str:
    if not isinstance(member, dict):
        return str(member)
    product = lookups.products.get(UUID(str(member["product"])))
    name = product.sku if product else str(member["product"])
    return f"{name}*{member['quantity']}" if member.get("quantity") else name


def read_entry(slot: Slot, posted: QueryDict) -> Entry | None:
    """Return what was sent for a slot; None where the page that was sent did not hold it."""
    key = slot.key
    mode = posted.get(f"m.{key}", "")
    if slot.kind == "boxes":
        if f"c.{key}" not in posted:
            return None
        return Entry(tuple(posted.getlist(f"v.{key}")), mode=mode)
    if f"v.{key}" not in posted:
        return None
    text = posted.get(f"v.{key}", "").replace("\r\n", "\n")
    return Entry((text,), unit=posted.get(f"u.{key}", ""), mode=mode)


def changed(slot: Slot, entry: Entry) -> bool:
    """Tell whether what was typed differs from what is stored."""
    stored = slot.initial
    if entry.mode == INHERIT:
        return slot.is_own
    if entry.mode == MEANT_EMPTY and (stored.mode != MEANT_EMPTY or not _blank(entry)):
        return True
    if entry.mode != stored.mode:
        return True
    if slot.kind == "boxes":
        return set(entry.values) != set(stored.values)
    if entry.value.strip() != stored.value.strip():
        return True
    return bool(slot.units and entry.value.strip() and entry.unit != stored.unit)


def _blank(entry: Entry) -> bool:
    return not any(value.strip() for value in entry.values)


def raw_of(slot: Slot, entry: Entry, skus: Mapping[str, UUID]) -> tuple[object, list[FieldError]]:
    """Return the raw value an entry means, for the write boundary, and what can't be read at all."""
    if entry.mode == INHERIT:
        return None, []
    if entry.mode == MEANT_EMPTY and (slot.initial.mode != MEANT_EMPTY or _blank(entry)):
        return dict(EMPTY), []
    if _blank(entry):
        return None, []
    if slot.kind == "boxes":
        return list(entry.values), []
    if slot.kind == "measure":
        return {"amount": _number(entry.value), "unit": entry.unit}, []
    if slot.kind == "number":
        return _number(entry.value), []
    if slot.suggest is not None and slot.suggest.what == "product":
        return _links(slot, entry.value, skus)
    if slot.kind == "codes":
        return _split(entry.value), []
    return entry.value, []


def _number(text: str) -> str:
    """Return a number as stored ones are written; a single comma is taken for a decimal point."""
    text = text.strip()
    return text.replace(",", ".") if text.count(",") == 1 and "." not in text else text


def _split(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _links(slot: Slot, text: str, skus: Mapping[str, UUID]) -> tuple[object, list[FieldError]]:
    links: list[dict[str, object]] = []
    errors = []
    for line in _split(text):
        sku, quantity = _sku_and_quantity(line, skus)
        target = skus.get(fold(sku))
        if target is None:
            sentence = _("There is no product with the SKU “%(sku)s”.") % {"sku": sku}
            errors.append(FieldError(slot.key, "unknown_product", sentence))
            continue
        links.append({"product": str(target), **({"quantity": quantity} if quantity else {})})
    if slot.key == "#parent":
        return (links[0]["product"] if links else None), errors
    return links, errors


def _sku_and_quantity(line: str, skus: Mapping[str, UUID]) -> tuple[str, str]:
    """Split `SKU*2`; a SKU that itself holds an asterisk is taken as it is."""
    if fold(line) in skus:
        return line, ""
    sku, star, quantity = line.rpartition("*")
    return (sku.strip(), quantity.strip()) if star else (line, "")


def find_skus(slots: Sequence[tuple[Slot, Entry]]) -> dict[str, UUID]:
    """Return the ids of all products named in entries, by folded SKU, former ones too. One query, none if
    nothing is named.
    """
    named: set[str] = set()
    for slot, entry in slots:
        if slot.suggest is not None and slot.suggest.what == "product":
            for line in _split(entry.value):
                named.update({fold(line), fold(line.rpartition("*")[0].strip())})
    named.discard("")
    if not named:
        return {}
    return products_by_sku(named)

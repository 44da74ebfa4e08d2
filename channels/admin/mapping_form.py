"""The form of one target field's source: the four ways of a mapping, or the profile's default."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.services.display import pick_label
from catalog.services.schema import Schema
from channels.admin.presenting import BUILTIN_LABELS
from channels.rules.mapping import BUILTINS_OF_ATTRIBUTES, holds
from channels.rules.spec import BUILTINS, FieldSpec, Source

DEFAULT, ATTRIBUTES, CONSTANT, FAMILIES, BUILTIN = "default", "attributes", "constant", "families", "builtin"
SEVERAL_TYPES = ("pictures", "texts")
SPARE_SELECTS = 2
_FAMILY = "family-"


class OrderedSelects(forms.SelectMultiple):
    """One select after another, in the order in which they are tried; the last two are free, to add more."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        """Return the selects; what is chosen in none of them is left out when they are sent."""
        choices = [("", "–"), *self.choices]
        chosen = [*(value or ()), *[""] * SPARE_SELECTS]
        label = _("Choice %(number)s")
        return format_html_join(
            format_html(' <span class="cc-hint">{}</span> ', _("else")),
            "{}",
            (
                [
                    forms.Select(
                        {**self.attrs, "id": f"id_{name}_{place}", "aria-label": label % {"number": place}},
                        choices,
                    ).render(name, one)
                ]
                for place, one in enumerate(chosen, 1)
            ),
        )

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        """Return what is chosen, in order, each once."""
        return list(dict.fromkeys(one for one in data.getlist(name) if one))


def _selects() -> OrderedSelects:
    return OrderedSelects({"class": "cc-input cc-select"})


class MappingForm(forms.Form):
    """Where one target field comes from, the revision that was shown, and why it changes.

    `looked_at` is the source whose effect was shown before (see `as_sent`).
    """

    way = forms.ChoiceField(
        choices=[(way, way) for way in (DEFAULT, ATTRIBUTES, CONSTANT, FAMILIES, BUILTIN)],
        error_messages={"required": gettext_lazy("Choose where the field comes from.")},
    )
    attributes = forms.MultipleChoiceField(required=False, widget=_selects())
    constant = forms.CharField(
        required=False,
        max_length=5000,
        widget=forms.TextInput({"class": "cc-input", "aria-label": gettext_lazy("The text")}),
    )
    builtin = forms.ChoiceField(
        required=False,
        widget=forms.Select({"class": "cc-input cc-select", "aria-label": gettext_lazy("What is built in")}),
    )
    of = forms.MultipleChoiceField(required=False, widget=_selects())
    limit = forms.IntegerField(
        label=gettext_lazy("At most"),
        required=False,
        min_value=1,
        widget=forms.NumberInput({"class": "cc-input channel-limit"}),
        error_messages={"min_value": gettext_lazy("Leave it empty for all, or give a number above zero.")},
    )
    seen_revision = forms.IntegerField(widget=forms.HiddenInput())
    looked_at = forms.CharField(required=False)
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        required=False,
        max_length=300,
        widget=forms.TextInput({"class": "cc-input", "aria-describedby": "reason-hint"}),
    )

    def __init__(
        self,
        data: Any,
        *,
        target: FieldSpec,
        own: Source | None,
        revision: int,
        schema: Schema,
    ) -> None:
        shown = own or target.source or Source()
        of_builtin = shown.builtin is not None
        by_family = shown.constant_by_family or {}
        super().__init__(
            data,
            initial={
                "way": way_of(own) if own else DEFAULT,
                "attributes": [] if of_builtin else shown.attributes,
                "constant": shown.constant,
                "builtin": shown.builtin,
                "of": shown.attributes if of_builtin else [],
                "limit": shown.limit,
                "seen_revision": revision,
                **{f"{_FAMILY}{code}": text for code, text in by_family.items()},
            },
        )
        choices = _attribute_choices(schema, shown.attributes)
        for name in ("attributes", "of"):
            self.fields[name].choices = choices  # type: ignore[attr-defined]
        self.fields["builtin"].choices = _builtin_choices(target, shown.builtin)  # type: ignore[attr-defined]
        if target.type not in SEVERAL_TYPES and shown.limit is None:
            del self.fields["limit"]
        for place, (code, label) in enumerate(_families(schema, by_family)):
            self.fields[f"{_FAMILY}{code}"] = forms.CharField(
                label=label,
                required=False,
                max_length=5000,
                widget=forms.TextInput({"class": "cc-input", "id": f"family-{place}"}),
            )

    def by_family(self) -> Iterable[forms.BoundField]:
        """Yield the fields of families, in the order of their names."""
        return (self[name] for name in self.fields if name.startswith(_FAMILY))

    def clean(self) -> dict[str, Any]:
        """Name what the chosen way lacks, beside its field."""
        given: dict[str, Any] = super().clean() or {}
        way = given.get("way")
        if way == ATTRIBUTES and "attributes" not in self.errors and not given["attributes"]:
            self.add_error("attributes", _("Choose at least one attribute."))
        if way == CONSTANT and not given.get("constant"):
            self.add_error("constant", _("Type what the field says."))
        if way == FAMILIES and not self._texts(given):
            self.add_error("way", _("Type what the field says for at least one family."))
        if way == BUILTIN and "builtin" not in self.errors:
            if not given["builtin"]:
                self.add_error("builtin", _("Choose what is built in."))
            elif given.get("of") and given["builtin"] not in BUILTINS_OF_ATTRIBUTES:
                self.add_error("of", _("Only pictures and prices are looked for in attributes; empty these."))
        return given

    def source(self) -> Source | None:
        """Return what was asked for, None for the profile's default; call when the form is valid."""
        given, limit = self.cleaned_data, self.cleaned_data.get("limit")
        match given["way"]:
            case "attributes":
                return Source(attributes=tuple(given["attributes"]), limit=limit)
            case "constant":
                return Source(constant=given["constant"])
            case "families":
                return Source(constant_by_family=self._texts(given))
            case "builtin":
                return Source(builtin=given["builtin"], attributes=tuple(given["of"]), limit=limit)
        return None

    @staticmethod
    def _texts(given: Mapping[str, Any]) -> dict[str, str]:
        return {
            name.removeprefix(_FAMILY): text
            for name, text in given.items()
            if name.startswith(_FAMILY) and text
        }


def way_of(source: Source) -> str:
    """Return which of the four ways a source takes."""
    if source.builtin is not None:
        return BUILTIN
    if source.constant is not None:
        return CONSTANT
    return FAMILIES if source.constant_by_family is not None else ATTRIBUTES


def as_sent(source: Source | None) -> str:
    """Return a source as `looked_at` carries it: equal texts for equal sources."""
    return json.dumps(source.to_json() if source else None, sort_keys=True)


def _attribute_choices(schema: Schema, named: Collection[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return attributes by group in the schema's order; what is named and not there stays a choice."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for code, spec in schema.attributes.items():
        groups.setdefault(spec.group, []).append((code, pick_label(spec.labels, code)))
    choices = [
        (pick_label(schema.groups[code].labels, code) if code in schema.groups else _("Without group"), rows)
        for code, rows in groups.items()
    ]
    if gone := [(code, code) for code in named if code not in schema.attributes]:
        choices.append((_("Not in the catalogue"), gone))
    return choices


def _builtin_choices(target: FieldSpec, current: str | None) -> list[tuple[str, Any]]:
    """Return the built-ins that the field can hold; availability is joined where the profile says so."""
    offered = [name for name in BUILTINS if holds(target, name) and name != "availability"]
    if current is not None and current not in offered:
        offered.append(current)
    return [("", "–"), *((name, BUILTIN_LABELS[name]) for name in offered)]


def _families(schema: Schema, named: Collection[str]) -> list[tuple[str, str]]:
    """Return families by name; what is named and no longer there stays, so that saving doesn't lose it."""
    found = {code: pick_label(family.labels, code) for code, family in schema.families.items()}
    found |= {code: code for code in named if code not in found}
    return sorted(found.items(), key=lambda entry: entry[1].casefold())

"""The form of a channel: its settings and assortment, handed to the settings service as it takes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectMultipleWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from catalog.constants import ProductState
from catalog.models import Category, Family
from catalog.services.display import pick_label
from channels.constants import DEFAULT_ASSORTMENT_STATES
from channels.models import Channel
from workflows.exceptions import FieldError, Invalid

SETTINGS = {
    "code": "code",
    "label": "label",
    "scope": "scope",
    "profile": "profile",
    "link_pattern": "link_pattern",
    "is_public": "public",
    "allow_demo_identifiers": "allow_demo_identifiers",
    "hold_days": "hold_days",
}
"""Form fields and the names the service knows them by."""
ASSORTMENT = ("states", "families", "categories", "include", "exclude")


def _skus(text: str) -> list[str]:
    return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def _labelled(rows: Any, named: Any) -> list[tuple[str, str]]:
    """Return choices with labels; what is named and no longer there stays, so that saving doesn't lose it."""
    choices = {code: pick_label(labels, code) for code, labels in rows}
    return [*choices.items(), *((code, code) for code in named if code not in choices)]


class ChannelForm(forms.ModelForm):
    """Settings and assortment of a channel, the revision that was shown, and why they change."""

    states = forms.MultipleChoiceField(
        label=_("Sold in the states"),
        choices=ProductState.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
        help_text=_("None ticked means active and phase-out."),
    )
    families = forms.MultipleChoiceField(
        label=_("Of the families"),
        required=False,
        widget=UnfoldAdminSelectMultipleWidget(attrs={"size": 8}),
        help_text=_("None chosen means all; Ctrl or Command adds one."),
    )
    categories = forms.MultipleChoiceField(
        label=_("In or under the categories"),
        required=False,
        widget=UnfoldAdminSelectMultipleWidget(attrs={"size": 8}),
        help_text=_("None chosen means all; Ctrl or Command adds one."),
    )
    include = forms.CharField(
        label=_("Always these SKUs"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text=_("One a line; whatever their family and category."),
    )
    exclude = forms.CharField(
        label=_("Never these SKUs"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text=_("One a line."),
    )
    seen_revision = forms.IntegerField(required=False, widget=forms.HiddenInput())
    reason = forms.CharField(
        label=_("Why"),
        max_length=300,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("Stands in the history beside your name."),
    )

    class Meta:
        model = Channel
        fields = tuple(SETTINGS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assortment: Mapping[str, Any] = self.instance.assortment
        if "states" not in self.fields:  # somebody who only looks
            return
        self.fields["families"].choices = _labelled(  # type: ignore[attr-defined]
            Family.objects.order_by("code").values_list("code", "labels"), assortment.get("families", ())
        )
        self.fields["categories"].choices = _labelled(  # type: ignore[attr-defined]
            Category.objects.order_by("path").values_list("code", "labels"), assortment.get("categories", ())
        )
        for name in ASSORTMENT:
            named = assortment.get(name, [])
            self.initial[name] = "\n".join(named) if name in ("include", "exclude") else named
        if not self.initial["states"]:
            self.initial["states"] = list(DEFAULT_ASSORTMENT_STATES)
        self.initial["seen_revision"] = self.instance.revision if self.instance.pk else None

    def settings(self) -> dict[str, Any]:
        """Return what was asked for under the names the service takes; call when the form is valid."""
        given = self.cleaned_data
        values = {name: given[field] for field, name in SETTINGS.items() if field in given}
        for name in ("scope", "profile"):
            values[name] = values[name].code
        assortment = {name: given[name] for name in ("states", "families", "categories")}
        assortment |= {name: _skus(given[name]) for name in ("include", "exclude")}
        if set(assortment["states"]) == set(DEFAULT_ASSORTMENT_STATES):
            assortment["states"] = []
        values["assortment"] = {name: members for name, members in assortment.items() if members}
        return values


def on_fields(error: Invalid, code: str) -> Invalid:
    """Return the service's faults under the names of the form's fields."""
    fields = {name: field for field, name in SETTINGS.items()}
    errors = []
    for one in error.errors:
        name = one.path.removeprefix(f"{code}.")
        errors.append(FieldError(fields.get(name, name), one.code, one.detail))
    return Invalid(str(error), errors=errors)

"""The form of structure objects: a label per language, a position, and why."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from catalog.services.display import locale_name
from catalog.services.schema import current_schema

LABEL = "label_"


class StructureForm(forms.ModelForm):
    """Base of the forms `structure_form` makes; `seen` is the revision the person saw, 0 for a new object."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    reason = forms.CharField(
        label=_("Why"),
        required=False,
        max_length=2000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text=_("Kept in the history."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = self.instance.labels if self.instance.pk else {}
        for name in self.fields:
            if name.startswith(LABEL):
                self.initial[name] = labels.get(name.removeprefix(LABEL), "")
        self.initial["seen"] = self.instance.revision if self.instance.pk else 0

    def labels(self) -> dict[str, str]:
        """Return the labels as they shall be; those of languages without a field stay."""
        kept = dict(self.instance.labels if self.instance.pk else {})
        for name, text in self.cleaned_data.items():
            if name.startswith(LABEL):
                locale = name.removeprefix(LABEL)
                kept.pop(locale, None)
                if text:
                    kept[locale] = text
        return kept


def label_names(obj: models.Model | None) -> list[str]:
    """Return the names of the label fields: every language a channel speaks, then those the object has
    beside.
    """
    own = list(getattr(obj, "labels", {}) or {})
    return [LABEL + locale for locale in dict.fromkeys([*current_schema().locales, *own])]


def structure_form(
    obj: models.Model | None, *, with_position: bool, more: dict[str, forms.Field] | None = None
) -> type[StructureForm]:
    """Return a form class with a field per language, the position if asked, and `more` fields."""
    fields: dict[str, Any] = {
        name: forms.CharField(
            label=locale_name(name.removeprefix(LABEL)),
            required=False,
            max_length=255,
            widget=UnfoldAdminTextInputWidget,
        )
        for name in label_names(obj)
    }
    fields.update(more or {})
    if with_position:
        fields["position"] = forms.IntegerField(
            label=_("Position"),
            required=False,
            widget=UnfoldAdminIntegerFieldWidget,
            help_text=_("Smaller numbers stand further up."),
        )
    return type("StructureForm", (StructureForm,), fields)

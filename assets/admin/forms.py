"""Forms of the asset pages: they parse, services decide."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from babel import Locale, UnknownLocaleError
from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from assets.models import Asset
from workflows.exceptions import Invalid


class MultipleFileInput(forms.ClearableFileInput):
    """A file field that takes several; browsers also take files that are dropped on it."""

    allow_multiple_selected = True


class MultipleFileField(forms.FileField):
    """Several files; each is left to the service, which says of each what is wrong with it."""

    widget = MultipleFileInput(attrs={"class": "asset-drop"})

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        """Return the files; at least one is needed."""
        files = [file for file in data or [] if file]
        if not files:
            raise forms.ValidationError(_("Choose at least one file."), code="required")
        return files


class ReasonForm(forms.Form):
    """What every form of these pages has: why."""

    reason = forms.CharField(
        label=_("Why"), required=False, max_length=1000, widget=UnfoldAdminTextInputWidget(), strip=True
    )

    def reason_or(self, default: str) -> str:
        """Return the reason that was given, else `default`."""
        return self.cleaned_data["reason"] or default


class AddFilesForm(ReasonForm):
    """Several files at once."""

    uploads = MultipleFileField(label=_("Files"))
    folder = forms.CharField(
        label=_("Folder"),
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "spring/shoes"}),
        help_text=_("Optional. An asset's code is the folder and the file name; it stays the same for good."),
    )
    new_versions = forms.BooleanField(
        label=_("A file with the code of an asset becomes its new version"),
        required=False,
        widget=UnfoldBooleanWidget(),
        help_text=_("Otherwise such a file is refused."),
    )
    field_order = ("uploads", "folder", "new_versions", "reason")

    def code_of(self, file: UploadedFile) -> str:
        """Return the code a file gets."""
        folder = self.cleaned_data["folder"].strip("/ ")
        return f"{folder}/{file.name}" if folder else str(file.name)


class NewVersionForm(ReasonForm):
    """A new file for an asset."""

    file = forms.FileField(
        label=_("File"), allow_empty_file=True, widget=forms.FileInput(attrs={"class": "asset-file"})
    )
    field_order = ("file", "reason")


class AltTextsForm(ReasonForm):
    """Alternative texts by locale, one field for each, and one more locale."""

    revision = forms.IntegerField(widget=forms.HiddenInput())
    new_locale = forms.CharField(
        label=_("Another language"),
        required=False,
        max_length=20,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "en-US"}),
    )
    new_text = forms.CharField(
        label=_("Text"), required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2})
    )

    def __init__(self, asset: Asset, data: Any = None) -> None:
        super().__init__(data, initial={"revision": asset.revision}, prefix="alt")
        self.code = asset.code
        self.locales = sorted(asset.alt)
        for locale in self.locales:
            self.fields[f"text_{locale}"] = forms.CharField(
                label=locale_name(locale),
                help_text=locale,
                required=False,
                initial=asset.alt[locale],
                widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
            )

    def text_fields(self) -> Iterable[forms.BoundField]:
        """Return the fields of the locales the asset has texts in."""
        return (self[f"text_{locale}"] for locale in self.locales)

    def clean(self) -> dict[str, Any]:
        """Ask for the language of a text that has none."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("new_text") and not cleaned.get("new_locale"):
            self.add_error("new_locale", _("In which language is this text?"))
        return cleaned

    def texts(self) -> dict[str, str]:
        """Return the texts by locale, as sent."""
        texts = {locale: self.cleaned_data[f"text_{locale}"] for locale in self.locales}
        if self.cleaned_data["new_locale"]:
            texts[self.cleaned_data["new_locale"]] = self.cleaned_data["new_text"]
        return texts

    def add_refusal(self, refusal: Invalid) -> None:
        """Put what the service found wrong beside the fields it concerns."""
        for error in refusal.errors:
            locale = error.path.removeprefix(f"{self.code}:")
            self.add_error(f"text_{locale}" if locale in self.locales else "new_locale", error.detail)


def locale_name(locale: str) -> str:
    """Return a locale's name in the language of the screen; the locale itself if nobody named it."""
    try:
        name = Locale.parse(locale, sep="-").get_display_name(get_language() or "en")
    except (UnknownLocaleError, ValueError):
        return locale
    return name or locale

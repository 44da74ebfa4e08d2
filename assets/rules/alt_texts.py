"""Alternative texts: what a picture says to those who cannot see it, by locale. Pure."""

import re
import unicodedata
from collections.abc import Mapping

MAX_ALT_CHARS = 1000
# The part of BCP 47 (RFC 5646 section 2.1) that product locales use: language, script, region.
_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")


def is_locale(text: str) -> bool:
    """Tell whether `text` is a locale as Concord writes it: de, de-DE, zh-Hant-TW."""
    return _LOCALE.fullmatch(text) is not None


def clean_alt(text: str) -> str:
    """Return `text` on one line in NFC, without control characters and without blanks at its ends."""
    printable = "".join(" " if unicodedata.category(char) == "Cc" else char for char in text)
    return unicodedata.normalize("NFC", " ".join(printable.split()))


def merge_alts(old: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """Return `old` with the texts of `given` put in by locale; a blank text removes its locale."""
    merged = {**old, **{locale: clean_alt(text) for locale, text in given.items()}}
    return {locale: merged[locale] for locale in sorted(merged) if merged[locale]}

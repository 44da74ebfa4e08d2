"""Value keys: the grammar by which a document names a value (DESIGN, Documents).

key = code ["." part] [":" locale] ["@" scope]
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

STRUCTURE_KEYS = frozenset(
    {"#exists", "#kind", "#family", "#family_variant", "#parent", "#categories", "#state"}
)

_KEY = re.compile(
    r"(?P<code>[a-z][a-z0-9_]*)"
    r"(?:\.(?P<part>[A-Za-z0-9_]+))?"
    r"(?::(?P<locale>[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*))?"
    r"(?:@(?P<scope>[a-z][a-z0-9_]*))?"
)


class KeyProblem(ValueError):
    """A text that is no value key."""


@dataclass(frozen=True, slots=True)
class ValueKey:
    """One parsed key; empty parts are empty strings."""

    code: str
    part: str = ""
    locale: str = ""
    scope: str = ""

    @staticmethod
    def parse(text: str) -> ValueKey:
        """Parse a key; anything else raises `KeyProblem`. Structure keys (`#…`) are not value keys."""
        return _parse(text)

    def __str__(self) -> str:
        text = self.code
        if self.part:
            text += f".{self.part}"
        if self.locale:
            text += f":{self.locale}"
        if self.scope:
            text += f"@{self.scope}"
        return text

    @property
    def base(self) -> ValueKey:
        """The same key without its scope."""
        return ValueKey(self.code, self.part, self.locale)


@lru_cache(maxsize=20_000)
def _parse(text: str) -> ValueKey:
    found = _KEY.fullmatch(text)
    if found is None:
        raise KeyProblem(f"“{text}” is not a value key (code, .part, :locale, @scope)")
    return ValueKey(found["code"], found["part"] or "", found["locale"] or "", found["scope"] or "")


def fold(code: str) -> str:
    """Return the form in which codes and identifiers are unique: NFC, then case folded.

    Made here and stored, since SQLite folds ASCII only and databases disagree on the rest.
    """
    return (code if code.isascii() else unicodedata.normalize("NFC", code)).casefold()

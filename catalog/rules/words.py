"""Texts as search compares them: the same form for what is indexed and what is sought, on every database."""

from __future__ import annotations

import unicodedata

# Letters that people write with the plain one beside them, and that Unicode does not take apart.
_PLAIN = str.maketrans(
    {"ø": "o", "đ": "d", "ł": "l", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"}
)
_MARKS = dict.fromkeys(range(0x0300, 0x0370))


def search_form(text: str) -> str:
    """Return a text without case, diacritics and ligatures: `Straße` as `strasse`, `İzmir` as `izmir`.

    Marks of Latin, Greek and Cyrillic go; those of other scripts, where they make other letters, stay.
    """
    if text.isascii():
        return text.lower()
    bare = unicodedata.normalize("NFKD", text.casefold()).translate(_MARKS)
    # Folded again: what compatibility forms are taken apart into may have case of its own (℡, ㎏).
    return unicodedata.normalize("NFC", bare.casefold().translate(_PLAIN))

"""What may be the code of an asset, and how codes compare. Pure."""

import unicodedata

from assets.rules.file_types import Reason, Refused

MAX_CODE_CHARS = 255
# Joiners are invisible but change how Persian or Indic words and emoji are written.
_JOINERS = frozenset("\u200c\u200d")
_UNPRINTABLE = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))


def fold_code(code: str) -> str:
    """Return the form under which codes are unique: NFC, case folded, and NFC again since folding can
    decompose.
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", code).casefold())


def check_code(code: str) -> None:
    """Refuse a code that is not 1 to 255 printable characters without blanks at its ends; it is kept as
    written.
    """
    if not code:
        raise Refused(Reason.CODE_EMPTY)
    if len(code) > MAX_CODE_CHARS:
        raise Refused(Reason.CODE_TOO_LONG, limit=MAX_CODE_CHARS, chars=len(code))
    if any(unicodedata.category(char) in _UNPRINTABLE and char not in _JOINERS for char in code):
        raise Refused(Reason.CODE_UNPRINTABLE)
    if code != code.strip():
        raise Refused(Reason.CODE_BLANKS)

"""Akeneo's codes as Concord's: attribute and scope codes that may stand in value keys, and locales."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_CODE = re.compile(r"[a-z][a-z0-9_]*")
_LOCALE = re.compile(r"(?P<language>[A-Za-z]{2,3})(?P<rest>(?:_[A-Za-z0-9]{2,8})*)")
MAX_CODE_CHARS = 100


class Codes:
    """Codes of one kind as they are written in an export, each with the code it has here.

    A code that may not stand in a value key is renamed: lower case, other characters as underscores, `a_`
    before a digit, and a number where that is taken. `known` holds renamings of earlier imports (their alias
    to our code), which stay; `fixed` those that are decided beforehand; `taken` codes that belong to
    something else.
    """

    def __init__(
        self,
        written: Iterable[str],
        *,
        known: Mapping[str, str] = {},
        fixed: Mapping[str, str] = {},
        taken: Iterable[str] = (),
    ) -> None:
        written = list(dict.fromkeys(written))
        self._codes: dict[str, str] = {code: fixed[code] for code in written if code in fixed}
        taken = {*taken, *self._codes.values()}
        for code in written:
            if code not in self._codes and _is_code(code) and code not in taken:
                self._codes[code] = code
                taken.add(code)
        for code in written:
            if code not in self._codes and code in known and known[code] not in taken:
                self._codes[code] = known[code]
                taken.add(known[code])
        for code in written:
            if code not in self._codes:
                self._codes[code] = _free(_renamed(code), taken)
                taken.add(self._codes[code])
        self._folded = {code.casefold(): ours for code, ours in reversed(self._codes.items())}

    def find(self, code: str) -> str | None:
        """Return our code for one as written, found exactly or else without regard to case."""
        return self._codes.get(code) or self._folded.get(code.casefold())

    def alias(self, code: str) -> str:
        """Return the code as written where it had to be renamed, else nothing."""
        return "" if self._codes[code] == code else code

    @property
    def ours(self) -> set[str]:
        """Every code here."""
        return set(self._codes.values())

    def __contains__(self, code: str) -> bool:
        return self.find(code) is not None


def _is_code(code: str) -> bool:
    return len(code) <= MAX_CODE_CHARS and _CODE.fullmatch(code) is not None


def _renamed(code: str) -> str:
    text = re.sub(r"[^a-z0-9]+", "_", code.lower()).strip("_") or "x"
    return (text if text[0].isalpha() else f"a_{text}")[: MAX_CODE_CHARS - 5]


def _free(code: str, taken: set[str]) -> str:
    number, found = 2, code
    while found in taken:
        found = f"{code}_{number}"
        number += 1
    return found


def locale_tag(code: str) -> str | None:
    """Return an Akeneo locale (`de_DE`, `az_Cyrl_AZ`) as a BCP 47 tag, None for what is none."""
    found = _LOCALE.fullmatch(code)
    if found is None:
        return None
    parts = [found["language"].lower()]
    parts.extend(
        part.title() if len(part) == 4 and part.isalpha() else part.upper()
        for part in found["rest"].split("_")[1:]
    )
    return "-".join(parts)


def region_of(tag: str) -> str:
    """Return the region of a BCP 47 tag: `DE` of `de-DE`, `419` of `es-419`, empty where it has none."""
    for part in tag.split("-")[1:]:
        if (len(part) == 2 and part.isalpha()) or (len(part) == 3 and part.isdigit()):
            return part
    return ""


def split_codes(text: str) -> list[str]:
    """Return the members of a cell that lists codes (`a,b`), each once, in order."""
    return list(dict.fromkeys(member for part in text.split(",") if (member := part.strip())))

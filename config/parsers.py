"""How the API reads what is sent to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import JSONParser

NUL = "\0"


def unstorable_sentence(field: str) -> str:
    """Return what is said where a field holds text that no database here can hold."""
    return _("“%(field)s” holds a character that cannot be stored. Take it out and send it again.") % {
        "field": field
    }


class StorableJSONParser(JSONParser):
    """Reads JSON; text that cannot be stored, at any depth, is refused by the name of its field.

    Beside NUL these are halves of surrogate pairs, which JSON can write and UTF-8 cannot.
    """

    def parse(self, stream: IO[Any], media_type: Any = None, parser_context: Any = None) -> Any:
        """Return what was sent; raises `ParseError` for what is no JSON or nested too deeply, and
        `ValidationError`.
        """
        try:
            content = super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError(_("This is nested too deeply.")) from None
        for path in _unstorable_paths(content):
            raise ValidationError({path or "body": [unstorable_sentence(path)]}, code="invalid")
        return content


def _unstorable_paths(content: Any) -> Iterator[str]:
    """Yield the dotted path of each text that cannot be stored; depth is the sender's, so nothing recurs."""
    rest: list[tuple[str, Any]] = [("", content)]
    while rest:
        path, value = rest.pop()
        if isinstance(value, str):
            if _is_unstorable(value):
                yield path
        elif isinstance(value, dict):
            for name, inner in value.items():
                if _is_unstorable(name):
                    yield path or "body"
                rest.append((f"{path}.{name}" if path else name, inner))
        elif isinstance(value, list):
            rest.extend((f"{path}.{number}", inner) for number, inner in enumerate(value))


def _is_unstorable(text: str) -> bool:
    if NUL in text:
        return True
    return not text.isascii() and any("\ud800" <= sign <= "\udfff" for sign in text)

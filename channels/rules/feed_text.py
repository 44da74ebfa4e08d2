"""Target values as cells of a Google text feed.

Source: Google product data specification, section "Transport and file formats", state of November 2026:
repeated values comma-separated within one cell; a value that itself holds a comma, a colon or a quotation
mark goes into straight double quotes, inner quotes doubled. Cells hold no tab and no line break.
"""

from __future__ import annotations

from typing import Any

_BREAKS = str.maketrans("\t\r\n", "   ")


def cell(value: Any) -> str:
    """Return a rendered value as one cell."""
    if isinstance(value, str):
        return value if value.isprintable() else value.translate(_BREAKS)
    if isinstance(value, list):
        return ",".join(_repeated(entry) for entry in value)
    if value is None:
        return ""
    if value is True or value is False:
        return "yes" if value else "no"
    return str(value)


def _repeated(value: Any) -> str:
    text = cell(value)
    if "://" in text:
        return f'"{text}"' if "," in text else text
    if "," in text or ":" in text or '"' in text:
        return '"' + text.replace('"', '""') + '"'
    return text

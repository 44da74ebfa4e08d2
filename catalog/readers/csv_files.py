"""Strict reading of CSV files: what is wrong with a file is said in one sentence before anything is written.

`check_csv` goes through the whole file once; `read_csv` streams its rows. Both hold one row in memory.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from django.utils.translation import gettext as _

from workflows.exceptions import Invalid

MAX_BYTES = 1024 * 1024 * 1024
MAX_ROWS = 2_000_000
_BLOCK = 1024 * 1024
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class CsvSource:
    """One CSV file and how it is written.

    `name` is what messages call it. With `pads_rows` a row that ends early has blank cells at its end,
    as Akeneo reads it; otherwise it is an error. `required` names columns without which the file is not
    what it should be.
    """

    path: Path
    name: str
    delimiter: str = ","
    pads_rows: bool = False
    required: Sequence[str] = ()
    max_bytes: int = MAX_BYTES
    max_rows: int = MAX_ROWS


@dataclass(frozen=True)
class CsvFacts:
    """What is known of a file that was read to its end.

    `filled` maps the columns that hold anything to the number of their cells that do.
    """

    columns: tuple[str, ...]
    rows: int
    checksum: str
    filled: dict[str, int] = field(default_factory=dict)


def check_csv(source: CsvSource) -> CsvFacts:
    """Read a whole file and return its facts.

    Raises `Invalid` with one sentence that names file, line and what is wrong: unreadable, too large, not
    UTF-8 (with the byte's position), NULs, a header without names or with a name twice, a required column
    missing, rows with too many or too few cells, a file that is cut off in a quoted cell, a row or a
    character, too many rows.
    """
    checksum = _check_bytes(source)
    columns: tuple[str, ...] = ()
    rows = 0
    filled: dict[str, int] = {}
    for line, cells in _records(source):
        if line == 0:
            columns = tuple(cells)
            continue
        rows += 1
        for column, cell in zip(columns, cells, strict=False):
            if cell:
                filled[column] = filled.get(column, 0) + 1
    return CsvFacts(columns, rows, checksum, filled)


def read_csv(source: CsvSource) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the line where each row starts and the row by column name; rows without any content are left out.

    Raises `Invalid` as `check_csv` does, but only on reaching what is wrong: call `check_csv` first.
    """
    columns: list[str] = []
    for line, cells in _records(source):
        if line == 0:
            columns = cells
        else:
            yield line, dict(zip(columns, cells, strict=True))


def whole_number(text: str, maximum: int) -> int | None:
    """Return a number of 0 or more written in digits; None for anything else and for more than `maximum`."""
    if not (text.isascii() and text.isdigit()) or len(text.lstrip("0")) > len(str(maximum)):
        return None
    return number if (number := int(text)) <= maximum else None


def _records(source: CsvSource) -> Iterator[tuple[int, list[str]]]:
    """Yield (0, header), then (line, cells) with exactly as many cells as the header has."""
    try:
        with source.path.open(encoding="utf-8-sig", newline="") as text:
            yield from _parsed(source, text)
    except UnicodeDecodeError:
        _check_bytes(source)
        raise
    except OSError as error:
        _unreadable(source, error)


def _parsed(source: CsvSource, text: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(text, delimiter=source.delimiter, strict=True)
    header: list[str] = []
    rows = line = last_width = 0
    try:
        for cells in reader:
            start, line = line + 1, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if not header:
                header = _check_header(source, cells)
                yield 0, header
                continue
            rows += 1
            last_width = len(cells)
            if rows > source.max_rows:
                raise Invalid(
                    _("%(file)s has more than %(limit)s rows; split it.")
                    % {"file": source.name, "limit": source.max_rows}
                )
            if last_width < len(header) and not source.pads_rows:
                _too_short(source, start, last_width, len(header), is_last=next(reader, None) is None)
            yield start, _fit(source, start, cells, len(header))
    except csv.Error as error:
        _unparsable(source, line + 1, error)
    if not header:
        raise Invalid(_("%(file)s is empty.") % {"file": source.name})
    if last_width < len(header) and not _ends_with_line_end(source):
        _cut_off(source, line)


def _fit(source: CsvSource, line: int, cells: list[str], width: int) -> list[str]:
    if any(cells[width:]):
        raise Invalid(
            _(
                "%(file)s, line %(line)s: the row has %(found)s cells, the header only %(wanted)s. "
                "A cell that contains “%(delimiter)s” must stand in quotes."
            )
            % {
                "file": source.name,
                "line": line,
                "found": len(cells),
                "wanted": width,
                "delimiter": source.delimiter,
            }
        )
    return cells[:width] + [""] * (width - len(cells))


def _too_short(source: CsvSource, line: int, found: int, wanted: int, *, is_last: bool) -> NoReturn:
    if is_last and not _ends_with_line_end(source):
        _cut_off(source, line)
    raise Invalid(
        _("%(file)s, line %(line)s: the row has %(found)s cells, the header %(wanted)s.")
        % {"file": source.name, "line": line, "found": found, "wanted": wanted}
    )


def _check_header(source: CsvSource, cells: list[str]) -> list[str]:
    header = [cell.strip() for cell in cells]
    while header and not header[-1]:
        header.pop()
    seen: set[str] = set()
    for place, column in enumerate(header, start=1):
        if not column:
            raise Invalid(
                _("%(file)s: column %(place)s of the header has no name.")
                % {"file": source.name, "place": place}
            )
        if column in seen:
            raise Invalid(
                _("%(file)s: the column “%(column)s” stands twice in the header.")
                % {"file": source.name, "column": column}
            )
        seen.add(column)
    for column in source.required:
        if column not in seen:
            raise Invalid(
                _("%(file)s has no column “%(column)s”; its header reads: %(header)s")
                % {"file": source.name, "column": column, "header": source.delimiter.join(header)[:120]}
            )
    return header


def _check_bytes(source: CsvSource) -> str:
    """Check size, encoding and NULs of the whole file and return its SHA-256."""
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    read = lines = 0
    try:
        with source.path.open("rb") as file:
            while block := file.read(_BLOCK):
                if read == 0 and block.startswith(_UTF_16):
                    raise Invalid(
                        _("%(file)s is written in UTF-16; save it as UTF-8.") % {"file": source.name}
                    )
                held = len(decoder.getstate()[0])
                try:
                    decoder.decode(block)
                except UnicodeDecodeError as error:
                    _not_utf_8(
                        source,
                        line=lines + block.count(b"\n", 0, max(0, error.start - held)) + 1,
                        position=read - held + error.start + 1,
                        byte=error.object[error.start],
                    )
                if (nul := block.find(b"\x00")) >= 0:
                    raise Invalid(
                        _("%(file)s, line %(line)s: the file holds a NUL byte and is probably damaged.")
                        % {"file": source.name, "line": lines + block.count(b"\n", 0, nul) + 1}
                    )
                digest.update(block)
                read += len(block)
                lines += block.count(b"\n")
                if read > source.max_bytes:
                    raise Invalid(
                        _("%(file)s is larger than %(limit)s MB, the most that is read.")
                        % {"file": source.name, "limit": source.max_bytes // (1024 * 1024)}
                    )
    except OSError as error:
        _unreadable(source, error)
    if decoder.getstate()[0]:
        _cut_off(source, lines + 1)
    return digest.hexdigest()


def _not_utf_8(source: CsvSource, *, line: int, position: int, byte: int) -> NoReturn:
    raise Invalid(
        _(
            "%(file)s is not written in UTF-8: line %(line)s, byte %(position)s of the file (0x%(byte)02X). "
            "Save it as UTF-8."
        )
        % {"file": source.name, "line": line, "position": position, "byte": byte},
        code="not_utf_8",
    ) from None


def _unparsable(source: CsvSource, line: int, error: csv.Error) -> NoReturn:
    if "unexpected end of data" in str(error):
        raise Invalid(
            _("%(file)s is cut off: the quoted cell that begins in the row at line %(line)s is never closed.")
            % {"file": source.name, "line": line},
            code="cut_off",
        ) from None
    if "field larger than" in str(error):
        raise Invalid(
            _(
                "%(file)s: a cell of the row at line %(line)s is longer than any text may be; "
                "is a quote missing?"
            )
            % {"file": source.name, "line": line}
        ) from None
    raise Invalid(
        _("%(file)s, line %(line)s: a quote stands where none may; inside a quoted cell write it twice.")
        % {"file": source.name, "line": line}
    ) from None


def _cut_off(source: CsvSource, line: int) -> NoReturn:
    raise Invalid(
        _("%(file)s is cut off in line %(line)s; get the whole file.") % {"file": source.name, "line": line},
        code="cut_off",
    )


def _unreadable(source: CsvSource, error: OSError) -> NoReturn:
    raise Invalid(
        _("%(file)s can't be read: %(problem)s.")
        % {"file": source.name, "problem": error.strerror or type(error).__name__}
    ) from None


def _ends_with_line_end(source: CsvSource) -> bool:
    with source.path.open("rb") as file:
        file.seek(0, 2)
        if not file.tell():
            return True
        file.seek(-1, 2)
        return file.read(1) in (b"\n", b"\r")

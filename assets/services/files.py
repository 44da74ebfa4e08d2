"""Taking bytes in: what are they, may they be kept, and where do they lie."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeAlias, cast

from django.conf import settings
from django.core.files.base import File

from assets.models import Rendition, StoredFile
from assets.rules.file_types import HEAD_BYTES, FileType, Kind, Reason, Refused, check_claim, sniff
from assets.services.pictures import Picture, read_picture
from assets.services.storage import COPY_BYTES, original_name, rendition_name, write_file

Content: TypeAlias = "bytes | Path | BinaryIO | File[bytes]"
"""What may be stored: bytes, a file on disk, or an open file that can be rewound (an upload)."""


@dataclass(frozen=True, slots=True)
class InspectedFile:
    """What is known of bytes after one cheap pass: they were hashed and their first bytes looked at."""

    content: Content
    checksum: str
    size: int
    file_type: FileType


def inspect(content: Content, *, file_name: str) -> InspectedFile:
    """Hash `content` and tell its type; one pass, at most `UPLOAD_MAX_BYTES` are read. Raises `Refused`."""
    limit = settings.UPLOAD_MAX_BYTES
    digest = hashlib.sha256()
    size = 0
    head = b""
    try:
        with open_content(content) as source:
            while block := source.read(COPY_BYTES):
                head = head or block[:HEAD_BYTES]
                size += len(block)
                if size > limit:
                    raise Refused(Reason.TOO_LARGE, limit_mb=limit // (1024 * 1024))
                digest.update(block)
    except OSError as error:
        raise Refused(Reason.UNREADABLE, detail=error.strerror or type(error).__name__) from None
    file_type = sniff(head)
    check_claim(file_type, file_name)
    return InspectedFile(content, digest.hexdigest(), size, file_type)


def verify(inspected: InspectedFile) -> Picture | None:
    """Decode a picture to its end and render it; None for what is not a picture. Raises `Refused`."""
    if inspected.file_type.kind != Kind.IMAGE:
        return None
    with open_content(inspected.content) as source:
        return read_picture(source, inspected.file_type)


def known_files(checksums: Collection[str]) -> dict[str, StoredFile]:
    """Return the stored files among these checksums; one query."""
    return {file.checksum: file for file in StoredFile.objects.filter(checksum__in=checksums)}


def write_contents(files: Collection[InspectedFile], pictures: Mapping[str, Picture | None]) -> None:
    """Write originals and thumbnails to storage, before any row names them.

    Raises `ContentChanged` if somebody wrote to a file since it was inspected. A crash leaves whole files
    that no row names; storing the same bytes again takes them over.
    """
    for file in files:
        with open_content(file.content) as source:
            write_file(original_name(file.checksum, file.file_type.extension), source, checksum=file.checksum)
        if picture := pictures.get(file.checksum):
            content = picture.thumb.content
            write_file(
                rendition_name(picture.thumb.preset.name, file.checksum),
                io.BytesIO(content),
                checksum=hashlib.sha256(content).hexdigest(),
            )


def insert_file_rows(
    files: Collection[InspectedFile], pictures: Mapping[str, Picture | None]
) -> dict[str, StoredFile]:
    """Insert the rows of written files and return them by checksum; rows that exist by now are taken as they
    are.

    Call inside atomic. Constant queries.
    """
    StoredFile.objects.bulk_create(
        [_file_row(file, pictures.get(file.checksum)) for file in files], ignore_conflicts=True
    )
    rows = known_files([file.checksum for file in files])
    Rendition.objects.bulk_create(
        [
            Rendition(
                file=rows[checksum],
                preset=picture.thumb.preset.name,
                checksum=hashlib.sha256(picture.thumb.content).hexdigest(),
                size=len(picture.thumb.content),
                width=picture.thumb.width,
                height=picture.thumb.height,
            )
            for checksum, picture in pictures.items()
            if picture
        ],
        ignore_conflicts=True,
    )
    return rows


@contextmanager
def open_content(content: Content) -> Iterator[BinaryIO]:
    """Open `content` for reading from its start; an open file is rewound and left open."""
    if isinstance(content, bytes):
        yield io.BytesIO(content)
    elif isinstance(content, Path):
        with content.open("rb") as source:
            yield source
    else:
        content.seek(0)
        yield cast("BinaryIO", content)


def _file_row(file: InspectedFile, picture: Picture | None) -> StoredFile:
    return StoredFile(
        checksum=file.checksum,
        size=file.size,
        mime=file.file_type.mime,
        extension=file.file_type.extension,
        width=picture.width if picture else None,
        height=picture.height if picture else None,
    )

"""Where the bytes lie, and how they get there whole or not at all, on any Django storage."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import IO, BinaryIO

from django.core.files import File
from django.core.files.storage import FileSystemStorage, default_storage

from assets.rules.renditions import RENDITION_EXTENSION

COPY_BYTES = 1024 * 1024


def original_name(checksum: str, extension: str) -> str:
    """Return where in storage the bytes with this checksum lie."""
    return f"assets/original/{checksum[:2]}/{checksum}.{extension}"


def rendition_name(preset: str, checksum: str) -> str:
    """Return where in storage a rendition of the original with this checksum lies."""
    return f"assets/{preset}/{checksum[:2]}/{checksum}.{RENDITION_EXTENSION}"


class ContentChanged(Exception):
    """What was to be stored is not what was inspected before: somebody wrote to it in between."""


def write_file(name: str, source: BinaryIO, *, checksum: str) -> None:
    """Store what `source` holds from its position on under `name`; a crash leaves the whole file or none.

    `name` must be made from the content, so that an existing file under it is the same file. `checksum` is
    the SHA-256 the content must have; raises `ContentChanged` and stores nothing otherwise. On a local disk:
    temporary name, fsync, rename, fsync of the directory. On an object store a put is whole or nothing by
    itself. Call before the row that names the file is written.
    """
    if not isinstance(default_storage, FileSystemStorage):
        _put(name, source, checksum)
        return
    path = Path(default_storage.path(name))
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".part-", delete=False) as part:
        try:
            _copy(source, part, checksum)
            part.flush()
            os.fsync(part.fileno())
            mode = default_storage.file_permissions_mode
            os.chmod(part.name, 0o640 if mode is None else mode)
            os.replace(part.name, path)
        except BaseException:
            Path(part.name).unlink(missing_ok=True)
            raise
    _sync_directory(path.parent)


def open_file(name: str) -> File[bytes]:
    """Open a stored file for reading; raises `FileNotFoundError` if it is not there."""
    return default_storage.open(name, "rb")


def _put(name: str, source: BinaryIO, checksum: str) -> None:
    if default_storage.exists(name):
        return
    # Spooled so that the checksum is known before the first byte leaves.
    with tempfile.SpooledTemporaryFile(max_size=8 * COPY_BYTES) as whole:
        _copy(source, whole, checksum)
        whole.seek(0)
        kept = default_storage.save(name, File(whole, name=name))
    if kept != name:
        # Somebody stored the same bytes between the two calls and the storage made up a second name.
        default_storage.delete(kept)


def _copy(source: BinaryIO, target: IO[bytes], checksum: str) -> None:
    digest = hashlib.sha256()
    while block := source.read(COPY_BYTES):
        digest.update(block)
        target.write(block)
    if digest.hexdigest() != checksum:
        raise ContentChanged(checksum)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""Keeping bytes: caps, checks, one file for the same bytes, whole or not at all."""

import hashlib
import io
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from assets.models import AssetVersion, Rendition, StoredFile
from assets.services import storage
from assets.services.adding import AddResult, AssetInput, add_assets
from assets.services.files import inspect
from assets.services.storage import ContentChanged, original_name, rendition_name, write_file
from tests.factories.assets import PDF, make_asset_user, picture
from workflows.exceptions import NotAllowed

pytestmark = pytest.mark.django_db


def add(content: Any, file_name: str) -> AddResult:
    """Add one file as an asset under its name."""
    somebody = User.objects.filter(username="adder").first() or make_asset_user("adder", "add_asset")
    return add_assets([AssetInput(file_name, content)], actor=somebody, reason="test")


def store(content: Any, file_name: str) -> StoredFile:
    """Return the stored file of an asset added under this name."""
    assert add(content, file_name).new == (file_name,)
    return AssetVersion.objects.get(asset__code=file_name).file


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_stored_bytes_lie_under_their_checksum_with_a_thumbnail(settings: Any) -> None:
    content = picture(size=(640, 480))
    checksum = hashlib.sha256(content).hexdigest()

    stored = store(content, "shoe.png")

    assert (stored.checksum, stored.size, stored.mime, stored.extension) == (
        checksum,
        len(content),
        "image/png",
        "png",
    )
    assert (stored.width, stored.height) == (640, 480)
    assert files_in(Path(settings.MEDIA_ROOT)) == sorted(
        [original_name(checksum, "png"), rendition_name("thumb", checksum)]
    )
    rendition = Rendition.objects.get()
    with default_storage.open(rendition_name("thumb", checksum)) as thumb:
        content = thumb.read()
    assert (rendition.width, rendition.height, rendition.size) == (320, 240, len(content))
    assert rendition.checksum == hashlib.sha256(content).hexdigest()


def test_the_same_bytes_are_kept_once_whatever_their_name() -> None:
    first = store(picture(), "a.png")
    second = store(io.BytesIO(picture()), "b.jpg")

    assert first == second
    assert StoredFile.objects.count() == 1


@pytest.mark.parametrize("wrap", [bytes, io.BytesIO, lambda content: ContentFile(content, name="x")])
def test_bytes_streams_and_uploads_are_taken(wrap: Any) -> None:
    assert store(wrap(PDF), "manual.pdf").mime == "application/pdf"


def test_a_document_has_no_dimensions_and_no_thumbnail(tmp_path: Path) -> None:
    path = tmp_path / "manual.pdf"
    path.write_bytes(PDF)

    stored = store(path, path.name)

    assert (stored.width, stored.height) == (None, None)
    assert Rendition.objects.count() == 0


@pytest.mark.parametrize(
    ("content", "name", "code", "message"),
    [
        (b"", "a.png", "empty", "The file is empty."),
        (
            b"<html></html>",
            "a.jpg",
            "html",
            "This is a web page, not a picture or a document. Save it as PDF or as a picture.",
        ),
        (
            PDF,
            "a.jpg",
            "disguised",
            "The name ends in .jpg, but the file is a .pdf. Rename it if that is right.",
        ),
        (
            picture()[:80],
            "a.png",
            "damaged",
            "The picture is damaged or cut off and cannot be read to its end. Export it again.",
        ),
    ],
    ids=["empty", "html", "disguised", "damaged"],
)
def test_a_refused_file_leaves_nothing(
    content: bytes, name: str, code: str, message: str, settings: Any
) -> None:
    (refused,) = add(content, name).rejected

    assert (refused.reason.value, refused.message) == (code, message)
    assert StoredFile.objects.count() == 0
    assert not Path(settings.MEDIA_ROOT).exists()


def test_a_file_over_the_cap_is_refused_and_not_read_to_its_end(settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 2 * 1024 * 1024
    endless = io.BytesIO(b"\x89PNG\r\n\x1a\n" + bytes(5 * 1024 * 1024))

    (refused,) = add(endless, "a.png").rejected

    assert refused.message == "The file is larger than 2 MB, the most this installation takes."
    assert endless.tell() <= 3 * 1024 * 1024


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    (refused,) = add(tmp_path / "none.png", "none.png").rejected

    assert refused.message == "The file could not be read: No such file or directory."


def test_a_write_that_breaks_off_leaves_no_file(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage.os, "fsync", full)

    with pytest.raises(OSError, match="No space left"):
        store(picture(), "a.png")

    assert files_in(Path(settings.MEDIA_ROOT)) == []
    assert StoredFile.objects.count() == 0


def test_content_that_changed_since_it_was_inspected_is_not_stored(settings: Any) -> None:
    inspected = inspect(PDF, file_name="a.pdf")

    with pytest.raises(ContentChanged):
        write_file("assets/x.pdf", io.BytesIO(PDF + b"more"), checksum=inspected.checksum)

    assert files_in(Path(settings.MEDIA_ROOT)) == []


def test_stored_files_are_as_readable_as_the_settings_say(settings: Any) -> None:
    stored = store(PDF, "a.pdf")

    path = Path(default_storage.path(original_name(stored.checksum, "pdf")))

    assert path.stat().st_mode & 0o777 == settings.FILE_UPLOAD_PERMISSIONS


def test_a_storage_without_paths_gets_whole_files_once(settings: Any) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    }

    stored = store(PDF, "a.pdf")
    name = original_name(stored.checksum, "pdf")
    write_file(name, io.BytesIO(PDF), checksum=stored.checksum)

    assert default_storage.open(name).read() == PDF
    assert default_storage.listdir(f"assets/original/{stored.checksum[:2]}")[1] == [f"{stored.checksum}.pdf"]


@pytest.mark.parametrize(
    ("over", "constraint"),
    [
        ({"checksum": "abc"}, "stored_file_has_a_whole_checksum"),
        ({"size": 0}, "stored_file_is_not_empty"),
        ({"mime": ""}, "stored_file_has_a_type"),
        ({"width": 5}, "stored_file_has_both_dimensions_or_none"),
    ],
)
def test_the_database_refuses_half_a_file(over: dict[str, Any], constraint: str) -> None:
    row = {"checksum": "a" * 64, "size": 1, "mime": "text/plain", "extension": "txt", **over}

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        StoredFile.objects.create(**row)


def test_a_stored_file_never_changes() -> None:
    stored = store(PDF, "a.pdf")

    for attempt in (
        stored.save,
        stored.delete,
        lambda: StoredFile.objects.update(size=3),
        lambda: StoredFile.objects.all().delete(),
        lambda: StoredFile.objects.bulk_update([stored], ["size"]),
    ):
        with pytest.raises(NotAllowed) as caught:
            attempt()
        assert (
            str(caught.value)
            == "What is kept as “stored file” stays as it was written. Add a new version instead."
        )
    assert StoredFile.objects.get().size == len(PDF)

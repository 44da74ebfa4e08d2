"""What a file is, from its first bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.rules import file_types
from assets.rules.file_types import FileType, Reason, Refused, check_claim, claimed_extension, sniff

BMP_HEAD = b"BM" + bytes(12) + (40).to_bytes(4, "little") + bytes(20)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", file_types.JPEG),
        (b"\x89PNG\r\n\x1a\n\x00\x00", file_types.PNG),
        (b"GIF89a\x01\x00", file_types.GIF),
        (b"GIF87a\x01\x00", file_types.GIF),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", file_types.WEBP),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", file_types.WAV),
        (b"II*\x00\x08\x00", file_types.TIFF),
        (b"MM\x00*\x00\x08", file_types.TIFF),
        (BMP_HEAD, file_types.BMP),
        (b"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1avifmiaf", file_types.AVIF),
        (b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2", file_types.MP4),
        (b"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00qt  ", file_types.QUICKTIME),
        (b"\x00\x00\x00\x14ftypM4A \x00\x00\x00\x00M4A ", file_types.M4A),
        (b"\x1aE\xdf\xa3\x01\x00B\x82\x84webm", file_types.WEBM),
        (b"%PDF-1.7\n", file_types.PDF),
        (b"glTF\x02\x00\x00\x00", file_types.GLB),
        (b"ID3\x04\x00", file_types.MP3),
        (b"Wash at 30 degrees.\nDo not bleach \xe2\x80\x93 ever.\n", file_types.TEXT),
        ("Größe".encode("utf-16"), file_types.TEXT),
        (b"BMW fits here as text", file_types.TEXT),
        (b"5 < 7 and 9 > 8", file_types.TEXT),
        (b"a" * (file_types.HEAD_BYTES - 2) + b"\xe2\x80", file_types.TEXT),
    ],
)
def test_kept_formats_are_named_by_their_bytes(head: bytes, expected: FileType) -> None:
    assert sniff(head) == expected


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (b"", Reason.EMPTY),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", Reason.SVG),
        (b"<?xml version='1.0'?><!-- x --><svg/>", Reason.SVG),
        (b"\xef\xbb\xbf \n<!DOCTYPE html><p>", Reason.HTML),
        (b"<html><body>", Reason.HTML),
        (b"<?xml version='1.0'?><html xmlns=''>", Reason.HTML),
        (b"nothing to see <SCRIPT src=x>", Reason.HTML),
        ("<html>".encode("utf-16"), Reason.HTML),
        (b"<?xml version='1.0'?><feed/>", Reason.XML),
        (b"<note>", Reason.XML),
        (b"#!/bin/sh\nrm", Reason.SCRIPT),
        (b"\xef\xbb\xbf#!/bin/sh", Reason.SCRIPT),
        (b"<?php echo 1;", Reason.SCRIPT),
        (b"%!PS-Adobe-3.0", Reason.SCRIPT),
        (b"MZ\x90\x00", Reason.EXECUTABLE),
        (b"\x7fELF\x02", Reason.EXECUTABLE),
        (b"\xca\xfe\xba\xbe", Reason.EXECUTABLE),
        (b"PK\x03\x04\x14", Reason.ARCHIVE),
        (b"\xd0\xcf\x11\xe0\xa1", Reason.OFFICE),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", Reason.HEIC),
        (b"caf\xe9", Reason.TEXT_ENCODING),
        (b"\x00\x01\x02\x03", Reason.UNKNOWN),
        (b"RIFF\x00\x00\x00\x00AVI LIST", Reason.UNKNOWN),
    ],
)
def test_refused_formats_have_their_reason(head: bytes, reason: Reason) -> None:
    with pytest.raises(Refused) as caught:
        sniff(head)

    assert caught.value.reason == reason


@given(st.binary(max_size=200))
def test_any_bytes_are_either_named_or_refused(head: bytes) -> None:
    try:
        named: object = sniff(head)
    except Refused as refused:
        named = refused.reason

    assert named in (*file_types.FILE_TYPES, *Reason)


@pytest.mark.parametrize(
    ("name", "claimed"),
    [
        ("a/b.JPG", "jpg"),
        ("a\\b.jpeg", "jpeg"),
        ("none", ""),
        (".hidden", ""),
        ("a.tar.gz", "gz"),
        ("x.png. ", "png"),
    ],
)
def test_the_claim_is_the_last_extension_of_the_last_part(name: str, claimed: str) -> None:
    assert claimed_extension(name) == claimed


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.JPEG", "a", "photo.v2", "a.heic"])
def test_an_image_may_carry_any_image_extension_or_none(name: str) -> None:
    check_claim(file_types.PNG, name)


@pytest.mark.parametrize("name", ["a.pdf", "a.mp4", "a.html", "a.svg", "a.exe", "a.js", "a.txt"])
def test_an_image_that_claims_to_be_something_else_is_disguised(name: str) -> None:
    with pytest.raises(Refused) as caught:
        check_claim(file_types.PNG, name)

    assert caught.value.reason == Reason.DISGUISED
    assert caught.value.params == {"claimed": name[2:], "real": "png"}

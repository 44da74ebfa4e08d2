"""Tell what a file is from its first bytes, and whether Concord keeps such files. Pure: bytes in, verdict
out.

The list is an allow-list. Formats that a browser could run as a page or a program (SVG, HTML, XML, scripts)
are refused even though they are common, because every kept file gets a public address on the installation's
own origin. Signatures: the formats' own specifications, as collected in the WHATWG MIME Sniffing Standard,
sections 6.1 to 6.3 (https://mimesniff.spec.whatwg.org/, read 2026-11-23), and ISO/IEC 14496-12 section 4.3
for `ftyp` brands.
"""

import codecs
import re
from dataclasses import dataclass
from enum import StrEnum

HEAD_BYTES = 4096
"""How many first bytes `sniff` wants to see; fewer only when the file is shorter."""


class Kind(StrEnum):
    """What an asset is for people and rules; stored, so values are never reused."""

    IMAGE = "image"
    DOCUMENT = "document"
    VIDEO = "video"
    OTHER = "other"


class Reason(StrEnum):
    """Why a file is refused; `assets.services.refusals` has the sentence for each."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    SVG = "svg"
    HTML = "html"
    XML = "xml"
    SCRIPT = "script"
    EXECUTABLE = "executable"
    ARCHIVE = "archive"
    OFFICE = "office"
    HEIC = "heic"
    TEXT_ENCODING = "text_encoding"
    UNKNOWN = "unknown"
    DISGUISED = "disguised"
    DAMAGED = "damaged"
    TOO_MANY_PIXELS = "too_many_pixels"
    PIXEL_BOMB = "pixel_bomb"
    UNREADABLE = "unreadable"
    CHANGED_MEANWHILE = "changed_meanwhile"
    CODE_EMPTY = "code_empty"
    CODE_TOO_LONG = "code_too_long"
    CODE_UNPRINTABLE = "code_unprintable"
    CODE_BLANKS = "code_blanks"
    CODE_TWICE = "code_twice"
    CODE_TAKEN = "code_taken"
    KIND_CHANGED = "kind_changed"
    NOT_ALLOWED = "not_allowed"


class Refused(Exception):
    """A file or code that Concord does not keep, with the reason and what the sentence about it needs."""

    def __init__(self, reason: Reason, **params: object) -> None:
        """Keep `reason` and the parameters of its sentence."""
        super().__init__(reason.value)
        self.reason = reason
        self.params = params


@dataclass(frozen=True, slots=True)
class FileType:
    """One kept format: media type, the extension it is stored under, and its kind."""

    mime: str
    extension: str
    kind: Kind
    decoder: str = ""
    """Name of the Pillow format that must be able to read it; empty for everything but images."""


JPEG = FileType("image/jpeg", "jpg", Kind.IMAGE, "JPEG")
PNG = FileType("image/png", "png", Kind.IMAGE, "PNG")
GIF = FileType("image/gif", "gif", Kind.IMAGE, "GIF")
WEBP = FileType("image/webp", "webp", Kind.IMAGE, "WEBP")
TIFF = FileType("image/tiff", "tif", Kind.IMAGE, "TIFF")
BMP = FileType("image/bmp", "bmp", Kind.IMAGE, "BMP")
AVIF = FileType("image/avif", "avif", Kind.IMAGE, "AVIF")
PDF = FileType("application/pdf", "pdf", Kind.DOCUMENT)
TEXT = FileType("text/plain", "txt", Kind.DOCUMENT)
MP4 = FileType("video/mp4", "mp4", Kind.VIDEO)
QUICKTIME = FileType("video/quicktime", "mov", Kind.VIDEO)
WEBM = FileType("video/webm", "webm", Kind.VIDEO)
GLB = FileType("model/gltf-binary", "glb", Kind.OTHER)
MP3 = FileType("audio/mpeg", "mp3", Kind.OTHER)
WAV = FileType("audio/wav", "wav", Kind.OTHER)
M4A = FileType("audio/mp4", "m4a", Kind.OTHER)

FILE_TYPES = (JPEG, PNG, GIF, WEBP, TIFF, BMP, AVIF, PDF, TEXT, MP4, QUICKTIME, WEBM, GLB, MP3, WAV, M4A)

# Which kind an extension promises. One that is in neither table ("photo.v2") promises nothing.
PROMISED_KINDS: dict[str, Kind] = {
    **{file_type.extension: file_type.kind for file_type in FILE_TYPES},
    **dict.fromkeys(("jpeg", "jpe", "jfif", "tiff", "dib", "heic", "heif", "jp2", "ico", "psd"), Kind.IMAGE),
    **dict.fromkeys(
        ("text", "csv", "tsv", "md", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "rtf"), Kind.DOCUMENT
    ),
    **dict.fromkeys(("m4v", "qt", "avi", "mkv", "mpg", "mpeg", "wmv"), Kind.VIDEO),
    **dict.fromkeys(("wave", "aac", "flac", "ogg", "gltf", "usdz", "zip"), Kind.OTHER),
}
# Extensions that a browser or a desktop would run: a harmless file under such a name is not what it claims to
# be.
ACTIVE_EXTENSIONS = frozenset(
    (  # noqa: SIM905 - a list of seventy lines would say no more
        "svg svgz html htm xhtml xht shtml mht mhtml xml xsl xslt js mjs cjs ts jsx php phtml php5 phar asp"
        " aspx jsp py pyc rb pl cgi sh bash zsh bat cmd ps1 psm1 vbs vbe wsf wsh hta exe dll com scr msi msp"
        " jar class war apk app dmg pkg deb rpm elf so bin lnk url desktop reg inf swf wasm css json yaml yml"
        " ps eps"
    ).split()
)

_HEADS: tuple[tuple[bytes, FileType], ...] = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
    (b"%PDF-", PDF),
    (b"glTF", GLB),
    (b"ID3", MP3),
    (b"\xff\xfb", MP3),
    (b"\xff\xf3", MP3),
)
_REFUSED_HEADS: tuple[tuple[bytes, Reason], ...] = (
    *((head, Reason.EXECUTABLE) for head in (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\x00asm", b"dex\n")),
    *((head, Reason.EXECUTABLE) for head in (b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe")),
    *(
        (head, Reason.EXECUTABLE)
        for head in (b"\xcf\xfa\xed\xfe", b"FWS", b"CWS", b"ZWS", b"L\x00\x00\x00\x01\x14")
    ),
    *((head, Reason.SCRIPT) for head in (b"#!", b"%!PS", b"\xc5\xd0\xd3\xc6", b"<?php")),
    *(
        (head, Reason.ARCHIVE)
        for head in (b"PK\x03\x04", b"PK\x05\x06", b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b")
    ),
    *((head, Reason.ARCHIVE) for head in (b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd", b"MSCF")),
    *((head, Reason.OFFICE) for head in (b"\xd0\xcf\x11\xe0", b"{\\rtf")),
)
_HEIC_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"))
_BMP_HEADER_SIZES = frozenset((12, 16, 40, 52, 56, 64, 108, 124))
_ACTIVE_MARKUP = re.compile(
    r"<\s*(script|html|svg|iframe|body|head|object|embed|\?php|%@)\b|<!doctype\s", re.IGNORECASE
)
_OPENS_WITH_TAG = re.compile(r"\s*<[a-z!?/%]", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")


def sniff(head: bytes) -> FileType:
    """Name the format of a file from its first `HEAD_BYTES` bytes.

    Raises `Refused` for an empty file, for formats that are refused by name and for what is not recognised.
    """
    if not head:
        raise Refused(Reason.EMPTY)
    found = _by_head(head) or _by_container(head)
    if found:
        return found
    for start, reason in _REFUSED_HEADS:
        if head.startswith(start):
            raise Refused(reason)
    return _sniff_text(head)


def claimed_extension(file_name: str) -> str:
    """Return what the file name claims to be, in lower case without the dot; empty when it claims nothing."""
    name = re.split(r"[/\\]", file_name)[-1].rstrip(". ")
    stem, dot, extension = name.rpartition(".")
    return extension.lower() if dot and stem else ""


def check_claim(file_type: FileType, file_name: str) -> None:
    """Refuse a file whose name promises another kind than its bytes hold, or something a computer would run.

    Another format of the same kind (a PNG named .jpg) passes: it is stored and served under its real
    extension.
    """
    claimed = claimed_extension(file_name)
    if claimed in ACTIVE_EXTENSIONS or PROMISED_KINDS.get(claimed, file_type.kind) != file_type.kind:
        raise Refused(Reason.DISGUISED, claimed=claimed, real=file_type.extension)


def _by_head(head: bytes) -> FileType | None:
    return next((file_type for start, file_type in _HEADS if head.startswith(start)), None)


def _by_container(head: bytes) -> FileType | None:
    if head[:4] == b"RIFF" and len(head) >= 12:
        return {b"WEBP": WEBP, b"WAVE": WAV}.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    if head[:4] == b"\x1aE\xdf\xa3" and b"webm" in head[:64]:
        return WEBM
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADER_SIZES:
        return BMP
    return None


def _by_brand(head: bytes) -> FileType:
    """Tell apart what shares the ISO base media container: AVIF, HEIC, MP4, QuickTime, M4A."""
    box = head[: max(16, min(int.from_bytes(head[:4], "big"), len(head)))]
    major = box[8:12]
    brands = {major, *(box[at : at + 4] for at in range(16, len(box) - 3, 4))}
    if brands & {b"avif", b"avis"}:
        return AVIF
    if brands & _HEIC_BRANDS:
        raise Refused(Reason.HEIC)
    if major == b"qt  ":
        return QUICKTIME
    return M4A if major in (b"M4A ", b"M4B ") else MP4


def _sniff_text(head: bytes) -> FileType:
    text = _decode(head)
    if text is None or _CONTROL.search(text):
        raise Refused(Reason.UNKNOWN)
    lowered = text.lstrip("\ufeff \t\r\n").lower()
    if "<svg" in lowered:
        raise Refused(Reason.SVG)
    if lowered.startswith("<?xml"):
        raise Refused(Reason.HTML if "<html" in lowered else Reason.XML)
    if lowered.startswith("#!") or "<?php" in lowered:
        raise Refused(Reason.SCRIPT)
    if _ACTIVE_MARKUP.search(lowered):
        raise Refused(Reason.HTML)
    if _OPENS_WITH_TAG.match(lowered):
        raise Refused(Reason.XML)
    return TEXT


def _decode(head: bytes) -> str | None:
    """Return the text of `head`, None for binary data; a character that a full `head` cuts is left out."""
    encoding = "utf-16" if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8"
    try:
        return codecs.getincrementaldecoder(encoding)().decode(head, final=len(head) < HEAD_BYTES)
    except UnicodeDecodeError:
        if _CONTROL.search(head.decode("latin-1")):
            return None
        raise Refused(Reason.TEXT_ENCODING) from None

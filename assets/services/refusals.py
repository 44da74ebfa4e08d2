"""Refusals as sentences a person can act on."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from assets.rules.file_types import Reason, Refused

_SENTENCES: dict[Reason, str | Promise] = {
    Reason.EMPTY: _("The file is empty."),
    Reason.TOO_LARGE: _("The file is larger than %(limit_mb)s MB, the most this installation takes."),
    Reason.SVG: _("SVG drawings can carry scripts and are not kept. Export it as PNG or WebP."),
    Reason.HTML: _("This is a web page, not a picture or a document. Save it as PDF or as a picture."),
    Reason.XML: _("XML files are not kept."),
    Reason.SCRIPT: _("This is a script. Files that a computer could run are not kept."),
    Reason.EXECUTABLE: _("This is a program. Files that a computer could run are not kept."),
    Reason.ARCHIVE: _("This is an archive or an Office file. Unpack it, or save the document as PDF."),
    Reason.OFFICE: _("Office files are not kept. Save the document as PDF."),
    Reason.HEIC: _("HEIC pictures cannot be shown by most channels. Save it as JPEG."),
    Reason.TEXT_ENCODING: _("The text is not written in UTF-8. Save it as UTF-8."),
    Reason.UNKNOWN: _(
        "What this file is could not be recognised. Pictures, PDF, plain text and MP4 are kept."
    ),
    Reason.DISGUISED: _(
        "The name ends in .%(claimed)s, but the file is a .%(real)s. Rename it if that is right."
    ),
    Reason.DAMAGED: _("The picture is damaged or cut off and cannot be read to its end. Export it again."),
    Reason.TOO_MANY_PIXELS: _(
        "The picture has %(width)s × %(height)s pixels, more than the %(limit_mp)s million that are taken."
        " Make it smaller."
    ),
    Reason.PIXEL_BOMB: _(
        "The file holds pictures of more than the %(limit_mp)s million pixels that are taken."
    ),
    Reason.UNREADABLE: _("The file could not be read: %(detail)s."),
    Reason.CHANGED_MEANWHILE: _("The file was changed while it was being read. Add it again."),
    Reason.CODE_EMPTY: _("An asset needs a code."),
    Reason.CODE_TOO_LONG: _("The code has %(chars)s characters; %(limit)s are allowed."),
    Reason.CODE_UNPRINTABLE: _("The code contains characters that cannot be seen. Rename the file."),
    Reason.CODE_BLANKS: _("The code begins or ends with a blank. Rename the file."),
    Reason.CODE_TWICE: _(
        "Another file of this upload has the same code, in whatever case, and other content."
    ),
    Reason.CODE_TAKEN: _(
        "There is an asset %(code)s already. Add the file there as a new version, or rename it."
    ),
    Reason.KIND_CHANGED: _(
        "This asset is of the kind %(old)s and cannot become %(new)s. Give the file another code."
    ),
    Reason.NOT_ALLOWED: _("%(detail)s"),
}


def sentence(refused: Refused) -> str:
    """Return why a file was refused, in the active language."""
    return str(_SENTENCES[refused.reason]) % refused.params

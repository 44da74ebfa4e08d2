"""Serving files to the public: by checksum, read-only, never as something a browser would run."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from assets.permissions import AssetPermission, why_not
from assets.rules.renditions import RENDITION_MIME, THUMB
from assets.selectors import find_served_file
from assets.services.storage import open_file, original_name, rendition_name

logger = logging.getLogger(__name__)

FOREVER = "public, max-age=31536000, immutable"
# A browser that opens a file as a page gets neither scripts nor anything from this origin.
POLICY = "sandbox; default-src 'none'"
# What browsers show by themselves; everything else is saved to disk.
SHOWN_INLINE = ("image/", "video/", "application/pdf")


@dataclass(frozen=True, slots=True)
class _Answer:
    """What to send: where it lies, and what the headers say of it."""

    name: str
    etag: str
    mime: str
    size: int
    file_name: str
    is_public: bool


@require_safe
def serve_file(request: HttpRequest, checksum: str, extension: str) -> HttpResponseBase:
    """Answer with the original bytes of a stored file; see `_serve`."""
    found = find_served_file(checksum)
    if found is None or found.file.extension != extension:
        return _not_found()
    file = found.file
    answer = _Answer(
        original_name(checksum, extension),
        checksum,
        file.mime,
        file.size,
        f"{checksum}.{extension}",
        found.is_public,
    )
    return _serve(request, answer)


@require_safe
def serve_thumbnail(request: HttpRequest, checksum: str) -> HttpResponseBase:
    """Answer with the thumbnail of a stored picture; see `_serve`."""
    found = find_served_file(checksum, preset=THUMB.name)
    if found is None or found.rendition is None:
        return _not_found()
    answer = _Answer(
        rendition_name(THUMB.name, checksum),
        found.rendition.checksum,
        RENDITION_MIME,
        found.rendition.size,
        f"{checksum}.webp",
        found.is_public,
    )
    return _serve(request, answer)


def _serve(request: HttpRequest, answer: _Answer) -> HttpResponseBase:
    """Answer with a stored file, as a stream.

    The public gets only files of approved versions, to be cached for good; somebody who may view assets gets
    any, never to be cached. What must not be seen and what is not there look the same.
    """
    if not answer.is_public and why_not(request.user, AssetPermission.VIEW):
        return _not_found()
    etag = f'"{answer.etag}"'
    response: HttpResponseBase
    if not_modified := get_conditional_response(request, etag=etag):
        response = not_modified
    elif request.method == "HEAD":
        response = HttpResponse(content_type=answer.mime)
        response.headers["Content-Length"] = str(answer.size)
    else:
        try:
            stream = open_file(answer.name)
        except FileNotFoundError:
            logger.exception("A stored file is missing from storage", extra={"storage_name": answer.name})
            return _not_found()
        response = FileResponse(stream, content_type=answer.mime)
        response.headers["Content-Length"] = str(answer.size)
    inline = answer.mime.startswith(SHOWN_INLINE)
    response.headers["Content-Disposition"] = (
        "inline" if inline else f'attachment; filename="{answer.file_name}"'
    )
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = FOREVER if answer.is_public else "private, no-store"
    return _guard(response)


def _not_found() -> HttpResponseBase:
    response = HttpResponse(_("There is no such file."), content_type="text/plain; charset=utf-8", status=404)
    response.headers["Cache-Control"] = "no-store"
    return _guard(response)


def _guard(response: HttpResponseBase) -> HttpResponseBase:
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = POLICY
    return response

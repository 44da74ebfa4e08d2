"""Middleware of the whole site: a request id on every log line and answer, and a cap on what may be sent."""

import logging
import re
import time
import uuid
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from workflows.log_context import log_context

logger = logging.getLogger("concord.request")

REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"

View = Callable[[HttpRequest], HttpResponse]


class RequestLogMiddleware:
    """Give each request an id (the proxy's `X-Request-ID` if it looks like one), and log one line per answer.

    The line holds the path without its query, since searches and keys stand there.
    """

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer inside a log context that carries the request id."""
        offered = request.headers.get("X-Request-ID", "")
        request_id = offered if REQUEST_ID.fullmatch(offered) else uuid.uuid4().hex
        with log_context(request_id=request_id):
            begun = time.perf_counter()
            response = self.get_response(request)
            response.headers["X-Request-ID"] = request_id
            response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
            user = getattr(request, "_cached_user", None)  # set only where the request was told apart already
            logger.info(
                "%s %s %s",
                request.method,
                request.path,
                response.status_code,
                extra={
                    "status": response.status_code,
                    "duration_ms": round((time.perf_counter() - begun) * 1000, 1),
                    **({"user_id": user.pk} if user is not None and user.pk else {}),
                },
            )
        return response


class UploadCapMiddleware:
    """Refuse a body over `CONCORD_UPLOAD_MAX_MB` before anything reads it.

    Django caps form fields, not files. A body without a length is read as empty by WSGI, so the header is
    enough.
    """

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer 413 with a sentence, or pass the request on."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and (len(length) > 18 or int(length) > settings.UPLOAD_MAX_BYTES):
            context = {"max_mb": settings.UPLOAD_MAX_BYTES // (1024 * 1024)}
            return render(request, "config/upload_too_large.html", context, status=413)
        return self.get_response(request)

"""Errors of the API as `application/problem+json` (RFC 9457, July 2023, section 3)."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from workflows.exceptions import ConcordError, Invalid

MEDIA_TYPE = "application/problem+json"


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the answer for an error of ours, REST framework's or Django's; None makes it a 500.

    Members: `type` (about:blank: the title says it all), `title`, `status`, `detail`, `code` (stable), and
    `errors` with one `{path, code, detail}` per field.
    """
    if isinstance(error, ConcordError):
        errors = [vars(field) for field in error.errors] if isinstance(error, Invalid) else []
        return _problem(error.status, error.code, str(error), errors, {})
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    headers = {name: value for name, value in response.items() if name != "Content-Type"}
    if isinstance(error, exceptions.ValidationError):
        errors = list(_field_errors(error.get_full_details(), ""))
        return _problem(response.status_code, "invalid", "Some values are not valid.", errors, headers)
    code = error.get_codes() if isinstance(error, exceptions.APIException) else "error"
    detail = str(getattr(error, "detail", error))
    return _problem(response.status_code, code if isinstance(code, str) else "error", detail, [], headers)


def _problem(
    status: int, code: str, detail: str, errors: list[dict[str, str]], headers: dict[str, str]
) -> Response:
    """Build the answer."""
    content = problem_content(status, code, detail, errors)
    return Response(content, status=status, headers=headers, content_type=MEDIA_TYPE)


def problem_content(status: int, code: str, detail: str, errors: list[dict[str, str]]) -> dict[str, Any]:
    """Return the members of a problem; an empty `errors` is left out."""
    content: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
    }
    if errors:
        content["errors"] = errors
    return content


def _field_errors(details: Any, path: str) -> Iterator[dict[str, str]]:
    """Yield REST framework's nested details as flat entries, paths joined by dots."""
    if isinstance(details, dict) and {"message", "code"} == details.keys():
        yield {"path": path, "code": str(details["code"]), "detail": str(details["message"])}
    elif isinstance(details, dict):
        for name, inner in details.items():
            yield from _field_errors(inner, f"{path}.{name}" if path else str(name))
    else:
        for inner in details:
            yield from _field_errors(inner, path)

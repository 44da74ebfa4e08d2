"""Text that no database here can hold: refused at the door, so that no view has to think of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from config.parsers import NUL, unstorable_sentence
from config.problems import MEDIA_TYPE, problem_content

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
API = "/api/"


class UnstorableTextMiddleware:
    """Answer 400 where a parameter, a form field or a cookie holds the character NUL.

    PostgreSQL refuses it in any text (PostgreSQL 17 manual, 8.3 "Character Types"), so each query with such a
    text would end as a server error. It runs once the address is known and the token against forged forms was
    checked, so that a form that is refused for that is never read. An address with NUL names nothing: 404.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Any, _args: Any, _kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Refuse the request, or return nothing and so let it go on."""
        under_api = request.path_info.startswith(API)
        if NUL in request.path_info:
            if under_api:
                return _problem(404, "not_found", _("There is nothing at this address."), "")
            raise Http404
        field = next(_fields_with_nul(request), None)
        if field is None:
            return None
        field = field.replace(NUL, "")[:100]
        sentence = unstorable_sentence(field)
        if under_api:
            return _problem(400, "invalid", sentence, field)
        return render(request, "config/unstorable_text.html", {"sentence": sentence}, status=400)


def _problem(status: int, code: str, detail: str, field: str) -> HttpResponse:
    errors = [{"path": field, "code": code, "detail": detail}] if field else []
    return JsonResponse(problem_content(status, code, detail, errors), status=status, content_type=MEDIA_TYPE)


def _fields_with_nul(request: HttpRequest) -> Iterator[str]:
    """Yield names of what was sent with a NUL in it; forms are read only where one was sent.

    Names of files need no look: Django keeps printable characters of them only.
    """
    for name, value in request.COOKIES.items():
        if NUL in value:
            yield name
    forms = [request.GET]
    if request.method == "POST" and request.content_type in FORMS:
        forms.append(request.POST)
    for form in forms:
        for name, values in form.lists():
            if NUL in name or any(NUL in value for value in values):
                yield name

"""Login throttle: after five wrong passwords a name waits a while, seen from one address."""

from typing import Any

from axes.backends import AxesStandaloneBackend
from axes.helpers import get_cool_off
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


class LoginThrottle(AxesStandaloneBackend):
    """Refuse a login that is locked out; let checks without a request (shell, tests) through."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:
        """Raise what makes Django stop asking the other backends, or return None to go on."""
        if request is not None:
            super().authenticate(request, **credentials)


def client_address(request: HttpRequest) -> str:
    """Return the address a request came from, trusting as many proxies as `CONCORD_PROXY_COUNT` says.

    Each trusted proxy appends the address it saw to X-Forwarded-For, so what stands further left may be
    invented.
    """
    hops = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    if settings.PROXY_COUNT and len(hops) >= settings.PROXY_COUNT:
        return hops[-settings.PROXY_COUNT]
    return str(request.META.get("REMOTE_ADDR", ""))


def locked_out(
    request: HttpRequest, _original: HttpResponse | None, _credentials: dict[str, str] | None
) -> HttpResponse:
    """Return the page that says how long to wait and who can help."""
    cool_off = get_cool_off(request)
    context = {"minutes": int(cool_off.total_seconds() // 60)}
    return render(request, "config/locked_out.html", context, status=429)

"""Answers for load balancers and process managers: `/healthz` (alive) and `/readyz` (able to work)."""

import tempfile
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse


class HealthMiddleware:
    """Answer `/healthz` and `/readyz` before host names, redirects and sessions are looked at.

    Probes come by address, without TLS and without cookies; as ordinary views they would be refused or
    redirected.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._migrated = False

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a probe; pass everything else on."""
        if request.path_info == "/healthz":
            return _answer({"alive": True}, 200)
        if request.path_info == "/readyz":
            problems = self._problems()
            return _answer({"ready": not problems, "problems": problems}, 503 if problems else 200)
        return self.get_response(request)

    def _problems(self) -> list[dict[str, str]]:
        """Return what keeps this process from working, as check and sentence."""
        problems = []
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            # Reading all migration files takes a while, and what is applied stays applied: asked until it is
            # so once.
            self._migrated = self._migrated or not _unapplied_migrations()
            if not self._migrated:
                problems.append(_problem("migrations", "The database waits for `python manage.py migrate`."))
        except DatabaseError:
            problems.append(_problem("database", "The database does not answer."))
        try:
            with tempfile.TemporaryFile(dir=settings.DATA_DIR):
                pass
        except OSError:
            problems.append(_problem("data_dir", "The data directory cannot be written."))
        return problems


def _unapplied_migrations() -> int:
    """Return how many migrations of the installed code the database lacks."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _problem(check: str, sentence: str) -> dict[str, str]:
    return {"check": check, "detail": sentence}


def _answer(content: dict[str, object], status: int) -> JsonResponse:
    return JsonResponse(content, status=status, headers={"Cache-Control": "no-store"})

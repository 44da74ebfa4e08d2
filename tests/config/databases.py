"""Databases of their own for tests that run commands in processes of their own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any


def login(database: Mapping[str, Any]) -> dict[str, str]:
    """Return how psycopg reaches the server of a Django database."""
    where = {name: str(database[name.upper()] or "") for name in ("host", "port", "user", "password")}
    return {name: value for name, value in where.items() if value}


def environment_of(where: Mapping[str, str], name: str, folder: Path) -> dict[str, str]:
    """Return the environment of an installation with that database and data directory."""
    user = where.get("user", "") + (f":{where['password']}" if where.get("password") else "")
    port = f":{where['port']}" if where.get("port") else ""
    if where.get("host", "").startswith("/"):
        url = f"postgres://{user}@/{name}?host={where['host']}"
    else:
        url = f"postgres://{user}@{where.get('host', '')}{port}/{name}"
    return {"CONCORD_DATA_DIR": str(folder), "DATABASE_URL": url}

"""Typed readers of environment variables; a wrong value stops the start with one sentence and exit code 1.

Reading is declaring: each reader notes the name and default it was asked for, so a test can hold README's
settings table against what `config.settings` really reads. The values of secrets are noted too, for the logs
to leave out.
"""

import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import parse_qsl, unquote, urlsplit

DATABASE_SCHEMES = {"postgres": "postgresql", "postgresql": "postgresql", "sqlite": "sqlite3"}
BROKER_SCHEMES = ("redis", "rediss", "redis+socket", "amqp", "amqps")
TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off"})


def stop(sentence: str) -> NoReturn:
    """End the process with exit code 1 and `sentence` on standard error, without a traceback."""
    raise SystemExit(f"Concord cannot start: {sentence}")


@dataclass
class Environment:
    """Read variables from `source` (the process environment) by type; see the module for what reading notes.

    Every reader stops the start on a wrong value. An empty variable counts as absent.
    """

    source: Mapping[str, str]
    declared: dict[str, str] = field(default_factory=dict)
    secret_values: set[str] = field(default_factory=set)

    def text(self, name: str, default: str = "", *, shown: str | None = None) -> str:
        """Return the stripped text of `name`, or `default`; `shown` is the table's word for it."""
        self.declared[name] = default if shown is None else shown
        return self.source.get(name, "").strip() or default

    def secret(self, name: str, *, shown: str = "") -> str:
        """Return the secret `name`, or the content of the file that `NAME_FILE` names, or an empty text.

        The value is noted in `secret_values`.
        """
        value = self.text(name, shown=shown)
        file_name = self.source.get(f"{name}_FILE", "").strip()
        if value and file_name:
            stop(f"{name} and {name}_FILE are both set; keep one of them.")
        if file_name:
            try:
                value = Path(file_name).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError):
                stop(f"{name}_FILE names {file_name}, which cannot be read as text.")
            if not value:
                stop(f"{name}_FILE names {file_name}, which is empty.")
        if value:
            self.secret_values.add(value)
        return value

    def flag(self, name: str, default: bool) -> bool:
        """Return a yes or no: 1, true, yes, on or 0, false, no, off."""
        value = self.text(name, str(default).lower()).lower()
        if value in TRUE_WORDS:
            return True
        if value in FALSE_WORDS:
            return False
        return stop(f"{name} is {value!r}; use true or false.")

    def integer(self, name: str, default: int, *, minimum: int, maximum: int) -> int:
        """Return a whole number from `minimum` to `maximum`, both included."""
        value = self.text(name, str(default))
        try:
            number = int(value)
        except ValueError:
            stop(f"{name} is {value!r}; use a whole number.")
        if not minimum <= number <= maximum:
            stop(f"{name} is {number}; use a number from {minimum} to {maximum}.")
        return number

    def choice(self, name: str, default: str, choices: Iterable[str]) -> str:
        """Return one of `choices`, compared without regard to case."""
        value = self.text(name, default)
        allowed = {choice.lower(): choice for choice in choices}
        if value.lower() not in allowed:
            stop(f"{name} is {value!r}; use one of {', '.join(allowed.values())}.")
        return allowed[value.lower()]

    def words(self, name: str, default: Iterable[str] = (), *, shown: str | None = None) -> list[str]:
        """Return the parts of a comma-separated list, without blanks."""
        value = self.text(name, ",".join(default), shown=shown)
        return [part.strip() for part in value.split(",") if part.strip()]

    def web_address(self, name: str, default: str) -> str:
        """Return an http(s) address without path, query or closing slash."""
        value = self.text(name, default).rstrip("/")
        try:
            parts = urlsplit(value)
            complete = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            complete = False
        if not complete or value != f"{parts.scheme}://{parts.netloc}":
            stop(f"{name} is {value!r}; use an address such as https://concord.example.com, without a path.")
        return value

    def directory(self, name: str, default: Path, *, shown: str) -> Path:
        """Return an existing directory as an absolute path, made when it is missing."""
        path = Path(self.text(name, str(default), shown=shown)).expanduser().resolve()
        try:
            path.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            stop(f"{name} is {str(path)!r}, where a file is in the way; name a directory.")
        except OSError as error:
            stop(f"{name} is {str(path)!r}, which cannot be made ({error.strerror}).")
        return path

    def broker_url(self, name: str) -> str:
        """Return the address of a message broker, or an empty text for none."""
        value = self.secret(name, shown="none: background work runs in the one process")
        scheme, separator, _rest = value.partition("://")
        if value and not (scheme in BROKER_SCHEMES and separator):
            stop(f"{name} must begin with one of {', '.join(f'{known}://' for known in BROKER_SCHEMES)}.")
        self._note_password(value)
        return value

    def database(self, name: str, *, sqlite_file: Path, pool_size: int) -> dict[str, Any]:
        """Return Django's settings for the database at address `name`, without one for `sqlite_file`.

        Sockets: `postgres:///concord` (the default socket), `postgres:///concord?host=/run/postgresql` or
        `postgres://%2Frun%2Fpostgresql/concord`. Further query parameters go to libpq as they are.
        """
        value = self.secret(name, shown="SQLite in the data directory")
        self._note_password(value)
        if not value:
            return sqlite_settings(sqlite_file)
        try:
            parts = urlsplit(value)
            port = parts.port
        except ValueError:
            stop(f"{name} is not a database address; encode special characters of the password as %XX.")
        vendor = DATABASE_SCHEMES.get(parts.scheme)
        database = unquote(parts.path[1:])
        if vendor is None or not database or parts.fragment:
            stop(f"{name} must look like postgres://user:password@host:5432/name or sqlite:///file.")
        if vendor == "sqlite3":
            if not Path(database).resolve().parent.is_dir():
                stop(f"{name} names an SQLite file in a directory that does not exist.")
            return sqlite_settings(Path(database).resolve())
        options: dict[str, Any] = dict(parse_qsl(parts.query))
        host = options.pop("host", "") or unquote(parts.netloc.rpartition("@")[2].partition(":")[0])
        if pool_size:
            options["pool"] = {"min_size": 1, "max_size": pool_size, "timeout": 30}
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": database,
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": host,
            "PORT": str(options.pop("port", port or "")),
            "OPTIONS": options,
        }

    def _note_password(self, address: str) -> None:
        """Keep the password inside `address` out of the logs, as written and as decoded."""
        password = address.partition("://")[2].rpartition("@")[0].partition(":")[2]
        if password:
            self.secret_values |= {password, unquote(password)}


def sqlite_settings(file: Path) -> dict[str, Any]:
    """Return Django's settings for one SQLite file: write-ahead log, writers that queue.

    IMMEDIATE takes the write lock when a transaction begins; a deferred one that turns writer later fails at
    once when another has written meanwhile, whatever the timeout says.
    """
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": file,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }


def generated_secret(file: Path) -> str:
    """Return the secret kept in `file`, made at first use and readable by the owner alone.

    Two processes that start together agree: the file appears whole, by a hard link that only one of them can
    make.
    """
    try:
        if not file.exists():
            draft = file.with_name(f"{file.name}.{os.getpid()}")
            draft.touch(mode=0o600)
            draft.write_text(secrets.token_urlsafe(64), encoding="ascii")
            try:
                os.link(draft, file)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        value = file.read_text(encoding="ascii").strip()
    except OSError as error:
        stop(f"the secret {str(file)!r} can be neither read nor made ({error.strerror}).")
    if len(value) < 50:
        stop(f"the secret in {str(file)!r} is too short; delete the file to have a new one made.")
    return value

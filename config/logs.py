"""Log lines as JSON, one object per line, with the ids of the work at hand and without secrets."""

import json
import logging
import re
from collections.abc import Collection
from datetime import UTC, datetime

from workflows.log_context import current_log_ids

HIDDEN = "[hidden]"
SECRET_NAME = re.compile(
    r"password|passwd|secret|token|api_?key|authorization|cookie|session_?id", re.IGNORECASE
)
SECRET_IN_TEXT = re.compile(
    r"(?P<before>://[^/\s:@]*:|\bauthorization\W+\w+\s+|\b(?:password|passwd|secret|token|api_?key)[\"']?\s*[=:]\s*[\"']?)"
    r"(?P<secret>[^\s\"'@&,;]+)",
    re.IGNORECASE,
)
STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """Format a record as one JSON object: time, level, logger, message, bound ids, plain extras, traceback.

    `secret_values` are replaced wherever they occur; so are credentials in addresses, authorization schemes,
    and whatever follows a name such as `password=`. Values shorter than six characters are not searched for:
    they would tear ordinary words apart.
    """

    def __init__(self, secret_values: Collection[str] = ()) -> None:
        super().__init__()
        known = sorted((value for value in secret_values if len(value) >= 6), key=len, reverse=True)
        self._known_secrets = re.compile("|".join(map(re.escape, known))) if known else None

    def format(self, record: logging.LogRecord) -> str:
        """Return the line without its newline."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self._clean(record.getMessage()),
            **current_log_ids(),
        }
        for name, value in vars(record).items():
            if name not in STANDARD_FIELDS and isinstance(value, str | int | float | bool):
                line[name] = self._extra(name, value)
        if record.exc_info:
            line["exception"] = self._clean(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)

    def _extra(self, name: str, value: str | float) -> str | float:
        """Return an extra field's value, hidden where its name says that it is a secret."""
        if SECRET_NAME.search(name):
            return HIDDEN
        return self._clean(value) if isinstance(value, str) else value

    def _clean(self, text: str) -> str:
        """Return `text` without secrets."""
        if self._known_secrets:
            text = self._known_secrets.sub(HIDDEN, text)
        return SECRET_IN_TEXT.sub(rf"\g<before>{HIDDEN}", text)

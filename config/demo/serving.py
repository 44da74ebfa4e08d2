"""Serving the site on loopback, with the embedded worker, until somebody presses Ctrl-C."""

from __future__ import annotations

import os
import socket
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connections
from django.utils.translation import gettext as _
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from workflows.exceptions import Locked

HOST = "127.0.0.1"
PUBLIC_URL_VARIABLE = "CONCORD_PUBLIC_URL"
THREADS = 4
"""Requests answered at a time; each may hold a database connection."""


def check_port_is_free(port: int) -> None:
    """Raise `Locked` when something else listens on the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise Locked(
                _("Port %(port)s is in use; choose another with --port, or load the data with --no-serve.")
                % {"port": port}
            ) from error


def port_of(address: str) -> int | None:
    """Return the port of an address on this machine's loopback, None for any other."""
    parts = urlsplit(address)
    return parts.port if parts.hostname == HOST else None


def follow_port(port: int) -> None:
    """Have absolute links of this process name the port, unless the environment says where the site is."""
    if not os.environ.get(PUBLIC_URL_VARIABLE):
        settings.PUBLIC_URL = f"http://{HOST}:{port}"


def serve(port: int) -> None:
    """Answer requests from this machine until interrupted; one process works, this one watches over it.

    The working process imports `config.wsgi`, which starts the embedded worker beside it.
    """
    connections.close_all()
    os.environ[PUBLIC_URL_VARIABLE] = settings.PUBLIC_URL  # the working process reads its settings anew
    Granian(
        "config.wsgi:application",
        address=HOST,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        log_level=LogLevels.error,
    ).serve()

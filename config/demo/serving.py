"""Serving the site on loopback, with the embedded worker, until somebody presses Ctrl-C."""

from __future__ import annotations

import socket

from django.db import connections
from django.utils.translation import gettext as _
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from workflows.exceptions import Locked

HOST = "127.0.0.1"
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


def serve(port: int) -> None:
    """Answer requests from this machine until interrupted; one process works, this one watches over it.

    The working process imports `config.wsgi`, which starts the embedded worker beside it.
    """
    connections.close_all()
    Granian(
        "config.wsgi:application",
        address=HOST,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        log_level=LogLevels.error,
    ).serve()

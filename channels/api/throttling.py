"""How often one caller may ask, counted by each server process."""

from __future__ import annotations

import threading
import time

from axes.helpers import get_client_ip_address
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

WINDOW_S = 60


class StorefrontThrottle(BaseThrottle):
    """A caller with a good key counts by key, every other by address, in windows of one minute.

    Each server process counts for itself, so an installation with four lets a caller do up to four times as
    much: enough to stop a loop gone wild or somebody trying keys, at no cost to the read.
    """

    per_key = 12_000
    per_address = 1_200

    _lock = threading.Lock()
    _window = 0
    _counts: dict[str, int] = {}

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Count this request for `view.key_id` or the address, and say whether it is within the limit."""
        key_id = getattr(view, "key_id", None)
        caller, limit = (
            (f"key {key_id}", self.per_key)
            if key_id is not None
            else (f"address {get_client_ip_address(request)}", self.per_address)
        )
        window = int(time.time()) // WINDOW_S
        cls = StorefrontThrottle
        with cls._lock:
            if cls._window != window:
                cls._window, cls._counts = window, {}
            count = cls._counts[caller] = cls._counts.get(caller, 0) + 1
        return count <= limit

    def wait(self) -> float:
        """Return the seconds until the next window."""
        return WINDOW_S - time.time() % WINDOW_S

    @classmethod
    def forget(cls) -> None:
        """Start counting anew."""
        with cls._lock:
            cls._counts = {}

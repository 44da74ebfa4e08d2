"""Fixtures of change control's tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client

from tests.factories.catalog import make_structure


@pytest.fixture
def structure(db: None) -> None:
    """Load the small structure of the factories."""
    make_structure()


@pytest.fixture
def as_user(client: Client) -> Callable[[User], Client]:
    """Return a function that logs the client in as somebody and returns it."""

    def enter(user: User) -> Client:
        client.force_login(user)
        return client

    return enter


@pytest.fixture
def said() -> Callable[[Any], list[str]]:
    """Return a function that reads the messages of an answer."""
    return lambda answer: [str(message) for message in get_messages(answer.wsgi_request)]

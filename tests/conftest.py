"""Fixtures shared by all tests: a data directory of their own, the cast, sample data, a browser."""

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.contrib.auth.models import Group, User
from django.db import connection

from config.roles import ROLE_NAMES

CHROMIUM = os.environ.get("CONCORD_TEST_CHROMIUM", "/usr/bin/chromium")
LOOPBACK = ("127.0.0.1", "::1", "localhost")

hypothesis.settings.register_profile("concord", deadline=None, derandomize=True)
hypothesis.settings.load_profile("concord")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that reads real catalogues, so that they can be run by themselves."""
    for item in items:
        if "sample_data" in getattr(item, "fixturenames", ()):
            item.add_marker("sample_data")


@pytest.fixture(autouse=True)
def _own_surroundings(settings: Any, tmp_path: Path) -> None:
    """Keep every test's files apart from the installation's, and password hashing out of the way."""
    settings.DATA_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.FEED_ROOT = tmp_path / "feeds"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse connections that leave this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6} and address[0] not in LOOPBACK:
            raise AssertionError(f"A test tried to reach {address[0]}.")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def make_account(db: None) -> Callable[..., User]:
    """Return a function that makes an account with a role: `make_account("reviewer")`."""

    def make(role: str = "", name: str = "", **over: Any) -> User:
        user = User.objects.create_user(name or role, password="correct horse battery", is_staff=True, **over)
        if role:
            user.groups.add(Group.objects.get(name=role))
        return user

    return make


@pytest.fixture
def cast(make_account: Callable[..., User]) -> dict[str, User]:
    """Return one account per role, by role."""
    return {role: make_account(role) for role in ROLE_NAMES}


@pytest.fixture
def merchandiser(make_account: Callable[..., User]) -> User:
    """Return somebody who proposes."""
    return make_account("merchandiser")


@pytest.fixture
def reviewer(make_account: Callable[..., User]) -> User:
    """Return somebody who decides."""
    return make_account("reviewer")


@pytest.fixture
def support(make_account: Callable[..., User]) -> User:
    """Return somebody who only looks."""
    return make_account("support")


@pytest.fixture
def superuser(db: None) -> User:
    """Return somebody whom no permission stops."""
    return User.objects.create_superuser("root", password="correct horse battery")


@pytest.fixture(scope="session")
def sample_data() -> Path:
    """Return the folder with real catalogues; skip without one, fail where it is named but missing."""
    named = os.environ.get("CONCORD_SAMPLE_DATA", "")
    if not named:
        pytest.skip("sample data: CONCORD_SAMPLE_DATA names no folder")
    folder = Path(named).resolve()
    if not folder.is_dir():
        pytest.fail(f"CONCORD_SAMPLE_DATA names {folder}, which is no folder")
    return folder


@pytest.fixture(scope="session")
def redis_url() -> str:
    """Return the address of a Redis that tests may write to; skip without one."""
    url = os.environ.get("CONCORD_TEST_REDIS_URL", "")
    if not url:
        pytest.skip("redis: CONCORD_TEST_REDIS_URL names no server")
    return url


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Return the machine's Chromium, driven by Playwright; for tests marked `browser`."""
    from playwright.sync_api import sync_playwright

    # Playwright's synchronous API runs an event loop in this thread, which Django takes for asynchronous
    # code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--disable-background-networking",
                "--disable-component-update",
                "--no-first-run",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture
def _empty_search(transactional_db: None) -> None:
    """Empty SQLite's search tables, which no model has and so no flush between committing tests empties.

    What earlier tests left would fill the first hits, and crowd out the products of this one.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for table in ("catalog_search_rows", "catalog_search_words", "catalog_search_parts"):
                cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - names of tables


@pytest.fixture
def page(chromium: Any, live_server: Any, _empty_search: None) -> Iterator[Any]:
    """Return a fresh page on the running site; fails on script errors, policy refusals and missing files.

    Refused pages (403 and the like) are for the test to look at.
    """
    context = chromium.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    complaints: list[str] = []

    def on_console(message: Any) -> None:
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            complaints.append(message.text)

    def on_response(response: Any) -> None:
        if response.status >= 400 and "/static/" in response.url:
            complaints.append(f"{response.status} {response.url}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("response", on_response)
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def log_in(page: Any, live_server: Any, client: Any) -> Callable[[User], Any]:
    """Return a function that logs somebody in to `page` without the form, and returns the page."""

    def enter(user: User) -> Any:
        client.force_login(user)
        cookie = client.cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        return page

    return enter

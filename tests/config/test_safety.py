"""Headers, policy, throttle and caps."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client, RequestFactory

from config.throttle import client_address

LOGIN = "/admin/login/"


def log_in(client: Client, name: str, password: str) -> Any:
    return client.post(LOGIN, {"username": name, "password": password}, query_params={"next": "/admin/"})


@pytest.mark.django_db
def test_pages_carry_the_headers(client: Client) -> None:
    headers = client.get(LOGIN).headers

    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in headers


@pytest.mark.django_db
def test_policy_names_no_foreign_origin_and_no_inline_script(client: Client) -> None:
    policy = client.get(LOGIN).headers["Content-Security-Policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))

    assert directives == {
        "default-src": "'none'",
        "script-src": "'self' 'unsafe-eval'",
        "style-src": "'self'",
        "style-src-attr": "'unsafe-inline'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }


@pytest.mark.django_db
def test_a_secure_answer_asks_for_https_in_production(client: Client, settings: Any) -> None:
    settings.SECURE_HSTS_SECONDS = 31536000
    settings.SECURE_SSL_REDIRECT = True

    assert client.get(LOGIN).headers["Location"] == "https://testserver/admin/login/"
    assert client.get(LOGIN, secure=True).headers["Strict-Transport-Security"].startswith("max-age=31536000")


@pytest.mark.django_db
def test_the_sixth_attempt_waits_even_with_the_right_password(
    client: Client, make_account: Callable[..., User]
) -> None:
    make_account("merchandiser", name="ann")

    answers = [log_in(client, "ann", "wrong") for _attempt in range(5)]
    locked = log_in(client, "ann", "correct horse battery")

    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
    assert locked.status_code == 429
    assert "closed to logins from here for 15 minutes" in locked.content.decode()
    assert "_auth_user_id" not in client.session


@pytest.mark.django_db
def test_a_lockout_hits_neither_other_names_nor_other_addresses(
    client: Client, make_account: Callable[..., User]
) -> None:
    make_account("merchandiser", name="ann")
    make_account("reviewer", name="bob")
    for _attempt in range(5):
        log_in(client, "ann", "wrong")

    assert log_in(client, "bob", "correct horse battery").status_code == 302
    elsewhere = Client(REMOTE_ADDR="192.0.2.9")
    assert log_in(elsewhere, "ann", "correct horse battery").status_code == 302


@pytest.mark.django_db
def test_a_login_that_succeeds_forgets_the_failures(
    client: Client, make_account: Callable[..., User]
) -> None:
    make_account("merchandiser", name="ann")
    for _round in range(2):
        for _attempt in range(4):
            log_in(client, "ann", "wrong")
        assert log_in(client, "ann", "correct horse battery").status_code == 302
        client.logout()


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "203.0.113.7", "10.0.0.1"),
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "1.1.1.1, 203.0.113.7", "203.0.113.7"),
        (2, "1.1.1.1, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
        (2, "203.0.113.7", "10.0.0.1"),
    ],
)
def test_forwarded_addresses_are_believed_as_far_as_proxies_are_known(
    settings: Any, proxies: int, forwarded: str, expected: str
) -> None:
    settings.PROXY_COUNT = proxies
    request = RequestFactory().get("/", headers={"X-Forwarded-For": forwarded}, REMOTE_ADDR="10.0.0.1")

    assert client_address(request) == expected


def test_a_body_over_the_cap_is_refused_before_it_is_read(client: Client, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 1024 * 1024

    answer = client.post(LOGIN, b"x" * (1024 * 1024 + 1), content_type="text/plain")

    assert answer.status_code == 413
    assert "At most 1 MB can be sent at once." in answer.content.decode()


def test_static_files_are_served_without_a_collecting_step(client: Client) -> None:
    answer = client.get("/static/config/theme.css")

    assert answer.status_code == 200
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.django_db
def test_docs_load_their_scripts_from_this_site(client: Client) -> None:
    text = client.get("/api/docs/").content.decode()

    assert 'src="/static/drf_spectacular_sidecar/' in text
    assert "<script>" not in text
    assert "//cdn" not in text

"""The API's description: complete, valid, as committed, and shown offline."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.test import Client

from channels.api.filters import ListingFilter
from channels.api.guide import GUIDE
from tests.factories.listings import publish

SNAPSHOT = Path(__file__).with_name("api_schema.yaml")
RENEW = "python manage.py spectacular --validate --fail-on-warn --file tests/channels/api_schema.yaml"


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The schema as the code gives it now, valid and without warnings."""
    file = tmp_path_factory.mktemp("schema") / "schema.yaml"
    call_command("spectacular", file=str(file), validate=True, fail_on_warn=True)
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def test_schema_is_as_committed(schema: dict[str, Any]) -> None:
    assert schema == yaml.safe_load(SNAPSHOT.read_text(encoding="utf-8")), f"If this is meant: {RENEW}"


def test_every_parameter_is_described_with_an_example(schema: dict[str, Any]) -> None:
    bare = [
        f"{path} {parameter['name']}"
        for path, methods in schema["paths"].items()
        for operation in methods.values()
        for parameter in operation["parameters"]
        if not parameter.get("description") or not parameter.get("examples")
    ]

    assert bare == []


def test_storefront_reads_and_their_parameters_are_all_there(schema: dict[str, Any]) -> None:
    root = "/api/v1/storefront/{channel}/products/"
    named = {parameter["name"] for parameter in schema["paths"][root]["get"]["parameters"]}

    assert [path for path in schema["paths"] if path.startswith("/api/v1/storefront/")] == [
        root,
        root + "{product_id}/",
        root + "by-sku/{sku}/",
    ]
    assert all(list(methods) == ["get"] for methods in schema["paths"].values())
    assert named == {
        "channel", "market", "locale", "page_size", "cursor", "If-None-Match", *ListingFilter.base_filters,
    }  # fmt: skip


def test_guide_stands_at_the_head_and_tells_what_no_parameter_can(schema: dict[str, Any]) -> None:
    titles = [line for line in schema["info"]["description"].splitlines() if line.startswith("### ")]

    assert titles == [
        "### First request",
        "### Keys",
        "### Market and language",
        "### Pages",
        "### Ask again without reading again",
        "### When something is wrong",
    ]


@pytest.mark.django_db
def test_answers_are_as_the_guide_says(client: Client, make_good: Callable[..., Any]) -> None:
    make_good(1)
    publish("shop")
    products = "/api/v1/storefront/shop/products/"

    whole = client.get(f"{products}by-sku/S-1/")
    same = client.get(f"{products}by-sku/S-1/", headers={"If-None-Match": whole.headers["ETag"]})
    refused = {
        "invalid": client.get(f"{products}?market=shop_fr"),
        "not_authenticated": client.get("/api/v1/storefront/closed/products/"),
        "not_found": client.get(f"{products}by-sku/S-9/"),
    }

    assert (whole.status_code, whole.headers["Cache-Control"]) == (200, "public, no-cache")
    assert (same.status_code, same.content) == (304, b"")
    for code, answer in refused.items():
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == code
        assert f"| {answer.status_code} | `{code}` |" in GUIDE
    assert refused["invalid"].json()["errors"][0]["path"] == "market"


@pytest.mark.django_db
def test_schema_and_docs_are_served(client: Client) -> None:
    described = client.get("/api/schema/")
    docs = client.get("/api/docs/")

    assert described.status_code == 200
    assert yaml.safe_load(described.content)["info"]["title"] == "Concord"
    assert docs.status_code == 200
    assert b"https://" not in docs.content.replace(b"https://pim.example", b"")

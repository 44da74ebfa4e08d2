"""A catalogue gets its structure and its channels from files, by command."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from catalog.models import Attribute
from channels.models import Channel
from tests.channels.conftest import SHOP
from tests.factories.catalog import STRUCTURE


def load(tmp_path: Path, command: str, content: Any, user: str) -> str:
    file = tmp_path / "file.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    out = StringIO()
    call_command(command, str(file), user=user, stdout=out)
    return out.getvalue()


def test_structure_and_channels_are_loaded_and_again_change_nothing(
    tmp_path: Path, cast: dict[str, User]
) -> None:
    first = load(tmp_path, "load_structure", STRUCTURE, "operator")
    again = load(tmp_path, "load_structure", STRUCTURE, "operator")
    made = load(tmp_path, "load_channels", {"channels": [SHOP]}, "channel_manager")
    same = load(tmp_path, "load_channels", {"channels": [SHOP]}, "channel_manager")

    assert "attributes: 13 new, 0 changed, 0 unchanged" in first
    assert "attributes: 0 new, 0 changed, 13 unchanged" in again
    assert made.splitlines()[0] == "new: shop"
    assert same.splitlines() == ["new: none", "changed: none", "unchanged: shop"]
    assert Channel.objects.get().profile.code == "own_storefront"


@pytest.mark.parametrize(
    ("command", "content", "user", "message"),
    [
        ("load_structure", "{", "operator", "is not JSON"),
        ("load_structure", "[]", "operator", "no JSON object"),
        ("load_structure", {"attribute": []}, "operator", "no kind of structure"),
        ("load_structure", {"attributes": {}}, "operator", "must be a list"),
        ("load_structure", {"attributes": [{"code": "x"}]}, "operator", "item 1: “type” is missing"),
        ("load_structure", {"groups": ["x"]}, "operator", "item 1: “code” is missing"),
        ("load_structure", STRUCTURE, "merchandiser", "does not have the right"),
        ("load_channels", {"channels": [{}]}, "channel_manager", "each have a code"),
        (
            "load_channels",
            {"channels": [{"code": "x", "scope": "y", "profile": "z"}]},
            "operator",
            "no scope y",
        ),
        ("load_channels", {"channels": []}, "support", "."),
    ],
)
def test_wrong_files_and_people_are_refused_with_a_sentence(
    tmp_path: Path, cast: dict[str, User], command: str, content: Any, user: str, message: str
) -> None:
    with pytest.raises(CommandError, match=message):
        load(tmp_path, command, content, user)

    assert not Attribute.objects.exists()
    assert not Channel.objects.exists()

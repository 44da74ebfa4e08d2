"""What the import linter can't see: relations by string, module length, what each app must have."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import Field, Model

ROOT = Path(__file__).resolve().parent.parent
DIRECTION = ["workflows", "assets", "catalog", "channels", "config"]  # each may know those before it
APPS = DIRECTION[:-1]
MAX_LINES = 400
LONGER_FOR_A_REASON: dict[str, str] = {}
TOP_LEVEL = {
    "manage.py",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "requirements.lock",
    "requirements-dev.lock",
    "config",
    "catalog",
    "assets",
    "channels",
    "workflows",
    "templates",
    "static",
    "tests",
}


def relations() -> Iterator[tuple[type[Model], Field, type[Model]]]:
    for app in APPS:
        for model in apps.get_app_config(app).get_models(include_auto_created=True):
            for field in model._meta.get_fields(include_hidden=True):
                if isinstance(field, Field) and isinstance(field.related_model, type):
                    yield model, field, field.related_model


def test_no_relation_points_to_a_higher_app() -> None:
    upwards = [
        f"{model._meta.label}.{field.name} -> {target._meta.label}"
        for model, field, target in relations()
        if target._meta.app_label in APPS
        and DIRECTION.index(target._meta.app_label) > DIRECTION.index(model._meta.app_label)
    ]

    assert upwards == []


@pytest.mark.parametrize("app", APPS)
def test_no_lower_app_names_a_higher_apps_models_by_string(app: str) -> None:
    higher = DIRECTION[DIRECTION.index(app) + 1 :]
    models = {
        model._meta.label_lower
        for name in higher
        if name in APPS
        for model in apps.get_app_config(name).get_models()
    }
    named = [
        f"{file.relative_to(ROOT)}: {label}"
        for file in sorted((ROOT / app).rglob("*.py"))
        for label in models
        if f'"{label}"' in file.read_text(encoding="utf-8").lower()
    ]

    assert named == []


def test_modules_are_short_or_say_why() -> None:
    long = {
        str(file.relative_to(ROOT)): lines
        for folder in (*DIRECTION, "tests")
        for file in (ROOT / folder).rglob("*.py")
        if "migrations" not in file.parts
        and (lines := len(file.read_text(encoding="utf-8").splitlines())) > MAX_LINES
    }

    assert long.keys() == LONGER_FOR_A_REASON.keys(), long


@pytest.mark.parametrize("app", APPS)
def test_every_app_keeps_its_parts_where_the_others_do(app: str) -> None:
    for part in ("models", "services", "rules", "admin", "management/commands", "migrations"):
        assert (ROOT / app / part / "__init__.py").is_file(), f"{app}/{part}"
    assert (ROOT / app / "apps.py").is_file()


def test_no_module_is_a_drawer_for_everything() -> None:
    drawers = [
        str(file.relative_to(ROOT))
        for folder in DIRECTION
        for file in (ROOT / folder).rglob("*.py")
        if file.stem in {"utils", "helpers", "common", "misc"}
    ]

    assert drawers == []


def test_the_top_level_holds_what_it_should() -> None:
    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}

    assert found - {"var", "__pycache__"} == TOP_LEVEL


def test_lock_files_hold_hashes_and_no_addresses() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text
        assert text.count("==") <= text.count("--hash=sha256:")

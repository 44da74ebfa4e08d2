"""README against the code: the commands it names exist and take the options it gives them."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

APPS = ("config", "channels", "catalog", "assets", "workflows")
README = Path(__file__).resolve().parent.parent.parent / "README.md"
NAMED = sorted(
    set(re.findall(r"python manage\.py ([a-z_]+)([^`\n|]*)", README.read_text(encoding="utf-8"))), key=str
)


@pytest.mark.parametrize(("name", "arguments"), NAMED, ids=lambda value: value.strip())
def test_a_command_of_the_readme_exists_with_its_options(name: str, arguments: str) -> None:
    assert name in get_commands()

    parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)

    known = {option for action in parser._actions for option in action.option_strings}
    assert set(re.findall(r"(?<!\S)\[?(--[a-z-]+)", arguments)) - known == set()


def test_the_first_two_blocks_are_the_two_commands() -> None:
    blocks = re.findall(r"```sh\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)

    assert blocks[0].splitlines()[-1] == "python manage.py quickstart"
    assert blocks[1].splitlines()[-1] == "pytest"


def test_every_command_of_the_project_is_in_the_readme() -> None:
    ours = {name for name, app in get_commands().items() if app in APPS}

    text = README.read_text(encoding="utf-8")
    assert {name for name in ours if not re.search(rf"\b{name}\b", text)} == set()


def test_no_role_needs_more_than_twenty_lines() -> None:
    text = README.read_text(encoding="utf-8").split("## For each role")[1].split("\n## ")[0]

    lengths = {block.split(".**")[0]: block.count("\n") for block in text.split("\n**")[1:]}
    assert len(lengths) == 7
    assert {role: lines for role, lines in lengths.items() if lines > 20} == {}

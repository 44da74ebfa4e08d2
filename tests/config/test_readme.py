"""README against the code: the commands it names exist and take the options it gives them."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

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

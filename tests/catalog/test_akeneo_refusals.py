"""What `import_akeneo` refuses, always before anything is written, and how it speaks to people."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from catalog.models import Delivery
from tests.catalog.akeneo_exports import replaced, write_export
from tests.catalog.conftest import Run
from tests.catalog.test_akeneo_import import rows_of_all_tables
from workflows.models import Source

REFUSALS: list[tuple[dict[str, Any], str]] = [
    ({"attributes.csv": None}, "is not an Akeneo export: it has no attributes.csv."),
    (
        {"products.csv": "sku;name-en_US\nA;f\u00fcnf\n".encode("cp1252")},
        "products.csv is not written in UTF-8: line 2, byte 19 of the file (0xFC). Save it as UTF-8.",
    ),
    ({"products.csv": "sku;name-en_US\nA"}, "products.csv is cut off in line 2; get the whole file."),
    (
        {"products.csv": 'sku;name-en_US\nA;"open\n'},
        "products.csv is cut off: the quoted cell that begins in the row at line 2 is never closed.",
    ),
    (
        {"products.csv": "code;name-en_US\nA;b\n"},
        "products.csv has no column “sku”, by which products are told apart.",
    ),
    (
        {"families.csv": "family;attributes\nshirts;sku\n"},
        "families.csv has no column “code”; its header reads: family;attributes",
    ),
    (
        {"categories.csv": "code;parent\na;b;c\n"},
        "categories.csv, line 2: the row has 3 cells, the header only 2. "
        "A cell that contains “;” must stand in quotes.",
    ),
]


@pytest.mark.parametrize(("files", "sentence"), REFUSALS)
def test_a_bad_file_is_refused_before_anything_is_written(
    run: Run, files: dict[str, Any], sentence: str
) -> None:
    before = rows_of_all_tables()

    with pytest.raises(CommandError) as caught:
        run(files, approve=True)

    assert str(caught.value).endswith(sentence)
    assert "\n" not in str(caught.value)
    assert rows_of_all_tables() == before


def test_a_directory_that_is_none_is_refused(cast: dict[str, User], tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="nowhere is not a directory"):
        call_command("import_akeneo", str(tmp_path / "nowhere"), user="admin")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"user": "merchandiser"}, "does not have the right to edit attributes"),
        ({"user": "support"}, "not propose changes"),
        ({"user": "reviewer"}, "not propose changes"),
        ({"user": "nobody"}, "nobody"),
        ({"approve": True, "as_approver": "admin"}, "name two different accounts"),
        ({"approve": True, "as_approver": "support"}, "does not have the right to approve"),
        ({"approve": True, "as_approver": None}, "go together"),
        ({"source": "elsewhere"}, "There is no source “elsewhere”."),
    ],
)
def test_rights_people_and_source_are_checked_before_anything_is_written(
    run: Run, options: dict[str, Any], sentence: str
) -> None:
    before = rows_of_all_tables()

    with pytest.raises(CommandError, match=sentence):
        run(**options)

    assert rows_of_all_tables() == before


def test_another_source_may_deliver_an_export(run: Run, db: None) -> None:
    Source.objects.create(code="agency", kind="agency", label="Agency", rank=80)

    run(source="agency")

    assert Delivery.objects.get().source.code == "agency"
    assert not Source.objects.filter(code="akeneo").exists()


def test_structure_that_contradicts_what_is_here_is_refused_whole(run: Run, superuser: User) -> None:
    run()
    before = rows_of_all_tables()

    with pytest.raises(CommandError, match="The attribute “name” exists with another type"):
        run(replaced("attributes.csv", "name;pim_catalog_text;", "name;pim_catalog_number;"))

    assert rows_of_all_tables() == before


def test_people_read_the_counts_and_what_was_left_out(
    run: Run, tmp_path: Path, cast: dict[str, User]
) -> None:
    out = StringIO()

    call_command("import_akeneo", str(write_export(tmp_path / "export")), user="admin", stdout=out)

    assert "44 rows read: 34 new, 0 changed, 10 unchanged, 0 rejected." in out.getvalue()
    assert "Cells left out of rows that were taken in (5):" in out.getvalue()
    assert "\n  products.csv:2 tags “new,sale”" in out.getvalue()
    assert "Change request" in out.getvalue()

"""Strict CSV reading: one clear sentence for each way a file can be wrong."""

from pathlib import Path

import pytest

from catalog.readers.csv_files import CsvSource, check_csv, read_csv
from workflows.exceptions import Invalid


def make_source(tmp_path: Path, content: bytes | str, **over: object) -> CsvSource:
    path = tmp_path / "products.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return CsvSource(path, "products.csv", **{"delimiter": ";", **over})  # type: ignore[arg-type]


def refusal(source: CsvSource) -> str:
    with pytest.raises(Invalid) as caught:
        check_csv(source)
    return str(caught.value)


def test_rows_come_with_the_line_they_start_in(tmp_path: Path) -> None:
    source = make_source(tmp_path, '\ufeffsku;name\nA;"two\nlines"\n\nB;one\r\n;\nC;last')

    facts = check_csv(source)

    assert list(read_csv(source)) == [
        (2, {"sku": "A", "name": "two\nlines"}),
        (5, {"sku": "B", "name": "one"}),
        (7, {"sku": "C", "name": "last"}),
    ]
    assert facts.columns == ("sku", "name")
    assert facts.rows == 3
    assert facts.filled == {"sku": 3, "name": 3}
    assert len(facts.checksum) == 64


def test_blanks_around_cells_are_kept_and_around_column_names_are_not(tmp_path: Path) -> None:
    source = make_source(tmp_path, " sku ;name\n A ; b\n")

    assert list(read_csv(source)) == [(2, {"sku": " A ", "name": " b"})]


def test_columns_without_name_at_the_end_are_ignored_while_they_are_empty(tmp_path: Path) -> None:
    source = make_source(tmp_path, "sku;name;;\nA;b;;\n")

    assert list(read_csv(source)) == [(2, {"sku": "A", "name": "b"})]
    assert "has 3 cells, the header only 2" in refusal(make_source(tmp_path, "sku;name;\nA;b;c\n"))


def test_short_rows_are_padded_where_the_writer_leaves_cells_out(tmp_path: Path) -> None:
    source = make_source(tmp_path, "sku;name;brand\nA\nB;b\n", pads_rows=True)

    assert list(read_csv(source)) == [
        (2, {"sku": "A", "name": "", "brand": ""}),
        (3, {"sku": "B", "name": "b", "brand": ""}),
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "products.csv is empty."),
        ("\n\n", "products.csv is empty."),
        ("sku;;name\nA;b;c\n", "products.csv: column 2 of the header has no name."),
        ("sku;name;sku\nA;b;c\n", "products.csv: the column “sku” stands twice in the header."),
        (
            "sku,name\nA,b\n",
            "products.csv has no column “sku”; its header reads: sku,name",
        ),
        (
            "sku;name\nA;b;c\n",
            "products.csv, line 2: the row has 3 cells, the header only 2. "
            "A cell that contains “;” must stand in quotes.",
        ),
        ("sku;name\nA\nB;b\n", "products.csv, line 2: the row has 1 cells, the header 2."),
        ("sku;name\nA;b\nB\n", "products.csv, line 3: the row has 1 cells, the header 2."),
        ("sku;name\nA;b\nB", "products.csv is cut off in line 3; get the whole file."),
        ("sku;nam", "products.csv is cut off in line 1; get the whole file."),
        (
            'sku;name\nA;b\nB;"open\nC;c\n',
            "products.csv is cut off: the quoted cell that begins in the row at line 3 is never closed.",
        ),
        (
            'sku;name\nA;"b" c\n',
            "products.csv, line 2: a quote stands where none may; inside a quoted cell write it twice.",
        ),
        (
            "sku;name\nA;b\nB;\x00c\n",
            "products.csv, line 3: the file holds a NUL byte and is probably damaged.",
        ),
        (
            "sku;name\nA;b\nB;fünf\n".encode("cp1252"),
            "products.csv is not written in UTF-8: line 3, byte 17 of the file (0xFC). Save it as UTF-8.",
        ),
        ("sku;name\nA;b".encode("utf-16"), "products.csv is written in UTF-16; save it as UTF-8."),
        ("sku;name\nA;fünf\n".encode()[:13], "products.csv is cut off in line 2; get the whole file."),
        ("sku;name\nA;b\nB;c\nC;d\n", "products.csv has more than 2 rows; split it."),
        (
            "sku;name\nA;" + "x" * 140_000 + "\n",
            "products.csv: a cell of the row at line 2 is longer than any text may be; is a quote missing?",
        ),
    ],
)
def test_a_bad_file_is_refused_in_one_sentence(tmp_path: Path, content: bytes | str, sentence: str) -> None:
    source = make_source(tmp_path, content, required=("sku",), max_rows=2)

    assert refusal(source) == sentence


def test_a_padded_file_that_ends_in_a_row_is_cut_off(tmp_path: Path) -> None:
    source = make_source(tmp_path, "sku;name;brand\nA;b\nB;c", pads_rows=True)

    assert refusal(source) == "products.csv is cut off in line 3; get the whole file."


def test_a_file_over_the_size_limit_is_refused(tmp_path: Path) -> None:
    source = make_source(tmp_path, "sku;name\nA;b\n", max_bytes=5)

    assert refusal(source) == "products.csv is larger than 0 MB, the most that is read."


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    source = CsvSource(tmp_path / "none.csv", "none.csv")

    assert refusal(source) == "none.csv can't be read: No such file or directory."


def test_a_character_cut_by_a_block_is_found_where_it_stands(tmp_path: Path) -> None:
    body = "sku;name\n" + "A;aaaaaaaaaaaaa\n" * 65_536
    content = body.encode()[: 1024 * 1024 - 1] + "ü".encode() + b";\xff\n"
    source = make_source(tmp_path, content, max_rows=10**6)

    assert f"byte {1024 * 1024 - 1 + 2 + 2} of the file (0xFF)" in refusal(source)


def test_reading_without_checking_says_the_same(tmp_path: Path) -> None:
    source = make_source(tmp_path, "sku;name\nA;b\nB;fünf\n".encode("cp1252"))

    with pytest.raises(Invalid, match="is not written in UTF-8: line 3"):
        list(read_csv(source))

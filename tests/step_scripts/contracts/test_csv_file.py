"""What is read as it is, and what is refused with a sentence."""

import gzip
import io
import zipfile

import pytest

from step_scripts.contracts.csv_file import read_csv
from step_scripts.contracts.diagnosis import NotATableError
from tests.step_scripts.specimens.rows import contract, houses

HOUSES = contract("houses")


@pytest.fixture(scope="module")
def text():
    """Twelve houses as CSV."""
    return houses(12).to_csv(index=False, lineterminator="\n")


@pytest.fixture
def read(tmp_path):
    """A function that writes bytes as houses.csv (or another name) and reads them."""

    def read(content, name="houses.csv"):
        (tmp_path / name).write_bytes(content)
        return read_csv(tmp_path / name, HOUSES)

    return read


def quoted(text):
    """Each cell between quotes."""
    return "".join(",".join(f'"{cell}"' for cell in line.split(",")) + "\n" for line in text.splitlines())


SAME = {
    "as it is": str.encode,
    "byte order mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "carriage returns and line feeds": lambda text: text.replace("\n", "\r\n").encode(),
    "carriage returns": lambda text: text.replace("\n", "\r").encode(),
    "no line end at the end": lambda text: text.rstrip("\n").encode(),
    "quoted cells": lambda text: quoted(text).encode(),
    "blank lines": lambda text: (text.replace("\n", "\n\n") + "\n\n").encode(),
}


@pytest.mark.parametrize("form", SAME)
def test_every_form_of_csv_is_read_as_it_is(read, text, form):
    """The same rows, whatever wrote the file."""
    assert read(SAME[form](text)).equals(read(text.encode()))


def test_a_packed_file_is_read_as_it_is(read, text):
    """As its name says."""
    assert read(gzip.compress(text.encode()), "houses.csv.gz").equals(read(text.encode()))


def test_a_header_alone_is_a_table_without_rows(read, text):
    """With or without a line end: that there are no rows is the contract's business."""
    header = text.splitlines()[0]
    for content in (header, f"{header}\n", f"{header}\r\n"):
        table = read(content.encode())
        assert (table.num_rows, table.column_names) == (0, list(HOUSES.columns))


def line(number, edit):
    """A change of one line of a text, counted from 1."""

    def change(text):
        lines = text.splitlines(keepends=True)
        lines[number - 1] = edit(lines[number - 1])
        return "".join(lines).encode()

    return change


def zipped(name):
    """A zip file with an empty file of this name."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(name, "")
    return content.getvalue()


REFUSED = {
    "nothing": (lambda _: b"", "an empty file", "deliver the file again"),
    "blank lines": (lambda _: b"\r\n \n", "an empty file", "deliver the file again"),
    "a byte order mark": (lambda _: b"\xef\xbb\xbf", "an empty file", "deliver"),
    "semicolons": (lambda text: text.replace(",", ";").encode(), "semicolons", "export it with commas"),
    "tabs": (lambda text: text.replace(",", "\t").encode(), "tabs", "export it with commas"),
    "bars": (lambda text: text.replace(",", "|").encode(), "bars", "export it with commas"),
    "carets": (lambda text: text.replace(",", "^").encode(), "'^'", "export it with commas"),
    "blanks": (lambda text: text.replace(",", " ").encode(), "' '", "export it with commas"),
    "a control character": (lambda text: text.replace(",", "\x01").encode(), r"'\x01'", "export it with commas"),
    "two bars": (lambda text: text.replace(",", " || ").encode(), "bars", "export it with commas"),
    "a second header": (
        lambda text: (text + text).encode(),
        "another one in line 14",
        "take out the second header",
    ),
    "a cell too few": (line(4, lambda cells: cells.replace(",", "", 1)), "11 in line 4", "complete these lines"),
    "a cell too many": (line(4, lambda cells: f"1,{cells}"), "13 in line 4", "thousands separators"),
    "commas at the ends of lines": (
        lambda text: text.replace("\n", ",\n").replace(",\n", "\n", 1).encode(),
        "13 in line 2",
        "take out the commas",
    ),
    "a title above": (
        lambda text: f"Houses of 2026\n\n{text}".encode(),
        "the header in line 3, below 'Houses",
        "what is above",
    ),
    "a word to Excel": (lambda text: f"sep=,\n{text}".encode(), "the header in line 2, below 'sep=,'", "what is above"),
    "Git LFS": (lambda _: b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "Git LFS", "git lfs pull"),
    "a line cut off": (lambda text: text[:-20].encode(), "line 13 (the last one, cut off)", "whole"),
    "a quote that opens": (line(5, lambda cells: cells.replace(",", ',"', 1)), "opens in line 5", "take the quote out"),
    "quotes lines apart": (
        lambda text: line(9, lambda cells: cells.replace(",", '",', 2).replace('",', ",", 1))(
            line(5, lambda cells: cells.replace(",", ',"', 1))(text).decode()
        ),
        "opens in line 5 and closes in line 9",
        "take the quote out",
    ),
    "a line break in a quoted cell": (
        line(5, lambda cells: f'{cells.rpartition(",")[0]},"one\ntwo"\n'),
        "a cell with a line break: its quote opens in line 5 and closes in line 6",
        "replace line breaks in cells by blanks",
    ),
    "a quote that opens in the last cell": (
        lambda text: (text.rstrip("\n").rpartition(",")[0] + ',"x\n').encode(),
        "one that opens in line 13 and does not close",
        "take the quote out, or double it",
    ),
    "a quote in the header": (line(1, lambda cells: cells.replace(",", ',"', 1)), "opens in line 1", "quote"),
    "a NUL in a word": (line(3, lambda cells: cells.replace("o", "\0", 1)), "a NUL byte in line 3", "export the file"),
    "a NUL in a number": (line(3, lambda cells: f"\0{cells}"), "a NUL byte in line 3", "export the file"),
    "UTF-16": (lambda text: text.encode("utf-16"), "text in UTF-16", "save it as UTF-8"),
    "UTF-16 without a mark": (lambda text: text.encode("utf-16-le"), "text in UTF-16", "save it as UTF-8"),
    "UTF-16 the other way": (lambda text: text.encode("utf-16-be"), "text in UTF-16", "save it as UTF-8"),
    "UTF-32": (lambda text: text.encode("utf-32"), "text in UTF-32", "save it as UTF-8"),
    "a web page": (lambda _: b"\n<!DOCTYPE html><html><title>Sign in</title>", "titled 'Sign in'", "read that page"),
    "an error of S3": (
        lambda _: b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
        "an error message of the store: 'AccessDenied'",
        "follow that message",
    ),
    "XML": (lambda _: b"<houses><house/></houses>", "XML: '<houses>", "follow that"),
    "JSON": (lambda _: b'{"error": "not found"}', 'JSON: \'{"error": "not found"}\'', "read that message"),
    "Parquet": (lambda _: b"PAR1\x15\x04", "a Parquet file", "name it .parquet"),
    "gzip": (lambda text: gzip.compress(text.encode()), "a gzip file", "name it .csv.gz"),
    "gzip in gzip": (
        lambda text: gzip.compress(gzip.compress(text.encode())),
        "another gzip file in it",
        "unpack it once",
        "houses.csv.gz",
    ),
    "Excel": (lambda _: zipped("[Content_Types].xml"), "an Excel workbook", "export the sheet"),
    "Excel of another hand": (lambda _: zipped("xl/workbook.xml"), "an Excel workbook", "export the sheet"),
    "zip": (lambda _: zipped("out/houses.csv"), "a zip file with 'out/houses.csv' in it", "unpack it"),
    "zip without a name": (lambda _: b"PK\x03\x04\x14", "a zip file", "unpack it"),
    "Arrow": (lambda _: b"ARROW1\0\0", "a Feather or Arrow file", "write it as Parquet"),
    "a part of a page": (lambda _: b"<div>Please sign in</div>", "a web page (HTML)", "read that page"),
    "a picture": (lambda _: b"\x89PNG\r\n\x1a\n", "a picture", "export the file"),
    "noise": (lambda _: bytes(range(1, 256)) * 40, "", ""),
    "zeros": (lambda _: bytes(5000), "nothing but NUL bytes", "fetch or export"),
    "a line without end": (lambda text: text.encode() + b"x" * 3_000_000, "", ""),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_table_is_said(read, text, case):
    """What was expected, what came, in which line, and how to fix it: in one sentence each, on one line."""
    spoil, found, remedy, *name = REFUSED[case]
    with pytest.raises(NotATableError) as caught:
        read(spoil(text), *name)
    error = caught.value
    assert found in error.found
    assert remedy in error.remedy
    assert "houses.csv" in error.sentence
    assert len(str(error)) < 500
    assert "\n" not in str(error)


def test_a_byte_that_is_no_utf_8_is_shown(read, text):
    """Its line, and what it may have been."""
    with pytest.raises(NotATableError, match=r"byte 0xfc in line 3: .*ü.*Windows-1252"):
        read(line(3, lambda cells: cells.replace("e", "ü", 1))(text).decode().encode("cp1252"))
    with pytest.raises(NotATableError, match="byte 0xf6 in line 1"):
        read(text.replace("sold", "söld", 1).encode("cp1252"))
    with pytest.raises(NotATableError, match=r"byte 0x88 in line 1.*; fix: save it as UTF-8$"):
        read(text.encode("cp500"))  # of a mainframe: nothing like Windows-1252


@pytest.mark.parametrize("content", [b"", b"house_id,sold\n", gzip.compress(b"house_id\n" * 9999)[:-9], b"\x1f\x8b"])
def test_a_packed_file_that_is_none_is_said(read, content):
    """Not packed at all, cut off, or nothing in it."""
    with pytest.raises(NotATableError, match=r"gzip|an empty file"):
        read(content, "houses.csv.gz")


def test_many_bad_lines_are_counted_and_three_are_shown(read):
    """A message is read on one screen."""
    with pytest.raises(NotATableError, match=r"2 in line 2: '1,2'; .* in line 4: '1,2' and 96 more lines"):
        read(b"a,b,c\n" + b"1,2\n" * 99)

"""What came instead of a table: a sentence for whoever has to find out at night."""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from contracts.contract import Contract

_AGAIN = "fetch or export the file again, as CSV in UTF-8"
# How files begin that are named .csv by mistake: what they are, and what to do.
_FORMATS = (
    (b"PAR1", "a Parquet file", "name it .parquet"),
    (b"version https://git-lfs", "a pointer of Git LFS in place of the file", "fetch the file with git lfs pull"),
    (b"\x1f\x8b", "a gzip file", "name it .csv.gz"),
    (b"PK\x03\x04", "an Excel workbook or another zip file", "export the sheet as CSV in UTF-8"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "export the sheet as CSV in UTF-8"),
    (b"%PDF", "a PDF document", _AGAIN),
    (b"\x89PNG", "a picture (PNG)", _AGAIN),
    (b"\xff\xd8\xff", "a picture (JPEG)", _AGAIN),
    (b"GIF8", "a picture (GIF)", _AGAIN),
    (b"SQLite format 3", "an SQLite database", _AGAIN),
    (b"ORC", "an ORC file", _AGAIN),
    (b"Obj\x01", "an Avro file", _AGAIN),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file", "unpack it, or pack it with gzip"),
    (b"BZh", "a bzip2 file", "unpack it, or pack it with gzip"),
    (b"\xfd7zXZ", "an xz file", "unpack it, or pack it with gzip"),
)
_UTF_32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars", ":": "colons"}
_MOST_LINES = 3  # of bad lines that a message shows
_MOST_ABOVE = 20  # lines in which a header is looked for
_LONGEST = 60  # characters of what is shown


class NotATableError(ValueError):
    """A file is not the table that its name promises.

    Attributes
    ----------
    sentence
        What was expected.
    found
        What came.
    remedy
        What to do.
    """

    def __init__(self, sentence: str, found: str, remedy: str) -> None:
        """Keep the three parts."""
        self.sentence, self.found, self.remedy = sentence, found, remedy
        super().__init__(f"expected: {sentence}; got {found}; {remedy}")


def other_format(head: bytes, contract: Contract, *, name: str) -> NotATableError | None:
    """Say what a file is by how it begins, or None where it may be a CSV file.

    Parameters
    ----------
    head
        Its first bytes, unpacked.
    contract
        What it should be.
    name
        The file's.

    Examples
    --------
    >>> from contracts import load
    >>> print(other_format(b"<!DOCTYPE html><title>Sign in</title>", load("claims"), name="claims.csv"))
    expected: claims.csv is a CSV file; got a web page (HTML), titled 'Sign in'; look at that page, and fetch the file \
again
    """
    sentence = f"{name} is a CSV file"
    for start, what, remedy in _FORMATS:
        if head.startswith(start):
            return NotATableError(sentence, what, remedy)
    if head.startswith((*_UTF_32, *_UTF_16)) or head[1:2] == b"\0" or (head[:1] == b"\0" and head[1:2]):
        wide = "UTF-32" if head.startswith(_UTF_32) else "UTF-16"
        what = f"text in {wide}" if _is_wide(head) else "binary data"
        return NotATableError(f"{name} is text in UTF-8", what, "save it as UTF-8" if _is_wide(head) else _AGAIN)
    text = head.removeprefix(codecs.BOM_UTF8).decode("utf-8", errors="replace").lstrip()
    if not text:
        return NotATableError(f"{name} has a header and rows", "an empty file", "deliver the file again, whole")
    if text.startswith("<"):
        return _markup(text, name)
    if text[0] in "{[":
        return NotATableError(sentence, f"JSON: {_short(text)}", "read what it says, and fetch the file again")
    return _other_delimiter(text.splitlines()[0], contract, name) or _late_header(text, contract, name)


def diagnosed(content: bytes, *, name: str, otherwise: str) -> NotATableError:
    """Say what is wrong with a file that could not be read.

    Parameters
    ----------
    content
        All of it, unpacked.
    name
        The file's.
    otherwise
        What to say where nothing better is found.

    Examples
    --------
    >>> print(diagnosed(b"policy_id,fraud", name="claims.csv", otherwise="no line"))
    expected: claims.csv is a CSV file; got no line; fetch or export the file again, as CSV in UTF-8
    """
    place = content.find(b"\0")
    if place >= 0:
        return NotATableError(
            f"{name} is text", f"a NUL byte in line {_line(content, place)}, as in damaged or binary files", _AGAIN
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[content.rfind(b"\n", 0, error.start) + 1 :].splitlines()[0].decode("cp1252", errors="replace")
        what = f"byte 0x{content[error.start]:02x} in line {_line(content, error.start)}: {_short(line)}"
        return NotATableError(f"{name} is text in UTF-8", what, "save it as UTF-8 (it may be Windows-1252)")
    try:
        return _uneven(text, name) or NotATableError(f"{name} is a CSV file", otherwise.splitlines()[0], _AGAIN)
    except csv.Error:
        most = csv.field_size_limit()
        return NotATableError(f"each cell of {name} has at most {most:,} characters", "a longer one", _AGAIN)


class _Row(NamedTuple):
    """A row of a file: the line in which it begins, the line in which it ends, and its cells."""

    first: int
    last: int
    cells: Sequence[str]


def _rows(text: str) -> Iterator[_Row]:
    lines = csv.reader(io.StringIO(text, newline=""))
    first = 1
    for cells in lines:
        if cells:
            yield _Row(first, lines.line_num, cells)
        first = lines.line_num + 1


def _uneven(text: str, name: str) -> NotATableError | None:
    """Find a quote that does not close in its line, or lines with other than the header's number of cells."""
    rows = _rows(text)
    header = next(rows, None)
    if header is None:
        return NotATableError(f"{name} has a header and rows", "an empty file", "deliver the file again, whole")
    uneven: list[_Row] = []
    row = header
    for row in (header, *rows):
        if row.last > row.first:
            return NotATableError(
                f"each quote in {name} closes in its line",
                f"one that opens in line {row.first} and closes in line {row.last} or not at all",
                "take the quote out, or double it where it belongs to the text",
            )
        if len(row.cells) != len(header.cells):
            uneven.append(row)
    if not uneven:
        return None
    cut_off = uneven[-1] is row and len(row.cells) < len(header.cells) and not text.endswith(("\n", "\r"))
    shown = "; ".join(_uneven_line(each, cut_off=cut_off and each is row) for each in uneven[:_MOST_LINES])
    more = f" and {len(uneven) - _MOST_LINES:,} more lines" if len(uneven) > _MOST_LINES else ""
    if cut_off and len(uneven) == 1:
        remedy = "deliver the file again, whole"
    elif all(len(each.cells) == len(header.cells) + 1 and not each.cells[-1] for each in uneven):
        remedy = "take out the commas at the ends of these lines"
    elif any(len(each.cells) > len(header.cells) for each in uneven):
        remedy = "put quotes around a cell with a comma in it, and write numbers without thousands separators"
    else:
        remedy = "complete these lines in the source, or deliver the file again"
    return NotATableError(
        f"each line of {name} has as many cells as its header, {len(header.cells)}", f"{shown}{more}", remedy
    )


def _uneven_line(row: _Row, *, cut_off: bool) -> str:
    where = f"{len(row.cells)} in line {row.first}{' (the last one, cut off)' if cut_off else ''}"
    return f"{where}: {_short(','.join(row.cells))}"


def _other_delimiter(header: str, contract: Contract, name: str) -> NotATableError | None:
    for delimiter, called in _DELIMITERS.items():
        names = {cell.strip(' "') for cell in header.split(delimiter)}
        if "," not in header and len(names & set(contract.columns)) > 1:
            return NotATableError(
                f"{name} has commas between its cells", called, "export it with commas, and a point in decimals"
            )
    return None


def _late_header(text: str, contract: Contract, name: str) -> NotATableError | None:
    """Find a header that has a title, a comment or the like above it."""
    first, *others = text.splitlines()[:_MOST_ABOVE]
    if set(contract.columns).isdisjoint(cell.strip(' "') for cell in first.split(",")):
        for number, line in enumerate(others, 2):
            if len(set(contract.columns).intersection(cell.strip(' "') for cell in line.split(","))) > 1:
                found = f"it in line {number}, below {_short(first)}"
                return NotATableError(f"the header of {name} is its first line", found, "take out what is above it")
    return None


def _markup(text: str, name: str) -> NotATableError:
    low = text[:2000].lower()
    if "<html" in low or low.startswith("<!doctype html"):
        title = re.search(r"<title[^>]*>\s*(.*?)\s*</title>", text, re.IGNORECASE | re.DOTALL)
        what = "a web page (HTML)" + (f", titled {_short(title[1])}" if title else "")
        return NotATableError(f"{name} is a CSV file", what, "look at that page, and fetch the file again")
    code = re.search(r"<Code>(.*?)</Code>", text)
    what = f"an error message of the store: {_short(code[1])}" if code else f"XML: {_short(text)}"
    return NotATableError(f"{name} is a CSV file", what, "see to what it says, and fetch the file again")


def _is_wide(head: bytes) -> bool:
    """Tell text with two or four bytes a character from binary data: every other byte of it is 0."""
    return head.startswith((*_UTF_16, *_UTF_32)) or head.count(b"\0") * 3 > len(head)


def _line(content: bytes, place: int) -> int:
    return content.count(b"\n", 0, place) + 1


def _short(text: str) -> str:
    line = text.strip().splitlines()[0] if text.strip() else ""
    return repr(line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…")

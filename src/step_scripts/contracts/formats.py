"""The format of a file that is not a table, recognised by its first bytes."""

import codecs
import re

from step_scripts.contracts.contract import Contract
from step_scripts.contracts.diagnosis import AGAIN, NotATableError, short

# First bytes of files that are named .csv by mistake, their format, and what to do.
_FORMATS = (
    (b"PAR1", "a Parquet file", "name it .parquet"),
    (b"ARROW1", "a Feather or Arrow file", "write it as Parquet, or as CSV in UTF-8"),
    (b"version https://git-lfs", "a pointer of Git LFS in place of the file", "fetch the file with git lfs pull"),
    (b"\x1f\x8b", "a gzip file", "name it .csv.gz"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "export the sheet as CSV in UTF-8"),
    (b"%PDF", "a PDF document", AGAIN),
    (b"\x89PNG", "a picture (PNG)", AGAIN),
    (b"\xff\xd8\xff", "a picture (JPEG)", AGAIN),
    (b"GIF8", "a picture (GIF)", AGAIN),
    (b"SQLite format 3", "an SQLite database", AGAIN),
    (b"ORC", "an ORC file", AGAIN),
    (b"Obj\x01", "an Avro file", AGAIN),
    (b"\x80\x04", "a pickle of Python", AGAIN),
    (b"\x80\x05", "a pickle of Python", AGAIN),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file", "unpack it, or pack it with gzip"),
    (b"BZh", "a bzip2 file", "unpack it, or pack it with gzip"),
    (b"\xfd7zXZ", "an xz file", "unpack it, or pack it with gzip"),
)
_ZIP = b"PK\x03\x04"
_SPREADSHEET = ("[Content_Types].xml", "_rels/", "docProps/", "xl/", "mimetype")  # first names in its zip file
_UTF_32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_PAGE = re.compile(
    r"<(!doctype html|html|head|body|title|meta|script|div|table|form|center|h[1-6]|p|pre|span|br)\b", re.IGNORECASE
)
_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars", ":": "colons"}
_MAX_ABOVE = 20  # lines in which a header is searched


def other_format(head: bytes, contract: Contract, *, name: str) -> NotATableError | None:
    """Return an error if the first bytes of a file show that it is not a CSV file; None if it may be one.

    Parameters
    ----------
    head
        The first bytes, unpacked.
    contract
        The contract of the table.
    name
        The file's name.

    Examples
    --------
    >>> from step_scripts.contracts.example import houses
    >>> print(other_format(b"<!DOCTYPE html><title>Sign in</title>", houses(), name="houses.csv"))
    expected: houses.csv is a CSV file in UTF-8, with a header and rows; got: a web page (HTML), titled 'Sign in'; \
fix: read that page, and fetch the file again
    """
    if name.endswith(".gz") and head.startswith(b"\x1f\x8b"):
        return NotATableError(f"{name} is a packed CSV file", "another gzip file in it", "unpack it once")
    if kind := kind_of(head):
        return NotATableError(f"{name} is a CSV file in UTF-8, with a header and rows", *kind)
    text = head.decode("utf-8-sig", errors="replace").lstrip()
    return _other_delimiter(_lines(text)[0], contract, name) or _late_header(text, contract, name)


def kind_of(head: bytes) -> tuple[str, str] | None:
    """Return the format of a file by its first bytes, and what to do; None if it may be a CSV file.

    Examples
    --------
    >>> kind_of(b"PAR1"), kind_of(b"house_id,area")
    (('a Parquet file', 'name it .parquet'), None)
    """
    return _binary(head) or _other_text(head.decode("utf-8-sig", errors="replace").lstrip())


def _binary(head: bytes) -> tuple[str, str] | None:
    for start, what, remedy in _FORMATS:
        if head.startswith(start):
            return what, remedy
    if head.startswith(_ZIP):
        return _zipped(head)
    if head and not head.strip(b"\0"):
        return "nothing but NUL bytes", AGAIN
    if head.startswith((*_UTF_32, *_UTF_16)) or b"\0" in head[:2]:
        wide = "UTF-32" if head.startswith(_UTF_32) else "UTF-16"
        return (f"text in {wide}", "save it as UTF-8") if _is_wide(head) else ("binary data", AGAIN)
    return None


def _other_text(text: str) -> tuple[str, str] | None:
    if not text:
        return "an empty file", "deliver the file again, whole"
    if text.startswith("<"):
        return _markup(text)
    if text[0] in "{[":
        return f"JSON: {short(text)}", "read that message, and fetch the file again"
    return None


def _zipped(head: bytes) -> tuple[str, str]:
    """Distinguish a workbook from other zip files by the first name in it."""
    first = head[30 : 30 + int.from_bytes(head[26:28], "little")].decode("utf-8", errors="replace")
    if first.startswith(_SPREADSHEET):
        return "an Excel workbook or another spreadsheet", "export the sheet as CSV in UTF-8"
    inside = f" with {short(first)} in it" if first.isascii() and first.isprintable() and first else ""
    return f"a zip file{inside}", "unpack it, or pack it with gzip"


def _other_delimiter(header: str, contract: Contract, name: str) -> NotATableError | None:
    """Find two columns of the contract with another delimiter than a comma between them."""
    column = "|".join(sorted(map(re.escape, contract.columns), key=len, reverse=True))
    between = re.search(rf"""(?<!\w)(?:{column})["']?(\W{{1,5}}?)["']?(?:{column})(?!\w)""", header)
    if between is None or "," in header:
        return None
    delimiter = between[1].strip(" ") or " "
    called = _DELIMITERS.get(delimiter[0], repr(delimiter))
    return NotATableError(
        f"{name} has commas between its cells", called, "export it with commas, and a point in decimals"
    )


def _late_header(text: str, contract: Contract, name: str) -> NotATableError | None:
    """Find a header that is not the first line: a title or a comment is above it."""
    first, *others = _lines(text)[:_MAX_ABOVE]
    if set(contract.columns).isdisjoint(cell.strip(' "') for cell in first.split(",")):
        for number, line in enumerate(others, 2):
            if len(set(contract.columns).intersection(cell.strip(' "') for cell in line.split(","))) > 1:
                found = f"the header in line {number}, below {short(first)}"
                return NotATableError(f"the header of {name} is its first line", found, "take out what is above it")
    return None


def _lines(text: str) -> list[str]:
    """Return the lines of a CSV file: the other line ends of Unicode, which splitlines knows, are letters of it."""
    return re.split("\r\n|\r|\n", text)


def _markup(text: str) -> tuple[str, str]:
    if _PAGE.match(text) or "<html" in text[:2000].lower():
        title = re.search(r"<title[^>]*>\s*(.*?)\s*</title>", text, re.IGNORECASE | re.DOTALL)
        what = "a web page (HTML)" + (f", titled {short(title[1])}" if title else "")
        return what, "read that page, and fetch the file again"
    code = re.search(r"<Code>(.*?)</Code>", text)
    what = f"an error message of the store: {short(code[1])}" if code else f"XML: {short(text)}"
    return what, "follow that message, and fetch the file again"


def _is_wide(head: bytes) -> bool:
    """Distinguish text with two or four bytes a character from binary data: every second byte of the text is 0."""
    return head.startswith((*_UTF_16, *_UTF_32)) or head.count(b"\0") * 3 > len(head)

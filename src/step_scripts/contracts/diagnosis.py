"""What is wrong with a file that is nearly a table, in one sentence."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from step_scripts._shared import StepScriptsError
from step_scripts.contracts.error import listing

AGAIN = "fetch or export the file again, as CSV in UTF-8"
_MAX_LINES = 3  # bad lines that a message shows
_MAX_SHOWN = 60  # characters of a line that a message shows


class NotATableError(StepScriptsError, ValueError):
    """A file is not the table that it should be.

    Attributes
    ----------
    sentence
        What was expected.
    found
        What the file is instead.
    remedy
        What to do.
    """

    def __init__(self, sentence: str, found: str, remedy: str) -> None:
        """Keep the three parts."""
        self.sentence, self.found, self.remedy = sentence, found, remedy
        super().__init__(f"expected: {sentence}; got: {found}; fix: {remedy}")


def short(text: str) -> str:
    r"""Return the beginning of a text's first line, quoted.

    Examples
    --------
    >>> short(" Sign in\nto go on")
    "'Sign in'"
    """
    line = text.strip().splitlines()[0] if text.strip() else ""
    return repr(line if len(line) <= _MAX_SHOWN else f"{line[:_MAX_SHOWN]}…")


def diagnosed(content: bytes, *, name: str, otherwise: str) -> NotATableError:
    """Return what is wrong with a file that could not be read.

    Parameters
    ----------
    content
        The whole content, unpacked.
    name
        The file's name.
    otherwise
        What the parser reported; it is used where nothing more precise is found.

    Examples
    --------
    >>> print(diagnosed(b"house_id,area", name="houses.csv", otherwise="no line"))
    expected: houses.csv is a CSV file; got: no line; fix: fetch or export the file again, as CSV in UTF-8
    """
    place = content.find(b"\0")
    if place >= 0:
        return NotATableError(
            f"{name} is text", f"a NUL byte in line {_line(content, place)}, as in damaged or binary files", AGAIN
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[content.rfind(b"\n", 0, error.start) + 1 :].splitlines()[0].decode("cp1252", errors="replace")
        what = f"byte 0x{content[error.start]:02x} in line {_line(content, error.start)}: {short(line)}"
        # Text in Windows-1252 is mostly ASCII; text in an encoding such as a mainframe's is not.
        hint = " (it may be Windows-1252)" if len(content.decode("ascii", errors="ignore")) * 2 > len(content) else ""
        return NotATableError(f"{name} is text in UTF-8", what, f"save it as UTF-8{hint}")
    try:
        return _uneven(text, name) or NotATableError(f"{name} is a CSV file", otherwise.splitlines()[0], AGAIN)
    except csv.Error:
        most = csv.field_size_limit()
        return NotATableError(f"each cell of {name} has at most {most:,} characters", "a longer one", AGAIN)


def second_header(content: bytes, *, name: str) -> NotATableError | None:
    r"""Find lines that repeat the header, in a file that Arrow can read: several files were joined with their headers.

    Examples
    --------
    >>> second_header(b"a,b\n1,2\na,b\n3,4\n", name="houses.csv").found
    'another one in line 3'
    """
    header, *rows = _rows(content.decode("utf-8-sig"))
    again = [str(row.first) for row in rows if row.cells == header.cells]
    if not again:
        return None
    remedy = "take out the second header: files were joined with their headers"
    return NotATableError(
        f"{name} has one header, its first line", f"another one in line {listing(again, most=_MAX_LINES)}", remedy
    )


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
        # A quote that opens in the last line and does not close takes in its line break alone.
        if row.last > row.first or any("\n" in cell or "\r" in cell for cell in row.cells[-1:]):
            return _of_lines(row, name, is_whole=len(row.cells) == len(header.cells) and _closes(text, row))
        if len(row.cells) != len(header.cells):
            uneven.append(row)
    if not uneven:
        return None
    cut_off = uneven[-1] is row and len(row.cells) < len(header.cells) and not text.endswith(("\n", "\r"))
    shown = "; ".join(_uneven_line(each, cut_off=cut_off and each is row) for each in uneven[:_MAX_LINES])
    more = f" and {len(uneven) - _MAX_LINES:,} more lines" if len(uneven) > _MAX_LINES else ""
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


def _of_lines(row: _Row, name: str, *, is_whole: bool) -> NotATableError:
    """Return what is wrong with a row of several lines; one that is whole is valid CSV."""
    sentence = f"each quote in {name} closes in its line"
    stray = "take the quote out, or double it where it belongs to the text"
    if not is_whole:
        end = f"closes in line {row.last} or not at all" if row.last > row.first else "does not close"
        return NotATableError(sentence, f"one that opens in line {row.first} and {end}", stray)
    return NotATableError(
        sentence,
        f"a cell with a line break: its quote opens in line {row.first} and closes in line {row.last}",
        f"replace line breaks in cells by blanks; where the quote is no mark of a cell, {stray}",
    )


def _closes(text: str, row: _Row) -> bool:
    """Tell whether each quote of a row has a second one."""
    lines = io.StringIO(text, newline="").readlines()
    return "".join(lines[row.first - 1 : row.last]).count('"') % 2 == 0


def _uneven_line(row: _Row, *, cut_off: bool) -> str:
    where = f"{len(row.cells)} in line {row.first}{' (the last one, cut off)' if cut_off else ''}"
    return f"{where}: {short(','.join(row.cells))}"


def _line(content: bytes, place: int) -> int:
    return content.count(b"\n", 0, place) + 1

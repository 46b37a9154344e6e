"""What can happen to a whole table: wrong columns, and a file that is no longer a table."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

Table = list[list[str]]

_PAGE = b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>Your session has expired.</body></html>\n"
_DENIED = b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code></Error>\n'
# Damages that do not depend on the table.
_OF_ANY: Mapping[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "blank": lambda _: b"\n\n\n",
    "html": lambda _: _PAGE,
    "xml": lambda _: _DENIED,
    "json": lambda _: b'{"message": "Too Many Requests"}\n',
    "parquet": lambda content: b"PAR1" + content + b"PAR1",
    "excel": lambda content: b"PK\x03\x04" + content,
    "binary": lambda _: bytes(range(256)),
    "utf16": lambda content: b"\xff\xfe" + content.decode().encode("utf-16-le"),
    "semicolons": lambda content: content.replace(b",", b";"),
    "tabs": lambda content: content.replace(b",", b"\t"),
    "ragged": lambda content: _in_line(3, content, lambda line: line.rpartition(b",")[0]),
    "truncated": lambda content: content[:-20],
}


def wrong_columns(table: Table, other: Table | None = None) -> Iterator[tuple[str, Table]]:
    """Yield a table, header first, with its columns wrong in each way.

    Parameters
    ----------
    table
        Rows of text, header first.
    other
        A table whose file is delivered instead, or None.

    Examples
    --------
    >>> dict(wrong_columns([["house_id", "rooms"], ["1", "2"]]))["missing"]
    [['house_id'], ['1']]
    """
    header, *rows = table
    yield "missing", [row[:-1] for row in table]
    yield "unknown", [[*header, "colour"], *([*row, "red"] for row in rows)]
    yield "repeated", [[*row, row[-1]] for row in table]
    yield "renamed_by_case", [[*header[:-1], header[-1].upper()], *rows]
    yield "no_header", rows
    # What pandas writes without index=False.
    yield "index", [["", *header], *([str(number), *row] for number, row in enumerate(rows))]
    if other:
        yield "swapped_files", other


def damaged(table: Table, *, word: str = "", number: str = "") -> Iterator[tuple[str, bytes]]:
    r"""Yield a CSV file that was damaged in each way: the name of the damage, and the content.

    Parameters
    ----------
    table
        Rows of text, header first, at least two below it.
    word
        A text in the second row that is damaged; empty to leave such damages out.
    number
        A number with a decimal point in the second row; empty to leave such damages out.

    Examples
    --------
    >>> files = dict(damaged([["house_id", "kind"], ["1", "Flat"], ["2", "Flat"]], word="Flat"))
    >>> files["semicolons"], files["unbalanced_quote"]
    (b'house_id;kind\n1;Flat\n2;Flat\n', b'house_id,kind\n1,Flat\n2,"Flat\n')
    """
    content, middle = csv_lines(table), len(word) // 2
    words = {"latin1": "Épouse", "nul": f"{word[:middle]}\0{word[middle + 1 :]}", "unbalanced_quote": f'"{word}'}
    for name, damage in _OF_ANY.items():
        yield name, damage(content)
    for name, wrong in words.items() if word else ():
        yield name, _in_line(3, content, partial(_swapped, text=word, other=wrong))
    if number:
        comma = number.replace(".", ",")
        yield "decimal_comma", _in_line(3, content, partial(_swapped, text=number, other=comma))


def csv_lines(rows: Sequence[Sequence[str]]) -> bytes:
    r"""Return rows as a CSV file, with quotes around a cell that needs them.

    Examples
    --------
    >>> csv_lines([["price"], ["10,000"]])
    b'price\n"10,000"\n'
    """
    return "".join(",".join(f'"{cell}"' if "," in cell else cell for cell in row) + "\n" for row in rows).encode()


def _swapped(line: bytes, text: str, other: str) -> bytes:
    """Replace a text in a line; what is not ASCII is written in Latin-1, as Excel does on Windows."""
    return line.replace(text.encode(), other.encode("latin-1"), 1)


def _in_line(number: int, content: bytes, change: Callable[[bytes], bytes]) -> bytes:
    lines = content.split(b"\n")
    lines[number - 1] = change(lines[number - 1])
    return b"\n".join(lines)

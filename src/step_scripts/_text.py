"""Text for a terminal: tables, and hints about names. Imports the standard library only."""

import difflib
from collections.abc import Iterable, Sequence


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, indent: str = "  ") -> list[str]:
    """Align rows below a header, with two spaces between the columns. Columns without any cell are left out.

    Returns
    -------
    list of str
        The header's line and one for each row.

    Examples
    --------
    >>> table(("a", "b", "empty"), [("1", "long", ""), ("22", "x", "")])
    ['  a   b', '  1   long', '  22  x']
    """
    kept = [index for index in range(len(header)) if any(row[index] for row in rows)]
    cells = [[line[index] for index in kept] for line in (header, *rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(kept))]
    padded = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in cells]
    return [f"{indent}{line}".rstrip() for line in padded]


def hint(name: str, known: Iterable[str]) -> str:
    """Name the known name that is most like a wrong one, or list all of them when none is similar.

    Examples
    --------
    >>> hint("TestFracton", ["TestFraction", "Eta"])
    'Did you mean TestFraction?'
    >>> hint("Zzz", ["TestFraction", "Eta"])
    'Known: TestFraction, Eta.'
    """
    by_lower = {candidate.lower(): candidate for candidate in known}
    close = difflib.get_close_matches(name.lower(), by_lower, n=1)
    return f"Did you mean {by_lower[close[0]]}?" if close else f"Known: {', '.join(by_lower.values())}."

"""Answer claims from a file into a file, in bounded memory: what a batch transform does, without a server."""

import secrets
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TextIO

from model.answer import Counts, Refusal, Scorer
from step_scripts._shared import StepScriptsError
from step_scripts.serving.payload import Format, PayloadError, read, starts_with_header, write

ROWS = 10_000  # read, answered and written at a time: some 20 MB, whatever the file's size
_FORMATS: dict[str, Format] = {".jsonl": "jsonlines", ".jsonlines": "jsonlines", ".ndjson": "jsonlines", ".csv": "csv"}


class BatchError(StepScriptsError, ValueError):
    """A file that cannot be read or written; the message says what was expected and what to do."""


def answer_file(scorer: Scorer, source: Path, target: Path, *, progress: TextIO | None = None) -> Counts:
    """Answer each claim of a file, in their order; the answers appear when all are there.

    Parameters
    ----------
    scorer
        Answers the claims.
    source
        JSON Lines (``.jsonl``, ``.jsonlines``, ``.ndjson``) or CSV (``.csv``), with or without a header, as an
        endpoint takes them.
    target
        Gets the answers, in the format of its own ending; a bad record gets its error and no probability.
    progress
        Where a line says how far it is; None for nowhere.

    Returns
    -------
    Counts

    Raises
    ------
    BatchError
        When the ending of a file is none of those, the source cannot be read, or it has no claim.

    Examples
    --------
    >>> from model import load_artifact
    >>> scorer = Scorer(load_artifact("fixtures/train/model"))
    >>> answer_file(scorer, Path("claims.jsonl"), Path("answers.jsonl"))  # doctest: +SKIP
    Counts(records=5000, refused=0)
    """
    asked, told = _format(source), _format(target)
    if source.resolve() == target.resolve():
        raise BatchError(f"{source} is read, and would be written over: name another file for the answers")
    partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}.partial")
    try:
        with source.open("rb") as lines, partial.open("wb") as out:
            counts = Counts(0, 0)
            for part, number in _parts(lines, asked):
                try:
                    payload = read(part, asked)
                except PayloadError as error:
                    raise BatchError(f"{source}, from line {number:,} on: {error}") from None
                answers = scorer.answers(payload.records)
                out.write(write(answers, told, header=told == "csv" and counts.records == 0))
                refused = sum(isinstance(answer, Refusal) for answer in answers)
                counts = Counts(counts.records + len(answers), counts.refused + refused)
                _tell(progress, counts, lines.tell() / max(source.stat().st_size, 1))
        if not counts.records:
            raise BatchError(f"{source}: expected at least one claim, got none")
        partial.replace(target)
    except OSError as error:
        raise BatchError(f"{error.filename or target}: {error.strerror or error}") from None
    finally:
        partial.unlink(missing_ok=True)
        if progress:
            print(file=progress)
    return counts


def _format(path: Path) -> Format:
    try:
        return _FORMATS[path.suffix.lower()]
    except KeyError:
        raise BatchError(f"{path}: expected a name that ends in {', '.join(_FORMATS)}") from None


def _parts(lines: BinaryIO, kind: Format) -> Iterator[tuple[bytes, int]]:
    """Yield some lines at a time, each part of a CSV with the header, and the number of the part's first line."""
    number, header = 1, b""
    while part := list(islice(lines, ROWS)):
        # A cell may hold the end of a line; its row is whole when its quotes are.
        while kind == "csv" and b"".join(part).count(b'"') % 2 and (line := lines.readline()):
            part.append(line)
        body = header + b"".join(part)
        if kind == "csv" and number == 1 and starts_with_header(body):
            header = part[0]
        yield body, number
        number += len(part)


def _tell(progress: TextIO | None, counts: Counts, share: float) -> None:
    if progress:
        text = f"\r{counts.records:,} claims ({share:.0%}), {counts.refused:,} refused"
        print(text, end="", file=progress, flush=True)

"""Answer the records of a file in a file, in bounded memory: what a batch transform does, without a server."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TextIO

from step_scripts._shared import StepScriptsError, write_whole
from step_scripts.serving.answers import Counts, write
from step_scripts.serving.formats import Format
from step_scripts.serving.payload import Columns, PayloadError, read, starts_with_header
from step_scripts.serving.scorer import Scorer

ROWS = 10_000  # read, answered and written at a time: some 20 MB, whatever the file's size
_FORMATS: dict[str, Format] = {".jsonl": "jsonlines", ".jsonlines": "jsonlines", ".ndjson": "jsonlines", ".csv": "csv"}


class BatchError(StepScriptsError, ValueError):
    """A file that cannot be read or written; the message says what was expected and what to do."""


def answer_file(scorer: Scorer, source: Path, target: Path, *, progress: TextIO | None = None) -> Counts:
    """Answer each record of a file, in their order; the file of answers appears when it is complete.

    Parameters
    ----------
    scorer
        Answers the records.
    source
        JSON Lines (``.jsonl``, ``.jsonlines``, ``.ndjson``) or CSV (``.csv``), with or without a header, as an
        endpoint takes them.
    target
        Gets the answers, in the format of its own ending; an invalid record gets its error and no prediction.
    progress
        Where a line says how far it is; None for nowhere.

    Returns
    -------
    Counts

    Raises
    ------
    BatchError
        When a file has another ending, the source cannot be read, or it has no record.

    Examples
    --------
    >>> from step_scripts.serving.predictor import load_predictor
    >>> scorer = Scorer(load_predictor("runs/train/model"))  # doctest: +SKIP
    >>> answer_file(scorer, Path("houses.jsonl"), Path("prices.csv"))  # doctest: +SKIP
    Counts(records=5000, refused=0)
    """
    kinds = _format(source), _format(target)
    if source.resolve() == target.resolve():
        raise BatchError(f"{source} is the input, and would be overwritten: name another file for the answers")
    before = scorer.counts
    try:
        with source.open("rb") as lines:
            write_whole(target, _answered(scorer, lines, source, kinds, progress))
    except OSError as error:
        raise BatchError(f"{error.filename or target}: {error.strerror or error}") from None
    finally:
        if progress:
            print(file=progress)
    return _since(before, scorer)


def _answered(
    scorer: Scorer, lines: BinaryIO, source: Path, kinds: tuple[Format, Format], progress: TextIO | None
) -> Iterator[bytes]:
    """Yield the answers to some lines at a time, as bytes."""
    asked, written = kinds
    contract, nested = scorer.contract, scorer.description.nested
    before, size = scorer.counts, max(source.stat().st_size, 1)
    header = written == "csv"
    for part, number in _parts(lines, asked, contract.columns):
        try:
            payload = read(part, asked, contract.columns, nested=nested)
        except PayloadError as error:
            raise BatchError(f"{source}, from line {number:,} on: {error}") from None
        yield write(scorer.answers(payload.records), written, columns=scorer.columns, header=header)
        header = False
        _show(progress, _since(before, scorer), lines.tell() / size)
    if not _since(before, scorer).records:
        raise BatchError(f"{source}: expected at least one record, got none")


def _since(before: Counts, scorer: Scorer) -> Counts:
    return Counts(scorer.counts.records - before.records, scorer.counts.refused - before.refused)


def _format(path: Path) -> Format:
    try:
        return _FORMATS[path.suffix.lower()]
    except KeyError:
        raise BatchError(f"{path}: expected a name that ends in {', '.join(_FORMATS)}") from None


def _parts(lines: BinaryIO, kind: Format, columns: Columns) -> Iterator[tuple[bytes, int]]:
    """Yield some lines at a time, each part of a CSV with the header, and the number of the part's first line."""
    number, header = 1, b""
    while part := list(islice(lines, ROWS)):
        # A quoted cell may hold the end of a line; its row is complete when its quotes are.
        while kind == "csv" and b"".join(part).count(b'"') % 2 and (line := lines.readline()):
            part.append(line)
        body = header + b"".join(part)
        if kind == "csv" and number == 1 and starts_with_header(body, columns):
            header = part[0]
        yield body, number
        number += len(part)


def _show(progress: TextIO | None, counts: Counts, share: float) -> None:
    if progress:
        text = f"\r{counts.records:,} records ({share:.0%}), {counts.refused:,} refused"
        print(text, end="", file=progress, flush=True)

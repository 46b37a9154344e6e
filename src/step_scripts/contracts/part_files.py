"""Which files a table is read from, and the error when this is not clear."""

from collections.abc import Collection
from pathlib import Path

from step_scripts.contracts.contract import Contract
from step_scripts.contracts.error import BrokenRule, ContractError, listing
from step_scripts.contracts.seal import SEAL

SUFFIXES = (".csv", ".csv.gz", ".parquet")
# Endings of files that may hold a part of a table and are not read: other formats, archives, unfinished downloads.
_LIKE_DATA = (
    *(*SUFFIXES, ".txt", ".tsv", ".dat", ".xlsx", ".xls", ".ods", ".json", ".jsonl", ".orc", ".avro", ".pq"),
    *(".feather", ".arrow", ".pkl", ".pickle", ".gz", ".zip", ".bz2", ".xz", ".zst", ".lz4", ".7z", ".tar"),
    *(".part", ".partial", ".tmp", ".crdownload", ".download", ".bak"),
)


def part_files(source: Path, contract: Contract, pattern: str) -> list[Path]:
    """Return the files of a table, sorted by name: the file itself, or those of a folder that begin with the pattern.

    Raises
    ------
    ContractError
        When there is no file, or when the folder holds anything else that may be a part of the table.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from step_scripts.contracts.example import houses
    >>> with TemporaryDirectory() as folder:
    ...     Path(folder, "houses-1.csv").touch()
    ...     [file.name for file in part_files(Path(folder), houses(), "houses")]
    ['houses-1.csv']
    """
    if source.is_file():
        return [source]
    files = sorted(file for file in source.glob(f"{pattern}*") if file.name.endswith(SUFFIXES) and file.is_file())
    if error := passed_over(source, files, contract, pattern):
        raise error
    if files:
        return files
    found = (
        listing(sorted(file.name for file in source.iterdir())) or "nothing" if source.is_dir() else "no such folder"
    )
    wanted = " or ".join(f"{pattern}*{suffix}" for suffix in SUFFIXES)
    remedy = f"put the table {contract.name} there, or name its folder"
    raise table_error(contract, str(source), file_rule(f"there is a file {wanted}", found, remedy))


def passed_over(folder: Path, files: Collection[Path], contract: Contract, pattern: str) -> ContractError | None:
    """Return an error for what may be a part of a table and is not read: another ending, a folder, a broken link.

    Parameters
    ----------
    folder
        The folder of the table.
    files
        The files in it that are read.
    contract, pattern
        The table, and how the names of its files begin.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from step_scripts.contracts.example import houses
    >>> with TemporaryDirectory() as folder:
    ...     Path(folder, "houses.xlsx").touch()
    ...     passed_over(Path(folder), [], houses(), "houses").broken[0].examples
    ({'found': 'houses.xlsx'},)
    """
    near = [
        entry
        for entry in (folder.iterdir() if folder.is_dir() else ())
        if entry.name.casefold().startswith(pattern.casefold()) and entry not in files
    ]
    names = sorted(
        entry.name
        for entry in near
        # A folder beside part files may hold more of them.
        if (entry.name.casefold().endswith(_LIKE_DATA) and not entry.name.endswith(SEAL)) or (files and entry.is_dir())
    )
    if not names:
        return None
    sentence = f"all that begins with {pattern} is a file {' or '.join(SUFFIXES)}"
    remedy = "name it so, or take it out of the folder: part of the table may be in it"
    return table_error(contract, str(folder), file_rule(sentence, listing(names), remedy))


def table_error(contract: Contract, source: str, *broken: BrokenRule, rows: int | None = None) -> ContractError:
    """Return the error of a table that was read from a file or folder."""
    return ContractError(table=contract.name, version=contract.version, broken=broken, rows=rows, source=source)


def file_rule(sentence: str, found: str, remedy: str) -> BrokenRule:
    """Return the rule `file` as broken: a file is not what was expected."""
    return BrokenRule(rule="file", column=None, sentence=sentence, count=0, examples=({"found": found},), remedy=remedy)

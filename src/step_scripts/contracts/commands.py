"""What `python -m contracts check` and `diff` do."""

import csv
import gzip
import re
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

import pyarrow.parquet as pq
import yaml

from step_scripts._shared import StepScriptsError
from step_scripts.contracts.contract import Contract, known, load, parse, read_yaml
from step_scripts.contracts.error import ContractError
from step_scripts.contracts.evolution import KINDS, changes, verdict
from step_scripts.contracts.part_files import SUFFIXES, passed_over
from step_scripts.contracts.quarantine import Quarantine, as_csv
from step_scripts.contracts.valid_rows import read_valid_rows
from step_scripts.contracts.writer import appear

# Part files of features bear the name of what they are for.
_PREFIXES = {
    "claims": "claims",
    "customers": "customers",
    "features": "features",
    r"(train|test)[-.]": "features",
}
_FITS = 0.5  # share of a contract's columns that a header has at least


class NothingToDoError(StepScriptsError, ValueError):
    """What was asked for cannot be done at all; the message says why."""


def check(sources: Sequence[Path], *, contract: str | None, quarantine: Path | None) -> int:
    """Hold tables to their contracts, and print a line for each that keeps it, else the message.

    Parameters
    ----------
    sources
        Files, or folders of files. All files of one contract are parts of one table.
    contract
        The contract's name, or None to go by the names of the files, and by their columns where these do not tell.
    quarantine
        Folder for the bad rows, or None. It is made; each file in it appears whole or not at all.

    Returns
    -------
    int
        0, or 1 when a table breaks its contract. Warnings are printed and change nothing.

    Raises
    ------
    NothingToDoError
        When there is no table, nobody can tell whose contract it falls under, or the folder cannot be written to.
    """
    files: dict[str, list[Path]] = {}
    for file in {file.resolve(): file for source in sources for file in _files_in(source)}.values():
        files.setdefault(contract or _contract_of(file), []).append(file)
    code = _tell_passed_over(sources)
    for group in _joined(files):
        tables = [load(name) for name in group]
        try:
            _, found = read_valid_rows(files, *tables)
        except ContractError as error:
            print(error)
            code = 1
            continue
        code = max(code, int(found.count > 0))
        _tell(found, tables)
        if quarantine:
            _write(found, quarantine, read=[file for name in group for file in files[name]])
    return code


def diff(old: str, new: str) -> int:
    """Print what changed from one contract to another, and whether the new version says so.

    Parameters
    ----------
    old, new
        A contract's file, or the name of a contract.

    Returns
    -------
    int
        0, or 1 when a change is breaking, or the version too low for what changed.

    Raises
    ------
    NothingToDoError
        When one of them is no contract.
    """
    before, after = _contract(old), _contract(new)
    found = changes(before, after)
    print(f"{before.name} {before.version} → {after.name} {after.version}: {_changes(len(found))}")
    for kind in KINDS:
        for change in found:
            if change.kind == kind:
                print(f"  {kind:<10}  {change.what}: {change.sentence}")
    told = verdict(before, after, found)
    if told:
        print(told)
    return int(bool(told) or any(change.kind == "breaking" for change in found))


def _changes(count: int) -> str:
    return f"{count or 'no'} change{'' if count == 1 else 's'}"


def _files_in(source: Path) -> list[Path]:
    if source.is_dir():
        files = sorted(file for file in source.iterdir() if file.name.endswith(SUFFIXES) and file.is_file())
        if not files:
            raise NothingToDoError(f"{source}: expected at least one file of {', '.join(SUFFIXES)}, found none")
        return files
    if not source.is_file():
        raise NothingToDoError(f"{source}: there is no such file or folder")
    if not source.name.endswith(SUFFIXES):
        raise NothingToDoError(f"{source}: expected a file of {', '.join(SUFFIXES)}")
    return [source]


def _tell_passed_over(sources: Sequence[Path]) -> int:
    """Print what steps would refuse to pass over in a folder; return 1 where there is any, else 0."""
    code = 0
    for folder in (source for source in sources if source.is_dir()):
        for name in known():
            read = [file for file in _files_in(folder) if file.name.startswith(name)]
            if error := passed_over(folder, read, load(name), name):
                print(error)
                code = 1
    return code


def _contract_of(file: Path) -> str:
    """Return the contract that a file falls under: by how its name begins, else by the columns that it has."""
    for prefix, name in _PREFIXES.items():
        if re.match(prefix, file.name, re.IGNORECASE):
            return name
    columns = set(_header(file))
    shares = {name: len(columns & set(load(name).columns)) / len(load(name).columns) for name in known()}
    best = max(shares, key=lambda name: shares[name])
    if shares[best] < _FITS:
        raise NothingToDoError(
            f"{file}: neither its name nor its columns tell which contract it falls under; add --contract with one of "
            f"{', '.join(known())}"
        )
    return best


def _header(file: Path) -> list[str]:
    """Return the names of a file's columns, and none where it has no header that could be read."""
    try:
        if file.suffix == ".parquet":
            return list(pq.read_schema(file).names)
        with (
            gzip.open(file, "rt", encoding="utf-8-sig")
            if file.suffix == ".gz"
            else file.open(encoding="utf-8-sig") as text
        ):
            return next(csv.reader(text), [])
    except (OSError, EOFError, ValueError, csv.Error):
        return []


def _joined(names: Iterable[str]) -> list[list[str]]:
    """Return contracts in groups: those together that a relationship joins."""
    groups: list[list[str]] = []
    for name in names:
        tables = {relationship.table for relationship in load(name).relationships}
        home = next((group for group in groups if tables & set(group)), None)
        if home is None:
            groups.append([name])
        else:
            home.append(name)
    return groups


def _tell(found: Quarantine, contracts: Sequence[Contract]) -> None:
    for table, contract in zip(found.tables, contracts, strict=True):
        if not table.broken:
            print(f"{table.table}: {table.rows:,} rows keep {table.table} {table.version} ({table.source})")
        absent = {relationship.table for relationship in contract.relationships} - {part.table for part in found.tables}
        if absent:
            print(f"{table.table}: not checked against {', '.join(sorted(absent))}; name both to check that they join")
    if message := found.message():
        print(message)


def _write(found: Quarantine, folder: Path, *, read: Sequence[Path]) -> None:
    written = {(folder / f"{table.table}.csv").resolve() for table in found.tables}
    if clash := [str(file) for file in read if file.resolve() in written]:
        raise NothingToDoError(f"--quarantine {folder}: would overwrite {', '.join(clash)}; name another folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for table in found.tables:
            path = folder / f"{table.table}.csv"
            appear(path, partial(Path.write_bytes, data=as_csv(table.frame)))
            print(f"wrote {path}: {len(table.frame):,} rows")
    except OSError as error:
        raise NothingToDoError(f"--quarantine {folder}: cannot be written: {error.strerror}") from None


def _contract(named: str) -> Contract:
    if named in known():
        return load(named)
    path = Path(named)
    try:
        return parse(read_yaml(path.read_text(encoding="utf-8")))
    except OSError as error:
        reason = f"{error.strerror}; name a contract's file, or one of {', '.join(known())}"
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = f"is not YAML: {str(error).splitlines()[0]}"
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        reason = f"is no contract of one table (ODCS v3): {type(error).__name__} {error}"
    raise NothingToDoError(f"{named}: {reason}")

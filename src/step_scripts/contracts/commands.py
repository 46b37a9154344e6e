"""What `step-scripts contracts check` and `diff` do."""

import csv
import gzip
from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow.parquet as pq

from step_scripts import project
from step_scripts._shared import StepScriptsError, write_whole
from step_scripts.contracts.catalog import contracts_folder, known, load, read_contract
from step_scripts.contracts.contract import Contract
from step_scripts.contracts.error import ContractError
from step_scripts.contracts.evolution import KINDS, changes, verdict
from step_scripts.contracts.quarantine import Quarantine, as_csv
from step_scripts.contracts.reader import SUFFIXES, passed_over
from step_scripts.contracts.valid_rows import read_valid_rows

_FITS = 0.5  # smallest share of a contract's columns by which a header is recognised


class NothingToDoError(StepScriptsError, ValueError):
    """The command cannot be carried out; the message says why."""


def all_contracts() -> list[str]:
    """Return the names of the project's contracts, of which there is at least one.

    Raises
    ------
    NothingToDoError
        When the folder has no contract.
    """
    names = known()
    if not names:
        raise NothingToDoError(f"expected at least one contract, a .yaml file, in {contracts_folder()}; got: none")
    return names


def check(sources: Sequence[Path], *, contract: str | None, quarantine: Path | None) -> int:
    """Check tables against their contracts, and print a line for each valid table, else a message.

    Parameters
    ----------
    sources
        Files, or folders of files. All files of one contract are parts of one table.
    contract
        The contract's name, or its file; None to choose it by the names of the files, or else by their columns.
    quarantine
        Folder for the invalid rows, or None. It is made; each file in it appears whole or not at all.

    Returns
    -------
    int
        0, or 1 if a table breaks its contract. Warnings are printed and do not count.

    Raises
    ------
    NothingToDoError
        When there is no table, its contract cannot be chosen, or the folder cannot be written to.
    ProjectError
        When there is no project, and the contract is not a file.
    """
    only = None if contract is None else _contract(contract)
    files: dict[str, list[Path]] = {}
    for file in {file.resolve(): file for source in sources for file in _files_in(source)}.values():
        files.setdefault(only.name if only else _contract_of(file), []).append(file)
    code, clean = _report_passed_over(sources, [only] if only else [load(name) for name in known()]), True
    for tables in _joined([only] if only else [load(name) for name in files]):
        try:
            _, found = read_valid_rows(files, *tables)
        except ContractError as error:
            print(error)
            code = 1
            continue
        code = max(code, int(found.count > 0))
        clean = _report(found, tables) and clean
        if quarantine:
            _write(found, quarantine, read=[file for table in tables for file in files[table.name]])
    if clean and not code:
        print("no problems found")
    return code


def diff(old: str, new: str) -> int:
    """Print what changed from one contract to another, and whether the new version is high enough.

    Parameters
    ----------
    old, new
        A contract's file, or the name of a contract.

    Returns
    -------
    int
        0, or 1 if a change is breaking, or the version is too low for the changes.

    Raises
    ------
    NothingToDoError
        When one of them is not a contract.
    """
    before, after = _contract(old), _contract(new)
    found = changes(before, after)
    print(f"{before.name} {before.version} → {after.name} {after.version}: {_changes(len(found))}")
    for kind in KINDS:
        for change in found:
            if change.kind == kind:
                print(f"  {kind:<10}  {change.what}: {change.sentence}")
    too_low = verdict(before, after, found)
    if too_low:
        print(too_low)
    return int(bool(too_low) or any(change.kind == "breaking" for change in found))


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


def _report_passed_over(sources: Sequence[Path], contracts: Sequence[Contract]) -> int:
    """Print what may be a part of a table and is not read, as a step would; return 1 if there is any, else 0."""
    code = 0
    for folder in (source for source in sources if source.is_dir()):
        for contract in contracts:
            read = [file for file in _files_in(folder) if file.name.startswith(contract.name)]
            if error := passed_over(folder, read, contract, contract.name):
                print(error)
                code = 1
    return code


def _contract_of(file: Path) -> str:
    """Return the contract of a file: by how its name begins, else by its columns."""
    prefixes = {prefix: name for name in all_contracts() for prefix in project.find().prefixes(name)}
    if fits := [prefix for prefix, name in prefixes.items() if _begins(file, prefix, name)]:
        return prefixes[max(fits, key=len)]
    columns = set(_header(file))
    shares = {name: len(columns & set(load(name).columns)) / len(load(name).columns) for name in known()}
    best = max(shares, key=lambda name: shares[name], default="")
    if not best or shares[best] < _FITS:
        raise NothingToDoError(
            f"{file}: neither its name nor its columns are those of a contract; add --contract with one of "
            f"{', '.join(known())}"
        )
    return best


def _begins(file: Path, prefix: str, contract: str) -> bool:
    """Tell whether a file's name begins with a prefix. One other than the contract's name must be a whole word."""
    name = file.name.casefold()
    if not name.startswith(prefix.casefold()):
        return False
    return prefix == contract or name[len(prefix) : len(prefix) + 1] in {"-", "."}


def _header(file: Path) -> list[str]:
    """Return the names of a file's columns; an empty list if its header cannot be read."""
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


def _joined(contracts: Iterable[Contract]) -> list[list[Contract]]:
    """Return contracts in groups: those that a relationship joins are in one group."""
    groups: list[list[Contract]] = []
    for contract in contracts:
        tables = {relationship.table for relationship in contract.relationships}
        home = next((group for group in groups if tables & {one.name for one in group}), None)
        if home is None:
            groups.append([contract])
        else:
            home.append(contract)
    return groups


def _report(found: Quarantine, contracts: Sequence[Contract]) -> bool:
    """Print a line for each valid table, and the message about the others; tell whether there is no message."""
    for table, contract in zip(found.tables, contracts, strict=True):
        if not table.broken:
            print(f"{table.table}: {table.rows:,} rows, valid ({table.table} {table.version}, {table.source})")
        absent = {relationship.table for relationship in contract.relationships} - {part.table for part in found.tables}
        if absent:
            print(f"{table.table}: not checked against {', '.join(sorted(absent))}; name both to check that they join")
    message = found.message()
    if message:
        print(message)
    return not message


def _write(found: Quarantine, folder: Path, *, read: Sequence[Path]) -> None:
    written = {(folder / f"{table.table}.csv").resolve() for table in found.tables}
    if clash := [str(file) for file in read if file.resolve() in written]:
        raise NothingToDoError(f"--quarantine {folder}: would overwrite {', '.join(clash)}; name another folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for table in found.tables:
            path = folder / f"{table.table}.csv"
            write_whole(path, as_csv(table.frame))
            print(f"wrote {path}: {len(table.frame):,} rows")
    except OSError as error:
        raise NothingToDoError(f"--quarantine {folder}: cannot be written: {error.strerror}") from None


def is_file_name(contract: str) -> bool:
    """Tell whether a text names the file of a contract, and not a contract of the project."""
    return contract.casefold().endswith((".yaml", ".yml"))


def _contract(named: str) -> Contract:
    path = Path(named)
    if not is_file_name(named) and named in known():
        return load(named)
    try:
        return read_contract(path)
    except FileNotFoundError as error:
        reason = f"{error.strerror}; name a contract's file, or a contract of the project"
    except OSError as error:
        reason = str(error.strerror)
    raise NothingToDoError(f"{named}: {reason}")

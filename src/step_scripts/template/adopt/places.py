"""The folders that a script reads and writes in a container: what a job has to mount for it."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from step_scripts.template.adopt.uses import makes_folders_only
from step_scripts.template.adopt.values import BASE, FLAG, UNKNOWN, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from step_scripts.template.adopt.flags import Flag
    from step_scripts.template.adopt.uses import Use

PROCESSING, CHANNELS = f"{BASE}/processing", f"{BASE}/input/data"
MODEL, RESULTS = f"{BASE}/model", f"{BASE}/output"
CODE = "code"  # the name of the input with the scripts
_NOISE = words(
    "input inputs output outputs in out dir dirs path paths data dataset folder file files filename channel uri s3 ml "
    "opt processing csv parquet json location artifact artifacts local csvs set source src prefix"
)
_SAME = {"training": "train", "testing": "test", "val": "validation", "valid": "validation", "models": "model"}
_SAME |= {"eval": "evaluation", "evaluations": "evaluation", "metrics": "metric", "reports": "report"}
_SUFFIXES = {"csv": ".csv", "json": ".json", "parquet": ".parquet", "pickle": ".pkl", "excel": ".xlsx"}
_PATH_WORDS = frozenset("dir path file folder".split())  # noqa: SIM905


@dataclass
class Place:
    """A folder that a job mounts.

    Attributes
    ----------
    name
        Of the input, output or channel.
    folder
        In the container.
    files
        Names of the files in it that the script names.
    flag
        The flag that gives it, where the script has no default of its own in a container.
    """

    name: str
    folder: str
    files: list[str] = field(default_factory=list)
    flag: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """What it is about; what has the same words is the same data."""
        return words_of(self.name)


@dataclass
class Places:
    """What a processing script mounts.

    Attributes
    ----------
    inputs, outputs
        Its folders.
    flags
        The values of the flags that name folders or files, by attribute.
    unclear
        A sentence for each path that no job can mount, or whose use is a guess.
    """

    inputs: list[Place] = field(default_factory=list)
    outputs: list[Place] = field(default_factory=list)
    flags: dict[str, str] = field(default_factory=dict)
    unclear: list[str] = field(default_factory=list)


def words_of(name: str) -> tuple[str, ...]:
    """Return what a folder's or flag's name is about, without words that say nothing.

    Examples
    --------
    >>> words_of("training_data_dir"), words_of("input-path")
    (('train',), ())
    """
    parts = [part.lower() for part in re.split(r"[^A-Za-z0-9]+|(?<=[a-z])(?=[A-Z])", name) if part]
    return tuple(_SAME.get(part, part) for part in parts if part not in _NOISE)


def of_processing(uses: Sequence[Use], flags: Mapping[str, Flag]) -> Places:
    """Return what a processing script mounts: the folders that it names, and those that its flags name."""
    found = Places()
    by_folder: dict[str, list[Use]] = defaultdict(list)
    files: dict[str, set[str]] = defaultdict(set)
    for flag in flags.values():
        for path in flag.folders:
            if path.startswith(f"{PROCESSING}/"):
                home, name = posixpath.split(path) if posixpath.splitext(path)[1] else (path, "")
                by_folder.setdefault(home, [])
                files[home] |= {name} if name else set()
                found.flags[flag.attribute] = path
    for use in uses:
        if use.path.startswith(f"{PROCESSING}/"):
            folder, file = split(use)
            if folder == PROCESSING:
                shown = use.path.replace(UNKNOWN, "…")
                found.unclear.append(f"{use.where}: {shown}: no job can mount {PROCESSING} itself")
                continue
            by_folder[folder].append(use)
            files[folder] |= {file} if file else set()
    guesses = {flag_path: flag.name for flag in flags.values() for flag_path in flag.folders}
    for folder in _outermost(by_folder):
        inside = [use for place, some in by_folder.items() if _is_in(place, folder) for use in some]
        if (is_output := _is_output(folder, inside, guesses.get(folder, ""))) is not None:
            names = sorted(set().union(*(files[place] for place in by_folder if _is_in(place, folder))))
            (found.outputs if is_output else found.inputs).append(Place(_name(folder), folder, names))
            if not inside or all(use.how == "mention" for use in inside):
                kind = "an output" if is_output else "an input"
                found.unclear.append(f"{folder}: taken for {kind}, because of its name; correct it in the pipeline")
    _add_flags(uses, flags, found)
    _rename(found)
    return found


def split(use: Use) -> tuple[str, str | None]:
    """Return the folder of a path, and the file's name where it is known."""
    known: list[str] = []
    parts = use.path.rstrip("/").split("/")
    for part in parts:
        if UNKNOWN in part or "*" in part:
            return "/".join(known), None
        known.append(part)
    is_file = not use.is_folder and (use.is_file or "." in parts[-1])
    return ("/".join(known[:-1]), parts[-1]) if is_file else ("/".join(known), None)


def file_of(flag: Flag, uses: Iterable[Use]) -> str | None:
    """Return the name of the file that a flag stands for; None where it is a folder."""
    token = FLAG + flag.attribute + FLAG
    exact = [use for use in uses if use.path == token]
    if any(use.is_folder for use in exact) or any(use.path.startswith(f"{token}/") for use in uses):
        return None
    base = posixpath.basename(str(flag.default or ""))
    if posixpath.splitext(base)[1]:
        return base
    for use in exact:
        kind = use.function.rpartition("_")[2]
        if kind in _SUFFIXES and (kind != "parquet"):
            return f"{'-'.join(words_of(flag.attribute)) or flag.attribute}{_SUFFIXES[kind]}"
        if use.is_file:
            return "-".join(words_of(flag.attribute)) or flag.attribute
    return None


def direction(flag: Flag, uses: Iterable[Use]) -> str | None:
    """Return ``input`` or ``output`` for a flag that names a folder or a file; None for any other flag."""
    token = FLAG + flag.attribute + FLAG
    hows = {use.how for use in uses if use.path == token or use.path.startswith(f"{token}/")}
    if "write" in hows:
        return "output" if "read" not in hows or "output" in _parts(flag) else "input"
    if "read" in hows:
        return "input"
    if "mention" in hows and _parts(flag) & _PATH_WORDS:
        return "output" if _parts(flag) & {"output", "out"} else "input"
    return None


def _parts(flag: Flag) -> set[str]:
    return set(re.split(r"[^a-z0-9]+", flag.attribute.lower()))


def _add_flags(uses: Sequence[Use], flags: Mapping[str, Flag], found: Places) -> None:
    """Give each flag that names a folder, or a file, a folder of its own."""
    for flag in flags.values():
        way = direction(flag, uses) if flag.is_text and not flag.folders and flag.name else None
        if way is None:
            continue
        name = "-".join(words_of(flag.attribute)) or flag.attribute.replace("_", "-")
        place = Place(name, f"{PROCESSING}/{way}/{name}", flag=flag.name)
        file = file_of(flag, uses)
        if file:
            place.files.append(file)
        found.flags[flag.attribute] = f"{place.folder}/{file}" if file else place.folder
        (found.inputs if way == "input" else found.outputs).append(place)


def _is_output(folder: str, uses: Sequence[Use], flag: str) -> bool | None:
    """Tell whether a folder is written or read; None where it only holds what the script itself fetches."""
    hows = {use.how for use in uses}
    if "fetch" in hows and not ({use.how for use in uses if not makes_folders_only([use])} & {"write"}):
        return None
    if "write" in hows:
        return "read" not in hows or not makes_folders_only([use for use in uses if use.how == "write"])
    if "read" in hows:
        return False
    parts = set(re.split(r"[^a-z0-9]+", f"{folder.removeprefix(PROCESSING)} {flag}".lower()))
    return bool(parts & {"output", "outputs", "out", "evaluation", "report", "reports"}) and "input" not in parts


def _outermost(folders: Mapping[str, Sequence[Use]]) -> list[str]:
    """Leave out a folder in another one, and one that is only made so that others are in it."""
    kept = []
    for folder, uses in folders.items():
        inner = [other for other in folders if other != folder and _is_in(other, folder)]
        if not (inner and makes_folders_only(uses)):
            kept.append(folder)
    return [folder for folder in kept if not any(other != folder and _is_in(folder, other) for other in kept)]


def _is_in(folder: str, outer: str) -> bool:
    return folder == outer or folder.startswith(f"{outer}/")


def _name(folder: str) -> str:
    """Return a name for a folder: its last parts, without ``input`` or ``output`` before them."""
    parts = folder.removeprefix(f"{PROCESSING}/").split("/")
    parts = parts[1:] if len(parts) > 1 and parts[0] in {"input", "output", "inputs", "outputs"} else parts
    return re.sub(r"[^A-Za-z0-9-]+", "-", "-".join(parts)).strip("-") or "data"


def _rename(found: Places) -> None:
    """Give every place a name of its own."""
    seen = {CODE}
    for places, word in ((found.inputs, "input"), (found.outputs, "output")):
        for place in places:
            name, number = place.name, 2
            while place.name in seen:
                place.name = f"{name}-{word}" if number == 2 else f"{name}-{word}-{number}"
                number += 1
            seen.add(place.name)

"""A model registry in a folder: groups, their versions, and what each version's files hold.

::

    registry/houses/group.json       {"name": "houses", "description": null, "created": "2026-01-31T12:00:00+00:00"}
    registry/houses/1/package.json   the version: its status, its request, and which file holds which S3 object
    registry/houses/1/model.tar.gz   what the version names, so that no run has to be kept for it

A version appears whole: its folder gets its name when everything is in it. Several programs may use the folder at the
same time: each change holds a lock.
"""

from __future__ import annotations

import contextlib
import json
import re
import secrets
import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from step_scripts._shared import StepScriptsError, nearest, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PENDING, APPROVED, REJECTED = STATUSES = ("PendingManualApproval", "Approved", "Rejected")
_GROUP = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
_NUMBER = re.compile(r"[1-9][0-9]*")
_SCHEMA = 1


class RegistryError(StepScriptsError, ValueError):
    """The registry has no such group or version, or its files are broken."""


@dataclass(frozen=True, kw_only=True)
class Version:
    """One version of a group.

    Attributes
    ----------
    group, number
        Its name in the registry. The first number is 1.
    status
        ``PendingManualApproval``, ``Approved`` or ``Rejected``.
    reason
        Why it has this status, if somebody has said so.
    created, changed
        When, in UTC. `changed` is None until the first change.
    package
        What the service's ``DescribeModelPackage`` answers, without what is above.
    files
        S3 URI to the file's name in the version's folder.
    """

    group: str
    number: int
    status: str
    reason: str | None
    created: datetime
    changed: datetime | None
    package: Mapping[str, Any]
    files: Mapping[str, str]


class Registry:
    """The registry in a folder. The folder need not exist: an empty registry has none.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     registry = Registry(Path(folder, "registry"))
    ...     registry.add_group("houses")
    ...     version = registry.add("houses", {"ModelApprovalStatus": "PendingManualApproval"}, {})
    ...     registry.decide("houses", version.number, "Approved").status
    'Approved'
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep all other programs from changing the registry while entered."""
        import fcntl

        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def check(self) -> None:
        """Read everything.

        Raises
        ------
        RegistryError
            When a file is broken. A run finds that before its jobs, and not after them.
        """
        for group in self.groups():
            self.versions(group)

    def groups(self) -> dict[str, dict[str, Any]]:
        """Return each group's name, and what its ``group.json`` holds."""
        files = sorted(self.folder.glob("*/group.json"))
        return {file.parent.name: _read(file) for file in files}

    def versions(self, group: str) -> list[Version]:
        """Return a group's versions, the first one first."""
        return [self.version(group, number) for number in self._numbers(group)]

    def version(self, group: str, number: int) -> Version:
        """Return one version.

        Raises
        ------
        RegistryError
            When there is no such version.
        """
        if group not in (known := self.groups()):
            like = nearest(group, known)
            fix = f"did you mean {like}?" if like else "register a model first"
            got = ", ".join(known) or "no group at all"
            raise RegistryError(f"{self.folder}: expected: a group called {group}; got: {got}; fix: {fix}")
        path = self.folder / group / str(number) / "package.json"
        if not path.is_file():
            got = ", ".join(map(str, self._numbers(group))) or "no version at all"
            raise RegistryError(f"{group}: expected: a version {number}; got: {got}; fix: choose one of them")
        content = _read(path)
        try:
            return Version(
                group=group,
                number=number,
                status=content["status"],
                reason=content["reason"],
                created=datetime.fromisoformat(content["created"]),
                changed=content["changed"] and datetime.fromisoformat(content["changed"]),
                package=dict(content["package"]),
                files=dict(content["files"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise _broken(path, f"{type(error).__name__}: {error}") from None

    def add_group(self, name: str, description: str | None = None) -> None:
        """Make a group; one that exists stays as it is.

        Raises
        ------
        RegistryError
            When the service would not take the name.
        """
        if not _GROUP.fullmatch(name):
            raise RegistryError(f"expected: a group's name of letters, digits and hyphens, at most 63; got: {name!r}")
        path = self.folder / name / "group.json"
        if not path.is_file():
            content = {"name": name, "description": description, "created": datetime.now(UTC).isoformat()}
            write_whole(path, _as_json(content))

    def add(self, group: str, package: Mapping[str, Any], files: Mapping[str, bytes]) -> Version:
        """Add the next version to a group. Enter `locked` before.

        Parameters
        ----------
        group
            It exists.
        package
            As ``DescribeModelPackage`` answers.
        files
            S3 URI to content.
        """
        number = max((each.number for each in self.versions(group)), default=0) + 1
        names = _file_names(files)
        version = Version(
            group=group,
            number=number,
            status=package.get("ModelApprovalStatus") or PENDING,
            reason=package.get("ApprovalDescription"),
            created=datetime.now(UTC),
            changed=None,
            package=package,
            files=names,
        )
        partial = self.folder / group / f".{number}.{secrets.token_hex(4)}.partial"
        try:
            for uri, content in files.items():
                write_whole(partial / names[uri], content)
            write_whole(partial / "package.json", _as_json(_content(version)))
            partial.replace(self.folder / group / str(number))
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        return version

    def decide(self, group: str, number: int, status: str, reason: str | None = None) -> Version:
        """Approve or reject a version, or make it wait again."""
        self.version(group, number)  # an empty registry gets no folder
        with self.locked():
            found = self.version(group, number)
            return self.change(replace(found, status=status, reason=reason))

    def change(self, version: Version) -> Version:
        """Write a version that has changed. Enter `locked` before."""
        changed = replace(version, changed=datetime.now(UTC))
        path = self.folder / version.group / str(version.number) / "package.json"
        write_whole(path, _as_json(_content(changed)))
        return changed

    def content(self, version: Version, uri: str) -> bytes:
        """Return what the S3 object held when the version was registered.

        Raises
        ------
        RegistryError
            When the file is not in the version's folder any more.
        """
        path = self.folder / version.group / str(version.number) / version.files[uri]
        try:
            return path.read_bytes()
        except OSError as error:
            raise _broken(path, error.strerror or str(error)) from None

    def _numbers(self, group: str) -> list[int]:
        """Return the numbers of a group's versions. A folder of another name does not count, such as a copy."""
        names = (path.parent.name for path in self.folder.glob(f"{group}/*/package.json"))
        return sorted(int(name) for name in names if _NUMBER.fullmatch(name))


def _content(version: Version) -> dict[str, Any]:
    return {
        "schema": _SCHEMA,
        "status": version.status,
        "reason": version.reason,
        "created": version.created.isoformat(),
        "changed": version.changed and version.changed.isoformat(),
        "files": dict(version.files),
        "package": dict(version.package),
    }


def _as_json(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, indent=2) + "\n").encode()


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise _broken(path, str(error)) from None
    if not isinstance(content, dict) or content.get("schema", _SCHEMA) != _SCHEMA:
        raise RegistryError(f"{path}: expected: the schema {_SCHEMA}; got: another one; fix: upgrade step-scripts")
    return content


def _broken(path: Path, got: str) -> RegistryError:
    fix = "restore the file, or remove the folder that it lies in"
    return RegistryError(f"{path}: expected: a file that this program wrote; got: {got}; fix: {fix}")


def _file_names(uris: Mapping[str, object]) -> dict[str, str]:
    """Give each S3 object the last part of its key as a name, with a number where two have the same.

    Examples
    --------
    >>> _file_names({"s3://b/1/model.tar.gz": b"", "s3://b/2/model.tar.gz": b""})
    {'s3://b/1/model.tar.gz': 'model.tar.gz', 's3://b/2/model.tar.gz': '2-model.tar.gz'}
    """
    names: dict[str, str] = {}
    for uri in uris:
        name = uri.rpartition("/")[2]
        taken = name in names.values() or name == "package.json"
        names[uri] = f"{len(names) + 1}-{name}" if taken else name
    return names

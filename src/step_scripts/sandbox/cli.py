"""``step-scripts models``, ``approve`` and ``reject``: the model registry of this machine."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from step_scripts._text import table
from step_scripts.project import runs_dir
from step_scripts.sandbox.registry import APPROVED, REJECTED, Registry, RegistryError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from step_scripts.sandbox.registry import Version

MAX_METRICS = 6  # of a version, in the table; --json has all


def parser(command: str) -> argparse.ArgumentParser:
    """Return the command line of one of the three commands."""
    about = {
        "models": "List the versions of the model registry, with their metrics.",
        "approve": "Approve a version of the model registry, so that the deployment pipeline takes it.",
        "reject": "Reject a version of the model registry.",
    }
    options = argparse.ArgumentParser(prog=f"step-scripts {command}", description=about[command], allow_abbrev=False)
    if command == "models":
        options.add_argument("group", nargs="?", help="list this group alone")
        options.add_argument("--json", action="store_true", help="print everything, as data")
    else:
        options.add_argument("version", type=int, help="the version's number, as `step-scripts models` lists it")
        options.add_argument("--group", help="its group (not needed where there is one)")
        options.add_argument("--reason", required=command == "reject", help="is kept with the version")
    options.add_argument("--runs-dir", type=Path, help="where the runs lie (the project's runs/)")
    options.add_argument("--registry", type=Path, help="the registry's folder (RUNS-DIR/registry)")
    return options


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line, which begins with the command; return 0 done, 1 it cannot be done."""
    command, *words = sys.argv[1:] if argv is None else argv
    args = parser(command).parse_args(words)
    registry = Registry(args.registry or (args.runs_dir or runs_dir()) / "registry")
    try:
        if command == "models":
            return _list(registry, args.group, as_json=args.json)
        group, status = args.group or _only_group(registry), APPROVED if command == "approve" else REJECTED
        version = registry.decide(group, args.version, status, _not_empty(args.reason))
    except RegistryError as error:
        print(f"step-scripts {command}: {error}", file=sys.stderr)
        return 1
    except OSError as error:  # another user's registry, or a full disk
        got, fix = f"{error.strerror} ({error.filename})", "correct its permissions, or name another --runs-dir"
        print(
            f"step-scripts {command}: expected: a registry that can be changed; got: {got}; fix: {fix}", file=sys.stderr
        )
        return 1
    reason = f" ({version.reason})" if version.reason else ""
    print(f"{group} {version.number}: {version.status}{reason}")
    return 0


def metrics(registry: Registry, version: Version) -> dict[str, float]:
    """Return the numbers of a version's reports, by their path in the report.

    A report may have SageMaker's layout, ``{"..._metrics": {"error": {"value": 1.5, ...}}}``, or plain numbers.
    A report that is not a JSON object has none.
    """
    found: dict[str, float] = {}
    for uri in sorted(set(_uris(version.package.get("ModelMetrics", {})))):
        if uri in version.files and uri.endswith(".json"):
            found |= dict(_numbers(_report(registry.content(version, uri))))
    return found


def _report(content: bytes) -> dict[str, Any]:
    try:
        report = json.loads(content)
    except ValueError:  # the pipeline's own file: a script may write anything
        return {}
    return report if isinstance(report, dict) else {}


def _list(registry: Registry, group: str | None, *, as_json: bool) -> int:
    names = sorted(registry.groups())
    if group is not None and group not in names:
        registry.version(group, 0)  # raises: there is no such group
    versions = [version for name in names if group in {None, name} for version in registry.versions(name)]
    if as_json:
        print(json.dumps([_as_data(registry, version) for version in versions], indent=2))
    elif not versions:
        print(f"no version in {registry.folder}; a pipeline with a RegisterModel step makes one")
    else:
        header = ("group", "version", "status", "created", "metrics", "reason")
        print("\n".join(table(header, [_row(registry, version) for version in versions])))
    return 0


def _row(registry: Registry, version: Version) -> tuple[str, ...]:
    numbers = list(metrics(registry, version).items())
    shown = " ".join(f"{name}={value:.4g}" for name, value in numbers[:MAX_METRICS])
    more = f" (+{len(numbers) - MAX_METRICS})" if len(numbers) > MAX_METRICS else ""
    created = version.created.strftime("%Y-%m-%d %H:%M UTC")
    reason = " ".join((version.reason or "").split())  # one line a version
    return version.group, str(version.number), version.status, created, shown + more, reason


def _as_data(registry: Registry, version: Version) -> dict[str, Any]:
    return {
        "group": version.group,
        "version": version.number,
        "status": version.status,
        "reason": version.reason,
        "created": version.created.isoformat(),
        "changed": version.changed and version.changed.isoformat(),
        "metrics": metrics(registry, version),
        "package": dict(version.package),
    }


def _not_empty(reason: str | None) -> str | None:
    if reason is not None and not reason.strip():
        raise RegistryError("--reason: expected: a text; got: an empty one; fix: say why")
    return reason


def _only_group(registry: Registry) -> str:
    names = sorted(registry.groups())
    if len(names) != 1:
        got = ", ".join(names) or "no group at all"
        fix = "name one: --group NAME" if names else "run a pipeline that registers a model"
        raise RegistryError(f"{registry.folder}: expected: one group; got: {got}; fix: {fix}")
    return names[0]


def _uris(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, each in value.items():
            if name == "S3Uri" and isinstance(each, str):
                yield each
            else:
                yield from _uris(each)


def _numbers(value: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, float]]:
    """Yield the metrics of a report: ``{"value": 1.5}`` is one, and what lies beside it is not."""
    for name, each in value.items():
        here = f"{path}.{name}" if path and not path.endswith("_metrics") else name
        if isinstance(each, dict):
            if isinstance(number := each.get("value"), int | float) and not isinstance(number, bool):
                yield here, number
            elif name.endswith("_metrics") or not path:
                yield from _numbers(each, here)
        elif isinstance(each, int | float) and not isinstance(each, bool) and not path:
            yield here, each


if __name__ == "__main__":
    sys.exit(main())

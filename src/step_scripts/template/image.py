"""The libraries of a project's image: those of this environment, in the versions that the project was made with."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from step_scripts.template.render import FILES, environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# What runs in a container: the framework's extra, and what a new project's model needs.
STARTS = ("step-scripts[container]", "matplotlib", "scikit-learn")
# The image's machine, whatever this one is.
_LINUX = {"sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64", "os_name": "posix"}
# The steps' code brings the framework itself, and no step talks to AWS.
_LEFT_OUT = frozenset({"step-scripts", "botocore", "jmespath"})
_BOOSTING = ("xgboost-cpu", "xgboost")  # the same library; the first has no GPU libraries, and exists for Linux only


_VERBS = Path(__file__).parents[1] / "local/runner/verbs"


def files(project: str, libraries: Sequence[str]) -> dict[str, str]:
    """Return the files of the folder ``docker`` by path: what a project's image is built from.

    Parameters
    ----------
    project : str
        Names the image.
    libraries : sequence of str
        Distributions that the scripts need; one that is not installed here is left out.
    """
    templates = environment()
    return {
        "docker/Dockerfile": templates.get_template("docker/Dockerfile.jinja").render({"project": project}),
        "docker/pid1.pth": (FILES / "docker/pid1.pth").read_text(encoding="utf-8"),
        "docker/requirements.txt": requirements(libraries),
        **{f"docker/{verb}": (_VERBS / verb).read_text(encoding="utf-8") for verb in ("serve", "train")},
    }


def requirements(libraries: Sequence[str] = ()) -> str:
    """Return the content of an image's requirements.txt: each library with its version, sorted.

    Parameters
    ----------
    libraries : sequence of str
        Distributions besides those that every project needs.

    Examples
    --------
    >>> any(line.startswith("pandas==") for line in requirements().splitlines())
    True
    """
    versions = dict(_closure([*STARTS, *libraries, next(name for name in _BOOSTING if _has(name))]))
    if "xgboost" in versions:
        versions["xgboost-cpu"] = versions.pop("xgboost")
    return "".join(f"{name}=={versions[name]}\n" for name in sorted({*versions} - _LEFT_OUT))


def _has(name: str) -> bool:
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _closure(starts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield name and version of each distribution that some requirements need on Linux."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    waiting, seen = [Requirement(start) for start in starts], set[tuple[str, str]]()
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        if name.startswith("nvidia-") or not _has(name):  # a library of another machine
            continue
        found = metadata.distribution(name)
        yield name, found.version
        for extra in ("", *wanted.extras):
            if (name, extra) not in seen:
                seen.add((name, extra))
                needs = [Requirement(line) for line in found.requires or ()]
                waiting += [
                    each for each in needs if not each.marker or each.marker.evaluate({**_LINUX, "extra": extra})
                ]

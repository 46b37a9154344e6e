"""Which host of a job this is, and how it names its part of a file."""

import json
from pathlib import Path
from typing import NamedTuple

from step_scripts.step.folders import base


class Host(NamedTuple):
    """One of the hosts of a job: its number, from 0, and how many hosts the job has."""

    number: int
    of: int


def host() -> Host:
    """Return which host this is, as the container's ``resourceconfig.json`` says.

    A processing job has this file in ``<base>/config``, a training job in ``<base>/input/config``. Without such a file
    there is one host.

    Examples
    --------
    >>> host()
    Host(number=0, of=1)
    """
    if container := base():
        for folder in ("config", "input/config"):
            path = container / folder / "resourceconfig.json"
            if path.is_file():
                config = json.loads(path.read_text(encoding="utf-8"))
                return Host(sorted(config["hosts"]).index(config["current_host"]), len(config["hosts"]))
    return Host(0, 1)


def part(name: str) -> str:
    """Return the name of this host's part of a file. SageMaker merges the output folders of a job's hosts.

    With one host it is the file's own name. Else host 2 writes ``train-2.parquet`` for ``train.parquet``.

    Examples
    --------
    >>> part("train.parquet")
    'train.parquet'
    """
    here, path = host(), Path(name)
    return name if here.of == 1 else f"{path.stem}-{here.number}{path.suffix}"

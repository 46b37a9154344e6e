"""Where a step runs, in a SageMaker container or on a laptop: its folders, and which host of its job it is on."""

import json
import os
from pathlib import Path
from typing import NamedTuple

from step_scripts import project
from step_scripts.step.errors import StepError


class Host(NamedTuple):
    """One of the hosts of a job: its number, from 0, and how many hosts the job has."""

    number: int
    of: int


def base() -> Path | None:
    """Return the container's base folder, or None on a laptop.

    It is ``$SAGEMAKER_BASE_DIR`` when set, else ``/opt/ml`` when SageMaker's folders lie in it.

    Examples
    --------
    >>> base() is None
    True
    """
    if named := os.environ.get("SAGEMAKER_BASE_DIR"):
        return Path(named)
    standard = Path("/opt/ml")
    return standard if (standard / "processing").is_dir() or (standard / "input").is_dir() else None


def channel(name: str, *, fixture: str) -> Path:
    """Return the folder of an input, by the same name in a training job and in a processing job.

    Parameters
    ----------
    name : str
        The channel of the training job, or the input of the processing job.
    fixture : str
        The folder to read on a laptop, relative to the project's fixtures.

    Returns
    -------
    Path
        ``$SM_CHANNEL_<NAME>`` when set; else ``<base>/input/data/<name>`` or ``<base>/processing/input/<name>``;
        without a container the fixture. A container never uses a fixture.

    Raises
    ------
    ProjectError
        When there is neither a container nor a project.

    Examples
    --------
    >>> channel("train", fixture="preprocess/train").parts[-3:]
    ('fixtures', 'preprocess', 'train')
    """
    if named := os.environ.get(f"SM_CHANNEL_{name.upper().replace('-', '_')}"):
        return Path(named)
    container = base()
    if container is None:
        return project.find().folder("fixtures") / fixture
    training = container / "input" / "data" / name
    return training if training.is_dir() else container / "processing" / "input" / name


def output_dir(step: str) -> Path:
    """Return the folder below which a processing step's outputs lie.

    It is ``<base>/processing/output``, or the project's ``runs/<step>`` without a container.

    Examples
    --------
    >>> output_dir("preprocess").parts[-2:]
    ('runs', 'preprocess')
    """
    container = base()
    return _runs(step) if container is None else container / "processing" / "output"


def model_dir(step: str) -> Path:
    """Return the folder of a training step's model.

    It is ``$SM_MODEL_DIR`` when set; else ``<base>/model``, or the project's ``runs/<step>/model`` without a container.

    Examples
    --------
    >>> model_dir("train").parts[-3:]
    ('runs', 'train', 'model')
    """
    container = base()
    default = _runs(step) / "model" if container is None else container / "model"
    return Path(os.environ.get("SM_MODEL_DIR") or default)


def output_data_dir(step: str) -> Path:
    """Return the folder of a training step's other files.

    It is ``$SM_OUTPUT_DATA_DIR`` when set; else ``<base>/output/data``, or the project's ``runs/<step>/output``
    without a container.

    Examples
    --------
    >>> output_data_dir("train").parts[-3:]
    ('runs', 'train', 'output')
    """
    container = base()
    default = _runs(step) / "output" if container is None else container / "output" / "data"
    return Path(os.environ.get("SM_OUTPUT_DATA_DIR") or default)


def require_distinct_dirs(source: Path, output: Path) -> None:
    """Check that a step does not write into the folder that it reads.

    Raises
    ------
    StepError
        When the two are the same folder.

    Examples
    --------
    >>> require_distinct_dirs(Path("in"), Path("out"))
    """
    if source.resolve() == output.resolve():
        raise StepError(
            f"expected different folders to read and to write; got: {source} for both; fix: name another folder for one"
        )


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


def _runs(step: str) -> Path:
    return project.find().root / "runs" / step

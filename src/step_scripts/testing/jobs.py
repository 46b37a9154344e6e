"""What a definition says of its jobs: the script, its arguments, its folders, and where its inputs come from."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

Step = Mapping[str, Any]

BASE = "/opt/ml"
CODE_FOLDER = f"{BASE}/processing/input/code"
CODE = "code"  # the input, or channel, that holds the scripts
MODEL = "model.tar.gz"
TRAIN_SCRIPT = "steps/train.py"  # what a training job runs that names no other
_RESERVED = ("sagemaker_", "_tuning_")  # hyperparameters for the image, not for the script
_OUTPUT = re.compile(r"Steps\.(?P<step>[^.]+)\.ProcessingOutputConfig\.Outputs\['(?P<output>[^']+)'\]\.S3Output\.S3Uri")
_MODEL = re.compile(r"Steps\.(?P<step>[^.]+)\.ModelArtifacts\.S3ModelArtifacts")
# The three parts of the address of a trial's model.
_TRIALS = re.compile(r"Steps\.(?P<step>[^.]+)\.TrainingJobDefinition\.OutputDataConfig\.S3OutputPath")
_TRIAL = re.compile(r"Steps\.(?P<step>[^.]+)\.(BestTrainingJob|TrainingJobSummaries\[\d+\])\.TrainingJobName")
RANGES = ("IntegerParameterRanges", "ContinuousParameterRanges", "CategoricalParameterRanges")


@dataclass(frozen=True)
class Edge:
    """Where an input of a job comes from: another step's output, or from outside where `producer` is None."""

    producer: str | None
    output: str
    consumer: str
    input: str
    folder: str

    def __str__(self) -> str:
        """Name both ends."""
        return f"{self.producer or 'outside'}.{self.output} → {self.consumer}.{self.input}"


def script_of(step: Step) -> str | None:
    """Return the script that a step runs, relative to the project's folder; None where it runs none of the project.

    Examples
    --------
    >>> entrypoint = ["python3", "/opt/ml/processing/input/code/steps/preprocess.py"]
    >>> script_of({"Type": "Processing", "Arguments": {"AppSpecification": {"ContainerEntrypoint": entrypoint}}})
    'steps/preprocess.py'
    """
    arguments = step["Arguments"]
    if step["Type"] == "Training" and CODE in {name for name, *_ in inputs_of(step)}:
        return _unquoted(arguments.get("HyperParameters", {}).get("sagemaker_program", TRAIN_SCRIPT))
    if step["Type"] == "Processing":
        words = arguments.get("AppSpecification", {}).get("ContainerEntrypoint", [])
        if words and isinstance(words[-1], str) and words[-1].endswith(".py"):
            path = PurePosixPath(words[-1])
            return str(path.relative_to(CODE_FOLDER) if path.is_relative_to(CODE_FOLDER) else path)
    return None


def inputs_of(step: Step) -> Iterator[tuple[str, str, Any]]:
    """Yield each input's name, its folder in the container, and where it comes from."""
    arguments = step["Arguments"]
    for entry in arguments.get("ProcessingInputs", []):
        yield entry["InputName"], entry["S3Input"]["LocalPath"], entry["S3Input"]["S3Uri"]
    for entry in arguments.get("InputDataConfig", []):
        source = entry["DataSource"]["S3DataSource"]["S3Uri"]
        yield entry["ChannelName"], f"{BASE}/input/data/{entry['ChannelName']}", source


def outputs_of(step: Step) -> dict[str, str]:
    """Return the name and the folder in the container of each output of a processing job."""
    outputs = step["Arguments"].get("ProcessingOutputConfig", {}).get("Outputs", [])
    return {output["OutputName"]: output["S3Output"]["LocalPath"] for output in outputs}


def edges_of(step: Step) -> Iterator[Edge]:
    """Yield where each input of a job comes from, the code aside."""
    for name, folder, source in inputs_of(step):
        if name != CODE:
            producer, output = source_of(source)
            yield Edge(producer, output, step["Name"], name, folder)


def source_of(uri: object) -> tuple[str | None, str]:
    """Return the step and the output that an S3 URI of a definition means; None and the expression for any other.

    Examples
    --------
    >>> source_of({"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"})
    ('Train', 'model.tar.gz')
    """
    if isinstance(uri, Mapping) and (trial := _trial_of_join(uri.get("Std:Join"))):
        return trial, MODEL
    target = str(uri.get("Get", "")) if isinstance(uri, Mapping) else ""
    if found := _OUTPUT.fullmatch(target):
        return found["step"], found["output"]
    if found := _MODEL.fullmatch(target):
        return found["step"], MODEL
    return None, target


def _trial_of_join(joined: Any) -> str | None:  # noqa: ANN401 - any JSON
    """Return the tuning step whose trial has the model at an address; None for any other address."""
    values = joined.get("Values", []) if isinstance(joined, Mapping) else []
    if len(values) != 3 or str(values[2]).partition("/")[2] != MODEL:
        return None
    forms = zip((_TRIALS, _TRIAL), values, strict=False)
    found = [form.fullmatch(str(value.get("Get"))) for form, value in forms if isinstance(value, Mapping)]
    names = {one["step"] if one else None for one in found}
    return names.pop() if len(found) == 2 and len(names) == 1 else None


def ranges_of(step: Step) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the ranges of a tuning step, each with its kind, ``IntegerParameterRanges`` and so on."""
    ranges = step["Arguments"].get("HyperParameterTuningJobConfig", {}).get("ParameterRanges", {})
    yield from ((kind, entry) for kind in RANGES for entry in ranges.get(kind, []))


def trial_of(step: Step, preferred: Mapping[str, str]) -> Step:
    """Return a tuning step as the training step that one of its trials is.

    Parameters
    ----------
    step : mapping
        A tuning step.
    preferred : mapping of str to str
        A value for each hyperparameter; where it is in the range, the trial has it, else the range's first value.

    Examples
    --------
    >>> config = {"ParameterRanges": {"IntegerParameterRanges": [{"Name": "rooms", "MinValue": "2", "MaxValue": "9"}]}}
    >>> job = {"StaticHyperParameters": {"seed": "7"}}
    >>> arguments = {"HyperParameterTuningJobConfig": config, "TrainingJobDefinition": job}
    >>> trial_of({"Name": "Tune", "Type": "Tuning", "Arguments": arguments}, {"rooms": "3"})["Arguments"]
    {'HyperParameters': {'seed': '7', 'rooms': '3'}}
    """
    job = dict(step["Arguments"].get("TrainingJobDefinition", {}))
    drawn = {entry["Name"]: _drawn(entry, preferred.get(entry["Name"])) for _, entry in ranges_of(step)}
    hyperparameters = {**job.pop("StaticHyperParameters", {}), **drawn}
    return {**step, "Type": "Training", "Arguments": {**job, "HyperParameters": hyperparameters}}


def _drawn(entry: Mapping[str, Any], preferred: str | None) -> str:
    if "Values" in entry:
        return str(preferred if preferred in entry["Values"] else entry["Values"][0])
    try:
        fits = preferred is not None and float(entry["MinValue"]) <= float(preferred) <= float(entry["MaxValue"])
    except ValueError:
        fits = False
    return str(preferred if fits else entry["MinValue"])


def words_of(step: Step, resolve: Callable[[Any], Any]) -> list[str]:
    """Return the arguments that a step's script gets when every parameter has its default."""
    arguments = step["Arguments"]
    if step["Type"] == "Training":
        # As the image's `train` verb does: a hyperparameter is a flag.
        given = arguments.get("HyperParameters", {}).items()
        pairs = [(flag, value) for flag, value in given if not flag.startswith(_RESERVED)]
        return [word for flag, value in pairs for word in (f"--{flag}", _unquoted(resolve(value)))]
    return [str(resolve(value)) for value in arguments.get("AppSpecification", {}).get("ContainerArguments", [])]


def instance_count(step: Step) -> object:
    """Return on how many hosts a processing or training job runs: a number, or the parameter that says it."""
    arguments = step["Arguments"]
    resources = arguments.get("ProcessingResources", {}).get("ClusterConfig") or arguments.get("ResourceConfig", {})
    return resources.get("InstanceCount", 1)


def _unquoted(value: object) -> str:
    text = str(value)
    return str(json.loads(text)) if len(text) > 1 and text[0] == text[-1] == '"' else text

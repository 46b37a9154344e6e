"""The jobs of a definition, run in the folders that it lays out for them: each script once, in this process."""

import contextlib
import importlib
import io
import os
import re
import shutil
import tarfile
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from unittest import mock

import pipeline
from step_scripts import contracts

CODE_FOLDER = "/opt/ml/processing/input/code"
TRAIN_SCRIPT = "steps/train.py"  # what the image's train verb runs: docker/train
CODE = "code"  # the input, or channel, that holds the scripts
_OUTPUT = re.compile(r"Steps\.(?P<step>[^.]+)\.ProcessingOutputConfig\.Outputs\['(?P<output>[^']+)'\]\.S3Output\.S3Uri")
_MODEL = re.compile(r"Steps\.(?P<step>[^.]+)\.ModelArtifacts\.S3ModelArtifacts")


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


@dataclass
class Run:
    """What was seen of a job: its base folder (/opt/ml), its log, and the contracts that it asked of its folders."""

    base: Path
    log: str = ""
    asked: dict[str, set[tuple[str, str]]] = field(default_factory=dict)

    def folder(self, path):
        """The place of a container's folder."""
        return self.base / path.removeprefix("/opt/ml/")


def script_of(step):
    """The script that a step of the definition runs, relative to the project's root, or None where it runs none."""
    if step["Type"] == "Training":
        return TRAIN_SCRIPT
    if step["Type"] != "Processing":
        return None
    *_, script = step["Arguments"]["AppSpecification"]["ContainerEntrypoint"]
    return str(PurePosixPath(script).relative_to(CODE_FOLDER))


def inputs_of(step):
    """Each input's name, its folder in the container, and where it comes from, as the definition says."""
    arguments = step["Arguments"]
    for entry in arguments.get("ProcessingInputs", []):
        yield entry["InputName"], entry["S3Input"]["LocalPath"], entry["S3Input"]["S3Uri"]
    for entry in arguments.get("InputDataConfig", []):
        source = entry["DataSource"]["S3DataSource"]["S3Uri"]
        yield entry["ChannelName"], f"/opt/ml/input/data/{entry['ChannelName']}", source


def outputs_of(step):
    """The name and the folder in the container of each output of a processing job."""
    outputs = step["Arguments"].get("ProcessingOutputConfig", {}).get("Outputs", [])
    return {output["OutputName"]: output["S3Output"]["LocalPath"] for output in outputs}


def edges_of(step):
    """Where each input comes from, the code aside."""
    for name, folder, source in inputs_of(step):
        target = source.get("Get", "") if isinstance(source, dict) else ""
        if name == CODE:
            continue
        if found := _OUTPUT.fullmatch(target):
            yield Edge(found["step"], found["output"], step["Name"], name, folder)
        elif found := _MODEL.fullmatch(target):
            yield Edge(found["step"], "model.tar.gz", step["Name"], name, folder)
        else:
            yield Edge(None, target, step["Name"], name, folder)


def words_of(step, resolve):
    """The arguments that a step's script gets when every parameter has its default."""
    arguments = step["Arguments"]
    if "HyperParameters" in arguments:
        # As the image's `train` verb does: every hyperparameter is a flag.
        pairs = arguments["HyperParameters"].items()
        return [word for flag, value in pairs for word in (f"--{flag}", resolve(value))]
    return [resolve(value) for value in arguments.get("AppSpecification", {}).get("ContainerArguments", [])]


class Containers:
    """Runs jobs when they are asked for, after those that they read from."""

    def __init__(self, steps, resolve, home):
        self.steps, self._resolve, self._home = steps, resolve, home
        self._runs = {}

    def run(self, name):
        """What was seen of a job, which runs once."""
        if name not in self._runs:
            self._runs[name] = self._run(self.steps[name])
        return self._runs[name]

    def _run(self, step):
        run = Run(self._home / step["Name"])
        for edge in edges_of(step):
            self._fill(edge, run.folder(edge.folder))
        module = importlib.import_module(script_of(step).removesuffix(".py").replace("/", "."))
        log = io.StringIO()
        with (
            mock.patch.dict(os.environ, {"SAGEMAKER_BASE_DIR": str(run.base)}),
            _recorded(run),
            contextlib.redirect_stdout(log),
            contextlib.redirect_stderr(log),
        ):
            code = module.main(words_of(step, self._resolve))
        run.log = log.getvalue()
        assert code == 0, f"{step['Name']}: {script_of(step)} failed in the definition's folders:\n{run.log}"
        return run

    def _fill(self, edge, folder):
        """Put into an input folder what the service would."""
        folder.mkdir(parents=True, exist_ok=True)
        if edge.producer is None:
            project = pipeline.PROJECT
            for pattern in project.input_patterns:
                for path in project.input_dir.glob(f"{pattern}.csv"):
                    shutil.copy(path, folder)
            return
        producer = self.run(edge.producer)
        if edge.output == "model.tar.gz":
            with tarfile.open(folder / edge.output, "w:gz") as archive:
                for path in sorted((producer.base / "model").iterdir()):
                    archive.add(path, path.name)
            return
        declared = outputs_of(self.steps[edge.producer])
        assert edge.output in declared, f"{edge}: {edge.producer} has no such output, but {', '.join(declared)}"
        shutil.copytree(producer.folder(declared[edge.output]), folder, dirs_exist_ok=True)


@contextlib.contextmanager
def _recorded(run):
    """Note which contract a script asks of which folder; everything is read and checked as always."""

    def noting(read):
        def reading(source, *asked, **options):
            folder = "/opt/ml/" + Path(source).relative_to(run.base).as_posix()
            run.asked.setdefault(folder, set()).update((contract.id, contract.version) for contract in asked)
            return read(source, *asked, **options)

        return reading

    with contextlib.ExitStack() as patches:
        for name in ("read_checked", "read_valid_rows"):
            patches.enter_context(mock.patch.object(contracts, name, noting(getattr(contracts, name))))
        yield

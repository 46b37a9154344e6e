"""Check addresses: S3 URIs, images, ARNs, and folders in containers. The service's own patterns are too wide."""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from step_scripts.preflight.definition import Definition, Step
from step_scripts.preflight.finding import Finding, pointer, shown
from step_scripts.preflight.values import UNKNOWN, Text, texts

PROCESSING = PurePosixPath("/opt/ml/processing")
CHANNELS = PurePosixPath("/opt/ml/input/data")
IMAGES = frozenset({"Image", "ImageUri", "TrainingImage"})
# Naming rules of general purpose buckets (S3 user guide), with reserved prefixes; or an access point.
_BUCKET = re.compile(
    r"(?!.*\.\.|\d+\.\d+\.\d+\.\d+$|xn--|sthree-|amzn-s3-demo-)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]|arn:.+"
)
_ARN = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:(\d{12}|aws|aws-marketplace)?:.+", re.DOTALL)
_KEY = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key|alias)/.+")
# The grammar of references to images (distribution/reference).
_IMAGE = re.compile(
    r"([a-zA-Z0-9.-]+(:\d+)?/)?[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*"
    r"(:[\w][\w.-]{0,127})?(@sha256:[0-9a-f]{64})?"
)
_ECR = re.compile(r"\d{12}\.dkr\.ecr(-fips)?\.[a-z]{2}(-[a-z]+)+-\d\.(amazonaws\.com(\.cn)?|[a-z0-9.]+)/.+")


def check(definition: Definition) -> Iterator[Finding]:
    """Yield invalid addresses."""
    for step in definition.steps:
        if step.type in {"Condition", "ForEach"}:
            continue  # their inner steps are checked one by one
        found = list(texts(step.arguments, definition, f"{step.where}/Arguments"))
        for text in found:
            yield from _form(step, text)
        if step.type == "Processing":
            yield from _local_paths(step)
        yield from _mounted(step, found)


def _form(step: Step, text: Text) -> Iterator[Finding]:
    def wrong(rule: str, message: str) -> Finding:
        default = f" (with the default of {', '.join(text.parameters)})" if text.parameters else ""
        return Finding(text.where, rule, "error", step.name, f"{shown(text.text)}{default} {message}")

    address = text.text.strip('"')  # script mode's hyperparameters are JSON
    if address.lower().startswith("s3:"):
        bucket = address[len("s3://") :].partition("/")[0]
        if not address.startswith("s3://"):
            yield wrong("s3-uri", "is not an S3 URI: expected s3://bucket/key")
        elif UNKNOWN not in bucket and not _BUCKET.fullmatch(bucket):
            allowed = "3 to 63 lower-case letters, digits, hyphens and dots"
            yield wrong("s3-uri", f"has an invalid bucket name: expected {allowed} after s3://")
    elif UNKNOWN in text.text:
        return
    elif text.text.startswith("arn:"):
        if not _ARN.fullmatch(text.text):
            yield wrong("arn", "is not an ARN: expected arn:aws:<service>:<region>:<account of 12 digits>:<resource>")
        elif text.member.endswith("KmsKeyId") and not _KEY.fullmatch(text.text):
            yield wrong("arn", "is not a KMS key: expected arn:aws:kms:<region>:<account>:key/<id>, or only an id")
    if text.member in IMAGES and text.text:
        yield from _image(text, wrong)


def _image(text: Text, wrong: Any) -> Iterator[Finding]:  # noqa: ANN401 - a function
    if not _IMAGE.fullmatch(text.text):
        yield wrong(
            "image", "is not an image: expected [registry/]name[:tag][@sha256:…], in lower case, without https://"
        )
    elif ".dkr.ecr" in text.text and not _ECR.fullmatch(text.text):
        yield wrong("image", "is not an image of ECR: expected <12 digits>.dkr.ecr.<region>.amazonaws.com/name:tag")


def _local_paths(step: Step) -> Iterator[Finding]:
    read: set[PurePosixPath] = set()
    for where, path in inputs(step):
        if not path.is_relative_to(PROCESSING) or path == PROCESSING or ".." in path.parts:
            message = f"{shown(str(path))}: expected a folder below {PROCESSING}, without .."
            yield Finding(where, "container-path", "error", step.name, message)
        read.add(path)
    for where, path in outputs(step):
        if not path.is_absolute() or ".." in path.parts:
            message = f"{shown(str(path))}: expected an absolute path, without .., such as {PROCESSING}/output"
            yield Finding(where, "container-path", "error", step.name, message)
        elif path in read:
            message = f"{path} is also the folder of an input, whose files would be uploaded: use another folder"
            yield Finding(where, "container-path", "error", step.name, message)


def _mounted(step: Step, found: list[Text]) -> Iterator[Finding]:
    """Yield paths on a command line or in the environment that are below no input and no output."""
    if step.type == "Processing":
        root, folders = PROCESSING, [path for _, path in (*inputs(step), *outputs(step))]
    elif step.type == "Training":
        root, folders = CHANNELS, [CHANNELS / name for name in channels(step)]
    else:
        return
    places = ("/AppSpecification/Container", "/AlgorithmSpecification/Container", "/Environment/", "/HyperParameters/")
    for text in found:
        if UNKNOWN in text.text or not any(part in text.where for part in places):
            continue
        for path in map(PurePosixPath, re.findall(rf"(?<![\w/.-]){root}/[\w./-]+", text.text)):
            if not any(path.is_relative_to(folder) or folder.is_relative_to(path) for folder in folders):
                known = ", ".join(map(str, folders)) or "none"
                message = f"expected a path below an input or an output (known: {known}), got {path}"
                if path.is_relative_to(PROCESSING / "input") or step.type == "Training":
                    yield Finding(text.where, "container-path", "error", step.name, message)
                else:  # it may be a scratch folder
                    yield Finding(text.where, "undeclared-path", "warning", step.name, message)


def inputs(step: Step) -> Iterator[tuple[str, PurePosixPath]]:
    """Yield the folders of a processing step's inputs, each with its JSON pointer."""
    for where, entry in _entries(step.arguments.get("ProcessingInputs"), f"{step.where}/Arguments/ProcessingInputs"):
        for name in ("S3Input", "DatasetDefinition"):
            yield from _local_path(entry.get(name), pointer(where, name))


def outputs(step: Step) -> Iterator[tuple[str, PurePosixPath]]:
    """Yield the folders of a processing step's outputs, each with its JSON pointer."""
    config = step.arguments.get("ProcessingOutputConfig")
    listed = config.get("Outputs") if isinstance(config, Mapping) else None
    for where, entry in _entries(listed, f"{step.where}/Arguments/ProcessingOutputConfig/Outputs"):
        yield from _local_path(entry.get("S3Output"), pointer(where, "S3Output"))


def channels(step: Step) -> Iterator[str]:
    """Yield the names of a training step's channels."""
    for _, entry in _entries(step.arguments.get("InputDataConfig"), ""):
        if isinstance(entry.get("ChannelName"), str):
            yield entry["ChannelName"]


def _entries(listed: object, where: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for number, entry in enumerate(listed if isinstance(listed, list) else []):
        if isinstance(entry, Mapping):
            yield pointer(where, number), entry


def _local_path(source: object, where: str) -> Iterator[tuple[str, PurePosixPath]]:
    path = source.get("LocalPath") if isinstance(source, Mapping) else None
    if isinstance(path, str):
        yield f"{where}/LocalPath", PurePosixPath(path)

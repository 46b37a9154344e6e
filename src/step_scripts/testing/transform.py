"""A transform sends what the model's server reads, and the project's model answers it."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING
from unittest import mock

from step_scripts.testing._helpers import fail_if, listed, problem
from step_scripts.testing.jobs import outputs_of, source_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from step_scripts.testing.containers import Run
    from step_scripts.testing.harness import Harness
    from step_scripts.testing.jobs import Step

MAX_RECORDS = 1000  # of each file


def test_what_is_scored_is_what_the_server_reads(harness: Harness) -> None:
    """Records go to the model's server a line each, and answers come back so, in formats that it knows."""
    from step_scripts.serving.formats import FORMATS
    from step_scripts.serving.server import MAX_MIB

    problems = []
    lines = {name for name, kind in FORMATS.items() if kind == "jsonlines"}
    for name, step in _transforms(harness).items():
        source, target = step["Arguments"]["TransformInput"], step["Arguments"]["TransformOutput"]
        checks = [
            ("ContentType", listed(lines), source.get("ContentType"), source.get("ContentType") in lines),
            ("Accept", listed(lines), target.get("Accept"), target.get("Accept") in lines),
            ("SplitType", "Line", source.get("SplitType"), source.get("SplitType") == "Line"),
            # The server ends each line; a second end would leave empty lines between the batches.
            ("AssembleWith", None, target.get("AssembleWith"), "AssembleWith" not in target),
            *_payload(step, MAX_MIB),
        ]
        fix = "make the step with step_scripts.jobs"
        problems += [
            problem(f"{name}, {member}", expected=expected, got=got, fix=fix)
            for member, expected, got, is_right in checks
            if not is_right
        ]
    fail_if(problems)


def test_the_model_answers_the_records_of_the_transform(harness: Harness) -> None:
    """The project's predictor loads the model that the real script trained, and accepts the records that are sent."""
    problems: list[str] = []
    for name, step in _transforms(harness).items():
        source = step["Arguments"]["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"]
        trained, (prepared, output) = _trained(harness, step), source_of(source)
        if trained not in harness.jobs or prepared is None or prepared not in harness.jobs:
            continue
        model, records = (harness.containers.attempt(each, problems) for each in (trained, prepared))
        folder = outputs_of(harness.jobs[prepared]).get(output)
        if model and records and folder:
            problems += _refused(harness, name, model, records.folder(folder))
    fail_if(problems)


def _transforms(harness: Harness) -> Mapping[str, Step]:
    return {name: step for name, step in harness.steps.items() if step["Type"] == "Transform"}


def _trained(harness: Harness, transform: Step) -> str:
    """Return the training job whose artifact a transform's model is made of; an empty text without one."""
    given = transform["Arguments"].get("ModelName")
    reference = str(given.get("Get", "")) if isinstance(given, dict) else ""
    model = harness.steps.get(reference.removeprefix("Steps.").removesuffix(".ModelName"), {"Arguments": {}})
    return source_of(model["Arguments"].get("PrimaryContainer", {}).get("ModelDataUrl"))[0] or ""


def _refused(harness: Harness, name: str, model: Run, records: Path) -> Iterator[str]:
    """Yield a problem where the model cannot be loaded, and for each reason why a record is refused."""
    from step_scripts import StepScriptsError
    from step_scripts.serving.answers import Refusal
    from step_scripts.serving.predictor import load_predictor
    from step_scripts.serving.scorer import Scorer

    with mock.patch.dict(os.environ, {"STEP_SCRIPTS_PROJECT": str(harness.project.root)}):
        try:
            scorer = Scorer(load_predictor(model.base / "model"))
        except StepScriptsError as error:
            yield f"{name}: {error}"
            return
        for path in sorted(records.glob("*.jsonl")):
            lines = path.read_text().splitlines()[:MAX_RECORDS]
            sent = [json.loads(line) for line in lines]
            if any(harness.project.label in record for record in sent):
                fix, label = "drop it: it is what the model predicts", harness.project.label
                yield problem(f"{name}, {path.name}", expected="records without the label", got=label, fix=fix)
            answers = scorer.answers(sent)
            for refusal in {answer.error for answer in answers if isinstance(answer, Refusal)}:
                fix = "send what the predictor's contract asks for"
                yield problem(f"{name}, {path.name}", expected="records that the model accepts", got=refusal, fix=fix)


def _payload(step: Step, most: int) -> list[tuple[str, object, object, bool]]:
    got = step["Arguments"].get("MaxPayloadInMB", most)
    return [("MaxPayloadInMB", f"at most {most}", got, not isinstance(got, int) or got <= most)]

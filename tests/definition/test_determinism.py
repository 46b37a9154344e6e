"""The definition is a function of the tree: same tree, same bytes; one edit, one change."""

import json
import re
import shutil

import pytest

SNAPSHOT = "tests/definition/claims-fraud.json"
ROOMS = ("contracts", "fixtures", "reports", "scoring", "steps", "targets", "pipeline.py")


@pytest.fixture
def clone(project, tmp_path):
    """A copy of what the definition is made from, in a folder of its own."""
    for room in ROOMS:
        source = project / room
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, tmp_path / room)
    return tmp_path


def test_compiling_again_gives_the_same_bytes(compile_text, text, tmp_path):
    """Neither the folder one stands in, nor the process, nor the hash seed, nor an AWS profile changes a byte."""
    again = compile_text(
        cwd=tmp_path, PYTHONHASHSEED="7", AWS_DEFAULT_REGION="eu-west-1", AWS_PROFILE="nobody", HOME=str(tmp_path)
    )
    assert again == text


def test_another_clone_gives_the_same_bytes(compile_text, text, clone):
    """Where the tree lies is no part of the definition."""
    assert compile_text(clone) == text


def test_an_edit_of_evaluate_changes_its_code_uri_alone(compile_text, text, clone):
    """So that the service's cache hits for every step that was not edited."""
    script = clone / "steps/evaluate.py"
    script.write_text(script.read_text() + "\n# an edit\n")
    before, after = text.splitlines(), compile_text(clone).splitlines()
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert len(changed) == 1
    (old, new), hash_of = changed[0], re.compile(r"code/evaluate/[0-9a-f]{64}")
    assert hash_of.search(old)
    assert hash_of.sub("", old) == hash_of.sub("", new)


def test_the_definition_is_the_reviewed_one(text, project):
    """A change of the definition is a change that somebody looked at."""
    masked = re.sub(r"(code/[a-z]+/)[0-9a-f]{64}", r"\1<sha256>", text)
    remedy = (
        "the definition changed; if that is meant, refresh the snapshot and commit it:\n"
        f"  python pipeline.py --definition - | sed -E 's#(code/[a-z]+/)[0-9a-f]{{64}}#\\1<sha256>#' > {SNAPSHOT}"
    )
    assert masked == (project / SNAPSHOT).read_text(), remedy


def test_only_outputs_are_named_after_the_execution(steps):
    """An execution id in arguments, environment or inputs would defeat the cache; in an output it protects it."""
    for step in steps.values():
        arguments = {name: value for name, value in step["Arguments"].items() if name not in {"IfSteps", "ElseSteps"}}
        outputs = [
            arguments.pop(kind, None) for kind in ("ProcessingOutputConfig", "OutputDataConfig", "TransformOutput")
        ]
        assert "Execution." not in json.dumps(arguments)
        for output in filter(None, outputs):
            for uri in output.get("Outputs", [{"S3Output": {"S3Uri": output.get("S3OutputPath")}}]):
                assert {"Get": "Execution.PipelineExecutionId"} in uri["S3Output"]["S3Uri"]["Std:Join"]["Values"]

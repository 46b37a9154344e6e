"""``step-scripts new --adopt DIR``: read the scripts, wire them, compile the pipeline, and write what is left to do."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from step_scripts import closure, project
from step_scripts.jobs.bundle import masked
from step_scripts.template import image
from step_scripts.template.adopt import repository
from step_scripts.template.adopt.libraries import distributions
from step_scripts.template.adopt.new_files import write_all
from step_scripts.template.adopt.notes import TOPICS, Note
from step_scripts.template.adopt.render import render
from step_scripts.template.adopt.script import Script, analyse
from step_scripts.template.adopt.wiring import Plan, plan
from step_scripts.template.guess import TemplateError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from step_scripts.template.adopt.repository import Repository

REPORT = "ADOPTED.md"
_SHOWN = 4  # lines of a topic on the terminal
_COMPILE_TIMEOUT_S = 120


def adopt(folder: Path, *, say: Callable[[str], object] = print) -> int:
    """Wrap the scripts of a repository as steps of a pipeline. No file that is there is changed.

    Parameters
    ----------
    folder : Path
        The repository.
    say : callable, optional
        Gets a line for each thing that is done or left to do.

    Returns
    -------
    int
        0. The files appear all or not at all.

    Raises
    ------
    TemplateError
        When there is no such folder, it was adopted already, it has no script that can become a step, or the pipeline
        does not compile. The message says why, and nothing is written.
    """
    found = repository.read(folder)
    table = _require_new(found.root)
    scripts, notes = _scripts(found)
    name = _project_name(found.root.name)
    made = plan(scripts, found, bucket=name)
    places = _free_places(found.root)
    values = _values(made, name, places)
    settings = render("settings.toml", values)
    files = {places["pipeline"]: render("pipeline.py", values)}
    say(f"found {len(made.steps)} scripts that can be steps: {', '.join(step.script.name for step in made.steps)}")
    definition, warnings = _compiled(found.root, files[places["pipeline"]], places["pipeline"], table, settings)
    say(f"the pipeline compiles: {' → '.join(step.name for step in made.steps)}")
    files |= {places["snapshot"]: masked(definition)}
    files |= {places[test]: render(f"{test}.py", values) for test in ("test_definition", "test_pipeline")}
    if table is None:
        files[project.FILE] = settings
    libraries = distributions({each for step in made.steps for each in step.script.libraries})
    if not (found.root / "docker").exists():
        files |= image.files(name, [line.partition("==")[0] for line in libraries])
    notes += [note for step in made.steps for note in step.script.notes] + made.notes
    notes += [Note("pipeline", places["pipeline"], line) for line in warnings] + _renamed(places)
    groups = _grouped(notes)
    report = values | {
        "table": "" if table is None else settings,
        "groups": groups,
        "written": sorted(files),
        "libraries": libraries,
        "missing": [line for line in libraries if "==" not in line],
        "image": "docker/Dockerfile" in files,
        "tests": [places["test_definition"], places["test_pipeline"]],
    }
    write_all(found.root, files | {REPORT: render(REPORT, report)})
    _tell(say, found.root, [*files, REPORT], groups, settings if table is not None else "")
    return 0


def _require_new(root: Path) -> str | None:
    """Return the text of the repository's pyproject.toml, None where it has none."""
    if (root / REPORT).exists():
        fix = f"edit its pipeline, or remove what {REPORT} names to adopt it anew"
        raise TemplateError("a repository that was not adopted yet", f"{root / REPORT}", fix)
    path = root / project.FILE
    if not path.exists():
        return None
    try:
        text = path.read_text(encoding="utf-8")
        tool: Any = tomllib.loads(text).get("tool", {})
    except (OSError, ValueError) as error:
        raise TemplateError("a pyproject.toml in TOML", f"{path}: {error}", "correct it") from None
    if "step-scripts" in tool:
        fix = "add steps to its pipeline: docs/adding-a-step.md"
        raise TemplateError("a repository that is no project yet", f"[tool.step-scripts] in {path}", fix)
    return text


def _scripts(found: Repository) -> tuple[list[Script], list[Note]]:
    """Return the scripts that become steps, and why others do not."""
    notes = [Note("broken", *_place(line), is_step=False) for line in found.broken]
    scripts: list[Script] = []
    home = project.Project(root=found.root)
    for name, source in found.sources.items():
        made = analyse(source, found) if repository.may_be_program(name) else None
        if isinstance(made, Note):
            notes.append(made)
        elif made is not None:
            try:
                closure.of([Path(name)], home)
            except closure.ClosureError as error:
                text = f"is no step, because code that it sees cannot be parsed: {error}"
                notes.append(Note("broken", name, text, is_step=False))
            else:
                scripts.append(made)
    notes += [_unnamed(name) for name in found.unnamed]
    if found.notebooks:
        text = f"{len(found.notebooks)} notebooks were not read: move code that a job is to run into scripts"
        notes.append(Note("other", found.notebooks[0], text, is_step=False))
    if not scripts:
        why = "; ".join(f"{note.where}: {note.text}" for note in notes[:_SHOWN]) or "no Python program"
        fix = "write one: docs/adding-a-step.md; nothing was written"
        raise TemplateError(f"a script that can be a step in {found.root}", why, fix)
    return scripts, notes


def _place(line: str) -> tuple[str, str]:
    """Split ``file:line: message``."""
    where, _, text = line.partition(": ")
    return where, f"cannot be parsed: {text}; fix: correct the code, and adopt it by hand"


def _unnamed(name: str) -> Note:
    text = "a Python program whose name does not end in .py: rename it, and add it to the pipeline"
    return Note("other", name, text, is_step=False)


def _free_places(root: Path) -> dict[str, str]:
    """Return a free place for each new file."""
    wanted = {
        "pipeline": ("pipeline.py", "adopted_pipeline.py"),
        "snapshot": ("tests/definition/pipeline.json", "tests/definition/adopted_pipeline.json"),
        "test_definition": ("tests/definition/test_definition.py", "tests/definition/test_adopted_definition.py"),
        "test_pipeline": ("tests/local/test_pipeline.py", "tests/local/test_adopted_pipeline.py"),
    }
    places = {}
    for what, names in wanted.items():
        free = [name for name in names if not (root / name).exists()]
        if not free:
            raise TemplateError("a free name", " and ".join(names), f"rename one of them in {root}")
        places[what] = free[0]
    return places


def _renamed(places: dict[str, str]) -> list[Note]:
    if places["pipeline"] == "pipeline.py":
        return []
    text = "has this name because there is a pipeline.py already: take over what you need, and keep one"
    return [Note("pipeline", places["pipeline"], text)]


def _project_name(name: str) -> str:
    """Return a name that a pipeline, an image and a bucket may have.

    Examples
    --------
    >>> _project_name("My_Houses"), _project_name("2")
    ('my-houses', 'project-2')
    """
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:50].rstrip("-")
    return plain if re.fullmatch(r"[a-z][a-z0-9-]{2,}", plain) else f"project-{plain}".rstrip("-")


def _values(made: Plan, name: str, places: dict[str, str]) -> dict[str, Any]:
    kinds = {each.kind for each in made.parameters.values()} | {"String"}
    own = {step.script.name for step in made.steps}
    references = [text for step in made.steps for text in step.sources.values()]
    shapes = ["JobDefaults", "Jobs"]
    shapes += [each for each in ("artifact_of", "output_of") if any(text.startswith(each) for text in references)]
    return {
        "project": name,
        "bucket": f"s3://{name}",
        "names": [step.name for step in made.steps],
        "steps": made.steps,
        "parameters": list(made.parameters.values()),
        "local_data": made.local_data,
        "kinds": sorted(f"Parameter{kind}" for kind in kinds),
        "shapes": shapes,
        "independent": not any(own & {*step.script.modules} - {step.script.name} for step in made.steps),
        "reasons": list(_obstacles(made)),
        "pipeline": places["pipeline"],
        "snapshot": places["snapshot"],
    }


def _obstacles(made: Plan) -> Iterator[str]:
    """Yield why the pipeline cannot run as processes on this machine yet."""
    for step in made.steps:
        topics = {note.topic for note in step.script.notes}
        if step.script.needs_container:
            yield f"{step.script.name} names /opt/ml in its code"
        if topics & {"network", "pip"}:
            yield f"{step.script.name} needs a network"
    for parameter in made.parameters.values():
        if parameter.default is None:
            yield f"{parameter.name} has no default"


def _compiled(root: Path, text: str, name: str, table: str | None, settings: str) -> tuple[str, list[str]]:
    """Compile the pipeline in a folder that looks like the new one; return the definition, and preflight's warnings."""
    with tempfile.TemporaryDirectory(prefix="step-scripts-adopt-") as folder:
        draft = Path(folder).resolve()
        for path in root.iterdir():
            if path.name != project.FILE:
                (draft / path.name).symlink_to(path)
        (draft / name).write_text(text, encoding="utf-8")
        (draft / project.FILE).write_text(f"{table or ''}\n{settings}", encoding="utf-8")
        try:
            done = subprocess.run(  # noqa: S603 - our own pipeline, which names the scripts and runs none
                [sys.executable, name, "--definition", "-"],
                cwd=draft,
                env={key: value for key, value in os.environ.items() if key != project.ENVIRONMENT},
                capture_output=True,
                text=True,
                check=False,
                timeout=_COMPILE_TIMEOUT_S,
            )
        except subprocess.TimeoutExpired:
            fix = "try again when the machine has less to do, or report it; nothing was written"
            raise TemplateError(
                f"a pipeline that compiles within {_COMPILE_TIMEOUT_S} seconds", "no end", fix
            ) from None
    if done.returncode:
        why = done.stderr.strip().replace(str(draft), str(root))
        raise TemplateError("a pipeline that compiles", why, "correct the script, or report it; nothing was written")
    lines = [line.removeprefix("preflight: ") for line in done.stderr.splitlines() if line.startswith("preflight: ")]
    return done.stdout, lines


def _grouped(notes: Iterable[Note]) -> list[tuple[str, list[Note]]]:
    found = list(dict.fromkeys(notes))
    groups = [(title, [note for note in found if note.topic == topic]) for topic, title in TOPICS.items()]
    return [(title, some) for title, some in groups if some]


def _tell(
    say: Callable[[str], object],
    root: Path,
    files: Sequence[str],
    groups: Sequence[tuple[str, Sequence[Note]]],
    table: str,
) -> None:
    say(f"wrote into {root}: {', '.join(files)}")
    for title, notes in groups:
        say(f"left for you: {title} ({len(notes)})")
        for note in notes[:_SHOWN]:
            say(f"  {note.where}: {note.text}")
        if len(notes) > _SHOWN:
            say(f"  and {len(notes) - _SHOWN} more: {REPORT}")
    if table:
        say("left for you: add this to pyproject.toml, which was not changed. Until then there is no project here.")
        for line in table.splitlines():
            say(f"  {line}".rstrip())
    say(f"next: read {REPORT}, and make a script a step: docs/adding-a-step.md")

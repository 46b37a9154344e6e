"""What one script is: a processing step, a training step, or no step at all."""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from step_scripts.template.adopt import flags as _flags
from step_scripts.template.adopt import places as _places
from step_scripts.template.adopt import uses as _uses
from step_scripts.template.adopt.notes import Note, notes_of
from step_scripts.template.adopt.places import CHANNELS, MODEL, PROCESSING, RESULTS, Place
from step_scripts.template.adopt.values import BASE, Values, folder_of, name_of

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from step_scripts.template.adopt.flags import Flag
    from step_scripts.template.adopt.repository import Repository, Source
    from step_scripts.template.adopt.uses import Use

# What a job can use of the SDK; all else of it builds and starts jobs.
_IN_JOBS = ("sagemaker.experiments", "sagemaker.s3", "sagemaker.session", "sagemaker.analytics", "sagemaker.Session")
_CONSTANT = {"SM_HOSTS": '["algo-1"]', "SM_CURRENT_HOST": "algo-1", "SM_NUM_GPUS": "0"}


@dataclass
class Script:
    """A script that becomes a step.

    Attributes
    ----------
    name
        Its path, relative to the repository.
    kind
        Of the job.
    inputs, outputs
        What the job mounts; the inputs of a training job are its channels, and it has no outputs of this kind.
    settings
        The flags that are options, in the order of the source.
    fixed
        The values of the flags that name folders, by the flag's name.
    environment
        The variables that the script reads.
    libraries
        The modules of other packages that it imports.
    modules
        The files of the repository that it sees by its imports, itself included.
    notes
        What is left to do.
    needs_container
        Whether it names a folder below ``/opt/ml`` that no flag or variable can move.
    """

    name: str
    kind: Literal["processing", "training"]
    inputs: list[Place] = field(default_factory=list)
    outputs: list[Place] = field(default_factory=list)
    settings: list[Flag] = field(default_factory=list)
    fixed: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    libraries: list[str] = field(default_factory=list)
    modules: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    needs_container: bool = False


def analyse(source: Source, repository: Repository) -> Script | Note | None:
    """Return what a file is: a step, a program that becomes none, with the reason, or a module.

    Parameters
    ----------
    source : Source
        The file.
    repository : Repository
        Where its imports are found.
    """
    modules = repository.modules_of(source)
    if (note := _other_code(source, modules)) is not None:
        return note
    if not _may_be_job(source, modules):
        return None if not _has_guard(source) else _no_folder(source, modules)
    flags = _flags.read(modules)
    values = Values(modules, {flag.attribute: flag.values for flag in flags.values()})
    uses = _uses.read(modules, values)
    if not _is_program(source, uses, values.functions):
        return None
    variables = _variables(modules)
    if (reason := _not_a_job(source, modules, flags, uses, variables)) is not None:
        return reason
    places = _places.of_processing(uses, flags)
    containers = _folders(uses, flags, variables)
    is_training = any(folder.startswith((MODEL, CHANNELS, RESULTS)) for folder in containers)
    if is_training and not any(folder.startswith(f"{PROCESSING}/") for folder in containers):
        script = _training(source, uses, flags, variables)
    elif places.inputs or places.outputs:
        script = Script(source.name, "processing", inputs=places.inputs, outputs=places.outputs)
        script.fixed = {flags[attribute].name: value for attribute, value in places.flags.items()}
        script.notes += [Note("folders", source.name, text) for text in places.unclear]
    else:
        return _no_folder(source, modules)
    script.environment |= values.variables
    taken = {*script.fixed}
    script.settings = [flag for flag in flags.values() if flag.name not in taken and not flag.folders]
    script.modules = [module.name for module in modules]
    script.libraries = sorted(_libraries(modules, repository))
    script.notes += notes_of(source.name, modules, uses, flags)
    script.needs_container = any(use.path.startswith(BASE) and not use.movable for use in uses)
    return script


def _may_be_job(source: Source, modules: Sequence[Source]) -> bool:
    """Tell in a moment whether code may be a job: it names a container's folder or variable, or has flags."""
    has_guard = _has_guard(source)
    for module in modules:
        for node in ast.walk(module.tree):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and (BASE in node.value or "SM_" in node.value)
            ):
                return True
            if isinstance(node, ast.Attribute) and node.attr == "add_argument" and (module is source or has_guard):
                return True
    return False


def _no_folder(source: Source, modules: Sequence[Source]) -> Note:
    if any(name.split(".")[0] == "sagemaker" for module in modules for name in module.imports):
        return Note("other", source.name, "uses the SageMaker SDK, and no folder of a container", is_step=False)
    text = "a program that neither reads nor writes a folder that a job could mount, as far as its code says"
    return Note("other", source.name, text, is_step=False)


def _other_code(source: Source, modules: Sequence[Source]) -> Note | None:
    """Return why a file is code that no job of a pipeline runs; None where it may be."""
    functions = {node.name for node in source.tree.body if isinstance(node, ast.FunctionDef)}
    texts = {node.value for node in ast.walk(source.tree) if isinstance(node, ast.Constant)}
    if "lambda_handler" in functions:
        return Note("other", source.name, "a Lambda function, and no job", is_step=False)
    if "/invocations" in texts or (functions & _uses.SERVING and not _has_guard(source)):
        text = "inference code, which an endpoint runs and no step: see docs/replace-the-example.md for a predictor"
        return Note("inference", source.name, text, is_step=False)
    names = {name for module in modules for name in module.imports if name.split(".")[0] == "sagemaker"}
    if {name for name in names - {"sagemaker"} if not name.startswith(_IN_JOBS)}:
        return Note("other", source.name, "builds or starts jobs with the SageMaker SDK itself", is_step=False)
    return None


def _is_program(source: Source, uses: Sequence[Use], functions: Container[str]) -> bool:
    if _has_guard(source):
        return True
    top = [node for node in source.tree.body if not isinstance(node, ast.FunctionDef | ast.ClassDef)]
    calls = [node for each in top for node in ast.walk(each) if isinstance(node, ast.Call)]
    if any(name_of(call.func) in {"ArgumentParser", "parse_args"} for call in calls):
        return True
    ours = [use for use in uses if use.path.startswith(BASE) and use.how != "mention"]
    calls = [each.value for each in source.tree.body if isinstance(each, ast.Expr) and isinstance(each.value, ast.Call)]
    runs = any(name_of(call.func) in functions for call in calls)  # as `main()` without a guard
    return any(use.at_import or runs for use in ours)


def _has_guard(source: Source) -> bool:
    """Tell whether a file has ``if __name__ == "__main__":``."""
    tests = [node.test for node in source.tree.body if isinstance(node, ast.If)]
    return any(isinstance(each, ast.Name) and each.id == "__name__" for test in tests for each in ast.walk(test))


def _not_a_job(
    source: Source,
    modules: Sequence[Source],
    flags: dict[str, Flag],
    uses: Sequence[Use],
    variables: set[str],
) -> Note | None:
    """Return why a program cannot be a step as it is."""
    if not _folders(uses, flags, variables) and any("sagemaker" in module.imports for module in modules):
        return _no_folder(source, modules)
    unnamed = [flag for flag in flags.values() if flag.positional or (flag.required and not flag.name)]
    if unnamed:
        text = f"takes {unnamed[0].attribute} without a name that begins with --, which a job cannot give; name it"
        return Note("flags", unnamed[0].where, text, is_step=False)
    return None


def _variables(modules: Sequence[Source]) -> set[str]:
    """Return the variables of SageMaker's training images that the code names."""
    texts = (node.value for each in modules for node in ast.walk(each.tree) if isinstance(node, ast.Constant))
    return {text for text in texts if isinstance(text, str) and text.startswith("SM_") and text.isupper()}


def _folders(uses: Sequence[Use], flags: dict[str, Flag], variables: set[str]) -> set[str]:
    """Return the container's folders that a script uses in any way."""
    found = {use.path for use in uses if use.path.startswith(f"{BASE}/")}
    found |= {folder for flag in flags.values() for folder in flag.folders}
    return found | {folder for name in variables if (folder := folder_of(name))}


def _training(source: Source, uses: Sequence[Use], flags: dict[str, Flag], variables: set[str]) -> Script:
    script = Script(source.name, "training")
    channels: dict[str, Place] = {}
    for folder in sorted(_folders(uses, flags, variables)):
        if folder.startswith(f"{CHANNELS}/"):
            name = folder.removeprefix(f"{CHANNELS}/").split("/")[0]
            if name.replace("-", "").replace("_", "").isalnum():
                channel = channels.setdefault(name, Place(name, f"{CHANNELS}/{name}"))
                given = folder.removeprefix(f"{channel.folder}/")
                channel.files += [given] if "." in given and given.isprintable() and "/" not in given else []
            else:
                text = f"{CHANNELS}/…: the channel's name is not constant; add the channel to the pipeline"
                script.notes.append(Note("folders", source.name, text))
    for use in uses:
        folder, file = _places.split(use)
        for name, channel in channels.items():
            if folder == f"{CHANNELS}/{name}" and file and file not in channel.files:
                channel.files.append(file)
    for flag in flags.values():
        if flag.folders and flag.name and not any(folder_of(name) in flag.folders for name in variables):
            script.fixed[flag.name] = flag.folders[0]
        way = _places.direction(flag, uses) if flag.is_text and not flag.folders and flag.name else None
        if way is not None:
            _give_folder(script, flag, way, uses, channels)
    script.inputs = list(channels.values())
    script.environment = {name: place for name in sorted(variables) if (place := folder_of(name))}
    script.environment |= {name: _CONSTANT[name] for name in sorted(variables & set(_CONSTANT))}
    return script


def _give_folder(script: Script, flag: Flag, way: str, uses: Sequence[Use], channels: dict[str, Place]) -> None:
    """Give a training script's flag for a folder or a file a place that its job has."""
    words = _places.words_of(flag.attribute)
    name = "-".join(words) or flag.attribute.replace("_", "-")
    folder = f"{CHANNELS}/{name}" if way == "input" else MODEL if "model" in words else f"{RESULTS}/data"
    file = _places.file_of(flag, uses)
    if way == "input":
        place = channels.setdefault(name, Place(name, folder))
        place.files += [file] if file else []
    script.fixed[flag.name] = f"{folder}/{file}" if file else folder


def _libraries(modules: Sequence[Source], repository: Repository) -> Iterator[str]:
    """Yield the top-level modules that are neither Python's nor the repository's."""
    own = {name.split("/")[0].removesuffix(".py") for name in repository.sources}
    own |= {name.rpartition("/")[2].removesuffix(".py") for name in repository.sources}
    own |= {folder for name in repository.sources for folder in name.split("/")[:-1]}
    tops = {name.split(".")[0] for module in modules for name in module.imports}
    yield from (top for top in tops if top and top not in own and top not in sys.stdlib_module_names)

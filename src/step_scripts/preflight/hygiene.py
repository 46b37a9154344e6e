"""What runs, and is better done otherwise: secrets, caches that never hit, open doors, and local mode."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from step_scripts.preflight.definition import Definition, Step, references
from step_scripts.preflight.finding import Finding, pointer, shown
from step_scripts.preflight.reruns import KEYS
from step_scripts.preflight.values import UNKNOWN, Text, texts

# Names whose values are secrets, as words of a name: `db_password`, `API-KEY`, `githubToken`.
_SECRET_NAME = re.compile(
    r"(?i)(^|[^a-z])(pass(word|wd|phrase)?|pwd|secret|token|credentials?|(api|access|private|secret)[^a-z]?key)($|[^a-z])"
    r"|(?-i:[a-z](Password|Secret|Token|ApiKey|AccessKey|PrivateKey)($|[^a-z]))"
)
# Names that speak of secrets without holding one: where it is kept, how many there are.
_NO_SECRET = re.compile(
    r"(?i)(arn|name|id|path|file|uri|url|max|min|num|count|len|length|limit|size|type|ttl)s?$|^(max|min|num|n)[^a-z]"
)
# Forms that nothing but a secret has: AWS access keys, private keys, tokens of GitHub, OpenAI, Anthropic, Google,
# GitLab, Slack and Hugging Face, hooks of Slack, signed web tokens, URLs with a password.
_SECRET_VALUE = re.compile(
    r"\b(AKIA|ASIA)[A-Z0-9]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----|\bgh[pousr]_[A-Za-z0-9]{36,}|\bgithub_pat_\w{22,}"
    r"|\bsk-(proj-|ant-|live-)?[A-Za-z0-9_-]{32,}|\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{16,}"
    r"|\bAIza[\w-]{35}|\bhooks\.slack\.com/services/\w"
    r"|\bglpat-[\w-]{20,}|\bxox[abprs]-[\w-]{10,}|\bhf_[A-Za-z0-9]{30,}|\b\w+://[^/\s:@]+:[^/\s:@]+@"
)
# How values begin that are no secrets: names of things, flags, and the special tokens of language models.
_NO_VALUES = ("arn:", "s3://", "--", "<", "[")
_TOLD = (
    "what looks like a secret ({}) stands in the definition, for everyone who may describe the pipeline: keep it in "
    "Secrets Manager, and pass its name"
)
_SECRET_PLACES = ("/Environment/", "/HyperParameters/", "/StaticHyperParameters/", "/ContainerArguments/", "/Args/")
_ACCOUNT = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:(?P<arn>\d{12}):|\b(?P<image>\d{12})\.dkr\.ecr")
# {prefix}, ${env} or {{ date }}: a template, or an f-string without its f.
_PLACEHOLDER = re.compile(r"\$?\{+ ?[A-Za-z_][\w.]* ?\}+")
# 2026-01-31, 20260131-120000, 2026-01-31T12:00, or seconds and milliseconds since 1970 of this century.
_TIME = re.compile(
    r"(?<!\d)20\d\d-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])([-_T ]?[0-2]\d[-_:]?[0-5]\d([-_:]?[0-5]\d)?)?(?!\d)"
    r"|(?<!\d)1[5-9]\d{8}(\d{3})?(?!\d)"
)
_ONCE = frozenset({"CurrentDateTime", "PipelineExecutionArn", "PipelineExecutionId", "StartDateTime"})
# Step types that LocalPipelineSession of SDK v3 runs; it refuses a pipeline with another one when it starts.
LOCAL = frozenset({"Condition", "Fail", "Model", "Processing", "Training", "Transform"})


def check(definition: Definition) -> Iterator[Finding]:
    """Yield warnings: the service takes all of this."""
    yield from _parameters(definition)
    for step in definition.steps:
        if step.type == "Condition":
            continue  # its steps are asked themselves
        found = list(texts(step.arguments, definition, f"{step.where}/Arguments"))
        yield from _secrets(step, found)
        yield from _accounts(step, found)
        yield from _placeholders(step, found)
        yield from _cache(step, definition)
        yield from _encryption(step)
        yield from _network(step)
        yield from _local(step)


def _warning(step: Step, rule: str, where: str, message: str) -> Finding:
    return Finding(where, rule, "warning", step.name, message)


def _parameters(definition: Definition) -> Iterator[Finding]:
    for name, parameter in definition.parameters.items():
        default = parameter.get("DefaultValue")
        if isinstance(default, str) and default and (_names_a_secret(name) or _SECRET_VALUE.search(default)):
            where = f"{definition.where_of[name]}/DefaultValue"
            yield Finding(where, "secret", "warning", None, _TOLD.format(name))


def _secrets(step: Step, found: Sequence[Text]) -> Iterator[Finding]:
    words = {text.where: text.text for text in found}
    for text in found:
        name, value = text.member, text.text
        if "/ContainerArguments/" in text.where or "/Args/" in text.where:
            # A flag and its value: as one word, or as two of which this is the second.
            flag, _, rest = value.partition("=")
            name, value = (flag, rest) if rest else (words.get(_before(text.where), ""), value)
        told = step.type in {"Callback", "Lambda"} or any(place in text.where for place in _SECRET_PLACES)
        named = told and _names_a_secret(name)
        plain = value.strip() and UNKNOWN not in value and not value.startswith(_NO_VALUES)
        if (named and plain) or _SECRET_VALUE.search(value):
            yield _warning(step, "secret", text.where, _TOLD.format(name.lstrip("-")))


def _before(where: str) -> str:
    """Return the place of the entry before one of a list."""
    holder, _, number = where.rpartition("/")
    return f"{holder}/{int(number) - 1}" if number.isdecimal() else ""


def _names_a_secret(name: str) -> bool:
    return bool(_SECRET_NAME.search(name)) and not _NO_SECRET.search(name)


def _accounts(step: Step, found: Sequence[Text]) -> Iterator[Finding]:
    for text in found:
        if not text.parameters and (account := _ACCOUNT.search(text.text)):
            number = account["arn"] or account["image"]
            message = (
                f"the account {number} is written into the step: make it a parameter, so that it runs in another one"
            )
            yield _warning(step, "hard-coded-account", text.where, message)


def _placeholders(step: Step, found: Sequence[Text]) -> Iterator[Finding]:
    for text in found:
        if text.text.startswith("s3://") and (left := _PLACEHOLDER.search(text.text)):
            message = f"{left[0]} in {shown(text.text)} looks like a name that was to be filled in: fill it in"
            yield _warning(step, "placeholder", text.where, message)


def _cache(step: Step, definition: Definition) -> Iterator[Finding]:
    config = step.raw.get("CacheConfig")
    if not isinstance(config, Mapping) or config.get("Enabled") is not True:
        return
    for path in KEYS.get(step.type, ()):
        value: Any = step.arguments
        where = f"{step.where}/Arguments"
        for name in path:
            value, where = (value.get(name) if isinstance(value, Mapping) else None), pointer(where, name)
        for place, function, given in references(value, where):
            name = given.removeprefix("Execution.") if function == "Get" and isinstance(given, str) else ""
            if name in _ONCE:
                message = f"Execution.{name} is another one in each execution, and the cache goes by it: it never hits"
                yield _warning(step, "cache-never-hits", place, message)
        for text in texts(value, definition, where):
            if time := _TIME.search(text.text):
                message = (
                    f"{time[0]} looks like the time at which the definition was made, and the cache goes by it: name "
                    "things after what is in them"
                )
                yield _warning(step, "timestamp", text.where, message)


def _encryption(step: Step) -> Iterator[Finding]:
    for where, config, member in _stores(step):
        if isinstance(config, Mapping) and not config.get(member):
            message = f"no {member}: what is stored here has the service's key only; name one of yours"
            yield _warning(step, "no-encryption-key", where, message)


def _stores(step: Step) -> Iterator[tuple[str, object, str]]:
    """Yield what stores something: its place, its configuration, and the member that names its key."""
    where, arguments = f"{step.where}/Arguments", step.arguments

    def at(holder: Mapping[str, Any], *names: str) -> Any:  # noqa: ANN401 - any JSON
        value: Any = holder
        for name in names:
            value = value.get(name) if isinstance(value, Mapping) else None
        return value

    if step.type == "Processing":
        config = arguments.get("ProcessingOutputConfig")
        yield f"{where}/ProcessingOutputConfig", config, "KmsKeyId"
        cluster = at(arguments, "ProcessingResources", "ClusterConfig")
        yield f"{where}/ProcessingResources/ClusterConfig", cluster, "VolumeKmsKeyId"
    elif step.type in {"Training", "Tuning"}:
        base = "/TrainingJobDefinition" if step.type == "Tuning" else ""
        job = arguments.get("TrainingJobDefinition") if base else arguments
        if isinstance(job, Mapping):
            yield f"{where}{base}/OutputDataConfig", job.get("OutputDataConfig"), "KmsKeyId"
            yield f"{where}{base}/ResourceConfig", job.get("ResourceConfig"), "VolumeKmsKeyId"
    elif step.type == "Transform":
        yield f"{where}/TransformOutput", arguments.get("TransformOutput"), "KmsKeyId"
        yield f"{where}/TransformResources", arguments.get("TransformResources"), "VolumeKmsKeyId"
    elif step.type == "AutoML":
        yield f"{where}/OutputDataConfig", arguments.get("OutputDataConfig"), "KmsKeyId"
    elif step.type == "EndpointConfig":
        yield where, arguments, "KmsKeyId"


def _network(step: Step) -> Iterator[Finding]:
    holders: dict[str, tuple[str, Any]] = {
        "Processing": ("/NetworkConfig", step.arguments.get("NetworkConfig", {})),
        "Training": ("", step.arguments),
        "Model": ("", step.arguments),
        "Tuning": ("/TrainingJobDefinition", step.arguments.get("TrainingJobDefinition")),
    }
    below, holder = holders.get(step.type, ("", None))
    if isinstance(holder, Mapping) and not holder.get("EnableNetworkIsolation") and not holder.get("VpcConfig"):
        message = (
            "the container may reach every address of the internet, and take your data there: set "
            "EnableNetworkIsolation where it needs no network, or VpcConfig where it does"
        )
        yield _warning(step, "open-network", f"{step.where}/Arguments{below}", message)


def _local(step: Step) -> Iterator[Finding]:
    if step.type not in LOCAL:
        message = (
            f"the SDK's local mode runs no {step.type} step, and no pipeline that has one: try it without this step"
        )
        yield _warning(step, "local-mode", f"{step.where}/Type", message)
    for text in texts(step.arguments, Definition(), f"{step.where}/Arguments"):
        if text.member == "S3DataDistributionType" and text.text == "ShardedByS3Key":
            message = "local mode ends at ShardedByS3Key, and in the cloud each host gets whole files, not rows"
            yield _warning(step, "local-mode", text.where, message)
    if step.type == "Transform" and "DataProcessing" in step.arguments:
        message = "local mode never looks at DataProcessing: its filters and joins are tried in the cloud only"
        yield _warning(step, "local-mode", f"{step.where}/Arguments/DataProcessing", message)

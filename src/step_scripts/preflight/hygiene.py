"""Warn about what runs and should be improved: secrets, caches that never hit, open networks."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from step_scripts.preflight.definition import Definition, Step, references
from step_scripts.preflight.finding import Finding, pointer, shown
from step_scripts.preflight.reruns import KEYS, ONCE
from step_scripts.preflight.values import UNKNOWN, Text, texts

# Words in names whose values are secrets: `db_password`, `API-KEY`, `githubToken`.
_SECRET_NAME = re.compile(
    r"(?i)(^|[^a-z])(pass(word|wd|phrase)?|pwd|secret|token|credentials?|(api|access|private|secret)[^a-z]?key)($|[^a-z])"
    r"|(?-i:[a-z](Password|Secret|Token|ApiKey|AccessKey|PrivateKey)($|[^a-z]))"
)
# Names about a secret that do not hold one: its place, its length.
_NO_SECRET = re.compile(
    r"(?i)(arn|name|id|path|file|uri|url|max|min|num|count|len|length|limit|size|type|ttl)s?$|^(max|min|num|n)[^a-z]"
)
# Values that can only be secrets: AWS access keys, private keys, tokens of GitHub, OpenAI, Anthropic, Google,
# GitLab, Slack and Hugging Face, webhooks of Slack, signed web tokens, URLs with a password.
_SECRET_VALUE = re.compile(
    r"\b(AKIA|ASIA)[A-Z0-9]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----|\bgh[pousr]_[A-Za-z0-9]{36,}|\bgithub_pat_\w{22,}"
    r"|\bsk-(proj-|ant-|live-)?[A-Za-z0-9_-]{32,}|\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{16,}"
    r"|\bAIza[\w-]{35}|\bhooks\.slack\.com/services/\w"
    r"|\bglpat-[\w-]{20,}|\bxox[abprs]-[\w-]{10,}|\bhf_[A-Za-z0-9]{30,}|\b\w+://[^/\s:@]+:[^/\s:@]+@"
)
# Prefixes of values that are not secrets: names, flags, and the special tokens of language models.
_NO_VALUES = ("arn:", "s3://", "--", "<", "[")
_READABLE_BY_ALL = (
    "a possible secret ({}): everyone who may describe the pipeline can read it; store it in Secrets Manager, and "
    "pass its name"
)
_SECRET_PLACES = ("/Environment/", "/HyperParameters/", "/StaticHyperParameters/", "/ContainerArguments/", "/Args/")
_ACCOUNT = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:(?P<arn>\d{12}):|\b(?P<image>\d{12})\.dkr\.ecr")
# {prefix}, ${env} or {{ date }}: a template, or a missing f before an f-string.
_PLACEHOLDER = re.compile(r"\$?\{+ ?[A-Za-z_][\w.]* ?\}+")
# 2026-01-31, 20260131-120000, 2026-01-31T12:00, or the Unix time of a year since 2017 in seconds or milliseconds.
_TIME = re.compile(
    r"(?<!\d)20\d\d-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])([-_T ]?[0-2]\d[-_:]?[0-5]\d([-_:]?[0-5]\d)?)?(?!\d)"
    r"|(?<!\d)1[5-9]\d{8}(\d{3})?(?!\d)"
)
_DIGEST = re.compile(r"\b[0-9a-f]{32,}\b")  # of content: the digits in it are no time


def check(definition: Definition) -> Iterator[Finding]:
    """Yield warnings; the service accepts all of this."""
    yield from _parameters(definition)
    for step in definition.steps:
        if step.type == "Condition":
            continue  # its inner steps are checked one by one
        found = list(texts(step.arguments, definition, f"{step.where}/Arguments"))
        yield from _secrets(step, found)
        yield from _accounts(step, found)
        yield from _placeholders(step, found)
        yield from _cache(step, definition)
        yield from _encryption(step)
        yield from _network(step)


def _warning(step: Step, rule: str, where: str, message: str) -> Finding:
    return Finding(where, rule, "warning", step.name, message)


def _parameters(definition: Definition) -> Iterator[Finding]:
    for name, parameter in definition.parameters.items():
        default = parameter.get("DefaultValue")
        if isinstance(default, str) and default and (_names_a_secret(name) or _SECRET_VALUE.search(default)):
            where = f"{definition.where_of[name]}/DefaultValue"
            yield Finding(where, "secret", "warning", None, _READABLE_BY_ALL.format(name))


def _secrets(step: Step, found: Sequence[Text]) -> Iterator[Finding]:
    words = {text.where: text.text for text in found}
    for text in found:
        name, value = text.member, text.text
        if "/ContainerArguments/" in text.where or "/Args/" in text.where:
            # A flag and its value: one word with =, or two words, of which this is the second.
            flag, _, rest = value.partition("=")
            name, value = (flag, rest) if rest else (words.get(_before(text.where), ""), value)
        private = step.type in {"Callback", "Lambda"} or any(place in text.where for place in _SECRET_PLACES)
        named = private and _names_a_secret(name)
        plain = value.strip() and UNKNOWN not in value and not value.startswith(_NO_VALUES)
        if (named and plain) or _SECRET_VALUE.search(value):
            yield _warning(step, "secret", text.where, _READABLE_BY_ALL.format(name.lstrip("-")))


def _before(where: str) -> str:
    """Return the JSON pointer of the previous entry of a list."""
    holder, _, number = where.rpartition("/")
    return f"{holder}/{int(number) - 1}" if number.isdecimal() else ""


def _names_a_secret(name: str) -> bool:
    return bool(_SECRET_NAME.search(name)) and not _NO_SECRET.search(name)


def _accounts(step: Step, found: Sequence[Text]) -> Iterator[Finding]:
    for text in found:
        if not text.parameters and (account := _ACCOUNT.search(text.text)):
            number = account["arn"] or account["image"]
            message = f"the account {number} is hard-coded: use a parameter, so that the step runs in other accounts"
            yield _warning(step, "hard-coded-account", text.where, message)


def _placeholders(step: Step, found: Sequence[Text]) -> Iterator[Finding]:
    for text in found:
        if text.text.startswith("s3://") and (left := _PLACEHOLDER.search(text.text)):
            message = f"{left[0]} in {shown(text.text)} looks like a placeholder: replace it by its value"
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
            if name in ONCE:
                message = (
                    f"Execution.{name} differs in each execution, so the cache never hits: remove it from the cache key"
                )
                yield _warning(step, "cache-never-hits", place, message)
        for text in texts(value, definition, where):
            if time := _TIME.search(_DIGEST.sub("", text.text)):
                message = (
                    f"{time[0]} looks like the time of compilation and is part of the cache key: use a name that "
                    "depends on the content"
                )
                yield _warning(step, "timestamp", text.where, message)


def _encryption(step: Step) -> Iterator[Finding]:
    for where, config, member in _stores(step):
        if isinstance(config, Mapping) and not config.get(member):
            message = f"no {member}: the data is encrypted with the service's own key; name a key of yours"
            yield _warning(step, "no-encryption-key", where, message)


def _stores(step: Step) -> Iterator[tuple[str, object, str]]:
    """Yield what stores data: its JSON pointer, its configuration, and the member that names its key."""
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
            "the container can send data to any address on the internet: set EnableNetworkIsolation if it needs no "
            "network, else VpcConfig"
        )
        yield _warning(step, "open-network", f"{step.where}/Arguments{below}", message)

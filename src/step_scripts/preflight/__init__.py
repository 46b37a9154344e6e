"""Check SageMaker pipeline definitions offline, whatever wrote them.

It needs the definition's JSON and botocore's description of the service. It makes no call.

Examples
--------
>>> from step_scripts import preflight
>>> step = {"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": {"Get": "Parameters.Reson"}}}
>>> reason = {"Name": "Reason", "Type": "String"}
>>> for finding in preflight.check({"Version": "2020-12-01", "Parameters": [reason], "Steps": [step]}):
...     print(finding.rule, finding.where, finding.message, sep="; ")
unused-parameter; /Parameters/0; no step uses the parameter Reason: remove it, or use it
unknown-parameter; /Steps/0/Arguments/ErrorMessage; no parameter is called 'Reson': did you mean Reason?
"""

from collections.abc import Collection, Mapping

from step_scripts.preflight import (
    addresses,
    alternatives,
    cached_outputs,
    companions,
    conditions,
    hygiene,
    limits,
    local_mode,
    loops,
    references,
    requests,
    retries,
    semantics,
    services,
    tuning,
)
from step_scripts.preflight.definition import Definition, read
from step_scripts.preflight.finding import Finding
from step_scripts.preflight.ignored import IgnoreError, ignored
from step_scripts.preflight.reading import MAX_DEPTH, too_deep

__all__ = ["Finding", "IgnoreError", "check", "ignored"]

_CHECKS = (
    requests,
    alternatives,
    companions,
    references,
    cached_outputs,
    semantics,
    retries,
    conditions,
    loops,
    addresses,
    tuning,
    services,
    hygiene,
    local_mode,
)


def check(definition: object, *, ignore: Collection[str] = ()) -> list[Finding]:
    """Return the errors and warnings of a parsed pipeline definition, sorted by place.

    Parameters
    ----------
    definition
        As `json.loads` returns it. Any value gives findings, never an exception.
    ignore : collection of str
        Ids of rules to ignore; `ignored` reads those of a project.

    Returns
    -------
    list of Finding
        Empty if no problem was found.
    """
    deep = too_deep(definition)
    if deep is not None:
        message = f"expected at most {MAX_DEPTH} nested levels: split the value"
        definition, found = None, [Finding(deep, "structure", "error", None, message)]
        sound = Definition()
    else:
        sound, found = read(definition)
    if isinstance(definition, Mapping):
        found += limits.check(sound, definition)
    for group in _CHECKS:
        found += group.check(sound)
    kept = {finding for finding in found if finding.rule not in ignore}
    return sorted(kept, key=lambda finding: (finding.where, finding.rule, finding.message))

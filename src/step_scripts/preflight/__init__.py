"""An offline checker of SageMaker pipeline definitions, whatever wrote them.

It needs the definition's JSON and botocore's description of the service, and calls nobody.

Examples
--------
>>> from step_scripts import preflight
>>> step = {"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": {"Get": "Parameters.Reson"}}}
>>> reason = {"Name": "Reason", "Type": "String"}
>>> for finding in preflight.check({"Version": "2020-12-01", "Parameters": [reason], "Steps": [step]}):
...     print(finding.rule, finding.where, finding.message, sep="; ")
unused-parameter; /Parameters/0; no step uses the parameter Reason: take it out, or use it
unknown-parameter; /Steps/0/Arguments/ErrorMessage; no parameter is called 'Reson': did you mean Reason?
"""

from collections.abc import Collection, Mapping

from step_scripts.preflight import (
    addresses,
    alternatives,
    companions,
    conditions,
    hygiene,
    limits,
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
    semantics,
    retries,
    conditions,
    loops,
    addresses,
    tuning,
    services,
    hygiene,
)


def check(definition: object, *, ignore: Collection[str] = ()) -> list[Finding]:
    """Return what is wrong with a parsed pipeline definition, in the order of where it is.

    Parameters
    ----------
    definition
        As `json.loads` gives it; anything at all is answered with findings, never with an exception.
    ignore
        Rules to leave out; `ignored` reads those of a project.

    Returns
    -------
    list of Finding
        None where the service will take the definition, as far as can be known without it.
    """
    deep = too_deep(definition)
    if deep is not None:
        message = f"nested deeper than {MAX_DEPTH} levels, which nothing here follows: take it apart"
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

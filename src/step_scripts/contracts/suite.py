"""A contract as a Great Expectations suite, for those who work with that library."""

from typing import Any

from step_scripts.contracts import engine
from step_scripts.contracts.contract import Contract

SEVERITIES = {"error": "critical", "warning": "warning"}


def suite(contract: Contract) -> Any:  # noqa: ANN401 - the library ships no types
    """Return the rules of a contract as a Great Expectations ``ExpectationSuite``.

    The checker asks the library for the metrics below these expectations; a validation of this suite by the library
    itself finds the same.

    Examples
    --------
    >>> from step_scripts.contracts import load
    >>> suite(load("claims")).expectations[-1].severity.value
    'warning'
    """
    gx = engine.great_expectations()
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    expectations = [
        ExpectationConfiguration(
            type=rule.expectation,
            kwargs={name: list(value) if isinstance(value, tuple) else value for name, value in rule.kwargs.items()},
            meta={"rule": rule.id},
            description=rule.sentence,
            severity=SEVERITIES[rule.severity],
        ).to_domain_obj()
        for rule in contract.rules
    ]
    return gx.ExpectationSuite(name=f"{contract.id} {contract.version}", expectations=expectations)

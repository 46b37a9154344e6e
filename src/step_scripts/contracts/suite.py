"""A contract as a Great Expectations suite, for users of that library."""

from typing import Any

from step_scripts.contracts.contract import Contract
from step_scripts.contracts.values import great_expectations

SEVERITIES = {"error": "critical", "warning": "warning"}


def suite(contract: Contract) -> Any:  # noqa: ANN401 - the library ships no types
    """Return the rules of a contract as a Great Expectations ``ExpectationSuite``.

    The checker asks the library for the metrics of these expectations. A validation of this suite by the library
    finds the same.

    Examples
    --------
    >>> from step_scripts.contracts.example import houses
    >>> suite(houses()).expectations[-1].severity.value
    'critical'
    """
    gx = great_expectations()
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

"""Preflight's findings about a definition, before it is shown, written or run."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from step_scripts.pipeline.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def review(definition: Mapping[str, Any], root: Path) -> None:
    """Print preflight's findings on stderr, without the rules that the project ignores.

    Parameters
    ----------
    definition : mapping
        A parsed pipeline definition.
    root : Path
        The project's folder, with the ignore list in its pyproject.toml.

    Raises
    ------
    RefusedError
        When one of the findings is an error.
    IgnoreError
        When the project's ignore list is wrong.
    """
    from step_scripts import preflight

    findings = preflight.check(definition, ignore=preflight.ignored(root))
    for finding in findings:
        step = f"{finding.step}: " if finding.step else ""
        print(f"preflight: {step}{finding.severity} {finding.rule}: {finding.message}", file=sys.stderr)
        print(f"  at {finding.where}", file=sys.stderr)
    if any(finding.severity == "error" for finding in findings):
        raise RefusedError("the service would refuse this definition; nothing was written or run")

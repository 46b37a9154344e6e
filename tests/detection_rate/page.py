"""The page docs/preflight.md: what preflight is for, how much it finds, and its rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from step_scripts.preflight.describe import as_markdown
from tests.detection_rate.measure import Row, table

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGE = """\
# preflight

preflight checks SageMaker pipeline definitions offline, whatever wrote them: any SDK, any tool, by hand. It needs the
definition's JSON and botocore's description of the service. It makes no call and takes less than a second. This page
is written by `python -m tests.detection_rate > docs/preflight.md`, and a test compares.

```sh
step-scripts preflight FILE…                    # exit code 0: no error, 1: errors, 2: unreadable input
python pipeline.py --definition - | step-scripts preflight - --format json
step-scripts preflight --explain RULE
step-scripts preflight diff OLD.json NEW.json   # which steps SageMaker's cache runs again, and why
```

An **error** means that the service refuses the definition, or that a run fails. A **warning** means that it runs and
should be improved. A project ignores a rule with `--ignore RULE`; or always, with a reason, in the nearest
`pyproject.toml`:

```toml
[tool.step-scripts.preflight.ignore]
no-encryption-key = "the bucket's default encryption names the key"
```

In Python: `step_scripts.preflight.check(definition)` returns a list of `Finding(where, rule, severity, step, message)`.
`where` is a JSON pointer. For any JSON it returns findings and never raises an exception.

**What it cannot know**: whether a role, a bucket, an image or a function exists; quotas and permissions; what scripts
and functions do with their arguments. For the example's pipelines, the tests in
[tests/definition](../tests/definition) close the last gap. They compare the definitions with flags, ranges, folders,
contracts and metrics of the scripts, and with the functions' events and results.

## How much it finds

Each file of [the catalogue](../tests/step_scripts/preflight/catalogue) is a mistake, the rule that must report it, and
a valid definition that differs as little as possible. The same mistakes, written again with the SDK's objects, were
given to the other columns ([how](../tests/detection_rate/__init__.py)).

{table}
*Cannot be written*: the SDK's objects cannot express the mistake, which counts as found by the SDK. *Not replayed*: the
SDK was not asked. *Typed requests*: the request classes of `sagemaker.core`, applied to all arguments, which is more
than a user meets. *False alarms*: valid definitions that were refused.

A catalogue has only the mistakes that its author thought of. So there are three more tests:

- For every constrained member of every request that botocore describes: a value just inside its bounds passes, one just
  outside is reported.
- What SDK v3 writes for every type of step passes.
- Definitions that hypothesis has mutated never raise an exception.

## Rules

{rules}"""


def page(rows: Sequence[Row]) -> str:
    """Return the page, with a table of the mistakes found.

    Examples
    --------
    >>> page([]).splitlines()[0]
    '# preflight'
    """
    return PAGE.format(table=table(rows), rules=as_markdown())

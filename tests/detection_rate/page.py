"""docs/preflight.md: what preflight is for, how much it finds, and its rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from step_scripts.preflight.describe import as_markdown
from tests.detection_rate.measure import Row, table

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGE = """\
# preflight

An offline checker of SageMaker pipeline definitions, whatever SDK or hand wrote them. It needs the definition's JSON
and botocore's description of the service; it calls nobody, and takes less than a second. This page is written by
`python -m tests.detection_rate > docs/preflight.md`, and a test compares.

```sh
python -m preflight FILE…                    # exit code 0: no error, 1: errors, 2: unreadable input
python pipeline.py --definition - | python -m preflight - --format json
python -m preflight --explain RULE
python -m preflight diff OLD.json NEW.json   # which steps SageMaker's cache will run again, and why
```

**Errors** are what the service refuses, or what a run fails of; **warnings** run, and are better changed. A project
leaves a rule out with `--ignore RULE`, or for good, with its reason, in the nearest `pyproject.toml`:

```toml
[tool.preflight.ignore]
no-encryption-key = "the bucket's default encryption names the key"
```

As a library: `preflight.check(definition)` returns a list of `Finding(where, rule, severity, step, message)`, `where`
being a JSON pointer; anything that JSON can say is answered, never with an exception.

**What it cannot know**: whether a role, a bucket, an image or a function exists, quotas and permissions of the
account, and what a script does with what it is given. For our own pipeline that last gap is closed by
[tests/definition](../tests/definition): flags, folders, contracts and metrics of the scripts are held against the
definition there.

## How much it finds

Each file of [the catalogue](../tests/definition/catalogue) is one mistake, the rule that must find it, and a right
definition just beside it. The same mistakes, written again with the SDK's objects, were given to the others
([how](../tests/kill_rate/__init__.py)).

{table}
*Cannot be written*: no object of SDK v3 says it, which counts as found by the SDK. *Not replayed*: the SDK was not
asked. *Typed requests*: the classes of `sagemaker.core` for requests, applied to all arguments, which is more than a
user meets. *False alarms*: right definitions that were refused.

A catalogue grades itself. So for every constrained member of every request that botocore describes, one value just
inside its bounds passes and one just outside is found; what SDK v3 writes for every type of step that it knows
passes; and definitions that hypothesis has mutated are answered, never with an exception.

## Rules

{rules}"""


def page(rows: Sequence[Row]) -> str:
    """Return the page with a table of what was found.

    Examples
    --------
    >>> page([]).splitlines()[0]
    '# preflight'
    """
    return PAGE.format(table=table(rows), rules=as_markdown())

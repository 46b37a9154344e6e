"""The detection rate: how many seeded mistakes preflight finds, and how many of them SDK v3 and moto find.

The mistakes are the files of the catalogue (`tests/step_scripts/preflight/catalogue`), each a change of `base.json`
beside it. The baselines are three places in SDK v3, and moto. The SDK takes objects, not JSON. So each definition is
written again as a user would have written it: parameters, steps, properties, functions, conditions (`replay`). The
base comes back from ``Pipeline.definition()`` unchanged, and so does every mistake that the SDK does not refuse.

A mistake counts as found

- by *preflight* if the rule that the case names reports it; other findings do not count;
- by *Pipeline.definition()* if it, or anything on the way to it, raises an exception: a class's constructor, an
  unknown property, a validator, Python itself for a missing argument;
- by the *graph builder* if the objects raise an exception, or ``PipelineGraph.from_pipeline`` does, which the SDK calls
  before a local run only;
- by *typed requests* if the objects raise an exception, or the request classes of `sagemaker.core` refuse a step's
  arguments or correct them. A user meets these classes only where arguments are written through them (`requests`);
- by *moto* if ``create_pipeline`` raises an exception for the JSON.

Some mistakes cannot be written with the SDK's objects at all (another version, an unknown type of condition). They
count as found by all three columns of the SDK, and are listed in a column of their own. A few definitions have a step
of a type that the replay does not support: the SDK is not asked about those, and they do not count in its columns.

Each mistake has a neighbour: a valid definition that differs as little as possible. A neighbour that is refused is a
false alarm.

``python -m tests.detection_rate`` prints docs/preflight.md; with ``--why`` it prints each answer about each case.
"""

from tests.detection_rate.measure import answers, rates, table

__all__ = ["answers", "rates", "table"]

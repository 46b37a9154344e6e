"""The kill rate: how many seeded mistakes preflight finds, beside what SDK v3 and moto find of the same ones.

The mistakes are the catalogue's (`tests/definition/catalogue`). To be fair to the SDK, which is used through objects
and not through JSON, each definition is written again as a user would have written it: parameters, steps, properties,
functions, conditions (`replay`). The definition without a mistake comes back from ``Pipeline.definition()`` as it was,
and so does every mistake that is not refused.

A mistake counts as found

- by *preflight* if the rule that the case names tells of it: any other finding does not count;
- by *Pipeline.definition()* if it, or anything on the way to it, raises any exception: a class's constructor, a
  property that there is not, a validator, Python itself for a missing argument;
- by the *graph builder* if the objects or ``PipelineGraph.from_pipeline``, which the SDK calls before a local run only,
  raise an exception;
- as *typed requests* if the objects, or the classes of `sagemaker.core` for requests, refuse a step's arguments or turn
  them into right ones. A user meets them for those arguments only that are written through them (`requests`);
- by *moto* if ``create_pipeline`` raises an exception for the JSON.

What cannot be written at all with the SDK's objects (another version, a condition that has no class) counts as found by
all three columns of the SDK, and has a column of its own. So have the few with a step of a type that the replay does
not know: the SDK is not asked about those, and nothing is counted for or against it. False alarms are neighbours of a
mistake, right definitions, that are refused.

``python -m tests.detection_rate`` prints docs/preflight.md, with ``--why`` who says what of each case.
"""

from tests.detection_rate.measure import answers, rates, table

__all__ = ["answers", "rates", "table"]

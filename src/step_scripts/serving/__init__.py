"""A project's model behind SageMaker's HTTP contract, in batches of files, and packed for its travels.

- `predictor`: what a project's model has to offer. Everything else here is the same for every project.
- `scorer`: records in, answers out: one for every way to ask.
- `payload`, `answers`: how records are read and answers are written: JSON, JSON Lines, CSV.
- `server`, `serving`, `openapi`: the HTTP server, how it starts and stops, and its description.
- `batch`, `cli`: files, and the commands ``step-scripts serve`` and ``step-scripts score``.
- `artifact`, `packing`, `archive`, `versions`: a model's folder or ``model.tar.gz``, read and written.
"""

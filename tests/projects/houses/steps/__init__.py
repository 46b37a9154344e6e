"""The steps of the pipeline: one step, one file, one pure function."""

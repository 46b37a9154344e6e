"""Where a pipeline runs. Knows the SDK, and no step."""

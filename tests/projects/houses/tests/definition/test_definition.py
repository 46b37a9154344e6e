"""The compiled pipeline: wiring, data flow, determinism, hosts, isolation and imports. No job runs."""

from step_scripts.testing.definition import *  # noqa: F403 - the tests

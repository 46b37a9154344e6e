"""Run a pipeline on this machine as plain processes: no Docker, no AWS account, no network."""

from targets.process.launch import run
from targets.process.recorder import InterruptedRunError

__all__ = ["InterruptedRunError", "run"]

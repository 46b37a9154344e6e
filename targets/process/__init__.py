"""Run a pipeline on this machine as plain processes: no Docker, no AWS account, no network."""

from targets.process.interrupt import InterruptedRunError
from targets.process.launch import run

__all__ = ["InterruptedRunError", "run"]

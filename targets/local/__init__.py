"""Run a pipeline on this machine, by the SDK's own scheduler: no AWS account, no network.

What its jobs start as is the affair of a `Target`: child processes (``targets.process``), or containers
(``targets.docker``). Everything above that is here, once.
"""

from targets.local.interrupt import InterruptedRunError
from targets.local.launch import run
from targets.local.target import Target, TargetError

__all__ = ["InterruptedRunError", "Target", "TargetError", "run"]

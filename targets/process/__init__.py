"""Jobs as child processes: no Docker."""

from targets.process.processes import Processes

__all__ = ["Processes"]

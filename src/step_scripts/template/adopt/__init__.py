"""Adopt somebody's repository of plain SageMaker scripts: wrap its scripts as steps, without changing them."""

from step_scripts.template.adopt.command import adopt

__all__ = ["adopt"]

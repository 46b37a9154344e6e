"""Tuning: training jobs with different hyperparameters, and the best of them."""

from step_scripts.local.executors.tuning.executor import Tuning

__all__ = ["Tuning"]

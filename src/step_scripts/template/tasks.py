"""What a regression, a classification with two classes and one with more differ in, in a new project."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Bound = Literal["lower", "upper"]


@dataclass(frozen=True, kw_only=True)
class Task:
    """What the templates of a new project ask for.

    Attributes
    ----------
    name
        ``regression``, ``binary`` or ``multiclass``.
    objective, loss
        XGBoost's objective and evaluation metric.
    group, metrics
        The group of metrics in the report, named as SageMaker's model quality reports name it, and its metrics.
    metric, bound
        The metric of the gate, and the bound of its interval that the gate compares.
    gate_name
        The parameter with the limit.
    unreachable
        A limit that no model keeps.
    """

    name: str
    objective: str
    loss: str
    group: str
    metrics: tuple[str, ...]
    metric: str
    bound: Bound
    gate_name: str
    unreachable: float

    @property
    def side(self) -> str:
        """On which side of the limit a model is rejected."""
        return "above" if self.bound == "upper" else "below"

    @property
    def comparison(self) -> str:
        """How the bound of a good model compares with the limit, in Python."""
        return "<=" if self.bound == "upper" else ">="

    @property
    def condition(self) -> str:
        """The same, as the SDK's condition."""
        return f"Condition{'Less' if self.bound == 'upper' else 'Greater'}ThanOrEqualTo"

    def limit(self, reached: float) -> float:
        """Return a limit that the first model keeps with some margin: two digits of it are enough.

        Examples
        --------
        >>> TASKS["regression"].limit(38_123.4), TASKS["binary"].limit(0.8134), TASKS["binary"].limit(0.05)
        (48000.0, 0.71, 0.0)
        """
        if self.bound == "upper":
            wider = reached * 1.25
            if wider <= 0:
                return 0.001  # a model without an error
            unit = 10.0 ** (math.floor(math.log10(wider)) - 1)
            return float(f"{math.ceil(wider / unit) * unit:.2g}")
        return max(0.0, math.floor((reached - 0.1) * 100) / 100)


TASKS = {
    task.name: task
    for task in (
        Task(
            name="regression",
            objective="reg:squarederror",
            loss="rmse",
            group="regression_metrics",
            metrics=("mae", "r2", "rmse"),
            metric="rmse",
            bound="upper",
            gate_name="MaxRmse",
            unreachable=-1,
        ),
        Task(
            name="binary",
            objective="binary:logistic",
            loss="logloss",
            group="binary_classification_metrics",
            metrics=("auc", "average_precision", "brier_score"),
            metric="auc",
            bound="lower",
            gate_name="MinAuc",
            unreachable=1.1,
        ),
        Task(
            name="multiclass",
            objective="multi:softprob",
            loss="mlogloss",
            group="multiclass_classification_metrics",
            metrics=("accuracy", "balanced_accuracy", "log_loss"),
            metric="balanced_accuracy",
            bound="lower",
            gate_name="MinBalancedAccuracy",
            unreachable=1.1,
        ),
    )
}

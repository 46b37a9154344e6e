"""Fit boosted trees: their number and the threshold come from a cross-validation."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from model.reports.metrics import every_metric, levels
from model.reports.thresholds import best_f1
from step_scripts import step

if TYPE_CHECKING:
    import xgboost as xgb

_ONE_THREAD = 100_000  # with fewer rows, more threads take longer; the trees are the same


class Fitted(NamedTuple):
    """A model, its threshold, and the results of the cross-validation.

    Attributes
    ----------
    model
        Fitted on all rows.
    threshold
        The one with the best F1 out of fold.
    metrics
        ``rounds``: the number of trees with the best mean validation AUC, of equally good ones the smallest.
        ``cross_validation``: mean and standard deviation over the folds of the AUC on the rows trained on (``train``)
        and left out (``validation``), with that many trees. ``out_of_fold``: every metric of
        `model.reports.metrics`, with each row's probability from the model that had not seen it. ``rows``, ``frauds``,
        ``threshold``.
    """

    model: "xgb.Booster"
    threshold: float
    metrics: dict[str, Any]


def fit(
    features: pd.DataFrame,
    label: "pd.Series[int]",
    *,
    num_boost_round: int,
    early_stopping_rounds: int,
    folds: int,
    seed: int,
    **params: object,
) -> Fitted:
    """Find the number of trees by ``xgboost.cv``, stratified and shuffled, and fit a model with that many.

    Parameters
    ----------
    features : DataFrame of shape (n, m)
        Numbers and bools.
    label : Series of shape (n,)
        0 or 1.
    num_boost_round, early_stopping_rounds, folds, seed
        Maximal number of trees, trees without a better mean validation AUC before it stops, number of folds, and the
        seed of the folds.
    **params
        Parameters of xgboost's ``binary:logistic``; None means xgboost's default.

    Raises
    ------
    StepError
        When a class has fewer rows than there are folds.

    Examples
    --------
    >>> rows = pd.DataFrame({"a": np.arange(40.0)})
    >>> found = fit(rows, rows["a"] > 20, num_boost_round=5, early_stopping_rounds=2, folds=2, seed=0, max_depth=1)
    >>> found.metrics["rounds"], len(found.model.get_dump())
    (1, 1)
    """
    rows, frauds = len(label), int(label.sum())
    if min(frauds, rows - frauds) < folds:
        raise step.StepError(
            f"{frauds} of {rows} training rows are frauds: expected at least {folds} frauds and {folds} others, "
            "so that each fold has one; give more rows, or fewer folds"
        )
    import xgboost as xgb

    threads = 1 if rows < _ONE_THREAD else 0
    known = {name: value for name, value in params.items() if value is not None}
    known |= {"objective": "binary:logistic", "seed": seed, "nthread": threads}
    data = xgb.DMatrix(features, label, nthread=threads)
    history, unseen = _cross_validated(
        known, data, num_boost_round=num_boost_round, early_stopping_rounds=early_stopping_rounds, folds=folds
    )
    best = int(np.argmax(history["test-auc-mean"]))
    table = levels(label, unseen)
    threshold = best_f1(table)
    metrics = {
        "rows": rows,
        "frauds": frauds,
        "rounds": best + 1,
        "threshold": threshold,
        "cross_validation": {"train": _at(history, "train", best), "validation": _at(history, "test", best)},
        "out_of_fold": {name: float(value) for name, value in every_metric(table, threshold=threshold).items()},
    }
    return Fitted(xgb.train(known, data, best + 1), threshold, metrics)


def _cross_validated(
    params: dict[str, Any], data: "xgb.DMatrix", *, num_boost_round: int, early_stopping_rounds: int, folds: int
) -> tuple[dict[str, list[float]], npt.NDArray[np.float32]]:
    """Return the history of ``xgboost.cv``, and the probability of each row by the model of the fold without it."""
    import xgboost as xgb
    from sklearn.model_selection import StratifiedKFold

    class KeepFolds(xgb.callback.TrainingCallback):  # type: ignore[misc]
        """Keep the models of the folds, which `xgboost.cv` does not return."""

        def after_training(self, model: Any) -> Any:  # noqa: ANN401 - xgboost names no type
            self.folds = model.cvfolds
            return model

    seed, label = params["seed"], data.get_label()
    # The same folds as `xgboost.cv(stratified=True)` makes; made here to know which rows each fold leaves out.
    splits = list(StratifiedKFold(folds, shuffle=True, random_state=seed).split(label, label))
    kept = KeepFolds()
    numpys_state = np.random.get_state()  # noqa: NPY002 - `xgboost.cv` seeds it, and callers may use it
    try:
        history: dict[str, list[float]] = xgb.cv(
            params,
            data,
            num_boost_round=num_boost_round,
            folds=splits,
            metrics="auc",
            early_stopping_rounds=early_stopping_rounds,
            as_pandas=False,
            seed=seed,
            callbacks=[kept],
        )
    finally:
        np.random.set_state(numpys_state)  # noqa: NPY002
    best = int(np.argmax(history["test-auc-mean"]))
    unseen = np.empty(len(label), dtype=np.float32)
    for (_, left_out), fold in zip(splits, kept.folds, strict=True):
        unseen[left_out] = fold.bst.predict(fold.dtest, iteration_range=(0, best + 1))
    return history, unseen


def _at(history: dict[str, list[float]], side: str, best: int) -> dict[str, float]:
    mean, deviation = (float(history[f"{side}-auc-{what}"][best]) for what in ("mean", "std"))
    return {"mean": mean, "standard_deviation": deviation}

"""The summary of the preprocess step's tables, for readers and for programs that compare two runs."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from model.versions import CONTRACTS
from step_scripts.contracts import Quarantine, contract_versions


def summarise(
    train: pd.DataFrame, test: pd.DataFrame, quarantine: Quarantine, *, settings: Mapping[str, object]
) -> dict[str, Any]:
    """Return the content of summary.json.

    Parameters
    ----------
    train, test : DataFrame of shape (., 60)
        As the features contract says.
    quarantine : Quarantine
        The rows that were set apart.
    settings : mapping of str to object
        The step's options.

    Returns
    -------
    dict
        ``tables``: rows, frauds and their share in train, test and both; ``categories``: the number of rows of each;
        ``quarantine``: as `Quarantine.summary`; ``contracts``: their versions; ``settings``.

    Examples
    --------
    >>> part = pd.DataFrame({"policy_id": [1, 2], "fraud": [0, 1], "incident_type_Theft": [True, False]})
    >>> summary = summarise(part, part, Quarantine(), settings={})
    >>> summary["tables"]["all"], summary["categories"]
    ({'rows': 4, 'frauds': 2, 'prevalence': 0.5}, {'incident_type_Theft': 2})
    """
    kinds = train.columns[train.dtypes == "bool"]
    labels = {"all": pd.concat([train["fraud"], test["fraud"]]), "test": test["fraud"], "train": train["fraud"]}
    return {
        "categories": {name: int(train[name].sum() + test[name].sum()) for name in kinds},
        "contracts": contract_versions(CONTRACTS),
        "quarantine": quarantine.summary(),
        "settings": dict(settings),
        "tables": {name: _counts(fraud) for name, fraud in labels.items()},
    }


def _counts(fraud: "pd.Series[int]") -> dict[str, float]:
    frauds = int(fraud.sum())
    return {"rows": len(fraud), "frauds": frauds, "prevalence": frauds / len(fraud)}

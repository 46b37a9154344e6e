import numpy as np
import pytest

from model.artifact import Artifact
from model.encode import encode
from model.versions import CONTRACTS, library_versions
from step_scripts import contracts


@pytest.fixture(scope="session")
def artifact(random_tables):
    """A model that learned a simple rule from random claims."""
    import xgboost as xgb

    claims, customers = random_tables(300, 1)
    features = encode(claims, customers).drop(columns="policy_id")
    label = features["num_injuries"].to_numpy() > np.median(features["num_injuries"])
    settings = {"objective": "binary:logistic", "max_depth": 2, "seed": 0, "nthread": 1}
    return Artifact(
        model=xgb.train(settings, xgb.DMatrix(features, label), 3),
        features=tuple(features),
        threshold=0.5,
        contracts=contracts.contract_versions(CONTRACTS),
        libraries=library_versions(),
        settings=settings,
        training={"rows": 300},
    )

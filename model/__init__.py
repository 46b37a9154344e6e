"""What a model needs to score a claim: the encoding, the artifact, the score. Pure; used by steps and by serving."""

from model.artifact import (
    Artifact,
    ArtifactError,
    contract_versions,
    library_versions,
    load_artifact,
)
from model.encode import columns_of_features, encode
from model.score import predict, score

__all__ = [
    "Artifact",
    "ArtifactError",
    "columns_of_features",
    "contract_versions",
    "encode",
    "library_versions",
    "load_artifact",
    "predict",
    "score",
]

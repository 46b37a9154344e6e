"""What a model needs to score a claim: the encoding, the artifact, the score. Pure; used by steps and by serving."""

from scoring.artifact import (
    Artifact,
    ArtifactError,
    contract_versions,
    library_versions,
    load_artifact,
)
from scoring.encode import columns_of_features, encode
from scoring.score import predict, score

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

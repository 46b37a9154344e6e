"""The example's model: how claims are encoded, fitted, scored and explained. Used by the steps and by the server."""

from model.artifact import Artifact, contract_versions, library_versions, load_artifact
from model.encode import columns_of_features, encode
from model.score import predict, score
from step_scripts.serving.artifact import ArtifactError

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

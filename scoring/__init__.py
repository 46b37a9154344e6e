"""What a model needs to score a claim: the encoding, the artifact, the score. Pure; used by steps and by serving."""

from scoring.artifact import Artifact, ArtifactError, load_artifact, save_artifact
from scoring.encode import encode
from scoring.score import predict, score

__all__ = ["Artifact", "ArtifactError", "encode", "load_artifact", "predict", "save_artifact", "score"]

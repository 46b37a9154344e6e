"""Write a model artifact, with the code that answers with it. Only the train step imports this."""

from pathlib import Path

from model.artifact import MODEL, Artifact
from step_scripts.serving.packing import pack


def save_artifact(artifact: Artifact, folder: str | Path) -> None:
    """Write ``model.ubj``, ``code/`` and, last, ``artifact.json``, without which a folder is not an artifact.

    The same artifact gives the same bytes. ``code/`` holds the sources of the server and of `model.predictor`.

    Raises
    ------
    ValueError
        When a number in `settings` or `training` is NaN or infinite, which JSON lacks.
    """
    pack(
        folder,
        files={MODEL: bytes(artifact.model.save_raw("ubj"))},
        contracts=artifact.contracts,
        libraries=artifact.libraries,
        about={
            "features": list(artifact.features),
            "settings": dict(artifact.settings),
            "threshold": float(artifact.threshold),
            "training": dict(artifact.training),
        },
    )

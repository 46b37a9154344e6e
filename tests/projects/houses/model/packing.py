"""Write a model's folder. Apart from the model, so that only the training step's code holds the server."""

from dataclasses import asdict
from pathlib import Path

from step_scripts.contracts import contract_versions
from step_scripts.serving.packing import pack
from step_scripts.serving.versions import library_versions

from model.linear import CONTRACTS, Linear


def save(model: Linear, folder: Path) -> None:
    """Write a model's folder, with the code that answers with it."""
    versions = contract_versions(CONTRACTS)
    pack(folder, files={}, contracts=versions, libraries=library_versions(["numpy"]), about=asdict(model))

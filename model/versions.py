"""What shapes a model besides its data: contracts and libraries."""

from step_scripts.serving import versions

CONTRACTS = ("claims", "customers", "features")
LIBRARIES = ("numpy", "pandas", "xgboost")


def library_versions() -> dict[str, str]:
    """Return the versions of the libraries that shape a model."""
    return versions.library_versions(LIBRARIES)

"""What shapes a model besides its data: contracts and libraries."""

from importlib import import_module

from step_scripts import contracts

CONTRACTS = ("claims", "customers", "features")
LIBRARIES = ("numpy", "pandas", "xgboost")


def contract_versions() -> dict[str, str]:
    """Return the ids and current versions of the contracts that shape a model."""
    return {contract.id: contract.version for contract in map(contracts.load, CONTRACTS)}


def library_versions() -> dict[str, str]:
    """Return the versions of the libraries that shape a model."""
    return {name: str(import_module(name).__version__) for name in LIBRARIES}

"""What the tables between the steps look like: reading and writing them, and checking them.

A contract is a YAML file of the Open Data Contract Standard in the project's folder of contracts, one a table.

Examples
--------
>>> from step_scripts import contracts
>>> from step_scripts.contracts.example import houses, table
>>> contracts.check(table(), houses())
()
"""

from step_scripts.contracts.catalog import UnknownContractError, contract_versions, known, load
from step_scripts.contracts.checker import check
from step_scripts.contracts.contract import Column, Contract, Rule
from step_scripts.contracts.error import BrokenRule, CombinedContractError, ContractError, InvalidContractError
from step_scripts.contracts.json_lines import as_json_lines
from step_scripts.contracts.quarantine import Quarantine, QuarantineError, as_csv
from step_scripts.contracts.reader import read_checked
from step_scripts.contracts.record import RecordContract
from step_scripts.contracts.typed import typed
from step_scripts.contracts.valid_rows import read_valid_rows
from step_scripts.contracts.writer import write_checked

__all__ = [
    "BrokenRule",
    "Column",
    "CombinedContractError",
    "Contract",
    "ContractError",
    "InvalidContractError",
    "Quarantine",
    "QuarantineError",
    "RecordContract",
    "Rule",
    "UnknownContractError",
    "as_csv",
    "as_json_lines",
    "check",
    "contract_versions",
    "known",
    "load",
    "read_checked",
    "read_valid_rows",
    "typed",
    "write_checked",
]

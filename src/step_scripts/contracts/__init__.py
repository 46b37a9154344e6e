"""What the tables between the steps look like, the reader and the writer that hold them to it, and the checker.

A contract is a YAML file of the Open Data Contract Standard beside this module: claims, customers, features.

Examples
--------
>>> from step_scripts import contracts
>>> contracts.load("claims").columns["collision_type"].categories
('Front', 'Rear', 'Side', 'N/A')
"""

from step_scripts.contracts.checker import check
from step_scripts.contracts.contract import Contract, load
from step_scripts.contracts.error import BrokenRule, CombinedContractError, ContractError
from step_scripts.contracts.lines import as_json_lines
from step_scripts.contracts.quarantine import Quarantine, QuarantineError, as_csv
from step_scripts.contracts.reader import read_checked
from step_scripts.contracts.rule import Column, Rule
from step_scripts.contracts.valid_rows import read_valid_rows
from step_scripts.contracts.writer import write_checked

__all__ = [
    "BrokenRule",
    "Column",
    "CombinedContractError",
    "Contract",
    "ContractError",
    "Quarantine",
    "QuarantineError",
    "Rule",
    "as_csv",
    "as_json_lines",
    "check",
    "load",
    "read_checked",
    "read_valid_rows",
    "write_checked",
]

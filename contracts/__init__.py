"""What the tables between the steps look like, the reader and the writer that hold them to it, and the checker.

A contract is a YAML file of the Open Data Contract Standard beside this module: claims, customers, features.

Examples
--------
>>> import contracts
>>> contracts.load("claims").columns["collision_type"].categories
('Front', 'Rear', 'Side', 'N/A')
"""

from contracts.checker import check
from contracts.contract import Contract, load
from contracts.error import BrokenRule, CombinedContractError, ContractError
from contracts.lines import as_json_lines
from contracts.quarantine import Quarantine, QuarantineError, as_csv
from contracts.reader import read_checked
from contracts.rule import Column, Rule
from contracts.sifter import read_sifted
from contracts.writer import write_checked

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
    "read_sifted",
    "write_checked",
]

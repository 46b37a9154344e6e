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
from contracts.reader import read_all_checked, read_checked
from contracts.rule import Column, Rule
from contracts.writer import write_checked

__all__ = [
    "BrokenRule",
    "Column",
    "CombinedContractError",
    "Contract",
    "ContractError",
    "Rule",
    "check",
    "load",
    "read_all_checked",
    "read_checked",
    "write_checked",
]

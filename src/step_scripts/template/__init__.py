"""What `step-scripts new` writes: a project from somebody's own table.

`infer` guesses what the columns of a file are, and `as_yaml` writes the guess as a contract.
"""

from step_scripts.template.contract_yaml import as_yaml
from step_scripts.template.guess import ColumnGuess, Feature, Note, TableGuess, TemplateError
from step_scripts.template.infer import infer, infer_all

__all__ = ["ColumnGuess", "Feature", "Note", "TableGuess", "TemplateError", "as_yaml", "infer", "infer_all"]

"""What `step-scripts new` writes: a project from somebody's own table.

`infer` guesses what the columns of a file are, and `as_yaml` writes the guess as a contract. `features` and
`features_yaml` say what a model sees of it; `sample` and `synthetic` make fixtures; `report` shows it in a terminal.
"""

from step_scripts.template.contract_yaml import as_yaml
from step_scripts.template.features import features, features_yaml, left_out
from step_scripts.template.guess import ColumnGuess, Feature, Note, TableGuess, TemplateError
from step_scripts.template.infer import infer, infer_all
from step_scripts.template.report import report
from step_scripts.template.sample import sample, source_texts
from step_scripts.template.synthetic import synthetic

__all__ = [
    "ColumnGuess",
    "Feature",
    "Note",
    "TableGuess",
    "TemplateError",
    "as_yaml",
    "features",
    "features_yaml",
    "infer",
    "infer_all",
    "left_out",
    "report",
    "sample",
    "source_texts",
    "synthetic",
]

"""What a project's model has to offer, so that a server or a batch can answer records with it.

A project names the module with its model in ``pyproject.toml``::

    [tool.step-scripts]
    predictor = "model.predictor"

The module has a function ``load(folder)``, which returns a `Predictor`. The framework does the rest: it reads and
checks the records, refuses invalid ones, and writes the answers.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeAlias, runtime_checkable

from step_scripts import project
from step_scripts._shared import StepScriptsError
from step_scripts.contracts.record import RecordContract

Record: TypeAlias = Mapping[str, Any]


class PredictorError(StepScriptsError, ValueError):
    """The project has no predictor, or one that does not do what a predictor has to do."""


class Reason(NamedTuple):
    """A column of a record, the record's value there, and what that adds to the prediction."""

    column: str
    value: float | str
    contribution: float


class Reasons(NamedTuple):
    """Why a record has its prediction: ``base`` + the contributions of the ``top`` columns + ``rest``.

    Attributes
    ----------
    base
        The same for any record.
    top
        The columns that matter most, the greatest contribution first.
    rest
        What all other columns add together.
    """

    base: float
    top: tuple[Reason, ...]
    rest: float


class Prediction(NamedTuple):
    """What a model says about one record.

    Attributes
    ----------
    fields
        Plain values as JSON holds them, by the names in `Description.fields`, in the same order.
    reasons
        Why, where the model can say so.
    """

    fields: Mapping[str, Any]
    reasons: Reasons | None = None


@dataclass(frozen=True, kw_only=True)
class Description:
    """How a model is presented: in the server's OpenAPI document, in the columns of CSV, in the line when it is ready.

    Attributes
    ----------
    title, version, summary
        Of the OpenAPI document.
    fields : mapping of str to JSON Schema
        The values of a prediction, in their order. The first one is null in the answer to an invalid record.
    example : Record
        A valid record.
    unit : str or None
        Unit of the reasons, such as ``EUR`` or ``log-odds``; None where the model gives no reasons.
    nested : tuple of str
        Names of the objects that a client may send instead of one flat object, such as ``("house", "street")`` for
        ``{"house": {...}, "street": {...}}``.
    notes : str
        What the server prints about the model when it is ready.
    """

    title: str
    version: str
    fields: Mapping[str, Mapping[str, Any]]
    example: Record
    summary: str = ""
    unit: str | None = None
    nested: tuple[str, ...] = field(default=())
    notes: str = ""


@runtime_checkable
class Predictor(Protocol):
    """A loaded model.

    Examples
    --------
    >>> from step_scripts.contracts import Column, Contract
    >>> columns = (Column(name="house_id", dtype="int64"), Column(name="area", dtype="float64", minimum=1))
    >>> houses = Contract(
    ...     name="houses", id="houses", version="1.0.0", keys=("house_id",),
    ...     columns={column.name: column for column in columns}, rules=(),
    ... )
    >>> class ByArea:
    ...     contract = RecordContract(houses)
    ...     description = Description(
    ...         title="Prices of houses", version="1.0.0", fields={"price": {"type": "number"}},
    ...         example={"house_id": 1, "area": 80.0},
    ...     )
    ...     def predict(self, records):
    ...         return [Prediction({"price": 3000 * record["area"]}) for record in records]
    >>> isinstance(ByArea(), Predictor)
    True
    >>> ByArea().predict([ByArea.description.example])
    [Prediction(fields={'price': 240000.0}, reasons=None)]
    """

    @property
    def contract(self) -> RecordContract:
        """What a record has to keep before the model sees it."""
        ...

    @property
    def description(self) -> Description:
        """How the model is presented."""
        ...

    def predict(self, records: Sequence[Record]) -> Sequence[Prediction]:
        """Return one prediction for each record, in their order.

        Parameters
        ----------
        records : sequence of mappings
            One or more. Each keeps `contract`; whole numbers may be floats, such as 2.0.
        """
        ...


def load_predictor(folder: str | Path) -> Predictor:
    """Load a model by the predictor module of this process's project.

    Parameters
    ----------
    folder : path
        The model's folder or archive; it is given to the module's ``load``.

    Returns
    -------
    Predictor

    Raises
    ------
    PredictorError
        When the project names no predictor, its module is absent, or the module does not return a predictor.
    StepScriptsError
        When ``load`` refuses the model, such as an `ArtifactError`.

    Examples
    --------
    >>> load_predictor("runs/train/model").description.title  # doctest: +SKIP
    'Prices of houses'
    """
    home = project.find()
    module = _module(home)
    load = getattr(module, "load", None)
    if not callable(load):
        raise PredictorError(f"{module.__file__}: expected a function load(folder), got none; write one")
    predictor = load(Path(folder))
    if not isinstance(predictor, Predictor):
        raise PredictorError(
            f"{module.__file__}: load(folder) returned {type(predictor).__name__}; expected an object with contract, "
            "description and predict(records)"
        )
    return predictor


def predictor_module(home: project.Project) -> str:
    """Return the name of a project's predictor module.

    Raises
    ------
    PredictorError
        When the project names none.
    """
    if home.predictor is None:
        raise PredictorError(
            f"{home.root / project.FILE}: expected the setting predictor in [tool.step-scripts], got none; fix: name "
            'the module that loads the model, such as predictor = "model.predictor"'
        )
    return home.predictor


def _module(home: project.Project) -> Any:  # noqa: ANN401 - a module with any content
    name = predictor_module(home)
    if str(home.root) not in sys.path:  # an installed command has its own folder there, not the project's
        sys.path.insert(0, str(home.root))
    try:
        module = import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not (name == error.name or name.startswith(f"{error.name}.")):
            raise  # a library that the module needs
        raise PredictorError(f"{home.root}: there is no module {name}, which the setting predictor names") from None
    path = Path(str(module.__file__))
    if not any(place.is_relative_to(home.root) for place in (path, path.resolve())):
        raise PredictorError(
            f"expected the module {name} in {home.root}, got {module.__file__}; fix: rename the project's module"
        )
    return module

"""Which extra of this package brings a library. Imports nothing."""

# Top-level module: the extra that installs it, as pyproject.toml lists them.
EXTRAS = {
    "boto3": "pipeline",
    "great_expectations": "container",
    "httptools": "container",
    "hypothesis": "testing",
    "jinja2": "project",
    "jsonschema": "container",
    "matplotlib": "project",
    "moto": "pipeline",
    "numpy": "container",
    "optuna": "pipeline",
    "packaging": "project",
    "pandas": "container",
    "pyarrow": "container",
    "pytest": "testing",
    "sagemaker": "pipeline",
    "sklearn": "project",
    "starlette": "container",
    "uvicorn": "container",
    "uvloop": "container",
    "xgboost": "project",
}


def missing(error: ModuleNotFoundError) -> str | None:
    """Return a message that says which extra to install; None for a module of any other origin.

    Examples
    --------
    >>> missing(ModuleNotFoundError(name="pandas"))
    "the library pandas is missing; fix: pip install 'step-scripts[container]'"
    """
    library = (error.name or "").partition(".")[0]
    if library not in EXTRAS:
        return None
    return f"the library {library} is missing; fix: pip install 'step-scripts[{EXTRAS[library]}]'"

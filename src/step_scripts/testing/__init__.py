"""The tests that every project needs, as a pytest plugin (``step_scripts.testing.plugin``).

A project imports them into files of its own, a few lines each::

    # tests/plain/test_every_step.py
    from step_scripts.testing.steps import *

    # tests/definition/test_definition.py
    from step_scripts.testing.definition import *

    # tests/local/test_scripts.py
    from step_scripts.testing.scripts import *

They learn everything about the project from its folder, its settings and its compiled pipeline. A project that wants
one test less deselects it: ``pytest --deselect tests/definition/test_definition.py::test_every_job_is_isolated``.
"""

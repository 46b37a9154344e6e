import os

import pytest


@pytest.fixture(autouse=True, scope="session")
def laptop():
    """No test inherits the folders of a container around it."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("SM_") or name == "SAGEMAKER_BASE_DIR"]:
            patch.delenv(name)
        yield

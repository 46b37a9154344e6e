import os

import pytest


@pytest.fixture(autouse=True, scope="session")
def laptop():
    """No test uses the folders of a container in which it runs."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("SM_") or name == "SAGEMAKER_BASE_DIR"]:
            patch.delenv(name)
        yield

"""A container without a container."""

import pytest


@pytest.fixture
def container(tmp_path, monkeypatch):
    """A container's base folder."""
    monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(tmp_path))
    return tmp_path

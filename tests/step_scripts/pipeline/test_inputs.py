"""What a run reads and where it writes."""

import pytest

from step_scripts.pipeline.inputs import in_s3
from step_scripts.pipeline.parameters import ParameterError


@pytest.mark.parametrize("value", ["nonsense", "s3://", "s3://UPPER/x", "s3://bucket", "s3://bucket/"])
def test_input_data_must_be_a_folder_in_s3(value):
    """Any other value would end deep inside the SDK."""
    with pytest.raises(ParameterError, match="expected s3://bucket/folder"):
        in_s3("InputData", value, folder=True)


@pytest.mark.parametrize(("value", "place"), [("s3://bucket", "s3://bucket"), ("s3://bucket/a/b", "s3://bucket/a/b")])
def test_a_store_may_be_a_bucket(value, place):
    """Or a folder in one."""
    assert in_s3("Store", value) == place

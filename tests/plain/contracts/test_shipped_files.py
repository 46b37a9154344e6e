"""The shipped tables, checked by the command that data teams use."""

import pytest

from step_scripts.contracts.cli import main


@pytest.mark.parametrize(
    ("folder", "lines"),
    [
        (".", ["claims: 5,000 rows, valid (claims 2.0.1, ", "customers: 5,000 rows, valid (customers 2.0.1, "]),
        ("preprocess/train", ["features: 3,973 rows, valid (features 2.0.0, "]),
    ],
)
def test_shipped_tables_are_valid(project, capsys, folder, lines):
    """By the names that the generator and preprocess give their files."""
    assert main(["check", str(project / "fixtures" / folder)]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert all(line.startswith(start) for line, start in zip(printed, [*lines, "no problems found"], strict=True))

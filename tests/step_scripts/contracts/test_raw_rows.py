"""Rows in quarantine are read again as text."""

import pandas as pd

from step_scripts.contracts.raw_rows import csv_rows
from tests.step_scripts.specimens.rows import houses


def test_rows_come_back_as_text(tmp_path):
    """Numbers, empty cells and quotes as they are in the file, in its columns, wherever they stand."""
    text = houses(12).to_csv(index=False, lineterminator="\n")
    (tmp_path / "houses.csv").write_text(text.replace("N/A", ""))
    expected = pd.read_csv(tmp_path / "houses.csv", dtype=str, keep_default_na=False)
    for rows in ([0], [11], [2, 3, 7], list(range(12))):
        read_back = csv_rows(tmp_path / "houses.csv", rows).to_pandas()
        assert read_back.to_numpy().tolist() == expected.iloc[rows].to_numpy().tolist()


def test_rows_of_a_long_file_are_found_block_by_block(tmp_path):
    """Rows are counted over the blocks in which a long file is read."""
    path = tmp_path / "long.csv"
    path.write_text("a,b\n" + "".join(f"{row},{'x' * 40}\n" for row in range(100_000)))
    assert csv_rows(path, [0, 49_999, 50_000, 99_999])["a"].to_pylist() == ["0", "49999", "50000", "99999"]

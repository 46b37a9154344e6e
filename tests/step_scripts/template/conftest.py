"""Tables that somebody may have, as CSV files."""

import csv

import pytest


@pytest.fixture
def write(tmp_path):
    """A function that writes columns of texts as a CSV file, each column repeated to a number of rows."""

    def written(columns, *, rows=100, name="table.csv"):
        path = tmp_path / name
        with path.open("w", newline="", encoding="utf-8") as file:
            lines = csv.writer(file, lineterminator="\n")
            lines.writerow(columns)
            cells = [list(values) for values in columns.values()]
            lines.writerows([values[row % len(values)] for values in cells] for row in range(rows))
        return path

    return written

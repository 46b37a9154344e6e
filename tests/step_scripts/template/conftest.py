"""Tables that somebody may have, as CSV files."""

import csv

import pytest


@pytest.fixture
def write(tmp_path):
    """A function that writes columns of texts as a CSV file, each column repeated to a number of rows."""
    return _writer(tmp_path)


@pytest.fixture(scope="session")
def write_once(tmp_path_factory):
    """The same for tests of properties: each call replaces the file."""
    return _writer(tmp_path_factory.mktemp("tables"))


def _writer(folder):
    def written(columns, *, rows=100, name="table.csv"):
        path = folder / name
        with path.open("w", newline="", encoding="utf-8") as file:
            lines = csv.writer(file, lineterminator="\n")
            lines.writerow(columns)
            cells = [list(values) for values in columns.values()]
            lines.writerows([values[row % len(values)] for values in cells] for row in range(rows))
        return path

    return written

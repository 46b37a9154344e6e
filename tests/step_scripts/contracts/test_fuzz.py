"""Files spoilt at random: read whole, or refused with a sentence; never a traceback, never a lost row.

`FUZZ_EXAMPLES` sets how many; benchmarks/fuzz.py runs it with 50,000, and the nightly profile with 5,000.
"""

import csv
import io
import os

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from step_scripts import contracts
from tests.step_scripts.specimens.rows import NAMES, contract, reads_as, tables

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", 5 * settings.default.max_examples))
FUZZ = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],  # to shrink an example takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
BASES = {
    name: table.to_csv(index=False, lineterminator="\n").encode() for name, table in zip(NAMES, tables(6), strict=True)
}
# What people, programs and broken disks put into tables.
PIECES = [
    *(b'"', b'""', b",", b",,", b";", b"\t", b"|", b"\n", b"\r", b"\r\n", b"\n\n", b"\0", b" ", b"'", b"#", b"\\"),
    *(b"\xef\xbb\xbf", b"\xff", b"\xc3", "ü".encode(), "ü".encode("cp1252"), "\u2028".encode(), b"\xff\xfe", b"\x85"),
    *(b"N/A", b"NA", b"null", b"None", b"nan", b"inf", b"-inf", b"true", b"", b"-", b"--", b"+1", b"-1", b"-0"),
    *(b"1,234", b'"1,234"', b"1.5", b"1e3", b"1e999", b"9" * 19, b"9" * 40, b"007", b"1_000", b"2019-01-01", b"0x1F"),
    *(b"Gas", b"gas", b"Unkown", b"house_id", b"sold,", b"=1+1", b"<html>", b"{", b"PAR1", b"x" * 3000),
]

KINDS = [*(["cell"] * 8), *(["insert", "flip"] * 2), "delete", "line away", "swap", "cut", "line twice"]


@st.composite
def spoilt(draw):
    """A table's name, and its file with one to four things done to it."""
    name = draw(st.sampled_from(NAMES))
    content = BASES[name]
    for _ in range(draw(st.sampled_from([1, 1, 1, 2, 3]))):
        # Not `integers`, which like the ends best: a file without its header is soon refused.
        place = draw(st.sampled_from(range(len(content) + 1)))
        piece = draw(st.sampled_from(PIECES))
        lines = content.splitlines(keepends=True) or [b""]
        one, other = (draw(st.sampled_from(range(len(lines)))) for _ in range(2))
        match draw(st.sampled_from(KINDS)):
            case "insert":
                content = content[:place] + piece + content[place:]
            case "flip":
                content = content[:place] + bytes([draw(st.integers(0, 255))]) + content[place + 1 :]
            case "delete":
                content = content[:place] + content[place + draw(st.integers(1, 40)) :]
            case "cell":
                cells = lines[one].rstrip(b"\n").split(b",")
                cells[draw(st.sampled_from(range(len(cells))))] = piece
                content = b"".join([*lines[:one], b",".join(cells), b"\n", *lines[one + 1 :]])
            case "cut":
                content = content[:place]
            case "line twice":
                content = b"".join([*lines[: one + 1], *lines[one:]])
            case "line away":
                content = b"".join([*lines[:one], *lines[one + 1 :]])
            case "swap":
                lines[one], lines[other] = lines[other], lines[one]
                content = b"".join(lines)
    return name, content


def rows_of(content):
    """The rows of a CSV file as Python's own reader reads them, header first."""
    return [cells for cells in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")) if cells]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """The file that every example writes."""
    return tmp_path_factory.mktemp("fuzz") / "table.csv"


@FUZZ
@given(example=spoilt())
def test_a_spoilt_file_is_read_whole_or_refused(path, example):
    """Good and quarantined rows are those of the file, cell by cell; or the message says what to do."""
    name, content = example
    path.write_bytes(content)
    try:
        (good,), quarantine = contracts.read_valid_rows(path, contract(name))
    except contracts.ContractError as error:
        message = str(error)
    else:
        assert_whole(rows_of(content), good, quarantine.tables[0].frame)
        return
    assert message.startswith(f"{name}: ")
    assert all(word in message for word in ("expected", "got", "fix"))
    assert len(message) < 20_000


def assert_whole(rows, good, apart):
    """Each row is in one of the two parts, with its cells."""
    header, *body = rows
    assert len(good) + len(apart) == len(body)
    read = {row["house_id"]: row for row in good.to_dict("records")}
    kept = {key: list(cells) for key, *cells in apart.drop(columns="broken_rules").itertuples()}
    assert not set(read) & set(kept)
    place = header.index("house_id")
    for cells in body:
        key = int(cells[place], 0) if cells[place].strip().lower().startswith("0x") else int(cells[place])
        if key in kept:
            assert kept[key] == cells
            continue
        for column, cell in zip(header, cells, strict=True):
            assert reads_as(cell, read[key][column]), (column, cell)

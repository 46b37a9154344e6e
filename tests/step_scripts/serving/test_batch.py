"""Records of a file are answered in a file: in order, a bad one in its place, all of them or none."""

import csv
import io
import json

import pytest
from prices.predictor import EXAMPLE

from step_scripts.serving import batch
from step_scripts.serving.batch import BatchError, answer_file
from step_scripts.serving.cli import main


@pytest.fixture
def three_at_a_time(monkeypatch):
    """Parts so small that a test has several."""
    monkeypatch.setattr(batch, "ROWS", 3)


def houses(count, bad=()):
    """Houses that differ, some of them bad."""
    made = [{**EXAMPLE, "house_id": number, "rooms": 1 + number % 20} for number in range(1, count + 1)]
    return [{**one, "rooms": 31} if one["house_id"] in bad else one for one in made]


def written(path, records, *, header=True):
    """A file of records."""
    with path.open("w", newline="") as out:
        if path.suffix == ".csv":
            rows = csv.DictWriter(out, list(records[0]))
            if header:
                rows.writeheader()
            rows.writerows(records)
        else:
            out.writelines(json.dumps(record) + "\n" for record in records)
    return path


@pytest.mark.usefixtures("three_at_a_time")
@pytest.mark.parametrize("ending", [".jsonl", ".csv", ".CSV"])
@pytest.mark.parametrize("header", [True, False])
def test_every_record_is_answered_in_its_place(scorer, tmp_path, ending, header):
    """Whatever the format, and however many parts it takes."""
    records = houses(10, bad=[4, 10])
    source = written(tmp_path / f"in{ending}", records, header=header)
    if ending == ".CSV" and not header:
        source.write_text("\n".join(",".join(map(str, one.values())) for one in records))
    elif ending == ".CSV":
        source.write_text(
            "\n".join(",".join(map(str, row)) for row in [records[0], *(one.values() for one in records)])
        )
    counts = answer_file(scorer, source, tmp_path / "out.jsonl")
    answers = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert counts == (10, 2)
    assert [one["house_id"] for one in answers] == list(range(1, 11))
    assert [one["house_id"] for one in answers if one["price"] is None] == [4, 10]
    expected = scorer.answers(records)
    assert answers == [one.as_dict() for one in expected]


@pytest.mark.usefixtures("three_at_a_time")
def test_a_row_may_go_over_several_lines(scorer, tmp_path):
    """A quoted cell with the end of a line in it is not torn apart between two parts."""
    records = houses(6)
    records[2]["kind"] = "Ho\nuse"
    counts = answer_file(scorer, written(tmp_path / "in.csv", records), tmp_path / "out.csv")
    assert counts == (6, 1)
    with (tmp_path / "out.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [row["house_id"] for row in rows] == list("123456")
    assert "'Ho\\nuse'" in rows[2]["error"]


REFUSED = {
    "no file": (lambda folder: folder / "in.jsonl", "No such file"),
    "an ending": (lambda folder: written(folder / "in.txt", houses(1)), "expected a name that ends in .jsonl"),
    "no record": (lambda folder: written(folder / "in.jsonl", []), "at least one record"),
    "bytes": (
        lambda folder: (folder / "in.jsonl").write_bytes(b"\xff\n") and folder / "in.jsonl",
        "line 1 on: expected UTF-8",
    ),
    "a quote": (lambda folder: (folder / "in.csv").write_bytes(b'1,"2\n3\n') and folder / "in.csv", "closed quotes"),
}


@pytest.mark.parametrize(("source", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_cannot_be_read_is_a_sentence(scorer, tmp_path, source, sentence):
    """And there is no file of answers, nor half of one."""
    with pytest.raises(BatchError, match=sentence):
        answer_file(scorer, source(tmp_path), tmp_path / "out.jsonl")
    assert not [path for path in tmp_path.iterdir() if "out" in path.name]


def test_what_is_read_is_not_written_over(scorer, tmp_path):
    """One name for both is a slip."""
    source = written(tmp_path / "in.jsonl", houses(1))
    with pytest.raises(BatchError, match="would be overwritten"):
        answer_file(scorer, source, source)
    assert source.read_text()


def test_the_command_line_says_what_it_did(model, tmp_path, capsys):
    """How many, and how many of them have an error."""
    source = written(tmp_path / "in.jsonl", houses(3, bad=[2]))
    known = ["score", "--model", str(model)]
    assert main([*known, str(source), str(tmp_path / "out.csv")]) == 0
    assert capsys.readouterr().out == f"wrote {tmp_path / 'out.csv'}: 3 records, 1 of them refused\n"
    assert main([*known, str(tmp_path / "none.jsonl"), str(tmp_path / "out.csv")]) == 1
    assert capsys.readouterr().err.startswith("step-scripts score: ")
    assert main(["score", "--model", str(tmp_path), str(source), str(tmp_path / "out.csv")]) == 1
    assert "holds no weights.json" in capsys.readouterr().err


@pytest.mark.usefixtures("three_at_a_time")
def test_progress_is_shown(scorer, tmp_path):
    """A line that says how far it is."""
    progress = io.StringIO()
    answer_file(scorer, written(tmp_path / "in.jsonl", houses(7)), tmp_path / "out.jsonl", progress=progress)
    assert progress.getvalue().split("\r")[1].startswith("3 records (")
    assert progress.getvalue().rstrip().endswith("7 records (100%), 0 refused")

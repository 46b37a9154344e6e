"""The last line of a step's output."""

import json

from step_scripts import step


def test_report_prints_one_line(capsys):
    """Numbers with a fraction have four digits; the rest is as it is."""
    step.report(rows=4000, auc=0.80704, kind="hash")
    assert capsys.readouterr().out == "report: rows=4000 auc=0.8070 kind=hash\n"


def test_one_host_of_several_reports_on_its_part(container, capsys):
    """Its facts are those of its own part, and the line says which part."""
    (container / "config").mkdir()
    config = {"current_host": "algo-2", "hosts": ["algo-1", "algo-2"]}
    (container / "config" / "resourceconfig.json").write_text(json.dumps(config))
    step.report(rows=2000)
    assert capsys.readouterr().out == "report: rows=2000 part=1\n"

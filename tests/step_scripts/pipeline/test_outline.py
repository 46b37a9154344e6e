"""A definition as text: every step, every edge, every parameter."""

from step_scripts.pipeline import outline

JSON_GET = {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.B.PropertyFiles.Report"}, "Path": "x"}}
DEFINITION = {
    "Parameters": [
        {"Name": "Gate", "Type": "Float", "DefaultValue": 0.7},
        {"Name": "Data", "Type": "String"},
        {"Name": "Split", "Type": "String", "DefaultValue": "hash", "EnumValues": ["hash", "sequential"]},
    ],
    "Steps": [
        {"Name": "A", "Type": "Processing", "Arguments": {}},
        {"Name": "B", "Type": "Training", "DependsOn": ["A"], "Arguments": {"X": [{"Get": "Steps.A.Y['t'].Z"}]}},
        {
            "Name": "C",
            "Type": "Condition",
            "Arguments": {
                "Conditions": [{"LeftValue": JSON_GET}],
                "IfSteps": [{"Name": "D", "Type": "Model", "Arguments": {"Data": {"Get": "Steps.B.Uri"}}}],
                "ElseSteps": [{"Name": "E", "Type": "Fail", "Arguments": {}}],
            },
        },
    ],
}


def test_edges_come_from_references_dependencies_and_branches():
    """A step comes after each step that it names, once, and after the condition in whose branch it stands."""
    assert {step.name: step.after for step in outline.steps_of(DEFINITION)} == {
        "A": (),
        "B": ("A",),
        "C": ("B",),
        "D": ("B", "C"),
        "E": ("C",),
    }


def test_the_text_shows_every_step_and_parameter_once():
    """Nothing of the definition is left out, and a parameter without a default says that it is required."""
    text = outline.render("tiny", DEFINITION)
    assert text.startswith("tiny: 5 steps, 3 parameters\n")
    rows = [line.split() for line in text.splitlines()]
    assert ["D", "Model", "B,", "C"] in rows
    assert ["Data", "String", "(required)"] in rows
    assert ["Split", "String", "hash", "hash", "|", "sequential"] in rows

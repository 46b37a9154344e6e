"""The framework knows nothing of the example: not its words, not its columns, no label, no metric."""

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src/step_scripts"
# A word ends at anything but a letter or a digit, and where lower case changes to upper case.
WORD = re.compile(r"[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z]+[0-9]*|[0-9]+")
SUBJECT = re.compile(
    r"claims?|claimants?|frauds?|fraudulent|customers?|insur\w*|incidents?|deducta\w+|premiums?|polic(y|ies)"
)
METRIC = re.compile(r"auc|roc|f1|rmse|mae|mse|r2|brier|logloss|accuracy|confusion")
# Technical senses of these words: the word before, or the word after.
BEFORE = {
    "policy": "retry cache access bucket resource session iam trust lifecycle scaling restart deletion network".split(),
    "policies": "retry cache access bucket resource session iam trust lifecycle scaling".split(),
}
AFTER = {
    "customer": ["metadata", "managed"]
}  # the service's CustomerMetadataProperties; keys that the customer manages
# Where such a word is right: a path below the package, the word, and why.
ALLOWED = [
    ("template/files/*", METRIC.pattern, "what a new project measures its model by: from then on the code is its own"),
    ("template/tasks.py", METRIC.pattern, "the same names, which the templates ask for"),
]


def columns():
    """Return the names of the example's columns, label included."""
    tables = [yaml.safe_load(path.read_text()) for path in sorted((ROOT / "contracts").glob("*.yaml"))]
    return {column["name"] for table in tables for part in table["schema"] for column in part["properties"]}


def texts():
    """Return name and text of every file of the package, data files too."""
    for path in sorted(PACKAGE.rglob("*")):
        if path.is_file() and path.suffix not in {".pyc", ".typed"}:
            yield str(path.relative_to(PACKAGE)), path.read_text()


def found(name, text, column_names):
    """Return each word of the example in a text: where it is, and the word."""
    places = []
    for number, line in enumerate(text.splitlines(), 1):
        words = [word.lower() for word in WORD.findall(line)]
        wrong = [word for place, word in enumerate(words) if _is_of_the_example(words, place)]
        wrong += [column for column in re.findall(r"\w+", line) if column in column_names]
        places += [
            f"{name}:{number}: {word}"
            for word in wrong
            if not any(fnmatch(name, path) and re.fullmatch(allowed, word) for path, allowed, _ in ALLOWED)
        ]
    return places


def _is_of_the_example(words, place):
    word = words[place]
    if METRIC.fullmatch(word):
        return True
    before, after = words[place - 1 : place], words[place + 1 : place + 2]
    technical = (before and before[0] in BEFORE.get(word, [])) or (after and after[0] in AFTER.get(word, []))
    return bool(SUBJECT.fullmatch(word)) and not technical


def test_no_file_of_the_package_has_one():
    """No code, docstring, message or data file of the framework."""
    names = columns()
    places = [place for name, text in texts() for place in found(name, text, names)]
    assert not places, "\n".join(["words of the example in src/step_scripts:", *places])


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("def check_claim(row):", "claim"),
        ("a policy of ours", "policy"),
        ("class FraudModel:", "fraud"),
        ('metric = "validation:auc"', "auc"),
        ("rocAuc", "roc"),
        ("f1_score", "f1"),
        ("num_witnesses", "num_witnesses"),
    ],
)
def test_a_word_of_the_example_is_found(line, word):
    """In names and in prose, whatever the spelling."""
    assert found("somewhere.py", line, columns())[0] == f"somewhere.py:1: {word}"


@pytest.mark.parametrize(
    "line", ["RetryPolicies", "a cache policy", "CustomerMetadataProperties", "proclaims", "process"]
)
def test_technical_words_pass(line):
    """The service's own names, and words that only contain one of the list."""
    assert found("somewhere.py", line, columns()) == []

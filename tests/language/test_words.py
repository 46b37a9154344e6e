"""The words of this project are plain: readers are engineers, and many of them are no native speakers of English."""

import re
from fnmatch import fnmatch

import pytest

from tests.language.text_files import texts

# What is not said here: a regular expression, and what to write instead. `_`, digits and changes of case end a word.
MANNERED = {
    r"(?<![A-Za-z])(un)?told(?![a-z])": "reported, shown, given",
    r"(?<![A-Za-z])nobody(?![a-z])": "no caller, no user, no one",
    r"(?<![A-Za-z])heed(s|ed|ing)?(?![a-z])": "respects, follows",
    r"(?<![A-Za-z])hurried(?![a-z])": "gc_paused, fast",
    r"(?<![A-Za-z])mend(s|ed|ing)?(?![a-z])": "fixed, patched",
    r"\bis none\b": "is invalid, does not exist, is not one",
    r"\bof which there is none\b": "that does not exist",
    r"(?<![A-Za-z])room(?![a-z])|\b(the|these|its|our|all|two) rooms\b|(?<!')\brooms'": "package",
    r"(?<![A-Za-z])walls?(?![a-z])(?![ -](time|clock))": "import rule",
    r"(?<![A-Za-z])lest(?![a-z])": "so that ... not",
    r"\bsave for\b": "except",
    r"\bbut for\b": "except, without",
    r"\bbe it\b": "whether",
    r"(?<![A-Za-z])held[ _]to(?![a-z])": "checked against, check_matches",
    r"(?<![A-Za-z])ke(ep|eps|pt)[ _]apart(?![a-z])": "separate, require_distinct_dirs",
    r"(?<![A-Za-z])(sieve|sift)(s|ed|er|ing)?(?![a-z])": "row filter, read_valid_rows",
    r"(?<![A-Za-z])nursery(?![a-z])": "fork server",
    r"\bwarm (child|children|process|processes)\b": "preloaded workers",
    r"\bCrews?\b": "JobGroup",
    r"(?<![A-Za-z])disband(s|ed)?(?![a-z])": "cleanup",
    r"\bOrders?\b(?=[.(:])": "JobSpec",
    r"\bbecome\(": "run_script",
    r"\b_?MOST_": "MAX_",
    r"\b_?LEAST_": "MIN_",
    r"\b_?LONGEST_": "MAX_, *_TIMEOUT_S",
    r"PATIENCE": "*_TIMEOUT_S",
    r"\bkill[ _-]rate": "detection rate",
    r"(?<![A-Za-z])rivals?(?![a-z])": "baselines",
    r"(?<![A-Za-z])break[_-]it\b": "seeded bugs",
    r"\bwhoever\b": "who, the user that",
    r"\bwhat is no\b": "what is not",
    r"\bnever both, never neither\b": "every input row is either processed or quarantined",
    r"\bto do\b(?=\s*[:\"']|\s{2})": "fix",
}
CASE_MATTERS = ("is none", "Crews", "Orders?", "become", "_?MOST_", "_?LEAST_", "_?LONGEST_", "PATIENCE")
# Where such a word is right: a path, the word, and why.
ALLOWED = [
    ("tests/language/test_words.py", ".*", "the list itself, and lines to try it on"),
    ("CHANGELOG.md", "sifted|break_it|kill_rate", "the table of old names"),
    ("tests/projects/houses/contracts/houses.yaml", "room", "a house has rooms"),
]

PATTERNS = {
    re.compile(pattern, 0 if any(word in pattern for word in CASE_MATTERS) else re.IGNORECASE): instead
    for pattern, instead in MANNERED.items()
}


def found(name, lines):
    """Return each mannered word of a file: where it is, the word, and what to write instead."""
    return [
        f"{name}:{number}: {match[0]!r}: write {instead}"
        for number, line in enumerate(lines, 1)
        for pattern, instead in PATTERNS.items()
        for match in pattern.finditer(line)
        if not any(fnmatch(name, path) and re.fullmatch(word, match[0]) for path, word, _ in ALLOWED)
    ]


def test_every_file_is_in_plain_english():
    """No file has a word of the list; each place is reported with the plain word."""
    places = [place for name, lines in texts() for place in found(name, lines)]
    assert not places, "\n".join(["mannered words:", *places])


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("def _told(value):", "told"),
        ("read_sifted(folder)", "sifted"),
        ("MOST_EXAMPLES = 5", "MOST_"),
        ("'x' is none of its values", "is none"),
        ("Nobody reads it", "Nobody"),
        ("imports between the rooms", "the rooms"),
    ],
)
def test_a_mannered_word_is_found(line, word):
    """In prose and in names."""
    (place,) = found("somewhere.py", [line])
    assert place.startswith(f"somewhere.py:1: {word!r}: write ")


@pytest.mark.parametrize(
    "line",
    [
        "it is None of course",
        "the wall time of a run",
        "rooms: the number of rooms of a house",
        "features.loc[0, 'rooms'] = 7",
        "ORDER = 3",
        "a stool",
        "a toldo",
    ],
)
def test_other_words_pass(line):
    """A word that only contains one of the list, or has a technical meaning, is no finding."""
    assert found("somewhere.py", [line]) == []

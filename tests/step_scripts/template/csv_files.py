"""Strategies for the cells of CSV files: columns of every kind that people have."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from step_scripts.contracts.catalog import parse, read_yaml
from step_scripts.contracts.date_format import date_format
from step_scripts.template.contract_yaml import as_yaml

# What a cell may hold: no line breaks and no NUL, which the reader rejects.
LETTERS = st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"])
ODD_NAMES = [
    "yes",
    "null",
    "~",
    "#x",
    "a: b",
    "a.b",
    "1",
    "1.5",
    "'",
    '"',
    "- x",
    "{x}",
    "[",
    "&a",
    "*a",
    "!x",
    "%",
    "@",
]
ODD_NAMES += [
    "`",
    "a b",
    " a ",
    "Größe",
    "面积",
    "true",
    "y",
    "2020-01-01",
    "<<",
    "=",
    "x" * 200,
    "€",
    "a\u2028b",
    "a#b",
    "a,b",
]
NAMES = st.one_of(
    st.text(LETTERS, min_size=1, max_size=12).filter(lambda name: name.strip() not in {"", "broken_rules"}),
    st.sampled_from(ODD_NAMES),
)
MISSING = st.sampled_from(["", "NA", "N/A", "null", "NaN", "?", "-", "None", "nan", " "])
FORMATS = [("yyyy-MM-dd", False), ("dd.MM.yyyy", False), ("M/d/yyyy", False), ("dd-MMM-yyyy", False), ("", False)]
FORMATS += [("", True), ("yyyy/MM/dd HH:mm", False), ("dd/MM/yyyy HH:mm:ssXXX", True)]


def _moments(pattern, zone):
    return st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC) if zone else st.none()).map(  # noqa: DTZ001 - any moment
        date_format(pattern, zone).text
    )


KINDS = [
    st.integers(-5, 120).map(str),
    st.integers(-(2**63), 2**63 - 1).map(str),
    st.integers().map(str),
    st.integers(0, 99999).map("{:05}".format),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.decimals(-1000, 1000, places=2).map(str),
    st.floats(0, 1).map("{:.3f}".format),
    st.sampled_from(["true", "False"]),
    st.sampled_from(["Yes", "no", "YES"]),
    st.sampled_from(["a", "b", "A", " a", "N/A"]),
    st.sampled_from(["0", "1"]),
    st.sampled_from(["1,5", "2,75", "€ 5", "1,000", "+5", "10 %", "1e999", "inf", "-0", " 7", "7 ", "1_000", "0x10"]),
    st.text(LETTERS, max_size=30),
    st.from_regex(r"[A-Z]{2}-[0-9]{3}", fullmatch=True),
    *(_moments(*each) for each in FORMATS),
    st.just("constant"),
    st.just(""),
]


@st.composite
def columns(draw):
    """Columns by their names: some cells of each, to be repeated."""
    # A file whose first letter is one of these is taken for JSON or a web page.
    names = st.lists(NAMES, min_size=2, max_size=6, unique=True).filter(
        lambda names: names[0].strip()[:1] not in {"", "{", "[", "<"}
    )
    return {name: draw(column()) for name in draw(names)}


@st.composite
def column(draw):
    """Cells of one kind, at times with missing ones, or with those of another kind, between them."""
    kinds = [draw(st.sampled_from(KINDS))]
    kinds += draw(st.sampled_from([[], [], [], [MISSING], [draw(st.sampled_from(KINDS))]]))
    return draw(st.lists(st.one_of(*kinds), min_size=1, max_size=12))


def contract_of(guess):
    """Return the contract of a guess, as its file is read."""
    return parse(read_yaml(as_yaml(guess)))

"""What a column is guessed to be, from its cells."""

import pyarrow as pa
import pytest

from step_scripts.template.columns import guess_column


def guessed(*cells, times=1, name="area"):
    """Return the guess of a column; an empty cell is None."""
    return guess_column(name, pa.chunked_array([list(cells) * times], pa.string()))


WORDS = ["lorem", "ipsum", "dolor", "sit", "amet", "sed", "diam", "nonumy"]


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "2", "-3"], "integer"),
        (["0", "9223372036854775807"], "integer"),
        (["1", "2.5"], "number"),
        (["1.0", "2.0"], "number"),
        (["1e3", "2E-3", ".5", "1."], "number"),
        (["True", "FALSE"], "boolean"),
        (["yes", "No"], "boolean"),
        (["Y", "N"], "boolean"),
        (["2020-02-29", "2019-01-01"], "date"),
        (["29.02.2020", "31.12.1999"], "date"),
        (["12/31/2019", "01/02/2020"], "date"),
        (["1/2/2020", "12/31/2019"], "date"),
        (["01-Feb-2020", "28-dec-2021"], "date"),
        (["2020-02-29 10:00:00", "2019-01-01 23:59:59"], "timestamp"),
        (["2020-02-29T10:00", "2019-01-01T23:59"], "timestamp"),
        (["2020-02-29T10:00:00.123456", "2019-01-01T23:59:00.1"], "timestamp"),
        (["2020-02-29T10:00:00Z", "2019-01-01T23:59:00+02:00"], "timestamp"),
        (["31.12.2019 10:00", "01.01.2019 11:30"], "timestamp"),
        (["01234", "98765"], "text"),
        (["0", "9223372036854775808"], "text"),
        (["+5", "6"], "text"),
        (["1,234.50", "2,000.00"], "text"),
        (["1,5", "2,75"], "text"),
        (["$10", "$1200"], "text"),
        (["10 %", "25%"], "text"),
        (["2020-02-30", "2020-01-01"], "text"),
        (["2020-01-01", "01.01.2020"], "text"),
        (["1", "2", "three"], "text"),
        (["inf", "1.5"], "text"),
        (["1e999", "1.5"], "text"),
        (WORDS, "text"),
    ],
)
def test_the_kind_of_a_column(cells, kind):
    """Each kind is recognised by its cells; what is not read without loss stays text."""
    assert guessed(*cells).kind == kind


def test_words_that_repeat_are_a_closed_category():
    """A few words in many rows are categories, each as it was seen; many different words are free text."""
    column = guessed("flat", "house", "Flat", times=20)
    assert (column.kind, column.categories) == ("category", ("Flat", "flat", "house"))
    assert any("case" in note.text for note in column.notes if note.review)
    assert guessed(*(f"word {number}" for number in range(51)), times=10).kind == "text"


@pytest.mark.parametrize("word", ["NA", "N/A", "null", "NaN", "?", "-", "None", " "])
@pytest.mark.parametrize("cells", [["1", "2"], ["1.5", "2"], ["yes", "no"], ["2020-01-01", "2020-05-01"]])
def test_a_word_for_missing_among_values(word, cells):
    """Among numbers, dates and booleans, words such as NA mean a missing value; the guess is to be reviewed."""
    column = guessed(word, *cells)
    assert (column.missing_values, column.required, column.review) == ((word,), False, True)


def test_a_word_for_missing_among_words_is_a_category():
    """Among categories, N/A may be a value: it stays one, and is to be reviewed."""
    column = guessed("N/A", "rear", times=20)
    assert (column.categories, column.missing_values, column.required) == (("N/A", "rear"), (), True)
    assert column.review


def test_an_empty_cell_makes_a_column_optional():
    """A column with an empty cell is not required."""
    assert not guessed("1", None).required
    assert guessed("1", "2").required


@pytest.mark.parametrize(
    ("cells", "bounds"),
    [
        (["3", "97"], (0, 110)),
        (["0", "1"], (0, 1)),
        (["1", "12"], (1, 12)),
        (["-5", "-1"], (-6, 0)),
        (["0.02", "0.98"], (0, 1)),
        (["2.5", "97.5"], (0, 100)),
        (["1000.1", "1000.9"], (1000, 1001)),
        (["0.001", "0.003"], (0.0008, 0.0032)),
        (["5", "5"], (4, 6)),
        (["-9223372036854775808", "9223372036854775807"], (-(2**63), 2**63 - 1)),
        (["1e308", "-1.7e308"], (-1.7976931348623157e308, 1.3e308)),
    ],
)
def test_bounds_are_wider_than_what_was_seen(cells, bounds):
    """Bounds are round, and wider than the seen ones; they do not cross zero, and scales stay as they are."""
    column = guessed(*cells)
    assert (column.minimum, column.maximum) == pytest.approx(bounds)
    assert column.minimum <= float(cells[0]) <= column.maximum
    assert [type(each) for each in (column.minimum, column.maximum)] == [type(each) for each in bounds]


def test_bounds_of_dates_are_whole_years():
    """Dates may be one more year away, in the column's own format."""
    column = guessed("31.12.2019", "01.05.2021")
    assert (column.format, column.minimum, column.maximum) == ("dd.MM.yyyy", "01.01.2018", "31.12.2022")
    zoned = guessed("2020-02-29T10:00:00Z", "2019-01-01T23:59:00+02:00")
    assert (zoned.zone, zoned.minimum) == (True, "2018-01-01T00:00:00Z")


@pytest.mark.parametrize(
    ("cells", "pattern", "review"),
    [
        (["31/12/2019", "01/02/2020"], "dd/MM/yyyy", False),
        (["12/31/2019", "01/02/2020"], "MM/dd/yyyy", False),
        (["03/04/2019", "01/02/2020"], "dd/MM/yyyy", True),
        (["03/03/2019", "02/02/2020"], "dd/MM/yyyy", True),
    ],
)
def test_day_and_month_are_found_by_evidence(cells, pattern, review):
    """A day after the 12th shows the order of day and month; without one, the guess is to be reviewed."""
    column = guessed(*cells)
    assert column.format == pattern
    assert any("swapped" in note.text for note in column.notes) == review


def test_booleans_keep_their_spellings():
    """Words for true and false are kept; true and false themselves need none."""
    assert guessed("Yes", "No").true_values == ("Yes",)
    assert guessed("Yes", "Yes").false_values == ("No",)
    assert guessed("True", "false").true_values == ()
    assert guessed("t", "t", times=10).kind == "category"


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["1,5", "2,75"], "point in decimals"),
        (["1,234", "2,000,000"], "thousands separators"),
        (["€ 5", "€ 1 000"], "currency"),
        (["5 %", "6.5%"], "percentages"),
        (["1", "2", "3", "many"], "75.0% of the cells are numbers"),
        (["24/11/2024", "17/01/2025", "2024-11-24"], "100.0% of the cells are dates, not all of one format"),
        (["24/11/2024", "17/01/2025", "18/01/2025", "soon"], "75.0% of the cells are dates"),
        ([" 1", "2 "], "spaces"),
        (["20200101", "20201231"], "yyyyMMdd"),
    ],
)
def test_a_form_that_is_not_read_says_how_to_export_it(cells, words):
    """Numbers in another form stay as they are; a note to review says how to export them."""
    assert words in "; ".join(note.text for note in guessed(*cells).notes if note.review)


def test_constant_and_empty_columns_are_marked():
    """A column with one value, or without any, is to be reviewed."""
    assert (guessed("a", "a", times=9).distinct, guessed("a", "a").review) == (1, True)
    empty = guessed(None, None)
    assert (empty.kind, empty.required, empty.distinct, empty.review) == ("text", False, 0, True)
    assert guessed("NA", None).missing_values == ("NA",)


def test_a_shape_that_all_values_have_is_a_pattern():
    """Values with digits, letters and signs in the same places have a pattern; words have none."""
    assert guessed(*(f"AB-{number:04}" for number in range(30))).pattern == "^[A-Z]{2}-[0-9]{4}$"
    assert guessed(*(f"{number}-x" for number in range(30))).pattern is None
    assert guessed(*(chr(97 + number) * 3 for number in range(26))).pattern is None

"""A table's keys, its label, and files from which no project can be made."""

import gzip

import pandas as pd
import pytest

from step_scripts.template.guess import TemplateError
from step_scripts.template.infer import infer, infer_all

IDS = [str(number) for number in range(1, 1001)]
AREA = [str(number) for number in range(40, 140)]


@pytest.fixture
def houses(write):
    """A small table that is fine, with other columns in place of some of its own."""

    def written(**columns):
        return write({"house_id": IDS, "area": AREA, "kind": ["flat", "house"], "price": AREA} | columns)

    return written


def fails(match, path, **options):
    """Return whether a guess ends in an error with all of some words."""
    with pytest.raises(TemplateError) as error:
        infer(path, name="houses", **options)
    message = str(error.value)
    assert all(word in message for word in match), message
    assert message.startswith("expected: ")


def test_a_table_is_guessed(houses):
    """A table has columns in the order of the file, a proposed key, and a label with its task."""
    guess = infer(houses(), name="houses", label="price")
    assert [column.name for column in guess.columns] == ["house_id", "area", "kind", "price"]
    assert (guess.rows, guess.keys, guess.task, guess["house_id"].maximum) == (100, ("house_id",), "regression", None)


@pytest.mark.parametrize("name", ["id", "ID", "uuid", "house id", "HouseId", "customerID"])
def test_a_column_that_is_called_like_a_key_is_proposed(write, name):
    """The first column of different values that is called like a key is the key."""
    assert infer(write({name: IDS, "area": AREA, "price": AREA}), name="houses").keys == (name,)


@pytest.mark.parametrize("name", ["area", "paid", "idea", "grid"])
def test_another_column_is_no_key(write, name):
    """A column of different values with another name is not proposed."""
    assert infer(write({name: IDS, "kind": ["a", "b"]}), name="houses").keys == ()


def test_given_keys_replace_the_proposed_one(write):
    """Several columns name a row together."""
    path = write(
        {"id": IDS, "shop": ["a", "b"], "day": [f"2020-01-{n // 2 + 1:02}" for n in range(60)], "y": AREA}, rows=60
    )
    guess = infer(path, name="sales", keys=("shop", "day"))
    assert guess.keys == ("shop", "day")
    assert [guess[name].kind for name in guess.keys] == ["category", "date"]


@pytest.mark.parametrize(
    "ids", [[f"{n}.5" for n in range(100)], [f"2020-01-01 00:{n // 60:02}:{n % 60:02}" for n in range(100)]]
)
def test_a_key_of_another_kind_is_text(houses, ids):
    """Numbers with decimals and timestamps are text as a key."""
    assert infer(houses(house_id=ids), name="houses", keys=["house_id"])["house_id"].kind == "text"


def test_a_column_that_refers_to_a_key_has_no_greatest_number(write):
    """A column that is named like a key, and is not the key, may have higher numbers in new rows."""
    guess = infer(write({"house_id": IDS, "owner_id": [*IDS[:80], *IDS[:80]], "area": AREA}, rows=160), name="houses")
    assert (guess.keys, guess["owner_id"].minimum, guess["owner_id"].maximum) == (("house_id",), 0, None)


def test_keys_that_do_not_fit(houses):
    """A key must exist, be there in each row, and be different in each; the message has examples."""
    fails(["'hous_id'", "did you mean 'house_id'"], houses(), keys=["hous_id"])
    fails(["never missing", "line 4"], houses(house_id=["1", "2", "", *IDS[5:]]), keys=["house_id"])
    fails(["never missing", "line 3"], houses(house_id=["1", "NA", *IDS[5:]]), keys=["house_id"])
    fails(["'flat' in lines 2, 4, 6 and 47 more"], houses(), keys=["kind"])
    fails(["'kind' and 'half'", "'flat', '1' in lines"], houses(half=["1", "1", "2", "2"]), keys=["kind", "half"])
    fails(["each of them once"], houses(), keys=["kind", "kind"])
    fails(["label as key"], houses(), keys=["house_id"], label="house_id")


def test_a_key_may_have_any_name(write):
    """The column `count_all` is a key like others."""
    path = write({"count_all": IDS, "day": ["1", "2"], "area": AREA})
    assert infer(path, name="houses", keys=["count_all"]).keys == ("count_all",)
    path = write({"count_all": ["1", "2"], "day": ["1"], "area": AREA})
    fails(["'1', '1' in lines 2, 4, 6"], path, keys=["count_all", "day"])


@pytest.mark.parametrize("name", ["base", "reasons", "rest", "error"])
def test_a_number_that_answers_have_already_is_no_label(write, name):
    """The predicted number is in answers by its name; a class is not."""
    path = write({"house_id": IDS, "area": AREA, name: [*AREA[:3]]})
    fails([f"answers have something else called {name}", "rename it"], path, label=name, task="regression")
    assert infer(path, name="houses", label=name, task="classification").label == name


@pytest.mark.parametrize("name", ["base", "error", "probability", "decision", "prediction", "probability_flat"])
def test_a_name_that_answers_have_already_is_no_key(write, name):
    """Answers have the key by its name."""
    path = write({name: IDS, "area": AREA, "price": AREA})
    fails([f"answers have something else called {name}", "rename it"], path, label="price", keys=[name])
    assert infer(path, name="houses", label="price").keys == ()
    assert infer(path, name="houses", keys=[name]).keys == (name,)


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ([*map(str, range(90)), "about 5"], ["correct cells such as 'about 5', which are no numbers"]),
        ([f"0{number}" for number in range(60)], ["name another column with --label, or join classes"]),
        ([f"{number}/13/2020" for number in range(60)], ["name another column with --label, or join classes"]),
        ([f"+{number}" for number in range(60)], ["fix: the label has whole numbers with a plus sign: export them"]),
    ],
)
def test_a_label_of_many_words_has_a_remedy(write, label, words):
    """What helps depends on the words: some are numbers in a form that is not read."""
    path = write({"house_id": IDS, "price": label, "area": AREA})
    fails(["at most 50 classes", *words], path, label="price")


@pytest.mark.parametrize(
    ("label", "task", "classes"),
    [
        (["yes", "no"], "classification", ["no", "yes"]),
        (["True", "False"], "classification", ["False", "True"]),
        (["0", "1"], "classification", ["0", "1"]),
        (["3", "1", "2"], "classification", ["1", "2", "3"]),
        (["low", "mid", "high"], "classification", ["high", "low", "mid"]),
        (["0.0", "1.0"], "classification", ["0.0", "1.0"]),
        (["1.5", "2.5", "3.5"], "regression", []),
        ([str(number) for number in range(11)], "regression", []),
    ],
)
def test_the_task_follows_from_the_label(houses, label, task, classes):
    """Few values are classes, as quoted words; other numbers are a regression."""
    guess = infer(houses(price=label), name="houses", label="price")
    assert (guess.task, list(guess.classes)) == (task, classes)
    assert guess["price"].categories == tuple(classes)


def test_a_task_that_is_given(houses):
    """A given task replaces the guessed one, and must fit the label."""
    path = houses(grade=["1", "2", "3"])
    assert infer(path, name="houses", label="grade", task="regression").task == "regression"
    fails(["is a number", "category, such as 'flat'"], path, label="kind", task="regression")
    fails(["at most 50 classes", "--task regression"], path, label="area", task="classification")


@pytest.mark.parametrize(
    ("label", "positive"),
    [(["yes", "no"], "yes"), (["0", "1"], "1"), (["good", "good", "bad"], "bad"), (["False", "False", "True"], "True")],
)
def test_the_positive_class(houses, label, positive):
    """The positive one of two classes is known by its name, or is the rarer one."""
    assert infer(houses(price=label), name="houses", label="price").positive == positive


def test_labels_that_do_not_fit(houses):
    """A label must exist, have two values, not too many classes, and enough rows of each of two."""
    fails(["'prise'", "did you mean 'price'"], houses(), label="prise")
    fails(["did you mean 'price'"], houses(), label="PRICE ")
    amounts = [f"{number},000" for number in range(100)]
    fails(["at most 50 classes", "export them without"], houses(price=amounts), label="price")
    fails(["two different values", "'7' in every row"], houses(price=["7"]), label="price")
    fails(["two different values", "no value in any row"], houses(price=[""]), label="price")
    fails(["at most 50 classes", "100 different"], houses(price=[f"word {n}" for n in range(100)]), label="price")
    fails(["at least 20 rows", "1 of 'rare'"], houses(price=["rare", *["often"] * 99]), label="price")
    fails(["one spelling"], houses(price=["True", "False", "TRUE"]), label="price")
    fails(["with a label", "got: 38"], houses(price=["1.5", "", "2.5", "", "3.5", "", "", ""]), label="price")


def test_rows_without_a_label_are_noted(houses):
    """Rows without a label are counted, and the label is required."""
    guess = infer(houses(price=["yes", "no", "", "N/A"]), name="houses", label="price")
    assert guess.classes == {"no": 25, "yes": 25}
    assert (guess["price"].required, guess["price"].missing_values) == (True, ("N/A",))
    assert any("50 rows have no label" in note.text for note in guess.notes)


def test_a_rare_class_of_several_is_noted(houses):
    """A class of few rows among several classes is to be reviewed."""
    guess = infer(houses(price=["rare", *["b", "c"] * 50]), name="houses", label="price")
    assert any("1 of 'rare'" in note.text for note in guess.notes if note.review)


@pytest.mark.parametrize(
    ("table", "different"),
    [
        ({"kind": ["a", "b"], "rooms": ["1", "2", "3"], "price": AREA}, 6),
        ({"kind": ["a"], "area": AREA[:49], "price": AREA}, 49),
        ({"area": [*AREA[:49], *AREA[:49], *AREA[49:98]], "price": [*AREA[:98], *["NA", ""] * 24, ""]}, 49),
    ],
)
def test_a_table_without_a_key_has_different_rows(write, table, different):
    """Rows without a key are split by their values, so few different ones may all be on one side."""
    match = ["a key, or at least 50 different rows without the label", f"got: {different};", "--key"]
    fails(match, write(table, rows=147), label="price", task="regression")


def test_a_table_of_few_different_rows_is_fine_with_a_key_or_without_a_label(write):
    """A key says on which side a row is; without a label, nothing is split."""
    table = {"kind": ["a", "b"], "rooms": ["1", "2", "3"]}
    assert infer(write(table), name="houses").keys == ()
    path = write({"house_id": IDS} | table | {"price": AREA})
    assert infer(path, name="houses", label="price").keys == ("house_id",)
    path = write({"area": [*["40"] * 2000, *AREA], "price": AREA}, rows=2100)
    assert infer(path, name="houses", label="price").rows == 2100


def _raw(content):
    return lambda path: path.write_bytes(content if isinstance(content, bytes) else content.encode())


ROWS = "".join(f"{n},{n}\n" for n in range(60))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("<!DOCTYPE html><title>Sign in</title>", ["a web page (HTML)"]),
        (b"PK\x03\x04" + bytes(22) + b"\x13\x00\x00\x00[Content_Types].xml", ["an Excel workbook"]),
        (("a,b\n" + ROWS).encode("utf-16"), ["UTF-16"]),
        ("a,b\n" + ROWS.replace("5", "é"), []),
        (("a,b\n" + ROWS).encode().replace(b"5", b"\xe9"), ["UTF-8", "Windows-1252"]),
        ("", ["an empty file"]),
        ("a,b\n", ["a header alone"]),
        ("a,b", ["a header alone"]),
        ("a,b\n1,2\n", ["at least 50 rows", "1 row"]),
        ("a;b\n" + ROWS.replace(",", ";"), ["semicolons"]),
        ("a;b\n" + ROWS.replace(",", ",5;"), ["semicolons"]),
        ("a\tb\n" + ROWS.replace(",", "\t"), ["tabs"]),
        ("a,b,a\n" + ROWS.replace("\n", ",1\n"), ["name of its own", "'a'"]),
        (",b\n" + ROWS, ["has a name", "column 1", "index=False"]),
        ("a,broken_rules\n" + ROWS, ["rows in quarantine", "rename it"]),
        ("a,b\n" + ROWS + "1,2,3\n", ["as many cells"]),
        ("a,b\n1\n" + ROWS, ["as many cells"]),
        ('a,b\n"1\n2",3\n' + ROWS, ["closes in its line"]),
        ("Houses\n\na,b,c\n" + ROWS.replace("\n", ",1\n"), ["first line", "line 3"]),
        ("a,b\n" + ROWS + "a,b\n" + ROWS, ["one header"]),
        (b"a,b\n" + b"\0" * 100, []),
        ("price\n" + "1\n2\n" * 60, ["the label and the key alone"]),
    ],
)
def test_files_that_are_not_a_table(tmp_path, content, words):
    """A file that cannot be read without loss ends in a message that says what it is, and what to do."""
    path = tmp_path / "houses.csv"
    _raw(content)(path)
    if content == "a,b\n" + ROWS.replace("5", "é"):
        assert infer(path, name="houses").rows == 60
        return
    fails(words, path, label="price" if words == ["the label and the key alone"] else None)


def test_paths_that_are_not_a_table(tmp_path, houses):
    """A missing file, a folder and another format are reported."""
    houses().rename(tmp_path / "houses.csv")
    fails(["no file", "did you mean houses.csv"], tmp_path / "house.csv")
    fails(["the folder"], tmp_path)
    (tmp_path / "houses.xlsx").write_bytes(b"PK\x03\x04" + bytes(22) + b"\x13\x00\x00\x00[Content_Types].xml")
    fails(["ends in .csv, .csv.gz or .parquet", "an Excel workbook"], tmp_path / "houses.xlsx")
    (tmp_path / "bad.csv.gz").write_text("a,b\n")
    fails(["gzip"], tmp_path / "bad.csv.gz")
    (tmp_path / "bad.parquet").write_text("a,b\n")
    fails(["a Parquet file"], tmp_path / "bad.parquet")


def test_other_formats_are_read(tmp_path, houses):
    """A packed file, a file with a byte order mark, and Parquet give the same columns."""
    path = houses(sold=["2020-01-01", "2021-01-01"])
    expected = [column.kind for column in infer(path, name="houses").columns]
    packed = tmp_path / "packed.csv.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    marked = tmp_path / "marked.csv"
    marked.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    parquet = tmp_path / "houses.parquet"
    pd.read_csv(path, parse_dates=["sold"]).assign(sold=lambda t: t["sold"].dt.date).to_parquet(parquet)
    for other in (packed, marked, parquet):
        guess = infer(other, name="houses")
        assert [column.kind for column in guess.columns] == expected
        assert guess.columns[0].name == "house_id"


@pytest.mark.parametrize("sign", ["\n", "\r", "\0"])
def test_text_of_parquet_without_a_place_in_csv(tmp_path, sign):
    """Fixtures are CSV with a line for each row: other line breaks and NUL are refused, with column and row."""
    path = tmp_path / "houses.parquet"
    table = pd.DataFrame({"house_id": range(60), "name": [*["a"] * 59, f"b{sign}c"]})
    table.to_parquet(path)
    fails(["'name'", "line break or NUL", "row 60", "by blanks"], path)
    table.astype({"name": "category"}).to_parquet(path)
    fails(["'name'", "line break or NUL", "row 60", "by blanks"], path)
    table[["house_id"]].assign(**{f"a{sign}b": 1}).to_parquet(path)
    fails(["name of column 2", "line break or NUL"], path)


def test_several_tables(write):
    """The label's table comes first, the key is in each, and rows without a partner are noted."""
    main = write({"house_id": IDS, "area": AREA, "price": AREA}, name="main.csv")
    other = write({"owner": ["a", "b"], "house_id": IDS[5:]}, name="other.csv")
    guesses = infer_all({"owners": other, "houses": main}, label="price")
    assert [(guess.name, guess.keys, guess.label) for guess in guesses] == [
        ("houses", ("house_id",), "price"),
        ("owners", ("house_id",), None),
    ]
    assert guesses[0].partners == ("owners",)
    assert any("5 rows have no row in owners" in note.text for note in guesses[0].notes)


def test_a_key_that_is_written_in_two_ways_is_text_in_both(write):
    """A key of whole numbers in one table, and of codes in the other, is text: both have the same type."""
    main = write({"house_id": IDS, "area": AREA, "price": AREA}, name="main.csv")
    other = write({"house_id": ["007", *IDS], "owner": ["a", "b"]}, name="other.csv")
    guesses = infer_all({"houses": main, "owners": other}, label="price", keys=["house_id"])
    assert [guess["house_id"].kind for guess in guesses] == ["text", "text"]


@pytest.mark.parametrize(
    ("other", "options", "words"),
    [
        ({"house_id": IDS, "price": AREA}, {}, ["'price' is in one table", "houses, owners"]),
        ({"owner": ["a"], "name": ["b"]}, {}, ["a key that joins the tables", "--key"]),
        ({"owner": ["a"], "house_id": ["1", "2"]}, {"keys": ["house_id"]}, ["'1' in lines", "table2.csv"]),
        ({"owner": ["a"], "hose_id": IDS}, {"keys": ["house_id"]}, ["did you mean 'hose_id'", "table2.csv"]),
        (
            {"owner": ["a"], "house_id": [f"h{n}" for n in IDS]},
            {"keys": ["house_id"]},
            ["have a row in owners, by house_id", "0 of 100"],
        ),
        ({"area": AREA, "house_id": IDS}, {}, ["'area' in houses and owners", "rename it in one of the files"]),
        ({"owner": ["a"], "house_id": IDS}, {"label": "prize"}, ["did you mean 'price'"]),
    ],
)
def test_tables_that_do_not_join(write, other, options, words):
    """Each mistake in how tables belong together is a message of its own."""
    main = write({"house_id": IDS, "area": AREA, "price": AREA})
    second = write(other, name="table2.csv")
    with pytest.raises(TemplateError) as error:
        infer_all({"houses": main, "owners": second}, **({"label": "price"} | options))
    assert all(word in str(error.value) for word in words), str(error.value)

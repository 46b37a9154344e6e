"""Steps in order, wired by the names of what they write and read."""

import pytest

from step_scripts.template.adopt import repository as repositories
from step_scripts.template.adopt.script import analyse
from step_scripts.template.adopt.wiring import plan

HOME = "/opt/ml/processing"
TRAIN = 'open("/opt/ml/input/data/{0}/a.csv")\nopen("/opt/ml/model/model.ubj", "w")\n'


def moves(source, target):
    """Return a script that reads one folder and writes another."""
    return f'open("{HOME}/{source}/a.csv")\nopen("{HOME}/{target}/a.csv", "w")\n'


@pytest.fixture
def wired(repository):
    """A function that wires scripts, given by name."""

    def of(**files):
        found = repositories.read(repository({name.replace("__", "/") + ".py": text for name, text in files.items()}))
        return plan([analyse(source, found) for source in found.sources.values()], found, bucket="houses")

    return of


def sources(made):
    """Return where each step's inputs come from, in the steps' order."""
    return {step.name: step.sources for step in made.steps}


def test_outputs_and_models_go_to_who_reads_them(wired):
    """By their names, whatever surrounds them; what no step writes is a parameter."""
    made = wired(
        evaluate=moves("input/test-data", "evaluation") + f'open("{HOME}/model/model.tar.gz")\n',
        prepare=moves("raw", "train") + f'open("{HOME}/output/test/a.csv", "w")\n',
        train=TRAIN.format("training"),
    )
    assert sources(made) == {
        "Prepare": {"raw": 'p["RawData"]'},
        "Train": {"training": 'output_of(prepare, "train")'},
        "Evaluate": {"test-data": 'output_of(prepare, "test")', "model": "artifact_of(train)"},
    }
    assert made.parameters["RawData"].default == "s3://houses/data/raw"
    assert made.local_data == {"RawData": "fixtures/raw"}


def test_scripts_of_one_folder_belong_together(wired):
    """Two families of scripts with the same names are two graphs."""
    made = wired(
        flats__prepare=moves("raw", "rows"),
        flats__score=moves("rows", "scores"),
        villas__prepare=moves("raw", "rows"),
        villas__score=moves("rows", "scores"),
    )
    found = sources(made)
    assert found["FlatsScore"] == {"rows": 'output_of(flats_prepare, "rows")'}
    assert found["VillasScore"] == {"rows": 'output_of(villas_prepare, "rows")'}
    assert made.notes == [note for note in made.notes if note.topic == "inputs"]


def test_a_choice_is_listed(wired):
    """Where several steps write what one reads."""
    made = wired(one=moves("raw", "rows"), two=moves("raw", "rows"), three=moves("rows", "scores"))
    assert sources(made)["Three"] == {"rows": 'output_of(one, "rows")'}
    (note,) = [note.text for note in made.notes if note.topic == "wiring"]
    assert note == "Three reads rows, which One, Two write: choose"


def test_names_that_are_alike_are_a_guess(wired):
    """It is listed, too."""
    made = wired(one=moves("raw", "clean_rows"), two=moves("rows", "scores"))
    assert sources(made)["Two"] == {"rows": 'output_of(one, "clean-rows")'}
    (note,) = [note.text for note in made.notes if note.topic == "wiring"]
    assert note == "Two reads rows: taken for One's output clean-rows; correct it if it is not"


def test_steps_that_read_from_each_other_are_no_circle(wired):
    """The edge against the usual order is left out, and listed."""
    made = wired(prepare=moves("scores", "rows"), score=moves("rows", "scores"))
    assert sources(made) == {
        "Prepare": {"scores": 'p["ScoresData"]'},
        "Score": {"rows": 'output_of(prepare, "rows")'},
    }
    assert any("they are not connected" in note.text for note in made.notes)


def test_flags_of_the_same_name_are_different_parameters(wired):
    """Each step keeps its own default."""
    flag = 'p = argparse.ArgumentParser()\np.add_argument("--seed", type=int, default={0})\np.parse_args()\n'
    made = wired(one=flag.format(1) + moves("raw", "a"), two=flag.format(2) + moves("a", "b"))
    assert {name: each.default for name, each in made.parameters.items() if "Seed" in name} == {
        "OneSeed": 1,
        "TwoSeed": 2,
    }


def test_a_flag_for_a_file_takes_the_name_that_the_earlier_step_writes(wired):
    """The reader knows only that it is a file."""
    reader = (
        'p = argparse.ArgumentParser()\np.add_argument("--rows", required=True)\npd.read_csv(p.parse_args().rows)\n'
    )
    reader = reader.replace("pd.read_csv(p.parse_args().rows)", "args = p.parse_args()\npd.read_csv(args.rows)")
    made = wired(prepare=moves("raw", "rows"), score=reader)
    assert made.steps[1].script.fixed == {"rows": f"{HOME}/input/rows/a.csv"}


def test_steps_have_variables_of_their_own(wired):
    """Names that differ in case alone, and names that the pipeline's file has already, get others."""
    own = ["declared", "output_of", "artifact_of", "main", "build"]
    scripts = ["ABTest", "abtest", "abtest2", *own]
    made = wired(**dict.fromkeys(scripts, moves("raw", "train")))
    variables = [step.variable for step in made.steps]
    assert len(set(variables)) == len(scripts)
    assert all(name.isidentifier() for name in variables)
    assert not {*variables} & {*own}
    assert {"abtest", "abtest_2", "abtest2", "declared_step", "output_of_step"} <= {*variables}

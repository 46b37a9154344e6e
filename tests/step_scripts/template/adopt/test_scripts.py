"""What a script is, as its code shows it: kind, flags, folders, and what is left to do."""

import pytest

from step_scripts.template.adopt import repository as repositories
from step_scripts.template.adopt.notes import Note
from step_scripts.template.adopt.script import analyse

GUARD = 'if __name__ == "__main__":\n    main()\n'


@pytest.fixture
def read(repository):
    """A function that analyses the script ``fit.py`` of a repository."""

    def of(text, **other):
        found = repositories.read(repository({"fit.py": text}, **other))
        return analyse(found.sources["fit.py"], found)

    return of


def folders(places):
    """Return name and folder of each."""
    return {place.name: place.folder for place in places}


PATHS = {
    "a literal": 'pd.read_csv("/opt/ml/processing/raw/a.csv")',
    "join": 'base = "/opt/ml/processing"\npd.read_csv(os.path.join(base, "raw", "a.csv"))',
    "an f-string": 'base = "/opt/ml/processing"\npd.read_csv(f"{base}/raw/{name}.csv")',
    "plus": 'base = "/opt/ml/"\npd.read_csv(base + "processing/raw/a.csv")',
    "format": 'pd.read_csv("{}/raw/a.csv".format("/opt/ml/processing"))',
    "per cent": 'pd.read_csv("%s/raw/a.csv" % "/opt/ml/processing")',
    "a path": 'base = pathlib.Path("/opt/ml/processing")\n(base / "raw" / "a.csv").read_text()',
    "a folder's files": 'raw = "/opt/ml/processing/raw"\n[pd.read_csv(os.path.join(raw, n)) for n in os.listdir(raw)]',
    "a pattern": 'for name in glob.glob("/opt/ml/processing/raw/*.csv"):\n    pd.read_csv(name)',
    "a function's argument": 'def load(folder):\n    pd.read_csv(folder + "/a.csv")\nload("/opt/ml/processing/raw")',
    "a function's result": 'def home():\n    return "/opt/ml/processing/raw"\nos.listdir(home())',
    "a class's constant": 'class C:\n    RAW = "/opt/ml/processing/raw"\nos.listdir(C.RAW)',
    "a dict": 'places = {"raw": "/opt/ml/processing/raw"}\nos.listdir(places["raw"])',
    "spark": 'spark.read.option("header", True).csv("/opt/ml/processing/raw")',
    "an archive": 'tarfile.open("/opt/ml/processing/raw/model.tar.gz", "r:gz")',
    "in main": 'def main():\n    raw = "/opt/ml/processing/raw"\n    os.listdir(raw)\n' + GUARD,
}


@pytest.mark.parametrize("code", PATHS.values(), ids=PATHS)
def test_a_path_is_followed_as_far_as_it_is_constant(read, code):
    """However a script puts it together, the folder that it reads is an input."""
    assert folders(read(code).inputs) == {"raw": "/opt/ml/processing/raw"}


WRITES = {
    "a table": 'rows.to_csv("/opt/ml/processing/out/a.csv")',
    "an open file": 'open("/opt/ml/processing/out/a.json", "w")',
    "its mode by name": 'open("/opt/ml/processing/out/a.json", mode="w")',
    "a path": 'Path("/opt/ml/processing/out/a.json").write_text("")',
    "a folder that is made, and a file in it": 'd = "/opt/ml/processing/out"\nos.makedirs(d)\nnp.save(d + "/a.npy", x)',
    "a copy": 'shutil.copy("a.csv", "/opt/ml/processing/out")',
    "spark": 'rows.write.mode("overwrite").parquet("/opt/ml/processing/out")',
    "joblib": 'joblib.dump(model, "/opt/ml/processing/out/model.joblib")',
}


@pytest.mark.parametrize("code", WRITES.values(), ids=WRITES)
def test_what_is_written_is_an_output(read, code):
    """However it is written."""
    script = read(code)
    assert folders(script.outputs) == {"out": "/opt/ml/processing/out"}
    assert script.inputs == []


def test_a_folder_for_what_the_script_fetches_itself_is_no_output(read):
    """Nothing is mounted there: it holds no result."""
    script = read("""
        fetched = "/opt/ml/processing/data/a.csv"
        os.makedirs("/opt/ml/processing/data")
        bucket.download_file(key, fetched)
        pd.read_csv(fetched).to_csv("/opt/ml/processing/train/a.csv")
    """)
    assert (folders(script.inputs), list(folders(script.outputs))) == ({}, ["train"])


def test_a_helper_counts_as_far_as_the_script_calls_it(read):
    """What is in a module, and in no function that the script calls, is another script's."""
    helper = """
        def store(rows, folder):
            rows.to_csv(folder + "/a.csv")

        def other():
            open("/opt/ml/processing/other/a.csv")
    """
    script = read('from tools.tables import store\nstore(x, "/opt/ml/processing/out")', **{"tools/tables.py": helper})
    assert (folders(script.inputs), list(folders(script.outputs))) == ({}, ["out"])
    assert script.modules == ["fit.py", "tools/tables.py"]


def test_a_training_script_has_channels_and_a_model(read):
    """By the variables of SageMaker's images, which the job gets; or by its folders."""
    by_variables = read("""
        parser = argparse.ArgumentParser()
        parser.add_argument("--model-dir", default=os.environ["SM_MODEL_DIR"])
        parser.add_argument("--train", default=os.environ.get("SM_CHANNEL_TRAIN"))
        parser.add_argument("--out", default=os.getenv("SM_OUTPUT_DATA_DIR", "out"))
        args = parser.parse_args()
    """)
    assert (by_variables.kind, folders(by_variables.inputs)) == ("training", {"train": "/opt/ml/input/data/train"})
    assert by_variables.environment == {
        "SM_CHANNEL_TRAIN": "/opt/ml/input/data/train",
        "SM_MODEL_DIR": "/opt/ml/model",
        "SM_OUTPUT_DATA_DIR": "/opt/ml/output/data",
    }
    assert not by_variables.needs_container
    by_folders = read('os.listdir("/opt/ml/input/data/train")\nmodel.save_model("/opt/ml/model/model.ubj")')
    assert (by_folders.kind, list(folders(by_folders.inputs))) == ("training", ["train"])
    assert by_folders.needs_container


def test_a_folder_by_a_flag_can_move(read):
    """The pipeline gives it, so that the script runs as a process, too; a variable of the script's own as well."""
    script = read("""
        home = os.environ.get("HOUSES_HOME", "/opt/ml/processing")
        parser = argparse.ArgumentParser()
        parser.add_argument("--out", default="/opt/ml/processing/out")
        args = parser.parse_args()
        pd.read_csv(home + "/raw/a.csv").to_csv(args.out + "/a.csv")
    """)
    assert script.fixed == {"out": "/opt/ml/processing/out"}
    assert script.environment == {"HOUSES_HOME": "/opt/ml/processing"}
    assert (list(folders(script.inputs)), list(folders(script.outputs))) == (["raw"], ["out"])
    assert not script.needs_container


def test_flags_without_a_container_s_folder_get_one(read):
    """A script that knows nothing of SageMaker reads and writes where its flags say."""
    script = read("""
        parser = argparse.ArgumentParser()
        parser.add_argument("--houses", required=True)
        parser.add_argument("--output-dir", default="out")
        parser.add_argument("--price", type=float, default=1.5)
        args = parser.parse_args()
        os.makedirs(args.output_dir, exist_ok=True)
        pd.read_csv(args.houses).to_csv(os.path.join(args.output_dir, "a.csv"))
    """)
    assert script.fixed == {
        "houses": "/opt/ml/processing/input/houses/houses.csv",
        "output-dir": "/opt/ml/processing/output/output-dir",
    }
    assert [flag.name for flag in script.settings] == ["price"]


NO_STEPS = {
    "inference code": ("def model_fn(folder):\n    return 1", "inference", "inference code, which an endpoint runs"),
    "a server": ('@app.route("/invocations")\ndef f():\n    pass\n' + GUARD, "inference", "inference code"),
    "a function": ("def lambda_handler(event, context):\n    pass", "other", "a Lambda function"),
    "a pipeline": ("from sagemaker.workflow.steps import X\n" + GUARD, "other", "builds or starts jobs"),
    "a driver": ("import sagemaker\n" + GUARD, "other", "uses the SageMaker SDK, and no folder of a container"),
    "a tool": ("def main():\n    print(1)\n" + GUARD, "other", "a program that neither reads nor writes a folder"),
    "words without names": (
        'p = argparse.ArgumentParser()\np.add_argument("raw")\na = p.parse_args()\npd.read_csv(a.raw)',
        "flags",
        "takes raw without a name that begins with --",
    ),
}


@pytest.mark.parametrize(("code", "topic", "text"), NO_STEPS.values(), ids=NO_STEPS)
def test_a_program_that_cannot_be_a_step_is_listed(read, code, topic, text):
    """With the reason."""
    note = read(code)
    assert isinstance(note, Note)
    assert (note.topic, note.is_step) == (topic, False)
    assert note.text.startswith(text)


def test_a_module_is_no_program(read):
    """Its functions are for scripts."""
    assert read('BASE = "/opt/ml/processing"\ndef load():\n    return open(BASE + "/raw/a.csv")') is None


LEFT = {
    "pip by subprocess": ('subprocess.run([sys.executable, "-m", "pip", "install", "x"])', "pip"),
    "pip by the shell": ('os.system("pip install -r requirements.txt")', "pip"),
    "pickle": ("import pickle", "pickle"),
    "joblib": ("from sklearn.externals import joblib\nimport joblib", "pickle"),
    "boto3": ("import boto3", "network"),
    "a relative path": ('pd.read_csv("data/a.csv")', "folders"),
    "sys.argv": ("x = sys.argv[1]", "flags"),
    "click": ("import click", "flags"),
    "hyperparameters in a file": ('json.load(open("/opt/ml/input/config/hyperparameters.json"))', "flags"),
    "a path in the code": ("", "container"),
}


@pytest.mark.parametrize(("code", "topic"), LEFT.values(), ids=LEFT)
def test_what_is_left_to_do_is_listed(read, code, topic):
    """With file, and line where there is one."""
    script = read(code + '\npd.read_csv("/opt/ml/processing/raw/a.csv")\n')
    (note,) = [note for note in script.notes if note.topic == topic]
    assert note.where.startswith("fit.py")


def test_what_the_code_does_not_say_is_not_guessed(read):
    """A path that is put together at run time is no folder, and its script still a step."""
    script = read('pd.read_csv("/opt/ml/processing/raw/a.csv")\npd.read_csv(f"/opt/ml/processing/{name}/a.csv")')
    assert list(folders(script.inputs)) == ["raw"]
    assert [note.text for note in script.notes if note.topic == "folders"] == [
        "fit.py:2: /opt/ml/processing/…/a.csv: no job can mount /opt/ml/processing itself"
    ]


def test_a_flag_may_name_a_file_in_a_container(read):
    """Its folder is mounted, and the job gets the file."""
    script = read("""
        parser = argparse.ArgumentParser()
        parser.add_argument("--rows", default="/opt/ml/processing/rows/rows.csv")
        parser.add_argument("--report", default="/opt/ml/processing/evaluation/evaluation.json")
        args = parser.parse_args()
        Path(args.report).parent.mkdir(parents=True)
        Path(args.report).write_text(str(pd.read_csv(args.rows)))
    """)
    assert folders(script.inputs) == {"rows": "/opt/ml/processing/rows"}
    assert folders(script.outputs) == {"evaluation": "/opt/ml/processing/evaluation"}
    assert [place.files for place in (*script.inputs, *script.outputs)] == [["rows.csv"], ["evaluation.json"]]
    assert script.fixed["report"] == "/opt/ml/processing/evaluation/evaluation.json"

"""Small repositories that look like the public examples of SageMaker: paths in the code, script mode, and a mixture."""

import textwrap

import pytest

# Every folder is in the code, as in the template for model building.
ABALONE = {
    "README.md": "# Abalone\n",
    "setup.py": "from setuptools import setup\nsetup()\n",
    "rings.ipynb": "{}",
    "pipelines/__init__.py": "",
    "pipelines/run_pipeline.py": """
        import argparse
        import importlib

        def main():
            parser = argparse.ArgumentParser()
            parser.add_argument("-n", "--module-name", dest="module_name", type=str)
            args = parser.parse_args()
            importlib.import_module(args.module_name).get_pipeline()

        if __name__ == "__main__":
            main()
    """,
    "pipelines/abalone/__init__.py": "",
    "pipelines/abalone/pipeline.py": """
        import sagemaker
        from sagemaker.processing import ProcessingInput, ProcessingOutput
        from sagemaker.workflow.pipeline import Pipeline

        def get_pipeline():
            ProcessingOutput(output_name="train", source="/opt/ml/processing/train")
            return Pipeline(name="abalone")
    """,
    "pipelines/abalone/preprocess.py": """
        import argparse
        import logging
        import os
        import pathlib

        import boto3
        import numpy as np
        import pandas as pd
        from sklearn.impute import SimpleImputer

        logger = logging.getLogger()

        if __name__ == "__main__":
            parser = argparse.ArgumentParser()
            parser.add_argument("--input-data", type=str, required=True)
            parser.add_argument("--test-fraction", type=float, default=0.15)
            args = parser.parse_args()

            base_dir = "/opt/ml/processing"
            pathlib.Path(f"{base_dir}/data").mkdir(parents=True, exist_ok=True)
            bucket = args.input_data.split("/")[2]
            key = "/".join(args.input_data.split("/")[3:])
            fn = f"{base_dir}/data/abalone-dataset.csv"
            boto3.resource("s3").Bucket(bucket).download_file(key, fn)
            df = pd.read_csv(fn, header=None)
            os.unlink(fn)

            X = df.to_numpy()
            np.random.shuffle(X)
            train, validation, test = np.split(X, [int(0.7 * len(X)), int(0.85 * len(X))])
            logger.info("Writing out datasets to %s.", base_dir)
            pd.DataFrame(train).to_csv(f"{base_dir}/train/train.csv", header=False, index=False)
            pd.DataFrame(validation).to_csv(f"{base_dir}/validation/validation.csv", header=False, index=False)
            pd.DataFrame(test).to_csv(f"{base_dir}/test/test.csv", header=False, index=False)
    """,
    "pipelines/abalone/train.py": """
        import json
        import os
        import pickle
        import subprocess
        import sys

        subprocess.check_call([sys.executable, "-m", "pip", "install", "xgboost==1.5"])
        import pandas as pd
        import xgboost

        prefix = "/opt/ml/"
        input_path = prefix + "input/data"
        model_path = os.path.join(prefix, "model")
        param_path = os.path.join(prefix, "input/config/hyperparameters.json")
        training_path = os.path.join(input_path, "train")

        def train():
            with open(param_path) as tc:
                params = json.load(tc)
            files = [os.path.join(training_path, file) for file in os.listdir(training_path)]
            data = pd.concat([pd.read_csv(file, header=None) for file in files])
            model = xgboost.XGBRegressor(**params).fit(data.iloc[:, 1:], data.iloc[:, 0])
            with open(os.path.join(model_path, "model.pkl"), "wb") as out:
                pickle.dump(model, out)

        if __name__ == "__main__":
            train()
    """,
    "pipelines/abalone/evaluate.py": """
        import json
        import pathlib
        import pickle
        import tarfile

        import pandas as pd
        import xgboost

        if __name__ == "__main__":
            model_path = "/opt/ml/processing/model/model.tar.gz"
            with tarfile.open(model_path) as tar:
                tar.extractall(path=".")
            model = pickle.load(open("xgboost-model", "rb"))
            test_path = "/opt/ml/processing/test/test.csv"
            df = pd.read_csv(test_path, header=None)
            report_dict = {"regression_metrics": {"mse": {"value": 1.0}}}
            output_dir = "/opt/ml/processing/evaluation"
            pathlib.Path(output_dir).mkdir(parents=True, exist_ok=True)
            evaluation_path = f"{output_dir}/evaluation.json"
            with open(evaluation_path, "w") as f:
                f.write(json.dumps(report_dict))
    """,
    "tests/test_pipelines.py": "def test_nothing():\n    assert True\n",
}

# Folders come by flags and by the variables of SageMaker's images: these scripts run as processes, too.
HOUSES = {
    "requirements.txt": "pandas\n",
    "data/houses.csv": "house_id,area,price\n" + "".join(f"{n},{50 + n},{1000 + 20 * n}\n" for n in range(40)),
    "src/common/__init__.py": "",
    "src/common/tables.py": """
        import os

        import pandas as pd

        def load(folder):
            return pd.concat(pd.read_csv(os.path.join(folder, name)) for name in sorted(os.listdir(folder)))

        def store(table, folder, name):
            os.makedirs(folder, exist_ok=True)
            table.to_csv(os.path.join(folder, name), index=False)

        def unused():
            return pd.read_csv("/opt/ml/processing/never/read.csv")
    """,
    "src/01_prepare.py": """
        import argparse

        from common.tables import store
        import pandas as pd

        def parse_args():
            parser = argparse.ArgumentParser()
            parser.add_argument("--input-data", type=str, default="/opt/ml/processing/input/houses.csv")
            parser.add_argument("--train-dir", default="/opt/ml/processing/train")
            parser.add_argument("--test-dir", default="/opt/ml/processing/test")
            parser.add_argument("--test-fraction", type=float, default=0.25)
            parser.add_argument("--seed", type=int, default=7)
            parser.add_argument("--verbose", action="store_true")
            return parser.parse_args()

        def main():
            args = parse_args()
            houses = pd.read_csv(args.input_data)
            test = houses.sample(frac=args.test_fraction, random_state=args.seed)
            store(houses.drop(test.index), args.train_dir, "train.csv")
            store(test, args.test_dir, "test.csv")

        if __name__ == "__main__":
            main()
    """,
    "src/train.py": """
        import argparse
        import json
        import os

        from common.tables import load

        def model_fn(model_dir):
            return json.load(open(os.path.join(model_dir, "model.json")))

        if __name__ == "__main__":
            parser = argparse.ArgumentParser()
            parser.add_argument("--slope", type=float, default=0.0)
            parser.add_argument("--seed", type=int, default=1)
            parser.add_argument("--loss", default="squared", choices=["squared", "absolute"])
            parser.add_argument("--layers", type=int, nargs="+", default=[8, 8])
            parser.add_argument("--model-dir", type=str, default=os.environ.get("SM_MODEL_DIR"))
            parser.add_argument("--train", type=str, default=os.environ["SM_CHANNEL_TRAIN"])
            parser.add_argument("--hosts", type=list, default=json.loads(os.environ["SM_HOSTS"]))
            args, _ = parser.parse_known_args()
            houses = load(args.train)
            mean = float(houses["price"].mean())
            with open(os.path.join(args.model_dir, "model.json"), "w") as file:
                json.dump({"mean": mean, "slope": args.slope}, file)
    """,
    "src/evaluate.py": """
        import argparse
        import json
        import tarfile
        from pathlib import Path

        from common.tables import load

        def main(args):
            with tarfile.open(Path(args.model_path) / "model.tar.gz") as archive:
                model = json.load(archive.extractfile("model.json"))
            error = (load(args.test_path)["price"] - model["mean"]).abs().mean()
            out = Path(args.output_dir)
            out.mkdir(parents=True, exist_ok=True)
            (out / "evaluation.json").write_text(json.dumps({"regression_metrics": {"mae": {"value": error}}}))

        if __name__ == "__main__":
            parser = argparse.ArgumentParser()
            parser.add_argument("--model-path", default="/opt/ml/processing/model")
            parser.add_argument("--test-path", default="/opt/ml/processing/test")
            parser.add_argument("--output-dir", default="/opt/ml/processing/evaluation")
            main(parser.parse_args())
    """,
}

# Something of everything, and files whose names are taken.
MIXED = {
    "pyproject.toml": '[project]\nname = "mixed"\nversion = "1"\n',
    "pipeline.py": "import sagemaker\nfrom sagemaker.workflow.pipeline import Pipeline\n",
    "docker/Dockerfile": "FROM scratch\n",
    "explore.ipynb": "{}",
    "code/inference.py": "def model_fn(model_dir):\n    return None\n\ndef predict_fn(rows, model):\n    return rows\n",
    "code/broken.py": "def train(:\n",
    "code/clean.py": """
        import argparse
        import pandas as pd

        if __name__ == "__main__":
            parser = argparse.ArgumentParser()
            parser.add_argument("--raw", required=True)
            parser.add_argument("--clean-file", default="clean.csv")
            parser.add_argument("--dropna", type=bool, default=True)
            args = parser.parse_args()
            pd.read_csv(args.raw).dropna().to_csv(args.clean_file)
    """,
    "code/fit.py": """
        import argparse
        import joblib
        import pandas as pd

        parser = argparse.ArgumentParser()
        parser.add_argument("--clean", required=True)
        parser.add_argument("--output-model", default="model.joblib")
        args = parser.parse_args()
        joblib.dump(pd.read_csv(args.clean), args.output_model)
    """,
    "functions/start.py": "def lambda_handler(event, context):\n    return event\n",
    "container/train": "#!/usr/bin/env python\nprint('/opt/ml')\n",
}


@pytest.fixture
def repository(tmp_path):
    """A function that writes one of the repositories, with files added or left out."""

    def write(files, name="houses", **other):
        root = tmp_path / name
        for path, text in {**files, **other}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(textwrap.dedent(text).lstrip("\n"))
        return root

    return write


@pytest.fixture
def abalone(repository):
    """Paths in the code."""
    return repository(ABALONE, "abalone")


@pytest.fixture
def houses(repository):
    """Script mode."""
    return repository(HOUSES, "houses")


@pytest.fixture
def mixed(repository):
    """A mixture."""
    return repository(MIXED, "mixed")

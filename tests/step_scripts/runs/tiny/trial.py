"""A training script for tuning jobs: it behaves as its options say, and prints an objective."""

import argparse
import json
import os
import signal
import sys
import time
from pathlib import Path

base = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
options = argparse.ArgumentParser()
options.add_argument("--behaviour", default="work")
options.add_argument("--x", type=float, default=0.0)
options.add_argument("--n", type=int, default=0)
options.add_argument("--kind", default="good")
options.add_argument("--note")
options.add_argument("--meet", help="a folder in which all trials of a batch meet before they end")
options.add_argument("--seconds", type=float, default=0.0)
args = options.parse_args()

score = args.n - (args.x - 0.5) ** 2
if args.behaviour != "silent":
    print(f"score={score - 1!r}")
if args.kind == "bad" or args.behaviour == "fail":
    (base / "output").mkdir(exist_ok=True)
    (base / "output/failure").write_text("a bad kind of trial")
    sys.exit(3)
if args.kind == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
if args.meet:
    Path(args.meet, os.environ["TRAINING_JOB_NAME"]).touch()
    deadline = time.monotonic() + 20
    while len(list(Path(args.meet).iterdir())) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    print("met", len(list(Path(args.meet).iterdir())))
if args.behaviour == "hang":
    print("hangs", os.getpid(), flush=True)
    time.sleep(60)
time.sleep(args.seconds)
(base / "model").mkdir(exist_ok=True)
settings = json.loads((base / "input/config/hyperparameters.json").read_text())
model = {"score": score, "hyperparameters": settings}
(base / "model/model.json").write_text(json.dumps(model))
if args.behaviour != "silent":
    print(f"score={score!r}")

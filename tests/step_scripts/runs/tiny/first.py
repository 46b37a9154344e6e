"""A processing step that behaves as its first argument says, and writes down what it sees of its environment."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

base = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
behaviour, where = sys.argv[1:3]
print("first prints on stdout")
print("first prints on stderr", file=sys.stderr)


def can_import(name):
    """Whether a module can be found."""
    try:
        __import__(name)
    except ImportError:
        return False
    return True


facts = {
    "argv": sys.argv,
    "where": where,
    "environment": dict(os.environ),
    "cwd": str(Path.cwd()),
    "path": sys.path,
    "name": __name__,
    "file": __file__,
    "main": sys.modules["__main__"].__file__,
    "preloaded": "pandas" in sys.modules,
    "imported": [name for name in ("step_scripts", "script", "steps", "sagemaker") if name in sys.modules],
    "sees_working_tree": can_import("step_scripts"),
    "sees_bundle": can_import("helper"),
    "interfaces": [name for _, name in socket.if_nameindex()],
    "user": [os.getuid(), os.getgid()],
    "data": (base / "processing/input/data/table.csv").read_text(),
}
output = base / "processing/output/facts"
(output / "deep").mkdir(parents=True, exist_ok=True)
(output / "facts.json").write_text(json.dumps(facts))
(output / "deep" / "table.csv").write_text(facts["data"])
Path(tempfile.gettempdir(), "litter").write_text("x")

if behaviour == "fail":
    (base / "output").mkdir(exist_ok=True)
    (base / "output/failure").write_text("the table has no rows\n")
    sys.exit(3)
if behaviour == "crash":
    raise ValueError("an unexpected value")
if behaviour == "interrupt-code":
    sys.exit(130)
if behaviour == "kill":
    os.kill(os.getpid(), signal.SIGKILL)
if behaviour == "chatter":
    for _ in range(3000):
        print("on stdout " * 5)
        print("on stderr " * 5, file=sys.stderr)
if behaviour == "eat":
    bytearray(1_000_000_000)
if behaviour == "overfill":
    (output / "deep" / "large").write_bytes(bytes(100_000))
if behaviour == "hang":
    try:
        grandchild = subprocess.Popen(["sleep", "60"])
        print("hangs", os.getpid(), grandchild.pid)
        time.sleep(60)
    except BaseException:
        traceback.print_exc()
        raise
print("report: rows=3 key=value")

"""The image's serve verb runs the code that travels with the model, and no other."""

import subprocess
import sys


def test_a_model_without_its_code_is_refused(project, tmp_path):
    """With a sentence that says where the code is expected and where it comes from."""
    command = [sys.executable, str(project / "docker" / "serve")]
    done = subprocess.run(
        command, env={"SAGEMAKER_BASE_DIR": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("step-scripts serve: expected the code that a train step packs beside its model")
    assert str(tmp_path / "model") in done.stderr


def test_the_models_own_code_serves(project, tmp_path):
    """On the model's folder, on all of a container's addresses, or on this machine's own where it is no container."""
    code = tmp_path / "model" / "code" / "step_scripts" / "serving"
    code.mkdir(parents=True)
    for package in (code.parent, code):
        (package / "__init__.py").touch()
    body = "print(model, host, os.environ['STEP_SCRIPTS_PROJECT']); return 7"
    (code / "serving.py").write_text(f"import os\ndef serve(model, *, host): {body}\n")
    command = [sys.executable, str(project / "docker" / "serve")]
    done = subprocess.run(
        command, env={"SAGEMAKER_BASE_DIR": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (7, f"{tmp_path / 'model'} 127.0.0.1 {tmp_path / 'model' / 'code'}\n")

import os
import subprocess

import pytest

from step_scripts.local import stand_in


@pytest.mark.parametrize("mode", [0o755, 0o644], ids=["executable", "not executable"])
def test_the_first_docker_on_the_path_is_the_stand_in(tmp_path, monkeypatch, mode):
    """Also where the installer of a wheel did not keep its executable bit; afterwards PATH is as before."""
    installed = tmp_path / "installed"
    installed.mkdir()
    (installed / "docker").write_bytes((stand_in.BIN / "docker").read_bytes())
    (installed / "docker").chmod(mode)
    monkeypatch.setattr(stand_in, "BIN", installed)
    before = os.environ["PATH"]
    with stand_in.on_path(tmp_path):
        assert subprocess.check_output(["docker", "compose", "version"], text=True).startswith("Docker Compose")
        assert stand_in.is_folder(os.environ["PATH"].split(os.pathsep)[0])
    assert os.environ["PATH"] == before

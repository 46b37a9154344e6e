"""Unpacking a model.tar.gz: whole, and into its folder alone."""

import io
import tarfile

import pytest

from step_scripts.local.endpoints import EndpointError
from step_scripts.local.endpoints.artifact import unpack


def archive(path, *members):
    """Write an archive of some members, with the content `x`."""
    with tarfile.open(path, "w:gz") as packed:
        for member in members:
            packed.addfile(member, io.BytesIO(b"x" * member.size))
    return path


def member(name, *, kind=tarfile.REGTYPE, link=""):
    """A member of an archive."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, link, int(kind == tarfile.REGTYPE)
    return info


def test_an_archive_is_unpacked(tmp_path):
    """With its folders."""
    unpack(archive(tmp_path / "model.tar.gz", member("model.json"), member("code/a.py")), tmp_path / "model")
    assert (tmp_path / "model" / "code" / "a.py").read_bytes() == b"x"


@pytest.mark.parametrize(
    "bad",
    [
        member("../outside"),
        member("link", kind=tarfile.SYMTYPE, link="../../outside"),
        member("hard", kind=tarfile.LNKTYPE, link="/etc/passwd"),
        member("device", kind=tarfile.CHRTYPE),
    ],
    ids=["path", "link", "hard link", "device"],
)
def test_a_member_that_leads_outside_is_rejected(tmp_path, bad):
    """Nothing is written outside of the folder."""
    with pytest.raises(EndpointError, match=r"model\.tar\.gz is damaged .*; fix: fetch it again"):
        unpack(archive(tmp_path / "model.tar.gz", bad), tmp_path / "model")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model", "model.tar.gz"]


@pytest.mark.parametrize("left", [0, 30, -4])
def test_an_archive_that_is_cut_off_is_rejected(tmp_path, left):
    """Also where all of its files can be read, because the checksum is at the very end."""
    path = archive(tmp_path / "model.tar.gz", member("model.json"))
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(EndpointError, match=r"model\.tar\.gz is damaged"):
        unpack(path, tmp_path / "model")


def test_an_archive_that_does_not_exist(tmp_path):
    """Is reported."""
    with pytest.raises(EndpointError, match=r"the model has no model\.tar\.gz"):
        unpack(tmp_path / "model.tar.gz", tmp_path / "model")

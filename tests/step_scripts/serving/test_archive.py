import gzip
import io
import re
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from step_scripts.serving.archive import ArchiveError, read_archive
from step_scripts.serving.artifact import ArtifactError, read_artifact


def read(path, **limits):
    """Read an archive of three files, one of them in a folder, and code."""
    return read_archive(path, files={"a.json", "b.ubj", "trees/1.json"}, folders={"code"}, **limits)


def member(name, content=b"x", **fields):
    """An entry of an archive, with any field that a header has."""
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, content


@pytest.fixture
def archive(tmp_path):
    """A function that writes an archive of members."""

    def write(*members):
        path = tmp_path / "model.tar.gz"
        with tarfile.open(path, "w:gz") as tar:
            for info, content in members:
                tar.addfile(info, io.BytesIO(content) if info.isreg() else None)
        return path

    return write


def test_wanted_files_are_returned(archive):
    """Files come back whole, with and without ./ before their names; code is allowed and passed over."""
    path = archive(
        member("./", b"", type=tarfile.DIRTYPE),
        member("./a.json", b"{}"),
        member("b.ubj", b"model" * 10_000),
        member("trees", b"", type=tarfile.DIRTYPE),
        member("trees/1.json", b"[]"),
        member("code", b"", type=tarfile.DIRTYPE),
        member("code/prices/predictor.py", b"import this"),
    )
    assert read(path) == {"a.json": b"{}", "b.ubj": b"model" * 10_000, "trees/1.json": b"[]"}


HOSTILE = {
    "absolute path": member("/etc/passwd"),
    "path that leads outside": member("code/../../x.py"),
    "path that leads back in": member("code/../a.json"),
    "absolute path of a wanted file": member("/a.json"),
    "sparse file": member("a.json", b"", type=tarfile.GNUTYPE_SPARSE),
    "symbolic link": member("a.json", b"", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
    "symbolic link within": member("code/x", b"", type=tarfile.SYMTYPE, linkname="../a.json"),
    "hard link": member("code/x", b"", type=tarfile.LNKTYPE, linkname="a.json"),
    "device": member("code/null", b"", type=tarfile.CHRTYPE),
    "pipe": member("code/pipe", b"", type=tarfile.FIFOTYPE),
    "unknown file": member("model.pkl"),
    "unknown folder": member("lib/x.py"),
    "folder in place of a file": member("a.json", b"", type=tarfile.DIRTYPE),
    "file in place of the root": member("."),
    "file in place of a folder": member("trees"),
    "unknown file in a known folder": member("trees/2.json"),
}


@pytest.mark.parametrize("entry", HOSTILE.values(), ids=HOSTILE)
def test_what_does_not_belong_there_is_refused(archive, entry):
    """One wrong entry spoils the archive, and is named."""
    with pytest.raises(ArchiveError, match=re.escape(entry[0].name.lstrip("/"))):
        read(archive(member("b.ubj"), entry))


def test_a_bomb_is_refused_while_it_unpacks(archive):
    """The limit counts unpacked bytes, of files that are passed over too."""
    path = archive(member("code/zeros.py", bytes(2**20)))
    assert path.stat().st_size < 2**12
    assert read(path, max_bytes=2**21) == {}
    with pytest.raises(ArchiveError, match="more data"):
        read(path, max_bytes=2**20)


def test_a_header_that_lies_is_refused(tmp_path):
    """A header that promises a name of a gigabyte is read no further than the limit."""
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 2**30
    path = tmp_path / "model.tar.gz"
    path.write_bytes(gzip.compress(header.tobuf(tarfile.GNU_FORMAT) + bytes(2**20)))
    with pytest.raises(ArchiveError, match="more data"):
        read(path, max_bytes=2**19)


@given(cut=st.floats(0, 1, exclude_max=True), flip=st.integers(0, 255))
def test_damaged_bytes_never_crash(archive, tmp_path, cut, flip):
    """A truncated or altered archive is an ArchiveError, or still gives what it should; nothing else escapes."""
    whole = archive(member("a.json", b"{}"), member("b.ubj", bytes(range(256)) * 20)).read_bytes()
    place = int(cut * len(whole))
    for name, data in {"cut": whole[:place], "flipped": whole[:place] + bytes([flip]) + whole[place + 1 :]}.items():
        path = tmp_path / name
        path.write_bytes(data)
        try:
            found = read(path)
        except ArchiveError:
            continue
        assert found.items() <= {"a.json": b"{}", "b.ubj": bytes(range(256)) * 20}.items()


def test_a_bad_archive_is_a_sentence_of_the_artifact(tmp_path):
    """The message says which archive is damaged, and what to do."""
    path = tmp_path / "model.tar.gz"
    path.write_bytes(b"not an archive")
    with pytest.raises(ArtifactError, match=r"model\.tar\.gz is not a valid model artifact .*fetch it again"):
        read_artifact(path, files=[], contracts=[])

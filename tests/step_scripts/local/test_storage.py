import io

import pytest

from step_scripts.local import storage


class Storage:
    """An S3 client in memory, with the methods that `storage` needs: objects of the bucket `b` by key."""

    def __init__(self, **objects):
        self.objects = objects

    def put_object(self, **request):
        """Keep an object."""
        assert request["Bucket"] == "b"
        self.objects[request["Key"]] = request["Body"]

    def get_object(self, **request):
        """Return an object's content as a stream."""
        return {"Body": io.BytesIO(self.objects[request["Key"]])}

    def get_paginator(self, _name):
        """Be the paginator."""
        return self

    def paginate(self, **request):
        """List objects by prefix, on two pages."""
        yield {"Contents": [{"Key": key} for key in self.objects if key.startswith(request["Prefix"])]}
        yield {}


def test_upload_takes_folders_files_and_bytes(tmp_path):
    """A folder keeps its structure below the prefix, a file its name, bytes the names they were given."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.csv").write_text("a")
    client = Storage()
    storage.upload(
        client,
        {"s3://b/folder": tmp_path, "s3://b/file/": tmp_path / "deep" / "a.csv", "s3://b": {"x/y.py": b"y"}},
    )
    assert client.objects == {"folder/deep/a.csv": b"a", "file/a.csv": b"a", "x/y.py": b"y"}


def test_upload_of_a_missing_path_is_an_error(tmp_path):
    """The message has the path."""
    with pytest.raises(FileNotFoundError, match="absent: expected a file or a folder"):
        storage.upload(Storage(), {"s3://b/x": tmp_path / "absent"})


def test_download_copies_what_is_below_a_prefix_and_nothing_beside_it(tmp_path):
    """`out/train` is not `out/training`; sub-folders are kept, and no partial folder stays."""
    client = Storage(**{"out/train/deep/a": b"a", "out/train/b": b"b", "out/training/c": b"c"})
    storage.download(client, "s3://b/out/train", tmp_path / "train")
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()) == [
        "train/b",
        "train/deep/a",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["train"]


def test_download_of_an_object_keeps_its_name(tmp_path):
    """A URI may name one object."""
    storage.download(Storage(**{"m/model.tar.gz": b"m"}), "s3://b/m/model.tar.gz", tmp_path / "output")
    assert (tmp_path / "output" / "model.tar.gz").read_bytes() == b"m"


def test_a_download_that_fails_leaves_nothing(tmp_path):
    """The folder appears whole or not at all."""
    client = Storage(**{"out/a": b"a", "out/b": "no bytes"})
    with pytest.raises(TypeError):
        storage.download(client, "s3://b/out", tmp_path / "train")
    assert list(tmp_path.iterdir()) == []


def test_buckets_are_found_in_any_text():
    """Every bucket that a definition names is found, once, and no key."""
    assert storage.buckets_in("['s3://one/key', \"s3://two\", 's3://one', 's3a://no', 's3://three.with-dots/k']") == {
        "one",
        "two",
        "three.with-dots",
    }

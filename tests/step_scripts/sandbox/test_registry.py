"""A registry in a folder: what is written is there again, whole, for every program."""

import json
import threading

import pytest

from step_scripts.sandbox.registry import APPROVED, PENDING, REJECTED, Registry, RegistryError

PACKAGE = {"ModelApprovalStatus": PENDING, "CustomerMetadataProperties": {"rows": "4000"}}
FILES = {
    "s3://store/a/model.tar.gz": b"model",
    "s3://store/b/model.tar.gz": b"other",
    "s3://store/r/report.json": b"{}",
}


@pytest.fixture
def registry(tmp_path):
    """A registry with one version."""
    registry = Registry(tmp_path / "registry")
    registry.add_group("houses", "prices")
    with registry.locked():
        registry.add("houses", PACKAGE, FILES)
    return registry


def test_a_version_is_there_again(registry):
    """With its request, and with each file that it names."""
    again = Registry(registry.folder)
    (version,) = again.versions("houses")
    assert again.groups()["houses"]["description"] == "prices"
    assert (version.number, version.status, version.package, version.changed) == (1, PENDING, PACKAGE, None)
    assert {uri: again.content(version, uri) for uri in version.files} == FILES


def test_a_decision_is_kept_with_its_reason(registry):
    """The last one counts."""
    registry.decide("houses", 1, APPROVED)
    registry.decide("houses", 1, REJECTED, "too slow")
    version = Registry(registry.folder).version("houses", 1)
    assert (version.status, version.reason) == (REJECTED, "too slow")
    assert version.changed > version.created


def test_a_version_that_is_half_written_is_not_there(registry, monkeypatch):
    """A program that is killed in the middle leaves no version, and the next one gets the number."""
    from step_scripts.sandbox import registry as module

    class Killed(BaseException): ...

    def write(path, data):
        if path.name == "package.json":
            raise Killed
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    with monkeypatch.context() as patch:
        patch.setattr(module, "write_whole", write)
        with pytest.raises(Killed), registry.locked():
            registry.add("houses", PACKAGE, FILES)
    assert [each.number for each in registry.versions("houses")] == [1]
    assert registry.add("houses", PACKAGE, {}).number == 2


def test_two_programs_give_two_numbers(registry):
    """Each one counts while it holds the lock."""

    def register():
        mine = Registry(registry.folder)
        for _ in range(5):
            with mine.locked():
                mine.add("houses", PACKAGE, {"s3://store/model.tar.gz": b"x"})

    threads = [threading.Thread(target=register) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each.number for each in registry.versions("houses")] == list(range(1, 22))


@pytest.mark.parametrize(
    ("group", "number", "message"),
    [
        ("house", 1, "expected: a group called house; got: houses; fix: did you mean houses?"),
        ("houses", 7, "houses: expected: a version 7; got: 1; fix: choose one of them"),
    ],
)
def test_what_is_not_there_is_an_error(registry, group, number, message):
    """With what there is."""
    with pytest.raises(RegistryError) as caught:
        registry.decide(group, number, APPROVED)
    assert message in str(caught.value)


def test_a_name_that_the_service_would_refuse_is_an_error(registry):
    """It is also the name of a folder."""
    for name in ("../outside", "", "a_b", "-a", "a" * 64):
        with pytest.raises(RegistryError, match="expected: a group's name"):
            registry.add_group(name)


def test_a_broken_file_is_an_error_with_its_name(registry):
    """A person may have edited it."""
    path = registry.folder / "houses" / "1" / "package.json"
    whole = json.loads(path.read_text())
    for content in ("{", "[]", {}, {"schema": 9}, {**whole, "created": "yesterday"}, {**whole, "files": None}):
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        with pytest.raises(RegistryError, match=r"package\.json: expected: "):
            registry.versions("houses")


def test_a_file_of_a_version_that_is_gone_is_an_error_with_its_name(registry):
    """A person may have removed it to save space."""
    version = registry.version("houses", 1)
    (registry.folder / "houses" / "1" / "model.tar.gz").unlink()
    with pytest.raises(RegistryError, match=r"1/model\.tar\.gz: expected: a file .*; fix: restore"):
        registry.content(version, "s3://store/a/model.tar.gz")


def test_a_folder_of_another_name_is_no_version(registry):
    """A person may have made a copy beside it."""
    for name in ("2x", "1 (copy)", "old"):
        (registry.folder / "houses" / name).mkdir()
        (registry.folder / "houses" / name / "package.json").write_text("{}")
    assert [each.number for each in registry.versions("houses")] == [1]
    with pytest.raises(RegistryError, match="expected: a version 7; got: 1; fix"):
        registry.version("houses", 7)

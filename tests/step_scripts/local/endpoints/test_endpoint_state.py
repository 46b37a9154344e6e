"""What commands make of an endpoint's files, without any process."""

import os

import pytest

from step_scripts.local.endpoints import Deployment, EndpointError, Endpoints, locks
from step_scripts.local.endpoints.state import EndpointState, Place

HOUSES = Deployment(config="houses-1")


@pytest.fixture
def place(tmp_path):
    """An endpoint whose process wrote that it is in service, under the number of a process that runs: this one."""
    found = Place(tmp_path / "houses")
    found.folder.mkdir()
    time = "2026-01-31T12:00:00+00:00"
    state = EndpointState(name="houses", status="InService", config="a", created=time, changed=time, pid=os.getpid())
    found.write(state)
    found.process_lock.touch()
    return found


def test_a_process_that_got_the_same_number_later_is_not_the_endpoint(place, tmp_path):
    """The endpoint has failed, and to delete it ends no other process."""
    endpoints = Endpoints(tmp_path)
    (state,) = endpoints.list()
    assert (state.status, state.pid) == ("Failed", None)
    assert state.failure_reason == "its process has ended"
    with pytest.raises(EndpointError, match="expected it to be InService; got: Failed"):
        endpoints.update("houses", HOUSES, model=b"")
    endpoints.delete("houses")
    assert not place.folder.exists()


def test_the_reason_is_the_end_of_the_log(place, tmp_path):
    """Where the process ended by an error of its own."""
    place.log.write_text("Traceback\nKeyError: 'port'\n")
    assert Endpoints(tmp_path).describe("houses").failure_reason.endswith("KeyError: 'port'")


def test_an_endpoint_runs_while_its_lock_is_held(place, tmp_path):
    """Whatever its number is; a deployment that was asked for is in progress."""
    endpoints = Endpoints(tmp_path)
    with locks.held(place.process_lock):
        assert endpoints.describe("houses").status == "InService"
        place.want(1)
        assert endpoints.describe("houses").status == "Updating"


@pytest.mark.parametrize("command", ["create", "update", "delete"])
def test_one_command_at_a_time_changes_an_endpoint(place, tmp_path, command):
    """The second one is refused, and changes nothing."""
    endpoints = Endpoints(tmp_path)
    call = getattr(endpoints, command)
    with (
        locks.held(tmp_path / ".houses.lock"),
        pytest.raises(EndpointError, match="is being changed by another command; fix: try again after it"),
    ):
        call("houses") if command == "delete" else call("houses", HOUSES, model=b"")
    assert place.exists()


@pytest.mark.parametrize("name", ["", "../a", "a/b", "-a", ".a", "a" * 64])
def test_a_name_that_the_service_rejects_is_rejected(tmp_path, name):
    """So no name leads out of the folder."""
    with pytest.raises(EndpointError, match="expected the name of an endpoint"):
        Endpoints(tmp_path).create(name, HOUSES, model=b"")


def test_an_unknown_endpoint(tmp_path):
    """To describe, update or delete it is an error; there are none to list."""
    endpoints = Endpoints(tmp_path / "none")
    for call in (endpoints.describe, endpoints.delete):
        with pytest.raises(EndpointError, match="there is no endpoint houses"):
            call("houses")
    assert endpoints.list() == []


def test_a_state_that_cannot_be_read(place, tmp_path):
    """The message says which file, and a list leaves the endpoint out."""
    (place.folder / "endpoint.json").write_text("[]")
    with pytest.raises(EndpointError, match=r"endpoint\.json: expected the state of an endpoint; .*fix: delete"):
        Endpoints(tmp_path).describe("houses")
    assert Endpoints(tmp_path).list() == []


def test_a_lock_whose_file_was_deleted_is_taken_anew(tmp_path):
    """The next command makes a file of its own."""
    path = tmp_path / "a.lock"
    with locks.held(path) as first:
        path.unlink()
        with locks.held(path) as second:
            assert first
            assert second
    assert not locks.is_held(path)

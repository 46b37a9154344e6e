"""Which port a local server gets."""

import socket

import pytest

from step_scripts.local.hosting import free_port, port_of

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
MIN_EPHEMERAL = 32_768  # Linux gives connections the ports from here on; macOS those from 49,152


def test_a_port_is_free_and_no_connection_gets_it():
    """The next port is another one, and each can be listened on."""
    ports = [free_port() for _ in range(3)]
    assert len(set(ports)) == 3
    for port in ports:
        assert port < MIN_EPHEMERAL
        with socket.socket() as server:
            server.bind(("127.0.0.1", port))


def test_a_port_that_is_in_use_is_passed_over(monkeypatch):
    """Also when it is the first one that is tried."""
    taken = free_port()
    with socket.socket() as server:
        server.bind(("127.0.0.1", taken))
        monkeypatch.setattr("step_scripts.local.hosting._PORTS", range(taken, taken + 50))
        monkeypatch.setattr("step_scripts.local.hosting._asked", iter(range(-(taken % 50), 10_000)))
        assert all(free_port() != taken for _ in range(50))


def test_a_name_has_its_own_port():
    """The same one each time, and below those of connections: a document can name the address."""
    ports = {name: port_of(name) for name in ("houses", "flats", "houses-2")}
    assert ports == {name: port_of(name) for name in ports}
    assert len(set(ports.values())) == len(ports)
    assert all(20_000 <= port < MIN_EPHEMERAL for port in ports.values())

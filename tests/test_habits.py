"""What holds for every test."""

import socket

import pytest
from hypothesis import settings

from tests.conftest import LONG, ROOT
from tests.processes import free_port


def test_nothing_outside_this_machine_is_reached() -> None:
    """The address is nobody's, as documents use it. What is refused is warned of too, and that is an error."""
    with socket.socket() as away, pytest.raises(UserWarning, match="A test tried to use socket"):
        away.connect(("192.0.2.1", 80))


def test_what_is_on_this_machine_is_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.send(b".")
        assert theirs.recv(1) == b"."


def test_examples_are_drawn_anew_each_time_and_a_failure_says_how_to_repeat_it() -> None:
    """Where CI is set too, for which Hypothesis has another profile."""
    profile = settings()
    assert (profile.derandomize, profile.print_blob, profile.deadline) == (False, True, None)


def test_what_takes_long_is_begun_first(request: pytest.FixtureRequest) -> None:
    """Those are files that there are, and of those that run now none comes after another."""
    assert [name for name in LONG if not (ROOT / name).exists()] == []
    begun = list(dict.fromkeys(item.path for item in request.session.items))
    wanted = [ROOT / name for name in LONG if ROOT / name in begun]
    assert begun[: len(wanted)] == wanted


def test_a_free_port_is_given_to_nobody_who_asks_for_any_and_to_a_server_that_asks_for_it() -> None:
    """Somebody who asks for any is given one that he could bind as a client does, without more ado."""
    port = free_port()
    with socket.socket() as anybody, pytest.raises(OSError, match="already in use"):
        anybody.bind(("127.0.0.1", port))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    with socket.create_server(("127.0.0.1", port)):
        pass

"""
Runs one server for as long as its owner lives: `python keeper.py COMMAND ARGUMENT...`

The owner holds the other end of our standard input. A byte on it, or its end, means stop; and the end comes
by whatever death the owner dies, kill -9 included. A pipe works on Linux and macOS alike, where the kernel's
parent-death signal is Linux only and also fires when merely the *thread* that started the server ends.

As the server's parent we hold its pid until we have seen it die, so that our signal cannot hit a stranger.
The first line of standard output is that pid; what the server prints goes to our standard error.
"""

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress

STOP_SECONDS = 20
CANNOT_RUN = "cannot run the server"


def keep(command: list[str]) -> int:
    """Run the command until it ends or the owner does; returns its exit code."""
    try:
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    except OSError as refusal:
        sys.exit(f"{CANNOT_RUN}: {refusal}")
    # Only now, since a child inherits what is ignored. From here on we end when the server has ended.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_stop_with_owner, args=[server], daemon=True).start()
    # Past the buffer, which would be written once more at the end. An owner who is gone by now does not read it,
    # and the server is ended as it would be later.
    with suppress(BrokenPipeError):
        os.write(sys.stdout.fileno(), f"{server.pid}\n".encode())
    return server.wait()


def _stop_with_owner(server: subprocess.Popen[bytes]) -> None:
    os.read(sys.stdin.fileno(), 1)  # past the buffer, whose lock the end of this process would wait for in vain
    server.terminate()
    killer = threading.Timer(STOP_SECONDS, server.kill)
    killer.daemon = True
    killer.start()


if __name__ == "__main__":
    sys.exit(keep(sys.argv[1:]) != 0)

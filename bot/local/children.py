"""Processes that we start and that live no longer than we do."""

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from bot.local import keeper

RESTARTS_MAX: Final = 3
RESTARTS_SECONDS: Final = 60


class Child:
    """
    One process under a keeper, its output in a log file of its own.

    Its keeper ends it when told to, and when we die, by whatever death.
    """

    def __init__(self, name: str, arguments: Sequence[str], environment: Mapping[str, str], log_dir: Path) -> None:
        log_dir.mkdir(parents=True, exist_ok=True)
        self.name, self.log = name, log_dir / f"{name}.log"
        self._command = [sys.executable, "-I", "-S", keeper.__file__, sys.executable, "-u", "-m", *arguments]
        self._environment = dict(environment)
        self.log.write_bytes(b"")
        self._keeper = self._start()
        self._restarts: list[float] = []

    def _start(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=self._environment,
                start_new_session=True,  # Ctrl-C reaches us alone, and we stop them in order
            )

    def has_ended(self) -> bool:
        return self._keeper.poll() is not None

    def restart(self) -> bool:
        """Start it again once it has ended; False when it has ended too often of late for that to be of use."""
        now = time.monotonic()
        self._restarts = [at for at in self._restarts if now - at < RESTARTS_SECONDS]
        if len(self._restarts) == RESTARTS_MAX:
            return False
        self._restarts.append(now)
        self.tell()
        self.wait()
        self._keeper = self._start()
        return True

    def tell(self) -> None:
        """Ask it to stop, without waiting."""
        assert self._keeper.stdin
        with suppress(BrokenPipeError, ValueError), self._keeper.stdin as pipe:
            pipe.write(b".")

    def wait(self) -> None:
        """Wait until it is gone."""
        self._keeper.wait(keeper.STOP_SECONDS + 5)
        if self._keeper.stdout:
            self._keeper.stdout.close()

    def last_words(self, lines: int = 15) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

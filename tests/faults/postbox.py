"""
Where providers call us, while a run says what becomes of each call: it comes late, twice, twenty times at once, in
another order, changed by somebody, or never.
"""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from werkzeug import Request, Response
from werkzeug.serving import make_server
from werkzeug.test import Client

from bot.served import Wsgi
from simulator.server import QuietHandler

# Said to who waits for an answer and looks at it.
_TAKEN = '{"ResultCode": 0, "ResultDesc": "Success"}'
# Where we are asked something: nobody can be asked later.
_QUESTION = "/validation"


@dataclass(frozen=True)
class Letter:
    """One call: what was posted where."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Postbox:
    """Keeps every call; while it is `open`, each is handed on too, at once."""

    url: str = ""
    app: Wsgi | None = None
    open: bool = False
    letters: list[Letter] = field(default_factory=list)

    def __call__(self, environ: Any, start: Any) -> Any:
        request = Request(environ)
        headers = {name: value for name, value in request.headers if name.lower() != "content-length"}
        letter = Letter(request.path, headers, request.get_data())
        if letter.path.endswith(_QUESTION):
            answer = self._hand_on(letter)
        else:
            self.letters.append(letter)
            answer = self._hand_on(letter) if self.open else Response(_TAKEN, mimetype="application/json")
        return answer(environ, start)

    def clear(self, app: Wsgi) -> None:
        """Begin anew, in front of this program."""
        self.app, self.open, self.letters = app, False, []

    def deliver(self, letter: Letter, times: int = 1) -> None:
        """Hand it on so often, all at once. The program answers, or could not reach its store."""
        with ThreadPoolExecutor(times) as hands:
            answers = list(hands.map(lambda _: self._hand_on(letter).status_code, range(times)))
        assert set(answers) <= {200, 202, 400, 404, 500, 503}, (letter.path.split("/")[2], answers)

    def _hand_on(self, letter: Letter) -> Response:
        assert self.app
        return Client(self.app, Response).post(letter.path, data=letter.body, headers=letter.headers)


@contextmanager
def postbox() -> Iterator[Postbox]:
    box = Postbox()
    server = make_server("127.0.0.1", 0, box, threaded=True, request_handler=QuietHandler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    box.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield box
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

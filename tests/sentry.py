"""Where error reports go: what Sentry's own client sends, as text."""

import gzip
from typing import Any

import brotli
from werkzeug import Request, Response


class Sentry:
    def __init__(self) -> None:
        self.reports: list[str] = []

    def __call__(self, environ: Any, start: Any) -> Any:
        request = Request(environ)
        unpack = {"br": brotli.decompress, "gzip": gzip.decompress}
        how = request.headers.get("Content-Encoding", "")
        self.reports.append(unpack.get(how, bytes)(request.get_data()).decode())
        return Response("{}")(environ, start)

"""A collector of traces, on an address of this machine."""

import gzip
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from simulator.server import QuietHandler


class Collector:
    """Where traces go: it keeps the spans, and what stood in each request as it was."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, Mapping[str, str], bytes]] = []
        self.server = make_server(
            "127.0.0.1", 0, Request.application(self._take), threaded=True, request_handler=QuietHandler
        )
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def _take(self, request: Request) -> Response:
        body = request.get_data()
        if request.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.requests.append((request.path, dict(request.headers), body))
        return Response(b"", content_type="application/x-protobuf")

    @property
    def spans(self) -> list[Span]:
        return [
            span
            for _, _, body in self.requests
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def of(self, name: str) -> tuple[Span, list[str]]:
        """The only span that begins so, and the names of those inside."""
        (root,) = [each for each in self.spans if each.name.startswith(name) and not each.parent_span_id]
        return root, sorted(each.name for each in self.spans if each.parent_span_id == root.span_id)


def attributes(span: Span) -> dict[str, str]:
    """What a span says besides its name and times."""
    return {each.key: each.value.string_value for each in span.attributes}


@contextmanager
def collecting() -> Iterator[Collector]:
    """One that listens meanwhile."""
    found = Collector()
    thread = threading.Thread(target=found.server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield found
    finally:
        found.server.shutdown()
        thread.join()
        found.server.server_close()

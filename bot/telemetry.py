"""
Traces by OpenTelemetry, sent over OTLP and HTTP: to a collector of ours, or to New Relic, which takes the same.

The library is an extra (`requirements/tracing.txt`), and this file is imported where traces are switched on only.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import SpanKind, Status, StatusCode, get_current_span

from bot.config import Settings

# A key says in its first letters where its account is (New Relic, "OTLP endpoint").
NEW_RELIC: Final = "https://otlp.nr-data.net"
NEW_RELIC_EUROPE: Final = "https://otlp.eu01.nr-data.net"
_EUROPE: Final = "eu01"
_FAILED: Final = Status(StatusCode.ERROR)  # without what the error says, which may be what somebody typed
_NANO: Final = 1_000_000_000


class Telemetry:
    """See `bot.traces.Spans`."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider, self._tracer = provider, provider.get_tracer("bot")

    @contextmanager
    def span(self, name: str, **about: str) -> Iterator[None]:
        with self._tracer.start_as_current_span(
            name, kind=SpanKind.SERVER, attributes=about, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except BaseException:
                span.set_status(_FAILED)
                raise

    def ended(self, name: str, seconds: float, failed: bool) -> None:
        if not get_current_span().is_recording():
            return  # nobody traces what this is a part of
        now = time.time_ns()
        span = self._tracer.start_span(name, kind=SpanKind.CLIENT, start_time=now - round(seconds * _NANO))
        if failed:
            span.set_status(_FAILED)
        span.end(now)

    def failed(self) -> None:
        get_current_span().set_status(_FAILED)

    def close(self) -> None:
        self._provider.shutdown()


def open_telemetry(settings: Settings) -> Telemetry:
    """Where the settings say."""
    provider = TracerProvider(
        resource=Resource(
            {
                "service.name": settings.app_name,
                "service.version": settings.app_version,
                "deployment.environment.name": settings.app_env,
            }
        ),
        sampler=ParentBased(TraceIdRatioBased(settings.traces_percent / 100)),
        shutdown_on_exit=False,  # whoever opens it closes it
    )
    key = settings.new_relic_license_key
    exporter = OTLPSpanExporter(
        endpoint=f"{settings.traces_url or new_relic(key)}/v1/traces",
        headers={"api-key": key} if key else {},
        compression=Compression.Gzip,
    )
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return Telemetry(provider)


def new_relic(key: str) -> str:
    """Where New Relic takes the traces of an account."""
    return NEW_RELIC_EUROPE if key.startswith(_EUROPE) else NEW_RELIC

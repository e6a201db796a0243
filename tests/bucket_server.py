"""A bucket's service on this machine: what S3 does for whoever puts, gets, lists and removes objects, signed."""

import hashlib
import hmac
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlsplit

KEY: Final = "bucket-key"
SECRET: Final = "bucket-secret-of-the-tests"
# As S3 has it: only the last part of an object may be smaller.
PART_BYTES_MIN: Final = 5 << 20
AT_ONCE: Final = 3  # names in an answer, so that a list has several


@dataclass
class Objects:
    """What is in the bucket, and the `parts` of uploads under way. The next requests are `refused` so."""

    kept: dict[str, bytes] = field(default_factory=dict)
    parts: dict[str, dict[int, bytes]] = field(default_factory=dict)
    uploads: int = 0
    in_parts: int = 0
    refused: list[int] = field(default_factory=list)
    cut: bool = False  # what is got ends in the middle


@contextmanager
def bucket_server(bucket: str) -> Iterator[tuple[str, Objects]]:
    """Its address, and what is in it."""
    objects = Objects()

    class Handler(_Handler):
        pass

    Handler.bucket, Handler.objects = bucket, objects
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", objects
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    bucket: str
    objects: Objects

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""

    def do_PUT(self) -> None:
        name, query, body = self._asked()
        if not self._is_signed(body):
            self._refuse(403, "SignatureDoesNotMatch")
        elif self.objects.refused:
            self._refuse(self.objects.refused.pop(), "InternalError")
        elif "uploadId" in query:
            self.objects.parts[query["uploadId"]][int(query["partNumber"])] = body
            self._answer(200, b"", ETag=f'"{hashlib.md5(body).hexdigest()}"')
        else:
            self.objects.kept[name] = body
            self._answer(200, b"", ETag='"whole"')

    def do_POST(self) -> None:
        name, query, body = self._asked()
        if not self._is_signed(body):
            self._refuse(403, "SignatureDoesNotMatch")
        elif "uploads" in query:
            self.objects.uploads += 1
            id = f"upload{self.objects.uploads}"
            self.objects.parts[id] = {}
            self._answer(200, f"<R><Bucket>b</Bucket><Key>k</Key><UploadId>{id}</UploadId></R>".encode())
        else:
            parts = self.objects.parts.pop(query["uploadId"])
            if any(len(parts[number]) < PART_BYTES_MIN for number in sorted(parts)[:-1]):
                self._refuse(400, "EntityTooSmall")
                return
            self.objects.kept[name] = b"".join(parts[number] for number in sorted(parts))
            self.objects.in_parts += len(parts)
            self._answer(200, b"<R><Location>l</Location><Bucket>b</Bucket><Key>k</Key><ETag>e</ETag></R>")

    def do_GET(self) -> None:
        name, query, body = self._asked()
        if not self._is_signed(body):
            self._refuse(403, "SignatureDoesNotMatch")
        elif self.objects.refused:
            self._refuse(self.objects.refused.pop(), "InternalError")
        elif "list-type" in query:
            self._answer(200, self._listed(query).encode())
        elif (kept := self.objects.kept.get(name)) is None:
            self._refuse(404, "NoSuchKey")
        else:
            self._answer(200, kept, cut=self.objects.cut)

    def do_DELETE(self) -> None:
        name, query, body = self._asked()
        if not self._is_signed(body):
            self._refuse(403, "SignatureDoesNotMatch")
            return
        if "uploadId" in query:
            self.objects.parts.pop(query["uploadId"], None)
        else:
            self.objects.kept.pop(name, None)
        self._answer(204, b"")

    def _asked(self) -> tuple[str, dict[str, str], bytes]:
        at = urlsplit(self.path)
        name = unquote(at.path).removeprefix(f"/{self.bucket}").removeprefix("/")
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        return name, dict(parse_qsl(at.query, keep_blank_values=True)), body

    def _listed(self, query: dict[str, str]) -> str:
        names = sorted(name for name in self.objects.kept if name.startswith(query.get("prefix", "")))
        rest = [name for name in names if name > query.get("continuation-token", "")]
        page = rest[:AT_ONCE]
        contents = "".join(
            f"<Contents><Key>{quote(name)}</Key><LastModified>2026-11-29T02:00:00.000Z</LastModified>"
            f"<ETag>e</ETag><Size>{len(self.objects.kept[name])}</Size></Contents>"
            for name in page
        )
        more = len(rest) > len(page)
        token = f"<NextContinuationToken>{page[-1]}</NextContinuationToken>" if more else ""
        return (
            '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><EncodingType>url</EncodingType>'
            f"<Name>{self.bucket}</Name>"
            f"<IsTruncated>{str(more).lower()}</IsTruncated>{token}{contents}</ListBucketResult>"
        )

    def _is_signed(self, body: bytes) -> bool:
        """With our secret, as AWS's "Signature Version 4" says, the body included."""
        fields = dict(part.split("=", 1) for part in self.headers["Authorization"].split(" ", 1)[1].split(", "))
        key, scope = fields["Credential"].split("/", 1)
        said = self.headers["x-amz-content-sha256"]
        if key != KEY or said not in ("UNSIGNED-PAYLOAD", hashlib.sha256(body).hexdigest()):
            return False
        at = urlsplit(self.path)
        query = "&".join(sorted(at.query.split("&"))) if at.query else ""
        names = fields["SignedHeaders"].split(";")
        headers = "".join(f"{name}:{self.headers[name].strip()}\n" for name in names)
        request = "\n".join([self.command, at.path, query, headers, fields["SignedHeaders"], said])
        to_sign = [
            "AWS4-HMAC-SHA256",
            self.headers["x-amz-date"],
            scope,
            hashlib.sha256(request.encode()).hexdigest(),
        ]
        signing = f"AWS4{SECRET}".encode()
        for part in scope.split("/"):
            signing = hmac.new(signing, part.encode(), "sha256").digest()
        return hmac.new(signing, "\n".join(to_sign).encode(), "sha256").hexdigest() == fields["Signature"]

    def _refuse(self, status: int, code: str) -> None:
        self._answer(status, f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode())

    def _answer(self, status: int, body: bytes, *, cut: bool = False, **headers: str) -> None:
        self.send_response(status)
        for name, value in {
            "Content-Length": str(len(body)),
            "Content-Type": "application/xml",
            **headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if cut else body)
        if cut:
            self.close_connection = True

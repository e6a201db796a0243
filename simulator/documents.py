"""A file that the bot sent to a phone, and how the phone opens it."""

from dataclasses import dataclass

from flask import Response


@dataclass(frozen=True, slots=True)
class Document:
    """`kind` is its media type."""

    name: str
    kind: str
    content: bytes

    @property
    def is_picture(self) -> bool:
        """Whether a phone shows it at once."""
        return self.kind.startswith("image/")

    def opened(self) -> Response:
        """What a browser is shown of it: as what it was sent, and nothing in it is run."""
        headers = {"Content-Disposition": f'inline; filename="{self.name}"', "X-Content-Type-Options": "nosniff"}
        headers |= {"Content-Security-Policy": "sandbox", "Cache-Control": "no-store"}
        return Response(self.content, content_type=self.kind, headers=headers)

"""Where files are fetched by who was given their address: see `bot/files.py`."""

from flask import Blueprint, Response
from werkzeug.exceptions import NotFound

from bot.served import served

blueprint = Blueprint("downloads", __name__)


@blueprint.get("/files/<token>/<name>")
def fetch(token: str, name: str) -> Response:
    """The file, to be kept by whoever asked and by nobody on the way."""
    file = served().files.at(token)
    if file is None or file.name != name:
        raise NotFound("There is nothing here.")
    return Response(
        file.content,
        content_type=file.kind,
        headers={
            "Content-Disposition": f'attachment; filename="{file.name}"',
            "Referrer-Policy": "no-referrer",
            "X-Robots-Tag": "noindex",
        },
    )

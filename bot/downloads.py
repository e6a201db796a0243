"""Where files are fetched by who was given their address: see `bot/files.py` and `bot/exports/asked.py`."""

from typing import Final

from flask import Blueprint, Response
from werkzeug.exceptions import Gone, NotFound

from bot.exports.asked import file_at, name_of_file
from bot.served import served
from flows.engine.spreadsheet import CSV, XLSX

_KINDS: Final = {"csv": CSV, "xlsx": XLSX}

blueprint = Blueprint("downloads", __name__)


@blueprint.get("/files/<token>/<name>")
def fetch(token: str, name: str) -> Response:
    """The file, to be kept by whoever asked and by nobody on the way."""
    file = served().files.at(token)
    if file is None or file.name != name:
        raise NotFound("There is nothing here.")
    return Response(file.content, content_type=file.kind, headers=_headers(file.name))


@blueprint.get("/exports/<token>/<name>")
def fetch_export(token: str, name: str) -> Response:
    """A file of figures, a part at a time: whoever has the link needs nothing else, as long as it is good."""
    app = served()
    link = app.export_links.read(token)
    if link is None:
        raise NotFound("There is nothing here.")
    asked = None if link.is_over else file_at(app.store, link.id)
    if asked is None or name != name_of_file(asked):
        raise Gone("This link is over. Ask for another one, or for the file.")
    response = Response(app.store.file_parts.get(asked.parts), content_type=_KINDS[asked.form])
    response.headers.update(_headers(name))
    response.content_length = asked.size
    return response


def _headers(name: str) -> dict[str, str]:
    return {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex",
    }

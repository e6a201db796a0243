"""
The document of the API, and a page of our own on which it is read: Swagger UI, whose files come from a package.

The page runs nothing but files of this address, so no address of others is needed and none is allowed.
"""

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Final

import swagger_ui_bundle
from flask import Blueprint, Response
from flask_smorest import Api
from werkzeug.exceptions import NotFound

from bot.api.declare import PREFIX

DOCUMENT: Final = "/api/openapi.json"
_FILES: Final[Mapping[str, str]] = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui-standalone-preset.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}
_OURS: Final[Mapping[str, str]] = {"start.js": "text/javascript"}
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>API</title>
<link rel="icon" href="/api/docs/favicon-32x32.png">
<link rel="stylesheet" href="/api/docs/swagger-ui.css">
<div id="page"></div>
<script src="/api/docs/swagger-ui-bundle.js"></script>
<script src="/api/docs/swagger-ui-standalone-preset.js"></script>
<script src="/api/docs/start.js"></script>
</html>
"""


def docs(documented: Callable[[], Api]) -> Blueprint:
    """
    The pages of an API's document. Most processes are never asked for it: it is made for who asks first, and kept,
    since nothing in it changes while we run.
    """
    blueprint, making = Blueprint("api_docs", __name__), Lock()

    @cache
    def made() -> tuple[str, str]:
        document = _named(documented().spec.to_dict())
        return json.dumps(document), json.dumps(_as_3_0(document))

    def written() -> tuple[str, str]:
        with making:  # who asks meanwhile waits for it, and does not make another
            return made()

    @blueprint.get(DOCUMENT)
    def openapi() -> Response:
        return Response(written()[0], content_type="application/json", headers={"Cache-Control": "no-cache"})

    @blueprint.get("/api/docs/openapi-3.0.json")
    def openapi_for_the_page() -> Response:
        return Response(written()[1], content_type="application/json", headers={"Cache-Control": "no-cache"})

    @blueprint.get("/api/docs")
    def page() -> Response:
        headers = {"Content-Security-Policy": _POLICY}
        return Response(_PAGE, content_type="text/html; charset=utf-8", headers=headers)

    @blueprint.get("/api/docs/<name>")
    def file(name: str) -> Response:
        return _file(name)

    return blueprint


def _named(document: dict[str, Any]) -> dict[str, Any]:
    """With the names of the subjects, not of their blueprints."""
    for tag in document["tags"]:
        tag["name"] = tag["name"].removeprefix(PREFIX)
    for path in document["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict):
                operation["tags"] = [tag.removeprefix(PREFIX) for tag in operation["tags"]]
    return document


def _file(name: str) -> Response:
    if name in _OURS:
        content, kind = (Path(__file__).parent / "static" / name).read_bytes(), _OURS[name]
    elif name in _FILES:
        content, kind = (Path(swagger_ui_bundle.swagger_ui_path) / name).read_bytes(), _FILES[name]
    else:
        raise NotFound
    kept = {"Cache-Control": "public, max-age=86400"}
    return Response(content, content_type=kind, headers=kept)


def _as_3_0(part: Any) -> Any:
    """The document as Swagger UI 4 reads it: all that differs is the version, and how "or null" is written."""
    if isinstance(part, list):
        return [_as_3_0(each) for each in part]
    if not isinstance(part, dict):
        return part
    changed = {name: _as_3_0(each) for name, each in part.items()}
    if str(changed.get("openapi", "")).startswith("3.1"):
        changed["openapi"] = "3.0.3"
    kinds = changed.get("type")
    if isinstance(kinds, list):
        changed["type"] = next(each for each in kinds if each != "null")
        changed["nullable"] = True
    either = changed.get("anyOf")
    if isinstance(either, list) and {"type": "null"} in either:
        changed["anyOf"] = [each for each in either if each != {"type": "null"}]
        changed["nullable"] = True
    return changed

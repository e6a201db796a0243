"""What every control route reads: a JSON object of strings."""

from flask import abort, request


def strings(*names: str) -> list[str]:
    """The named strings of the request's JSON body; the request ends with 400 when one is missing."""
    body = request.get_json()
    if not isinstance(body, dict) or not all(isinstance(body.get(name), str) for name in names):
        abort(400, description=f"The body is a JSON object with the strings {', '.join(names)}")
    return [body[name] for name in names]

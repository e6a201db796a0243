"""
What a call of the Bot API carries, read and checked as Telegram does, with Telegram's words when it refuses.

Source: Telegram, "Bot API", "Making requests". Texts are plain here: a `parse_mode` is refused.
"""

import json
from collections.abc import Mapping
from typing import Any, Final, TypeVar

from simulator.documents import Document

TEXT_MAX = 4_096
CAPTION_MAX = 1_024
TOAST_MAX = 200
CALLBACK_DATA_BYTES_MAX = 64
# Neither is published: both are what the server was seen to refuse.
BUTTONS_A_ROW_MAX = 8
BUTTONS_MAX = 100

REASONS: Final = {400: "Bad Request", 403: "Forbidden", 429: "Too Many Requests"}

Json = dict[str, Any]
Kind = TypeVar("Kind", dict[str, Any], list[Any])


class Refusal(Exception):
    """What the API answers instead of a result; `status` is its error_code and its HTTP status."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(f"{REASONS[status]}: {description}" if status in REASONS else description)
        self.status, self.parameters = status, parameters

    @property
    def body(self) -> Json:
        body: Json = {"ok": False, "error_code": self.status, "description": str(self)}
        return body | {"parameters": self.parameters} if self.parameters else body


class Params:
    """The parameters of one call. A form has them all as text, nested ones as JSON; reading raises Refusal."""

    def __init__(self, given: Mapping[str, Any], files: Mapping[str, Document] | None = None) -> None:
        """`files` are those that came with it, by the name of their part."""
        self._given, self._files = given, files or {}

    def __contains__(self, name: str) -> bool:
        return self._given.get(name) not in (None, "")

    def text(self, name: str) -> str:
        value = self._given.get(name)
        return value if isinstance(value, str) else "" if value is None else json.dumps(value)

    def number(self, name: str) -> int | None:
        """None when there is none, or it is not one."""
        try:
            return int(self.text(name))
        except ValueError:
            return None

    def nested(self, name: str, kind: type[Kind]) -> Kind | None:
        """An object or an array; None when it is not given."""
        if name not in self:
            return None
        value = self._given[name]
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError:
                raise Refusal(400, f"can't parse {name} JSON object") from None
        if not isinstance(value, kind):
            raise Refusal(400, f"can't parse {name}: it is of another type")
        return value

    def message_text(self) -> str:
        """The text of a message, 1 to 4096 characters once trimmed."""
        if "parse_mode" in self:
            raise Refusal(400, "unsupported parse_mode")
        text = self.text("text").strip()
        if not text:
            raise Refusal(400, "message text is empty")
        if len(text) > TEXT_MAX:
            raise Refusal(400, "message is too long")
        return text

    def document(self, name: str = "document") -> Document:
        """The file of a message: a part of the form, or named by one; "photo" for a picture."""
        part = self.text(name).removeprefix("attach://") or name
        found = self._files.get(part)
        if found is None:
            raise Refusal(400, f"there is no {name} in the request")
        if not found.content:
            raise Refusal(400, "file must be non-empty")
        return found

    def caption(self) -> str:
        """The words beside a file, which may be none."""
        text = self.text("caption").strip()
        if len(text) > CAPTION_MAX:
            raise Refusal(400, "message caption is too long")
        return text

    def markup(self) -> Json:
        """The keyboard of a message, empty when it has none; an inline button is one that calls back."""
        markup = self.nested("reply_markup", dict) or {}
        inline = _rows(markup, "inline_keyboard")
        for button in (button for row in inline for button in row):
            _check_inline(button)
        if any(len(row) > BUTTONS_A_ROW_MAX for row in inline) or sum(map(len, inline)) > BUTTONS_MAX:
            raise Refusal(400, "REPLY_MARKUP_TOO_LONG")
        for button in (button for row in _rows(markup, "keyboard") for button in row):
            if not isinstance(button, str) and not (isinstance(button, dict) and button.get("text")):
                raise Refusal(400, "can't parse keyboard button: Text buttons must have a text")
        if any(inline):
            return {"inline_keyboard": [row for row in inline if row]}
        return {} if "inline_keyboard" in markup else markup

    def inline_markup(self) -> Json:
        """The keyboard of a message that is edited: inline, or none."""
        markup = self.markup()
        if markup and "inline_keyboard" not in markup:
            raise Refusal(400, "object expected as reply markup")
        return markup


def _rows(markup: Json, name: str) -> list[list[Any]]:
    rows = markup.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise Refusal(400, f'field "{name}" must be an Array of Arrays')
    return rows


def _check_inline(button: Any) -> None:
    if not isinstance(button, dict) or not isinstance(button.get("text"), str) or not button["text"]:
        raise Refusal(400, 'can\'t parse inline keyboard button: Field "text" must be of type String')
    data = button.get("callback_data")
    if data is None:
        raise Refusal(400, "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if not isinstance(data, str) or not 1 <= len(data.encode()) <= CALLBACK_DATA_BYTES_MAX:
        raise Refusal(400, "BUTTON_DATA_INVALID")

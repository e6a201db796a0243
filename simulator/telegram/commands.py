"""
The menu of commands, by who sees it and in which language.

Source: Telegram, "Bot API", "BotCommandScope", "Determining list of commands".
"""

import re
from typing import Any, Final

from simulator.telegram.params import Params, Refusal

COMMANDS_MAX = 100
DESCRIPTION_MAX = 256

COMMAND: Final = re.compile(r"[a-z0-9_]{1,32}")
LANGUAGE: Final = re.compile(r"([a-z]{2})?")
PRIVATE: Final = "all_private_chats"

Json = dict[str, Any]


class Commands:
    """One list for each scope and language that the bot gave one for; the language "" is for all others."""

    def __init__(self) -> None:
        self._lists: dict[tuple[str, str], list[Json]] = {}

    def set(self, params: Params) -> None:
        """Raises Refusal."""
        commands = params.nested("commands", list) or []
        if len(commands) > COMMANDS_MAX:
            raise Refusal(400, "too many commands specified")
        self._lists[_key(params)] = [_command(each) for each in commands]

    def get(self, params: Params) -> list[Json]:
        """The list of exactly this scope and language. Raises Refusal."""
        return self._lists.get(_key(params), [])

    def seen_by(self, user: Json) -> list[Json]:
        """What the person's menu holds: the narrowest scope that has a list, her own language first."""
        scopes, languages = (f"chat:{user['id']}", PRIVATE, "default"), (user["language_code"], "")
        lists = (self._lists.get((scope, language)) for scope in scopes for language in languages)
        return next((each for each in lists if each), [])


def _key(params: Params) -> tuple[str, str]:
    scope, language = params.nested("scope", dict) or {"type": "default"}, params.text("language_code")
    kind = scope.get("type")
    if not LANGUAGE.fullmatch(language):
        raise Refusal(400, "invalid language code specified")
    if kind not in ("default", PRIVATE, "chat"):
        raise Refusal(400, "unsupported type specified")
    return f"chat:{scope.get('chat_id')}" if kind == "chat" else str(kind), language


def _command(given: Any) -> Json:
    if not isinstance(given, dict):
        raise Refusal(400, "expected an Object")
    command = str(given.get("command", "")).removeprefix("/")
    description = str(given.get("description", ""))
    if not COMMAND.fullmatch(command):
        raise Refusal(400, "BOT_COMMAND_INVALID")
    if not 1 <= len(description) <= DESCRIPTION_MAX:
        raise Refusal(400, "BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": command, "description": description}

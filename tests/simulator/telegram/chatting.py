"""Chats at Telegram's stand-in, through its own library and its own page."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest
import telegram
from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, TelegramError
from telegram.request import HTTPXRequest

from tests.simulator.conftest import GRACE, SECRET, Phones

TOKEN = "123456:simulated"
T = TypeVar("T")
Ask = Callable[[telegram.Bot], Awaitable[T]]
HOOK = f"/hooks/telegram/{SECRET}"
GRACE_ID, OKOT_ID, STRANGER_ID = 700001, 700002, 254711000999


def ask(phones: Phones, call: Ask[T], token: str = TOKEN) -> T:
    """What the bot of python-telegram-bot gets; starting it calls getMe."""

    async def run() -> T:
        url = f"{phones.sim.url}/telegram/bot"
        # Without TLS there is nothing to verify, and reading the certificates takes long.
        one, other = (HTTPXRequest(httpx_kwargs={"verify": False}) for _ in range(2))
        async with telegram.Bot(token, url, request=one, get_updates_request=other) as api:
            return await call(api)

    return asyncio.run(run())


def start_chat(phones: Phones, phone: str = GRACE) -> None:
    assert phones.post("telegram/start", phone=phone).status_code == 200


def shown(phones: Phones, phone: str = GRACE) -> list[dict[str, Any]]:
    """What the bot wrote that is on the phone."""
    messages = phones.get("telegram", phone=phone)["messages"]
    return [message for message in messages if not message["mine"]]


def buttons(*rows: list[str]) -> InlineKeyboardMarkup:
    """A keyboard of buttons that say and carry the same."""
    return InlineKeyboardMarkup([[InlineKeyboardButton(each, callback_data=each) for each in row] for row in rows])


def refused(problem: str, error: type[TelegramError] = BadRequest) -> Any:
    """python-telegram-bot takes the first words off a description, and capitalises the next."""
    return pytest.raises(error, match=f"(?i){re.escape(problem)}")

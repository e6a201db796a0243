"""What goes wrong while marked values are in it, and what is said of that."""

import traceback
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import redis
from werkzeug.test import Client

from bot.app import App, build
from bot.config import Settings
from bot.jobs import carry_out
from channels.errors import ChannelError, SendFailed
from channels.port import Push
from domain.people.chats import put_address
from tests.canary.marks import APIO, NEW_PIN, NEWCOMER, NOBODY, PIN, TOKENS, apio_in, post
from tests.conftest import Clock
from tests.phone import Phone, TelegramPhone, WhatsAppPhone
from tests.web import wsgi
from tests.wired import BusyPhone, Wired


def every_failure(town: Wired, clock: Clock) -> list[str]:
    """Turns that fail where a PIN was typed; providers that refuse, fail and are not there; what we say of it."""
    app, simulator = town.app, town.simulator
    broken = build(app.settings, clock=clock)
    put_address(app.store, "telegram:772913457", "telegram", apio_in(app))
    phones: list[Any] = [
        Phone(wsgi(broken), broken.settings.hook_secret, APIO),
        TelegramPhone(broken, APIO),
        WhatsAppPhone(broken, APIO),
        BusyPhone(broken, APIO, simulator),
    ]
    valkey = redis.Redis.from_url(app.settings.redis_url)

    def spoil_sessions() -> None:
        for key in [*valkey.scan_iter("*:session:*")]:
            valkey.set(key, f"{NEW_PIN} of {APIO}")

    def forget_sessions() -> None:
        for kind in ("session", "lock", "profile"):
            for key in [*valkey.scan_iter(f"*:{kind}:*")]:
                valkey.delete(key)

    for phone in phones:
        phone.dial("*384*7*2#")
        spoil_sessions()
        assert "Sorry" in phone.type(NEW_PIN)
        forget_sessions()
    broken.store.close()  # MongoDB is gone, for whoever asks it
    for phone in phones[:3]:
        assert "Sorry" in phone.dial(f"*384*7*2*{NEW_PIN}#")
        forget_sessions()
    for hook, form in (
        ("inbound", {"from": APIO, "text": f"STOP {NEW_PIN}", "id": "1"}),
        ("inbound", {"from": APIO, "text": "STOP", "id": "2"}),
        ("dlr", {"id": "ATXid_1", "status": "Failed", "phoneNumber": APIO}),
    ):
        post(broken, f"/hooks/at/{hook}/{app.settings.hook_secret}", data=form)
    post(broken, f"/hooks/momo/{app.settings.hook_secret}/{uuid.uuid4()}", data=b'{"payer": "256772913457"}')
    carry_out(broken, "deliver", ["n1"])
    carry_out(broken, "settle", ["p1"])

    said: list[str] = []
    kinds: tuple[tuple[Settings, dict[str, dict[str, Any]]], ...] = (
        (app.settings, {"whatsapp": {"errors": {APIO: 63024}}, "telegram": {"blocked": {NEWCOMER: True}}}),
        (app.settings, {"whatsapp": {"status_500_before_accept": -1}, "telegram": {"status_500": -1}}),
        (app.settings, {"whatsapp": {"status_429": -1}, "telegram": {"status_429": -1}}),
        (not_ours(app.settings), {}),
        (nowhere(app.settings), {}),
    )
    for settings, faults in kinds:
        for provider, values in faults.items():
            simulator.world.faults[provider].set(values)
        said += refusals(settings, clock)
        for switches in simulator.world.faults.values():
            switches.reset()
    assert len(said) >= 12
    return said


def not_ours(settings: Settings) -> Settings:
    """Tokens that the providers do not know, and marked as well."""
    return replace(
        settings,
        at_api_key=TOKENS["momo_api_key"],
        twilio_auth_token=TOKENS["session_secret"],
        telegram_bot_token=f"{TOKENS['telegram_bot_token']}x",
    )


def nowhere(settings: Settings) -> Settings:
    away = "http://127.0.0.1:9"
    return replace(settings, at_api_url=away, twilio_api_url=away, telegram_api_url=away, momo_api_url=away)


def refusals(settings: Settings, clock: Clock) -> list[str]:
    """Send on every channel, answer on those that answer later, set up and settle; what our own errors say."""
    app, said = build(settings, clock=clock), list[str]()
    chats = app.senders.chats
    senders: list[tuple[Callable[[Push], str], str]] = [
        (app.senders.text.send, NOBODY),
        (chats["whatsapp"].send, f"whatsapp:{APIO}"),
        (chats["whatsapp"].send, "whatsapp:+0"),
        (chats["telegram"].send, "telegram:913457"),
        (chats["telegram"].send, f"telegram:{NEWCOMER[1:]}"),
    ]
    for send, to in senders:
        try:
            send(Push(to, f"Your code is {NEW_PIN}", heard_at=clock(), now=clock()))
        except SendFailed as error:
            said += own_words(error)
            app.later("ussd", lambda error=error: raise_again(error))  # type: ignore[misc]
    try:
        assert app.telegram is not None
        app.telegram.set_up("http://127.0.0.1:9/hook")
    except SendFailed as error:
        said += own_words(error)
    if settings.telegram_bot_token not in TOKENS.values():  # a PIN that cannot be deleted is tried for a while
        chat = TelegramPhone(app, APIO)
        chat.type("balance")
        chat.type(NEW_PIN)
    payments = [payment.id for payment in app.store.payments.find()]
    carry_out(app, "settle", payments)
    carry_out(app, "deliver", app.store.notices.due(app.store.now(), 100))
    app.close()
    return said


def raise_again(error: Exception) -> None:
    raise error


def own_words(error: BaseException) -> list[str]:
    """The text of an error of ours, and the line a traceback ends with."""
    assert isinstance(error, ChannelError)
    return [str(error), repr(error), *traceback.format_exception_only(error)]


def every_malformed_request(app: App) -> list[str]:
    """What no provider would send, with everything in it; what is answered."""
    secret, number = app.settings.hook_secret, APIO
    everything = f"text=1*{PIN}&phoneNumber=%2B{number[1:]}&from={number}&Body={PIN}&From=whatsapp:{number}"
    forged = {"X-Twilio-Signature": TOKENS["twilio_auth_token"], "Authorization": f"Bearer {TOKENS['jwt_secret']}"}
    headers = {"X-Telegram-Bot-Api-Secret-Token": app.settings.telegram_secret}
    json = f'{{"update_id": 1, "message": {{"text": "{PIN}", "contact": "{number}"'
    said = []
    for path in (
        f"/hooks/at/ussd/{secret}",
        f"/hooks/at/sms-menu/{secret}",
        f"/hooks/at/ussd-events/{secret}",
        f"/hooks/at/dlr/{secret}",
        f"/hooks/at/inbound/{secret}",
        f"/hooks/at/optout/{secret}",
        f"/hooks/momo/{secret}/{PIN}",
        f"/hooks/telegram/{secret}",
        "/hooks/twilio/whatsapp",
        "/hooks/twilio/status",
        "/api/groups",
        f"/nowhere/{secret}",
    ):
        for body in (everything.encode(), json.encode(), (everything * 2_000).encode(), b"\xff\x00", b""):
            said.append(post(app, path, data=body, headers=forged | headers))
        said.append(Client(wsgi(app)).get(f"{path}?{everything}", headers=forged).text)
    return said

"""
Canary: no PIN, no token and no whole phone number gets out: not in a log, a trace, an error report, a job.

Marked values go through conversations on every channel, and through what can go wrong on the way.
"""

import contextlib
import gzip
import io
import re
import threading
import traceback
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import brotli
import pytest
import redis
import sentry_sdk
import structlog
from pypdf import PdfReader
from werkzeug import Request, Response
from werkzeug.serving import make_server
from werkzeug.test import Client

from bot.app import App, build
from bot.config import Settings
from bot.jobs import carry_out
from bot.logs import set_up
from channels.errors import ChannelError, SendFailed
from channels.port import Push
from domain.broadcasts.operator import PrepareBroadcast
from domain.groups.join import JoinGroup
from domain.meetings.count import Counted
from domain.meetings.meeting import CloseMeeting, OpenMeeting
from domain.money import Money
from domain.people.chats import put_address
from domain.records.person import membership_id
from simulator.server import QuietHandler
from tests.conftest import Clock
from tests.domain.officers import counted
from tests.people import do, let_in, register
from tests.phone import Phone, TelegramPhone, WhatsAppPhone, traces_of
from tests.waiting import WAIT_SECONDS, until
from tests.web import wsgi
from tests.wired import BusyPhone, Chat, Wired, wired

PIN, NEW_PIN, WRONG_PIN, MOMO_PIN, OFFICER_PIN = "73519", "84620", "95731", "61937", "38402"
APIO, NEWCOMER, NOBODY, OFFICER = "+256772913457", "+256772913468", "+256772913479", "+256772913480"

TOKENS: Final[Mapping[str, str]] = {
    "session_secret": "canary-session-0123456789abcdef0123456789",
    "pin_pepper": "canary-pepper-0123456789abcdef0123456789",
    "jwt_secret": "canary-jwt-0123456789abcdef0123456789abcd",
    "hook_secret": "canaryHook7ZqW",
    "at_api_key": "canary-at-key",
    "twilio_auth_token": "c0ffee00c0ffee00c0ffee00c0ffee00",
    "twilio_signing_key": "canary-signing-key",
    "telegram_bot_token": "987654321:canary-telegram",
    "momo_subscription_key": "canary-momo-subscription",
    "momo_api_key": "canary-momo-key",
    "momo_disbursement_subscription_key": "canary-disbursement-subscription",
    "momo_disbursement_api_key": "canary-disbursement-key",
}
SECRETS: Final[Mapping[str, str]] = {
    "PIN": PIN,
    "new PIN": NEW_PIN,
    "wrong PIN": WRONG_PIN,
    "mobile-money PIN": MOMO_PIN,
    "officer's PIN": OFFICER_PIN,
}
PHONES: Final = (APIO, NEWCOMER, NOBODY, OFFICER)
# The only fields of the store that may hold a whole number: whose it is, and where something is sent.
HAVE_NUMBERS: Final = {
    "addresses": {"_id"},
    "broadcasts": {"name", "second"},  # of the operator's own
    "codes": {"phone", "address"},
    "invitations": {"phone"},
    "limits": {"_id"},
    "notices": {"to", "first", "sent_to", "tried"},
    "papers": {"to", "sent_to", "tried"},
    "payments": {"phone"},
    "people": {"phone"},
}


def leaks(text: str) -> list[str]:
    """
    The names of the marked values that a text holds.

    A PIN counts where it stands by itself: five digits inside an id are chance. Tokens and phone numbers count
    anywhere, a number also without its "+".
    """
    pins = [name for name, value in SECRETS.items() if re.search(rf"(?<![\w.]){value}(?!\w)", text)]
    tokens = [name for name, value in TOKENS.items() if value in text]
    return pins + tokens + [f"phone …{phone[-3:]}" for phone in PHONES if phone.removeprefix("+") in text]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("nothing", []),
        ("1*2*73519", ["PIN"]),
        ('{"text": "73519"}', ["PIN"]),
        ("id c73519ae at 1.73519", []),
        ("https://api.telegram.org/bot987654321:canary-telegram/getMe", ["telegram_bot_token"]),
        ("phoneNumber=%2B256772913457", ["phone …457"]),
        ("whatsapp:+256772913457 and …457", ["phone …457"]),
        ("…457", []),
    ],
)
def test_the_canary_sings_when_it_should(text: str, found: list[str]) -> None:
    assert leaks(text) == found


class Sentry:
    """Where error reports go: what Sentry's own client sends, as text."""

    def __init__(self) -> None:
        self.reports: list[str] = []

    def __call__(self, environ: Any, start: Any) -> Any:
        request = Request(environ)
        unpack = {"br": brotli.decompress, "gzip": gzip.decompress}
        how = request.headers.get("Content-Encoding", "")
        self.reports.append(unpack.get(how, bytes)(request.get_data()).decode())
        return Response("{}")(environ, start)


@pytest.fixture
def sentry() -> Iterator[tuple[Sentry, str]]:
    """The receiver, and its address as an operator would set it."""
    receiver = Sentry()
    with make_server("127.0.0.1", 0, receiver, request_handler=QuietHandler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield receiver, f"http://key@127.0.0.1:{server.server_port}/1"
        server.shutdown()
        thread.join()


@pytest.fixture
def log() -> io.StringIO:
    """What this process writes to its log."""
    return io.StringIO()


@pytest.fixture
def marked(settings: Settings, sentry: tuple[Sentry, str], log: io.StringIO) -> Iterator[Settings]:
    """Settings full of marked values, with logs at their most talkative and error reports on."""
    told: dict[str, Any] = {"log_level": "debug", "sentry_dsn": sentry[1]}
    told |= {"feature_chat_enabled": True, "feature_referral_enabled": True}
    settings = replace(settings, **TOKENS, **told)
    with contextlib.redirect_stderr(log):
        set_up(settings, role="test")
    yield settings
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.fixture
def town(marked: Settings, clock: Clock) -> Iterator[Wired]:
    people = [
        {"name": "Apio Sarah", "phone": APIO, "momo_pin": MOMO_PIN},
        {"name": "Achieng Mary", "phone": NEWCOMER, "momo_pin": MOMO_PIN},
    ]
    with wired(marked, clock, people=people) as town:
        apio = register(town.app.store, "Apio Sarah", APIO, PIN)
        let_in(town.app.store, town.village.umoja, town.village.code, town.village.nakato, apio)
        officer = register(town.app.store, "Adong Ruth", OFFICER, OFFICER_PIN)
        let_in(town.app.store, town.village.umoja, town.village.code, town.village.nakato, officer)
        town.app.store.memberships.change(membership_id(town.village.umoja, officer.id), role="secretary")
        yield town


def test_nothing_marked_gets_out(
    town: Wired, clock: Clock, sentry: tuple[Sentry, str], log: io.StringIO, caplog: pytest.LogCaptureFixture
) -> None:
    said = "\n".join(
        [
            *every_conversation(town),
            *everyday_things(town),
            *what_members_write(town),
            *what_is_stored(town.app),
            *every_failure(town, clock),
            *every_malformed_request(town.app),
        ]
    )
    queue, store = town.app.queue, town.app.store
    queue.poke("settle", [payment.id for payment in store.payments.find()])
    queue.poke("deliver", [notice.id for notice in store.notices.find()])
    sentry_sdk.flush(WAIT_SECONDS)
    logs, reports = log.getvalue() + caplog.text, "\n".join(sentry[0].reports)
    assert logs.count("turn failed") >= 7, "failures were provoked on every channel"
    assert reports.count('"exception"') >= 8

    assert leaks(logs) == []
    assert leaks(reports) == []
    traces = traces_of(town.app)
    assert len(traces) > 80
    assert leaks(repr(traces)) == []
    assert leaks(jobs(town.app)) == []
    assert leaks(said) == []
    secrets = [code.code for code in store.codes.find()] + files_sent(town)
    assert len(secrets) >= 3
    assert [each for each in secrets if each in logs + reports + repr(traces) + jobs(town.app)] == []


def files_sent(town: Wired) -> list[str]:
    """What opens the files that went to WhatsApp."""
    return [
        each.media_url.split("/")[-2] for each in town.simulator.whatsapp.chats.newest_first() if each.media_url
    ]


def jobs(app: App) -> str:
    """What rq keeps of the jobs that wait, their descriptions among it."""
    valkey = redis.Redis.from_url(app.settings.redis_url)
    kept = [valkey.hgetall(key) for key in valkey.scan_iter("rq:job:*")]
    assert any(b"description" in job for job in kept)
    return repr(kept)


# Conversations. Each function answers with texts that may be seen by others than the member.


def every_conversation(town: Wired) -> list[str]:
    """Balance, contribution, registration and a new PIN, spread over the channels, with slips."""
    app, simulator = town.app, town.simulator
    phone = town.phone(APIO)
    phone.dial()
    for typed in ("2", WRONG_PIN, f"{PIN}0", PIN):
        phone.type(typed)
    phone.dial("*384*7*1*2000#")
    for typed in ("1", PIN):
        phone.type(typed)
    ended = {"sessionId": phone.form()["sessionId"], "phoneNumber": APIO, "status": "Incomplete"}
    ended |= {"input": f"1*{PIN}", "lastAppResponse": phone.screen, "durationInMillis": "1000"}
    post(app, f"/hooks/at/ussd-events/{app.settings.hook_secret}", data=ended)
    town.work(seconds=10)
    (prompt,) = simulator.momo.prompts(APIO)
    simulator.momo.approve(prompt["reference"], MOMO_PIN)
    town.work(seconds=10)

    simulator.telegram.start(NEWCOMER)
    simulator.telegram.share_contact(NEWCOMER)
    for typed in ("1", "Achieng Mary", PIN, WRONG_PIN, PIN, "10101"):
        simulator.telegram.write(NEWCOMER, typed)
    assert "Welcome Achieng Mary!" in town.telegram(NEWCOMER)[-1]
    chat = Chat(app, 913_457)
    for typed in ("/start", "1", APIO):
        chat.type(typed)
    chat.type("000000")
    town.work(seconds=1)

    for typed in ("hi", "balance", WRONG_PIN, PIN, "change pin", PIN, NEW_PIN, WRONG_PIN, NEW_PIN):
        simulator.whatsapp.write(APIO, typed)
    assert "Your PIN is changed" in town.whatsapp(APIO)[-1]
    simulator.whatsapp.share(APIO, "location")

    texting = BusyPhone(app, APIO, simulator)
    for typed in ("balance", PIN, NEW_PIN, "pay 2000", "yes", "stop"):
        texting.type(typed)
    town.work(seconds=10)
    return []


def everyday_things(town: Wired) -> list[str]:
    """
    What people live with: a forgotten PIN, cash that goes round, members as officers see them, who asks to join
    and from where, what a meeting's end is told, a statement of some days and its file.
    """
    app, simulator = town.app, town.simulator
    member = f"{person_with_number(app, APIO)}"
    officers = (town.phone(OFFICER), TelegramPhone(app, OFFICER), WhatsAppPhone(app, OFFICER))
    asks = register(app.store, "Aber Jane", NOBODY, PIN)
    do(app.store, JoinGroup(asks.id, town.village.code))
    village, store, heard = town.village, app.store, list[str]()

    def in_the_boxes() -> Counted:
        totals = store.books.totals(village.umoja)
        return counted(totals.get("1010", 0), totals.get("1040", 0))

    do(store, OpenMeeting(village.wanjiru.id, village.umoja, in_the_boxes()))
    for officer in officers:
        for flow, *typed in (
            ("members", member, "6", WRONG_PIN, OFFICER_PIN),
            ("members", APIO, "6", OFFICER_PIN),
            ("approve", "1", OFFICER_PIN),
            ("approve", "3"),
            ("list", "1"),
            ("waits", OFFICER_PIN),
            ("cash_round", WRONG_PIN, OFFICER_PIN, f"{member} 1500", f"{APIO} 700", "02", OFFICER_PIN, "01", "0"),
            ("meeting", "1", OFFICER_PIN),
        ):
            heard += talk(officer, flow, *typed)
    do(store, CloseMeeting(village.wanjiru.id, village.umoja, in_the_boxes(), fine=False))
    for screen in ("Apio Sarah", "Aber Jane", "Next number and amount?", "Cancelled: ", "Not yet:"):
        assert any(screen in each for each in heard), screen
    assert store.notices.find(person=apio_in(app), kind="meeting_closed")
    officers[0].dial("*384*7*members#")
    said = [officers[0].type(each) for each in (member, "2", OFFICER_PIN)]
    assert "A code is on its way" in said[-1]
    code = max(app.store.codes.find(phone=APIO), key=lambda sent: sent.at).code
    town.work(seconds=1)
    assert code in "".join(town.texts(APIO)), "only there"
    phone = town.phone(APIO)
    phone.dial("*384*7*forgot_pin#")
    for typed in ("000000", code, PIN, WRONG_PIN, PIN, PIN):
        phone.type(typed)

    for channel in (town.phone(APIO), WhatsAppPhone(app, APIO), BusyPhone(app, APIO, simulator)):
        talk(channel, "full statement", "2", WRONG_PIN, PIN)
    simulator.whatsapp.write(APIO, "menu")
    for typed in ("full statement", "2", PIN):
        simulator.whatsapp.write(APIO, typed)
    until(lambda: files_sent(town) != [])
    path, *_ = {each.media_url for each in simulator.whatsapp.chats.newest_first() if each.media_url}
    file = Client(wsgi(app)).get(path.removeprefix(app.settings.public_url))
    refused = [Client(wsgi(app)).get(f"/files/{wrong}/statement.txt").text for wrong in (PIN, APIO, path[-20:])]
    town.work(seconds=10)
    pages = PdfReader(io.BytesIO(file.data)).pages
    return [*(page.extract_text() for page in pages), *refused]


def what_members_write(town: Wired) -> list[str]:
    """
    Letters, messages of leaders and of the operator, reminders, papers, a code to bring others: with a PIN and a
    number in what is written, and PINs where none belongs.
    """
    app, village, heard = town.app, town.village, list[str]()
    rules = app.store.groups.get(village.umoja).constitution
    app.store.groups.change(village.umoja, constitution=replace(rules, referral=Money(1_000, "UGX")))
    officers = (town.phone(OFFICER), TelegramPhone(app, OFFICER), WhatsAppPhone(app, OFFICER))
    for n, officer in enumerate(officers):
        again = ["1"] if n else []  # there are messages already, from which a new one is told apart
        for flow, *typed in (
            ("letters", "2", f"my PIN is {OFFICER_PIN}", f"call {APIO}", f"come early {n}"),
            ("letters", "4", APIO, f"x{PIN}"),
            ("letters", "1"),
            ("broadcast", *again, "1", "3", f"PIN {PIN}", f"Bring books {n}", "1", "1", WRONG_PIN, OFFICER_PIN),
            ("papers", "2", "1", WRONG_PIN, OFFICER_PIN),
            ("reminders", APIO, "1"),
            ("refer", PIN),
        ):
            heard += talk(officer, flow, *typed)
    do(app.store, PrepareBroadcast(NOBODY, OFFICER, (NOBODY, OFFICER), "", "words", "all", "We are closed."))
    assert app.store.letters.count() == 3
    assert app.store.broadcasts.count() == 3, "two of the group in a day, and the operator's"
    assert app.store.papers.count() == 3
    assert app.store.referral_codes.count() == 1
    town.work(seconds=61)
    town.work(seconds=10)
    return heard


def talk(phone: Any, flow: str, *typed: str) -> list[str]:
    """What is heard in a conversation; a PIN is typed only where one is asked for."""
    said = [phone.dial(f"*384*7*{flow}#")]
    for each in typed:
        if each not in SECRETS.values() or "PIN" in said[-1]:
            said.append(phone.type(each))
    return said


def person_with_number(app: App, phone: str) -> int:
    person = app.store.people.one(phone=phone)
    assert person is not None
    return app.store.memberships.find(person=person.id)[0].number


def what_is_stored(app: App) -> list[str]:
    """
    No PIN is in the store nor in Redis; what else there is of the store, without the fields that have numbers.
    """
    kept: list[str] = []
    for name in app.store.database.list_collection_names():
        for document in app.store.database[name].find():
            assert [each for each in leaks(repr(document)) if "PIN" in each] == [], name
            kept.append(repr({f: v for f, v in document.items() if f not in HAVE_NUMBERS.get(name, ())}))
    valkey = redis.Redis.from_url(app.settings.redis_url)
    read = {b"string": valkey.get, b"hash": valkey.hgetall}
    for key in [*valkey.scan_iter("*")]:
        if (kind := valkey.type(key)) in read:
            assert [each for each in leaks(repr(read[kind](key))) if "PIN" in each] == [], key
    return kept


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


def apio_in(app: App) -> str:
    person = app.store.people.one(phone=APIO)
    assert person is not None
    return person.id


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


def post(app: App, path: str, **request: Any) -> str:
    return Client(wsgi(app)).post(path, **request).text

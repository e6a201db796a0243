"""Where a message goes: the chosen channel, else the next that works, and in the end exactly one of them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bot.app import App, build
from bot.beside import Beside
from bot.config import Settings
from bot.jobs import carry_out
from channels.errors import SendFailed, Unreachable
from channels.whatsapp.chat import STATUS_PATH
from channels.whatsapp.templates import every_template
from domain.people.chats import ChooseReceipts, SendCode, put_address, stop_messages_to
from domain.records.chat import TEXT, Address, routes
from domain.records.notice import ATTEMPTS_MAX, Notice, NoticeKind
from flows.engine.conversations import HEARD_SECONDS
from payments.port import Asked
from tests.conftest import Clock
from tests.people import Villager, do
from tests.phone import WhatsAppPhone
from tests.waiting import until
from tests.wired import Wired, wired

START = datetime(2026, 10, 5, 6, 0, tzinfo=UTC)
ORDER = ("telegram", "whatsapp")
CHANGED = "Your PIN was changed. If it was not you, tell an officer of your group now."
NEWS = "Sorry, Tumaini did not accept you. Ask one of its officers why."


def address(id: str, *, heard: int = 0, blocked: bool = False) -> Address:
    """An address on the channel its id begins with, heard from `heard` minutes after the start."""
    at = START + timedelta(minutes=heard)
    return Address(id, id.partition(":")[0], "akello", START, at, blocked=blocked)


@pytest.mark.parametrize(
    ("chosen", "addresses", "expected"),
    [
        pytest.param("", [], [""], id="no chat"),
        pytest.param("", ["telegram:1"], ["telegram:1", ""], id="one chat"),
        pytest.param("", ["whatsapp:1", "telegram:1"], ["telegram:1", "whatsapp:1", ""], id="the order's"),
        pytest.param("whatsapp", ["telegram:1", "whatsapp:1"], ["whatsapp:1", "telegram:1", ""], id="the chosen"),
        pytest.param("whatsapp", ["telegram:1"], ["telegram:1", ""], id="chosen and gone"),
        pytest.param(
            "telegram", ["whatsapp:1", "telegram:1"], ["telegram:1", "whatsapp:1", ""], id="chosen first"
        ),
        pytest.param(TEXT, ["telegram:1", "whatsapp:1"], ["", "telegram:1", "whatsapp:1"], id="a text"),
        pytest.param(TEXT, [], [""], id="a text and no chat"),
        pytest.param("pigeon", ["telegram:1"], ["telegram:1", ""], id="a choice that is none"),
        pytest.param("", ["pigeon:1", "telegram:1"], ["telegram:1", ""], id="a channel that is off"),
        pytest.param("pigeon", ["pigeon:1"], [""], id="chosen and off"),
    ],
)
def test_the_ways_to_reach_somebody_best_first(chosen: str, addresses: list[str], expected: list[str]) -> None:
    found = routes(chosen, [address(each) for each in addresses], ORDER)
    assert [way.id if way else "" for way in found] == expected


def test_of_two_chats_on_one_channel_the_one_heard_from_last_comes_first() -> None:
    old, new = address("whatsapp:1"), address("whatsapp:2", heard=1)
    for both in ([old, new], [new, old]):
        assert routes("", both, ORDER) == [new, old, None]
        telegram = address("telegram:1", heard=-9)
        assert routes("whatsapp", [*both, telegram], ORDER) == [new, old, telegram, None]


def test_a_blocked_address_is_no_way_and_there_is_always_one() -> None:
    blocked = address("telegram:1", blocked=True)
    assert routes("telegram", [blocked, address("whatsapp:1")], ORDER) == [address("whatsapp:1"), None]
    assert routes("telegram", [blocked], ORDER) == [None]
    assert routes(TEXT, [blocked], ORDER) == [None]


# On the wire


@pytest.fixture
def town(settings: Settings, clock: Clock) -> Iterator[Wired]:
    with wired(settings, clock) as town:
        town.work()  # the village's own messages
        yield town


@pytest.fixture
def akello(town: Wired) -> Villager:
    """Akello, who wrote in Telegram, whose chat is linked, and in WhatsApp."""
    akello = town.village.akello
    town.simulator.telegram.start(akello.phone)
    put_address(town.app.store, telegram_of(town), "telegram", akello.id)
    town.simulator.whatsapp.write(akello.phone, "hi")
    return akello


def telegram_of(town: Wired) -> str:
    return f"telegram:{town.simulator.telegram.chats.user(town.village.akello.phone)['id']}"


def whatsapp_of(town: Wired) -> str:
    return f"whatsapp:{town.village.akello.phone}"


def tell(town: Wired, who: Villager, first: str = "", *, kind: NoticeKind = "pin_changed", **values: str) -> str:
    """A notice that is due now."""
    id, now = town.app.store.new_id(), town.app.store.now()
    town.app.store.notices.insert(Notice(id, who.id, kind, values, now, now, first=first))
    return id


def choose(town: Wired, who: Villager, channel: str) -> None:
    do(town.app.store, ChooseReceipts(who.id, channel))


def came_to(town: Wired, who: Villager, text: str = CHANGED) -> list[str]:
    """The channels on which somebody has this message, once for each time."""
    chats = {"telegram": town.telegram, "whatsapp": town.whatsapp, "sms": town.texts}
    return [name for name, messages in chats.items() for each in messages(who.phone) if each == text]


def state(town: Wired, id: str) -> tuple[str, str]:
    notice = town.app.store.notices.get(id)
    return notice.state, notice.sent_to


@pytest.mark.parametrize(
    ("chosen", "came"),
    [("", "telegram"), ("telegram", "telegram"), ("whatsapp", "whatsapp"), (TEXT, "sms")],
)
def test_a_message_goes_where_its_person_wants_it_and_nowhere_else(
    town: Wired, akello: Villager, chosen: str, came: str
) -> None:
    choose(town, akello, chosen)
    id = tell(town, akello)
    town.work()
    assert came_to(town, akello) == [came]
    where = {"telegram": telegram_of(town), "whatsapp": whatsapp_of(town), "sms": "text"}
    assert state(town, id) in {(each, where[came]) for each in ("sent", "delivered", "read")}


def test_somebody_without_a_chat_gets_a_text(town: Wired) -> None:
    tell(town, town.village.okot)
    town.work()
    assert came_to(town, town.village.okot) == ["sms"]


def test_news_of_a_linked_chat_goes_to_the_phone_first_whatever_was_chosen(town: Wired, akello: Villager) -> None:
    choose(town, akello, "telegram")
    tell(town, akello, first=TEXT)
    town.work()
    assert came_to(town, akello) == ["sms"]


# WhatsApp's 24 hours


def with_contents(town: Wired, clock: Clock) -> App:
    """Make the content at Twilio, as an operator does, in one language; another process, started after that."""
    for template in every_template():
        if template.language == "en":
            town.app.make_content(template)
    return build(town.app.settings, clock=clock)


def shown_last(town: Wired, phone: str) -> bool:
    """Whether the newest message in somebody's WhatsApp came from an approved template."""
    newest = next(each for each in town.simulator.whatsapp.chats.newest_first() if each.phone == phone)
    return newest.face.approved


def test_in_whatsapp_a_message_is_text_for_a_day_after_theirs_and_then_a_template(
    town: Wired, akello: Villager, clock: Clock
) -> None:
    choose(town, akello, "whatsapp")
    worker = with_contents(town, clock)
    clock.forward(hours=23)
    carry_out(worker, "deliver", [tell(town, akello)])
    assert (came_to(town, akello), shown_last(town, akello.phone)) == (["whatsapp"], False)
    clock.forward(hours=1)
    carry_out(worker, "deliver", [tell(town, akello)])
    assert (came_to(town, akello), shown_last(town, akello.phone)) == (["whatsapp"] * 2, True)
    worker.close()


def test_a_code_is_in_no_template_and_goes_another_way_after_a_day(
    town: Wired, akello: Villager, clock: Clock
) -> None:
    choose(town, akello, "whatsapp")
    worker = with_contents(town, clock)
    for hours, where in ((23, whatsapp_of(town)), (1, telegram_of(town))):
        clock.forward(hours=hours)
        id = tell(town, akello, kind="sign_in_code", code="49302718")
        for _ in range(2):
            carry_out(worker, "deliver", [id])
        assert state(town, id)[1] == where
    worker.close()


def test_without_a_template_it_is_another_way_after_a_day(town: Wired, akello: Villager, clock: Clock) -> None:
    choose(town, akello, "whatsapp")
    clock.forward(hours=24)
    id = tell(town, akello)
    town.work()
    assert came_to(town, akello) == ["telegram"]
    assert town.app.store.notices.get(id).tried == (whatsapp_of(town),)


def test_what_twilio_took_and_failed_later_goes_the_next_way_and_counts_once(
    town: Wired, akello: Villager
) -> None:
    """Twilio's clock is not ours: outside its 24 hours a text is accepted, and fails with 63016."""
    choose(town, akello, "whatsapp")
    town.simulator.world.faults["whatsapp"].set({"window_seconds": 0})
    id = tell(town, akello)
    carry_out(town.app, "deliver", [id])
    assert state(town, id)[0] in ("sent", "queued")
    until(lambda: state(town, id)[0] == "queued")
    town.work()
    assert came_to(town, akello) == ["telegram"]
    notice = town.app.store.notices.get(id)
    assert (notice.state, notice.sent_to, notice.tried) == ("sent", telegram_of(town), (whatsapp_of(town),))
    assert notice.reason == ""


def test_a_failure_that_is_told_twice_is_one(town: Wired, akello: Villager) -> None:
    choose(town, akello, "whatsapp")
    town.simulator.world.faults["whatsapp"].set({"window_seconds": 0, "status_twice": 1})
    id = tell(town, akello)
    carry_out(town.app, "deliver", [id])
    until(lambda: state(town, id)[0] == "queued")
    for _ in range(3):
        town.work(minutes=10)
    assert came_to(town, akello) == ["telegram"]


def test_only_a_message_of_our_own_is_reported_on(town: Wired, akello: Villager, clock: Clock) -> None:
    """Of an answer with buttons, which goes out through the same API, nobody asks what became."""
    choose(town, akello, "whatsapp")
    worker = with_contents(town, clock)
    WhatsAppPhone(worker, akello.phone).send("menu")
    carry_out(worker, "deliver", [tell(town, akello)])
    worker.close()  # the buttons are sent
    ours = [each for each in town.simulator.whatsapp.chats.newest_first() if each.phone == akello.phone]
    asked = {each.face.text.startswith("Hello Akello"): each.callback for each in ours[:2]}
    assert asked == {True: "", False: f"{town.app.settings.public_url}{STATUS_PATH}"}


# Refusals


@pytest.mark.parametrize("code", [63024, 63015, 21610])
def test_who_cannot_be_reached_on_whatsapp_is_not_tried_there_again(
    town: Wired, akello: Villager, clock: Clock, code: int
) -> None:
    choose(town, akello, "whatsapp")
    town.simulator.world.faults["whatsapp"].set({"errors": {akello.phone: code}})
    for _ in range(2):
        tell(town, akello)
        town.work()
    assert town.app.store.addresses.get(whatsapp_of(town)).blocked
    assert came_to(town, akello) == ["telegram"] * 2
    town.simulator.world.faults["whatsapp"].reset()
    clock.forward(seconds=HEARD_SECONDS)
    town.simulator.whatsapp.write(akello.phone, "hi")
    tell(town, akello)
    town.work()
    assert came_to(town, akello) == ["telegram"] * 2 + ["whatsapp"], "who writes again is written to again"


def test_who_blocked_the_bot_on_telegram_is_told_another_way(town: Wired, akello: Villager) -> None:
    town.simulator.world.faults["telegram"].set({"blocked": {akello.phone: True}})
    for _ in range(2):
        tell(town, akello)
        town.work()
    assert town.app.store.addresses.get(telegram_of(town)).blocked
    assert came_to(town, akello) == ["whatsapp"] * 2


def test_telegram_says_when_to_come_again_and_is_obeyed(town: Wired, akello: Villager, clock: Clock) -> None:
    town.simulator.world.faults["telegram"].set({"status_429": 1, "retry_after": 300})
    id = tell(town, akello)
    carry_out(town.app, "deliver", [id])
    waiting = town.app.store.notices.get(id)
    assert waiting.next_at == clock() + timedelta(seconds=300)
    town.work(seconds=299)
    assert came_to(town, akello) == []
    town.work(seconds=1)
    assert came_to(town, akello) == ["telegram"]


def test_a_failure_that_may_pass_is_waited_for_where_they_want_the_message(town: Wired, akello: Villager) -> None:
    choose(town, akello, "whatsapp")
    town.simulator.world.faults["whatsapp"].set({"status_500_before_accept": 1})
    id = tell(town, akello)
    town.work()
    assert (came_to(town, akello), state(town, id)) == ([], ("queued", ""))
    town.work(seconds=20)
    assert came_to(town, akello) == ["whatsapp"]


def test_a_failure_that_does_not_pass_is_not_waited_for_for_ever(town: Wired, akello: Villager) -> None:
    """A receipt that comes late another way is better than none."""
    town.simulator.world.faults["telegram"].set({"status_500": -1})
    id = tell(town, akello)
    for _ in range(ATTEMPTS_MAX + 1):
        town.work(minutes=30)
    assert came_to(town, akello) == ["whatsapp"]
    assert state(town, id)[0] in ("sent", "delivered", "read")


# Silence, and codes


@pytest.mark.parametrize("channel", ["", "telegram", "whatsapp", TEXT])
def test_stop_silences_every_channel_and_start_none(town: Wired, akello: Villager, channel: str) -> None:
    choose(town, akello, channel)
    stop_messages_to(town.app.store, akello.phone, True)
    id = tell(town, akello, kind="refused_by_group", group="Tumaini")
    town.work(minutes=1)
    assert came_to(town, akello, NEWS) == []
    assert (town.app.store.notices.get(id).state, town.app.store.notices.get(id).reason) == ("skipped", "STOPPED")
    stop_messages_to(town.app.store, akello.phone, False)
    tell(town, akello, kind="refused_by_group", group="Tumaini")
    town.work(minutes=1)
    assert len(came_to(town, akello, NEWS)) == 1


def test_what_warns_of_somebody_else_is_sent_whatever_was_said_of_messages(town: Wired, akello: Villager) -> None:
    stop_messages_to(town.app.store, akello.phone, True)
    tell(town, akello, kind="pin_changed")
    town.work(minutes=1)
    assert len(came_to(town, akello)) == 1


def test_a_code_goes_to_the_number_by_text_and_is_wiped_once_it_is_sent(town: Wired, akello: Villager) -> None:
    """Also when the number is a member's who has chats, or wants no messages: it is for whoever has the phone."""
    stop_messages_to(town.app.store, akello.phone, True)
    do(town.app.store, SendCode("telegram:99", akello.phone, "en"))
    (notice,) = town.app.store.notices.find(to=akello.phone)
    code = str(notice.values["code"])
    assert len(code) == 6
    before = len(town.texts(akello.phone))
    town.work()
    text = f"Your code is {code}. It is good for ten minutes. Do not tell it to anybody."
    assert town.texts(akello.phone)[before:].count(text) == 1
    assert came_to(town, akello, text) == ["sms"]
    (sent,) = town.app.store.notices.find(to=akello.phone)
    assert (sent.state, sent.values) in [(each, {"code": "******"}) for each in ("sent", "delivered", "read")]


# What a provider says


@pytest.mark.parametrize("status", ["Expired", "AbsentSubscriber", "Failed"])
def test_a_text_that_did_not_arrive_is_not_held_to_be_sent(town: Wired, akello: Villager, status: str) -> None:
    town.simulator.sms.faults.set({"ends": {akello.phone: status}})
    choose(town, akello, TEXT)
    id = tell(town, akello)
    town.work()
    notice = town.app.store.notices.get(id)
    assert (notice.state, notice.tried, notice.sent_to) == ("sent", ("text",), telegram_of(town))
    assert CHANGED in town.telegram(akello.phone), "another way"


def test_a_text_whose_code_is_in_quotes_is_sent_once(town: Wired, akello: Villager) -> None:
    town.simulator.sms.faults.set({"codes_as": "string"})
    choose(town, akello, TEXT)
    id = tell(town, akello)
    town.work()
    assert town.app.store.notices.get(id).state == "delivered"
    assert town.texts(akello.phone).count(CHANGED) == 1


def test_a_person_whom_no_way_reaches_is_a_fact_in_the_outbox_and_no_error(town: Wired, akello: Villager) -> None:
    """No WhatsApp, the bot blocked, the number not in use: each is said in the notice, and nothing is reported."""
    faults = town.simulator.world.faults
    faults["telegram"].set({"blocked": {akello.phone: True}})
    faults["whatsapp"].set({"errors": {akello.phone: 63003}})
    faults["sms"].set({"rejects": {akello.phone: "UserInBlacklist"}})
    id = tell(town, akello)
    with capture_logs() as logged:
        town.work()
    notice = town.app.store.notices.get(id)
    assert (notice.state, notice.next_at, notice.reason) == ("failed", None, "sms: 406 UserInBlacklist")
    assert {each["log_level"] for each in logged} <= {"info"}
    assert "exc_info" not in str(logged)


def test_who_is_not_there_when_an_answer_comes_is_no_error() -> None:
    """They blocked us in the middle of a conversation; a provider that fails us is another thing."""
    beside = Beside("pigeon")

    def blocked() -> None:
        raise Unreachable("pigeon", "403")

    def failed() -> None:
        raise SendFailed("pigeon", "401", retryable=False)

    with capture_logs() as logged:
        for work in (blocked, failed):
            beside.do(work)
        beside.close()
    assert sorted((each["log_level"], "exc_info" in each) for each in logged) == [("error", True), ("info", False)]


def test_every_provider_is_called_under_our_own_name(town: Wired, akello: Villager) -> None:
    for channel in ("telegram", "whatsapp", TEXT):
        choose(town, akello, channel)
        tell(town, akello)
        town.work()
    paid = town.app.collectors["momo"], town.app.payers["momo"]
    for product in paid:
        product.status(Asked("5b0c1c34-6f0e-4b0d-9a55-0a3d0f6f1a11"))
    agents = town.simulator.world.agents
    assert {provider: agents[provider] for provider in ("version1", "telegram", "twilio", "momo")} == {
        provider: {"community-savings-bot/0.1.0"} for provider in ("version1", "telegram", "twilio", "momo")
    }

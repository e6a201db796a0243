"""Turns over real stores: requests that repeat, locks that run out, a Redis that forgets; what a turn costs."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import msgspec
import pytest
import redis

from bot.app import App, build
from bot.config import Settings
from channels import ussd
from domain.commands import execute
from domain.money import Money
from domain.people.pins import check_pin
from domain.records.person import Talker
from domain.records.pin import TRIES, PinLocked, Secret, WrongPin
from domain.savings.contribute import Contribute, RecordCash
from flows import ask
from flows.dialogue import flow, read
from flows.engine import sessions
from flows.engine.channel import Channel
from flows.engine.drive import TurnLost
from flows.engine.journal import Session, decode_session, encode
from flows.engine.messages import Message, Reply, Trace
from flows.engine.paging import Limits
from flows.engine.play import ANSWERS_MAX
from flows.engine.screen import say
from flows.engine.sessions import TRACE_LENGTH, Keys
from flows.engine.steps import Conversation
from tests.conftest import Clock
from tests.leaks import leaked
from tests.listening import Commands
from tests.people import Village, Villager, do
from tests.phone import Phone, traces_of
from tests.web import wsgi

Dial = Callable[[str], Phone]


def turn(app: App, phone: Phone, **changed: str) -> Callable[[], Reply]:
    """The request that a phone sends, ready to be handled."""
    message = ussd.to_message({**phone.form(), **changed})
    return lambda: app.engine.handle(message)


def stored(valkey: redis.Redis, member: str) -> Session:
    data = valkey.hget(Keys(member, "").session, "data")
    assert isinstance(data, bytes)
    return decode_session(data)


def payments(app: App, member: Villager) -> int:
    return len(app.store.payments.open_of(member.id))


# One request, many times


def at_once(requests: list[Callable[[], Reply]]) -> Reply:
    """The one reply to one request, though it is made several times: one turn, and repeats that say so."""
    with ThreadPoolExecutor(len(requests)) as threads:
        replies = list(threads.map(lambda request: request(), requests))
    assert sorted(reply.repeated for reply in replies) == [False] + [True] * (len(requests) - 1)
    (reply,) = {msgspec.structs.replace(reply, repeated=False) for reply in replies}
    return reply


def test_one_request_eight_times_at_once_is_one_payment_and_eight_equal_replies(
    app: App, settings: Settings, clock: Clock, phone: Dial, village: Village
) -> None:
    akello = phone(village.akello.phone)
    akello.dial("*384*7*1*1#")
    other_process = build(settings, clock=clock)
    reply = at_once([turn(each, akello, text="1*1*2581") for each in (app, other_process)] * 4)
    other_process.close()
    assert reply.text.startswith("Now approve UGX 5,500")
    assert payments(app, village.akello) == 1


def test_a_wrong_pin_eight_times_at_once_is_one_try(app: App, phone: Dial, village: Village) -> None:
    akello = phone(village.akello.phone)
    akello.dial("*384*7*2#")
    reply = at_once([turn(app, akello, text="2*7392")] * 8)
    assert reply.text.startswith("Wrong PIN. 2 tries left. Forgot it? Ask an officer of your group.")
    assert app.store.people.get(village.akello.id).pin.wrong == 1


def test_a_first_dial_eight_times_at_once_is_one_answer(app: App, phone: Dial) -> None:
    stranger = phone("+256772000199")
    reply = at_once([turn(app, stranger, sessionId="first", text="")] * 8)
    assert reply.text.startswith("Karibu / Welcome / Bienvenue")


def test_a_registration_that_is_repeated_gets_its_reply(
    app: App, settings: Settings, clock: Clock, phone: Dial, village: Village
) -> None:
    """Between the request and its repeat the stranger has become a member, in this process and another."""
    newcomer = phone("+256772000199")
    newcomer.dial()
    for typed in ("1", "Achieng Mary", "2468", "2468"):
        newcomer.type(typed)
    welcome = newcomer.type(village.code)
    assert welcome.startswith("END Welcome Achieng Mary!")
    assert newcomer.post() == welcome
    other_process = build(settings, clock=clock)
    repeat = turn(other_process, newcomer)()
    other_process.close()
    assert f"END {repeat.text}" == welcome
    assert newcomer.dial().startswith("CON Hello Achieng. Your group has not accepted you yet.")


def test_a_repeat_gets_its_reply_also_after_the_call_has_gone_on(phone: Dial, village: Village) -> None:
    akello = phone(village.akello.phone)
    menu = akello.dial()
    akello.type("1")
    assert akello.post(text="") == menu
    assert akello.type("1").startswith("CON Pay UGX 5,500 to Umoja. Your PIN?")


CHAT = Channel("chat", Limits(length=None))

# A lock that ran out


def reading(query: Callable[[Any], str]) -> Callable[[Talker], Conversation]:
    """A conversation that asks one thing, then reads."""

    @flow("slow")
    def slow() -> Conversation:
        name = yield from ask.text("name", "Name?", most=20)
        found = yield from read("found", query)
        yield from ask.text("more", f"{name}, {found}?", most=20)
        return say("Good.")

    return lambda _who: slow()


def chat(app: App, member: Villager, update: str, typed: str) -> Message:
    return Message(CHAT, member.phone, update, member.phone, typed=typed)


@pytest.mark.parametrize("other", [None, "token-of-another"], ids=["free again", "taken by another"])
def test_a_turn_that_lost_its_lock_keeps_nothing_and_says_nothing(
    app: App, valkey: redis.Redis, village: Village, other: str | None
) -> None:
    member, lock = village.akello, Keys(village.akello.id, "").lock

    def slow_query(store: object) -> str:
        valkey.delete(lock)
        if other:
            valkey.set(lock, other)
        return "found"

    engine = app.engine.over(app.link, reading(slow_query))
    engine.handle(chat(app, member, "1", ""))
    before = valkey.hgetall(Keys(member.id, "").session)
    with pytest.raises(TurnLost):
        engine.handle(chat(app, member, "2", "Akello"))
    assert valkey.hgetall(Keys(member.id, "").session) == before
    assert not valkey.exists(Keys(member.id, "2").turn)
    assert valkey.get(lock) == (other.encode() if other else None)


def test_a_slow_turn_does_not_undo_the_one_that_went_past_it(
    app: App, valkey: redis.Redis, village: Village
) -> None:
    member = village.akello
    answers = iter(["late", "in time"])

    def slow_query(store: object) -> str:
        answer = next(answers)
        if answer == "late":
            valkey.delete(Keys(member.id, "").lock)
            assert engine.handle(chat(app, member, "3", "Grace")).text.startswith("Grace, in time?")
        return answer

    engine = app.engine.over(app.link, reading(slow_query))
    engine.handle(chat(app, member, "1", ""))
    with pytest.raises(TurnLost):
        engine.handle(chat(app, member, "2", "Akello"))
    assert [answer.value for answer in stored(valkey, member.id).journal] == ["Grace", "in time"]


def test_a_lost_turn_is_answered_with_an_apology(app: App, valkey: redis.Redis, village: Village) -> None:
    def slow_query(store: object) -> str:
        valkey.delete(Keys(village.akello.id, "").lock)
        return "found"

    slow = replace(app, engine=app.engine.over(app.link, reading(slow_query)))
    akello = Phone(wsgi(slow), app.settings.hook_secret, village.akello.phone)
    akello.dial()
    assert akello.type("Akello").startswith("END Sorry")


def test_a_conversation_that_breaks_keeps_the_journal_and_frees_the_lock(
    app: App, valkey: redis.Redis, village: Village
) -> None:
    answers = iter(["", "found"])

    def broken_query(store: object) -> str:
        if answer := next(answers):
            return answer
        raise RuntimeError("broken")

    engine = app.engine.over(app.link, reading(broken_query))
    engine.handle(chat(app, village.akello, "1", ""))
    before = valkey.hgetall(Keys(village.akello.id, "").session)
    with pytest.raises(RuntimeError, match="broken"):
        engine.handle(chat(app, village.akello, "2", "Akello"))
    assert valkey.hgetall(Keys(village.akello.id, "").session) == before
    assert not valkey.exists(Keys(village.akello.id, "").lock)
    assert engine.handle(chat(app, village.akello, "2", "Akello")).text == "Akello, found?\n0 Back"


# Redis forgets


def test_a_member_types_again_when_redis_forgot_the_call(
    app: App, valkey: redis.Redis, phone: Dial, village: Village
) -> None:
    """The answers of the lost call are not fed again: the last one may be a PIN."""
    akello = phone(village.akello.phone)
    akello.dial()
    akello.type("1")
    akello.type("1")
    valkey.flushdb()
    assert akello.type("2581").startswith("CON Hello Akello")
    assert payments(app, village.akello) == 0
    akello.type("1")
    akello.type("1")
    assert akello.type("2581").startswith("END Now approve UGX 5,500")
    assert payments(app, village.akello) == 1


def test_a_pin_is_never_taken_for_an_amount_when_redis_forgot_the_call(
    valkey: redis.Redis, phone: Dial, village: Village
) -> None:
    """A call that was gone on with says "1" and then the PIN: fed from the menu, that would be an amount."""
    first = phone(village.akello.phone)
    first.dial("*384*7*1*1#")
    again = phone(village.akello.phone)
    again.dial()
    assert again.type("1").startswith("CON Pay UGX 5,500 to Umoja. Your PIN?")
    valkey.flushdb()
    assert again.type("2581").startswith("CON Hello Akello")
    assert leaked(repr(valkey.hgetall(Keys(village.akello.id, "").session)), "2581") == []


def test_a_command_is_not_given_twice_when_redis_forgot_that_it_was(
    app: App, valkey: redis.Redis, phone: Dial, village: Village
) -> None:
    akello = phone(village.akello.phone)
    akello.dial("*384*7*1*2000#")
    akello.type("1")
    paid = akello.type("2581")
    valkey.flushdb()
    assert akello.post().startswith("CON Hello Akello")
    for typed in ("1", "2000", "1"):
        akello.type(typed)
    assert akello.type("2581") == paid
    assert payments(app, village.akello) == 1


def test_another_amount_in_the_same_call_is_another_command(
    app: App, valkey: redis.Redis, phone: Dial, village: Village
) -> None:
    akello = phone(village.akello.phone)
    akello.dial("*384*7*1*1#")
    akello.type("2581")
    valkey.flushdb()
    akello.post()
    for typed in ("1", "2000", "1"):
        akello.type(typed)
    assert akello.type("2581").startswith("END Now approve UGX 2,000")
    assert payments(app, village.akello) == 2


@pytest.mark.parametrize("known", [True, False])
def test_a_command_of_the_version_before_is_not_given_twice(
    app: App, valkey: redis.Redis, phone: Dial, village: Village, known: bool
) -> None:
    """It was done, the turn was lost, and the program was upgraded: its digest is not the one it has now."""
    akello = phone(village.akello.phone)
    akello.dial("*384*7*1*2000#")
    akello.type("1")
    session = stored(valkey, village.akello.id)
    session.id = session.id.removeprefix("4-") if known else session.id
    valkey.hset(Keys(village.akello.id, "").session, "data", encode(session))
    key = f"{village.akello.id}:{session.id}:contribute.pay:{'0' * 32}"
    command = Contribute(village.umoja, village.akello.id, Money(2_000, "UGX"))
    asked = execute(app.store, key, command)
    paid = akello.type("2581")
    assert paid.startswith("END Now approve" if known else "CON You asked to pay UGX 2,000 1 minute ago")
    assert asked["ref"] in paid and payments(app, village.akello) == 1


def test_what_is_typed_is_heard_though_a_query_has_to_be_asked_anew(
    app: App, valkey: redis.Redis, phone: Dial, village: Village
) -> None:
    """Its answer was written by another version, and does not read back."""
    akello = phone(village.akello.phone)
    akello.dial("*384*7*1*2000#")
    akello.type("1")
    session = stored(valkey, village.akello.id)
    old = [
        msgspec.structs.replace(answer, value={"amount": 5}) if answer.kind == "read" else answer
        for answer in session.journal
    ]
    assert old != list(session.journal)
    session.journal = tuple(old)
    valkey.hset(Keys(village.akello.id, "").session, "data", encode(session))
    assert akello.type("2581").startswith("END Now approve UGX 2,000")


def test_what_binds_is_answered_in_the_words_that_stood_there(
    app: App, valkey: redis.Redis, phone: Dial, village: Village
) -> None:
    """A release between a question and its answer has other words for it: it is put again. A slip alone is not."""
    akello = phone(village.akello.phone)
    akello.dial("*384*7*1*2000#")
    akello.type("1")
    asked = akello.screen
    assert akello.type("25") == asked.replace("CON ", "CON A PIN is 4 or 5 digits.\n")
    session = stored(valkey, village.akello.id)
    session.asked = "0ther000"
    valkey.hset(Keys(village.akello.id, "").session, "data", encode(session))
    assert akello.type("2581") == asked and not payments(app, village.akello)
    assert akello.type("2581").startswith("END Now approve UGX 2,000")


def test_a_conversation_of_the_version_before_goes_on(
    app: App, valkey: redis.Redis, phone: Dial, village: Village
) -> None:
    """Mobile money had another key, and the query another field; what was chosen stays chosen."""
    app.store.groups.change(village.umoja, kind="savings")
    do(app.store, RecordCash(village.umoja, village.akello.id, Money(10_500, "UGX"), village.wanjiru.id))
    akello = phone(village.akello.phone)
    akello.dial("*384*7*withdraw#")
    for typed in ("2581", "4000", "1"):
        akello.type(typed)
    session = stored(valkey, village.akello.id)
    data = encode(session).replace(b'"pays_out"', b'"by_momo"').replace(b'"mobile_money"', b'"momo"')
    assert (data.count(b"momo"), data.count(session.id.encode())) == (2, 1)
    data = data.replace(session.id.encode(), session.id.removeprefix("4-").encode())
    valkey.hset(Keys(village.akello.id, "").session, "data", data)
    assert akello.type("1").startswith("END Now 2 officers must agree")
    (proposal,) = app.store.proposals.find(kind="withdrawal")
    assert proposal.values["way"] == "mobile_money"


# What a turn costs, and what it leaves behind


def cost(counted: tuple[App, Commands], request: Callable[[], Reply]) -> tuple[int, list[str]]:
    app, commands = counted
    commands.sent.clear()
    before = app.link.round_trips
    request()
    return app.link.round_trips - before, list(commands.sent)


def test_a_menu_turn_is_two_round_trips_and_nothing_for_mongodb(
    counted: tuple[App, Commands], phone: Dial, village: Village
) -> None:
    app, akello = counted[0], phone(village.akello.phone)
    akello.dial()
    first = turn(app, akello, sessionId="call", text="")
    assert cost(counted, first) == (3, [])  # the first turn that a process sees of an address
    for text in ("6", "6*0", "6*0*9", "6*0*9*5", "6*0*9*5*00"):
        assert cost(counted, turn(app, akello, sessionId="call", text=text)) == (2, [])


def test_a_turn_that_reads_is_two_round_trips_too(
    counted: tuple[App, Commands], phone: Dial, village: Village
) -> None:
    app, akello = counted[0], phone(village.akello.phone)
    akello.dial()
    turn(app, akello, sessionId="call", text="")()
    trips, commands = cost(counted, turn(app, akello, sessionId="call", text="1"))
    assert trips == 2
    assert set(commands) == {"find"}


def test_a_locked_pin_is_said_before_one_is_asked_for_and_nothing_is_read_for_that(
    counted: tuple[App, Commands], phone: Dial, village: Village
) -> None:
    app, akello = counted[0], phone(village.akello.phone)
    for tried in range(TRIES):
        with pytest.raises(WrongPin if tried + 1 < TRIES else PinLocked):
            check_pin(app.store, village.akello.id, Secret("1111"))
    akello.dial()
    turn(app, akello, sessionId="call", text="")()
    replies: list[Reply] = []
    asked = turn(app, akello, sessionId="call", text="2")

    def ask() -> Reply:
        replies.append(asked())
        return replies[0]

    assert cost(counted, ask) == (2, [])
    assert (replies[0].final, replies[0].text[:23]) == (True, "Too many wrong PINs. Tr")


def test_of_thousands_of_answers_in_one_request_sixty_are_looked_at(
    counted: tuple[App, Commands], phone: Dial, village: Village
) -> None:
    """A turn that reads the store 2,500 times would outlast its lock."""
    app, akello = counted[0], phone(village.akello.phone)
    akello.dial()
    _, commands = cost(counted, turn(app, akello, sessionId="call", text="*".join(["1", "0"] * 2_500)))
    reads_of_a_due = 8
    assert 0 < len(commands) <= reads_of_a_due * ANSWERS_MAX / 2


def test_a_repeat_is_one_round_trip(counted: tuple[App, Commands], phone: Dial, village: Village) -> None:
    app, akello = counted[0], phone(village.akello.phone)
    request = turn(app, akello, sessionId="call", text="")
    request()
    assert cost(counted, request) == (1, [])


def test_a_turn_leaves_a_trace_of_its_steps(app: App, phone: Dial, village: Village) -> None:
    akello = phone(village.akello.phone)
    akello.dial()
    for typed in ("1", "x", "0", "2", "7392", "2581"):
        akello.type(typed)
    app.engine.call_ended("ussd", village.akello.phone, True, 4_000)
    lines = [msgspec.json.decode(line, type=Trace) for line in traces_of(app)]
    assert [(line.step, line.outcome, line.next) for line in lines] == [
        ("menu.menu", "entered", "menu.menu"),
        ("menu.menu", "answered", "contribute.amount"),
        ("contribute.amount", "invalid", "contribute.amount"),
        ("contribute.amount", "back", "menu.menu"),
        ("menu.menu", "answered", "balance.pin"),
        ("balance.pin", "invalid", "balance.pin"),
        ("balance.pin", "answered", ""),
        ("", "dropped", ""),
    ]
    assert {(line.channel, line.language) for line in lines} == {("ussd", "en")}


def test_the_trace_does_not_grow_for_ever(app: App, valkey: redis.Redis) -> None:
    for number in range(TRACE_LENGTH + 300):
        app.link.do(sessions.note("somebody", b"%d" % number))
    lines = traces_of(app)
    assert TRACE_LENGTH <= len(lines) <= TRACE_LENGTH + 100  # Valkey cuts a hundred at a time
    assert lines[-1] == b"%d" % (TRACE_LENGTH + 299)
    assert list(valkey.scan_iter()) == [Keys("somebody", "").trace.encode()]


def everything_in(valkey: redis.Redis) -> Iterator[str]:
    """All keys with their values, byte for byte."""
    for key in valkey.scan_iter():
        kinds: dict[bytes | str, Callable[[bytes], object]] = {
            b"string": valkey.get,
            b"hash": valkey.hgetall,
            b"stream": valkey.xrange,
        }
        yield f"{key} {kinds[valkey.type(key)](key)}"


def test_nothing_in_redis_holds_a_pin_and_the_trace_holds_no_answer(
    app: App, valkey: redis.Redis, phone: Dial, village: Village
) -> None:
    stranger, akello = phone("+256772000199"), phone(village.akello.phone)
    stranger.dial("*384*7*1*Zawadi Neema#")
    for typed in ("80251", "80251"):
        stranger.type(typed)
    akello.dial("*384*7*1*1234#")
    for typed in ("1", "7392"):
        akello.type(typed)
    kept = "\n".join(everything_in(valkey))
    assert leaked(kept, "80251", "7392", "Zawadi") == ["Zawadi"], "what can be found, is found"
    traces = b"\n".join(traces_of(app))
    assert leaked(traces, "Zawadi", "Akello", "256772000199", village.akello.phone.removeprefix("+"), "1234") == []

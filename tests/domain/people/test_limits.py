"""Limits: how often something may be done, counted for all processes together; and who gets texts at all."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, Final

import pytest
from babel.core import get_global
from babel.numbers import get_territory_currencies
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from bot.config import Settings
from domain.groups.invite import Invite
from domain.groups.join import JoinGroup, group_with_code
from domain.groups.register import Register
from domain.money import COUNTRIES, EXPONENTS
from domain.mongo.store import MongoStore, open_store
from domain.people import limits
from domain.people.chats import SendCode
from domain.people.limits import (
    CODES_TO_NUMBER,
    CODES_TO_NUMBER_DAY,
    INVITATIONS_TO_NUMBER,
    LIMITS,
    NEWCOMERS,
    NEWCOMERS_IN_CHAT,
    TEXTS,
    TEXTS_TO_COUNTRY,
    WRONG_GROUP_CODES,
    TooManyCodes,
    TooManyNewcomers,
    TooManyTexts,
    TooManyTries,
    take,
)
from domain.people.phones import NotServed
from domain.records.limit import Limit
from domain.records.person import NoSuchGroup
from domain.records.pin import PinHasher
from tests.conftest import PEPPER, Clock
from tests.people import Village, do, found_village, register
from tests.together import at_once, outcome

OWN: Final = Limit("own", 3, timedelta(hours=1), TooManyCodes)
ALL: Final = Limit("all", 5, timedelta(hours=1), TooManyTexts)
PHONE: Final = "+256772000101"
SATELLITES: Final = ("+870773123456", "+881612345678", "+8821612345678", "+88316123456789")


class Heard(CommandListener):
    """The commands that a store gives MongoDB."""

    def __init__(self) -> None:
        self.commands: list[str] = []

    def started(self, event: CommandStartedEvent) -> None:
        self.commands.append(event.command_name)

    def succeeded(self, event: CommandSucceededEvent) -> None: ...
    def failed(self, event: CommandFailedEvent) -> None: ...


@contextmanager
def opened(settings: Settings, clock: Clock, **options: Any) -> Iterator[MongoStore]:
    """Another process on the same store."""
    other = open_store(settings.mongo_uri, settings.mongo_database, pins=PinHasher(PEPPER), clock=clock, **options)
    yield other
    other.close()


def uses(store: MongoStore, id: str) -> int:
    """What a counter stands at, 0 when it is not there."""
    found = store.database["limits"].find_one({"_id": id})
    return int(found["count"]) if found else 0


# One limit


def test_so_many_and_no_more_until_its_time_is_over(store: MongoStore, clock: Clock) -> None:
    for _ in range(OWN.most):
        take(store, OWN.of("a"))
    clock.forward(minutes=59, seconds=30)
    with pytest.raises(TooManyCodes) as refused:
        take(store, OWN.of("a"))
    assert refused.value.details == {"minutes": 1}
    take(store, OWN.of("b"))  # somebody else has their own
    clock.forward(seconds=30)
    assert [outcome(lambda: take(store, OWN.of("a"))) for _ in range(4)] == [*["done"] * 3, "too_many_codes"]


def test_the_first_that_is_used_up_is_said_and_none_is_counted(store: MongoStore) -> None:
    """Who used up their own takes nothing from the others, and where all did, nobody loses what is theirs."""
    for _ in range(4):
        outcome(lambda: take(store, OWN.of("a"), ALL.of()))
    assert (uses(store, "own:a"), uses(store, "all:")) == (3, 3)
    for whose in "bc":
        take(store, OWN.of(whose), ALL.of())
    with pytest.raises(TooManyTexts):
        take(store, OWN.of("d"), ALL.of())
    assert (uses(store, "own:d"), uses(store, "all:")) == (0, 5)


def test_at_one_moment_in_several_processes_it_is_the_same_limit(
    store: MongoStore, settings: Settings, clock: Clock
) -> None:
    with opened(settings, clock) as second:
        works = [lambda of=each: take(of, OWN.of("a"), ALL.of()) for each in (store, second) * 4]
        assert at_once(*works) == [*["done"] * 3, *["too_many_codes"] * 5]
    assert (uses(store, "own:a"), uses(store, "all:")) == (3, 3)


def test_it_outlasts_the_process_and_is_forgotten_by_the_store(
    store: MongoStore, settings: Settings, clock: Clock
) -> None:
    with opened(settings, clock) as before:
        for _ in range(OWN.most):
            take(before, OWN.of("a"))
    assert outcome(lambda: take(store, OWN.of("a"))) == "too_many_codes"
    (counter,) = store.database["limits"].find()
    assert counter["until"] == clock() + OWN.per
    (index,) = [each for name, each in store.database["limits"].index_information().items() if name != "_id_"]
    assert (index["key"], index["expireAfterSeconds"]) == ([("until", 1)], 0)


def test_all_limits_of_one_thing_are_one_round_trip(settings: Settings, store: MongoStore, clock: Clock) -> None:
    heard = Heard()
    with opened(settings, clock, listeners=[heard]) as counted:
        for _ in range(2):  # where the counters are made, and where they are there
            heard.commands.clear()
            take(counted, OWN.of("a"), OWN.of("b"), ALL.of("c"), ALL.of())
            assert heard.commands == ["update"]


def test_a_use_counts_though_the_command_is_undone(store: MongoStore) -> None:
    def work(tx: Any) -> None:
        take(tx, OWN.of("a"))
        raise NoSuchGroup

    with pytest.raises(NoSuchGroup):
        store.transaction(work)
    assert uses(store, "own:a") == 1


def test_an_operator_sets_how_many(settings: Settings, store: MongoStore, clock: Clock) -> None:
    with opened(settings, clock, most={"own": 1}) as strict:
        assert [outcome(lambda: take(strict, OWN.of("a"))) for _ in range(2)] == ["done", "too_many_codes"]


def test_each_limit_is_in_the_table_with_a_name_of_its_own() -> None:
    assert [each for each in vars(limits).values() if isinstance(each, Limit)] == [*LIMITS]
    assert len({each.name for each in LIMITS}) == len(LIMITS)
    assert all(":" not in each.name for each in LIMITS)


# Text messages that somebody asks for


@pytest.mark.parametrize(
    "number",
    [
        *SATELLITES,
        "+256901234567",  # premium rate
        "+256414123456",  # a fixed line in Kampala
        "+256800123456",  # free of charge
        "+14155238886",  # a country that is not served
        "+25677200010",  # too short
    ],
)
def test_no_code_goes_to_what_is_no_mobile_number_of_a_country_that_is_served(
    store: MongoStore, number: str
) -> None:
    with pytest.raises(NotServed):
        do(store, SendCode("telegram:1", number, "en"))
    assert store.notices.find() == [] and store.database["limits"].find_one() is None
    do(store, SendCode("telegram:1", PHONE, "en"))
    assert [each.to for each in store.notices.find()] == [PHONE]


def test_the_countries_served_are_the_operators_choice(
    settings: Settings, store: MongoStore, clock: Clock
) -> None:
    with opened(settings, clock, countries=("KE", "US")) as here:
        do(here, SendCode("telegram:1", "+254711000999", "en"))
        do(here, SendCode("telegram:1", "+14155238886", "en"))  # mobile or not: nobody can tell there
        with pytest.raises(NotServed):
            do(here, SendCode("telegram:1", PHONE, "en"))


def test_the_countries_served_are_those_whose_money_we_know() -> None:
    countries = get_global("territory_currencies")
    ours = {*EXPONENTS} - {"EUR", "USD"}
    assert {each for each in countries if ours & {*get_territory_currencies(each)}} == {*COUNTRIES}


def test_sixty_codes_at_one_moment_are_as_many_as_a_country_may_have(
    settings: Settings, store: MongoStore, clock: Clock
) -> None:
    """Each to another number, asked for in another chat."""
    with opened(settings, clock, most={TEXTS_TO_COUNTRY.name: 5}) as one:
        works = [lambda n=n: do(one, SendCode(f"telegram:{n}", f"+2567720006{n:02}", "en")) for n in range(60)]
        with ThreadPoolExecutor(8) as threads:
            heard = sorted(threads.map(outcome, works))
        assert heard == [*["done"] * 5, *["too_many_texts"] * 55]
        assert len(one.notices.find(kind="code")) == 5
        do(one, SendCode("telegram:99", "+254711000999", "en"))  # another country has its own
    assert uses(store, f"{TEXTS.name}:") == 6
    own = store.database["limits"].find({"_id": {"$regex": f"^{CODES_TO_NUMBER.name}:"}})
    assert sum(each["count"] for each in own) == 6, "who was refused has all of theirs left"


def test_a_number_gets_so_many_codes_an_hour_and_so_many_a_day(store: MongoStore, clock: Clock) -> None:
    heard: list[str] = []
    for hour in range(4):
        for chat in range(CODES_TO_NUMBER.most + 1):
            heard.append(outcome(partial(do, store, SendCode(f"telegram:{10 * hour + chat}", PHONE, "en"))))
        clock.forward(hours=1)
    assert heard.count("done") == CODES_TO_NUMBER_DAY.most == len(store.notices.find(kind="code"))


def test_an_invitation_is_a_text_to_a_stranger_too(settings: Settings, store: MongoStore, clock: Clock) -> None:
    village = found_village(store)
    for number in SATELLITES:
        with pytest.raises(NotServed):
            do(store, Invite(village.nakato.id, village.umoja, number))
    with opened(settings, clock, most={TEXTS.name: 1}) as strict:
        do(strict, Invite(village.nakato.id, village.umoja, "+256772000110"))
        with pytest.raises(TooManyTexts):
            do(strict, Invite(village.nakato.id, village.umoja, "+256772000111"))
        do(strict, Invite(village.nakato.id, village.umoja, ""))  # handed on: no text
        with pytest.raises(TooManyTexts):
            do(strict, SendCode("telegram:1", PHONE, "en"))
    assert len(store.notices.find(kind="invitation")) == 1


def test_officers_together_send_a_number_few_invitations(store: MongoStore, clock: Clock) -> None:
    village = found_village(store)
    for officer in (village.nakato, village.wanjiru) * INVITATIONS_TO_NUMBER.most:
        outcome(partial(do, store, Invite(officer.id, village.umoja, "+256772000110")))
    assert len(store.notices.find(kind="invitation")) == INVITATIONS_TO_NUMBER.most
    clock.forward(days=1)
    do(store, Invite(village.nakato.id, village.umoja, "+256772000110"))


# Codes of groups


def test_whoever_tries_codes_of_groups_is_refused_for_a_while_and_others_are_not(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    """
    Then not even the right one leads in, whether a conversation asks or a command. Right ones before do not count.
    """
    opio = register(store, "Opio Peter", "+256772000110", "4826")
    for _ in range(WRONG_GROUP_CODES.most):
        group_with_code(store, village.code, opio.phone)
    for guess in range(WRONG_GROUP_CODES.most):
        with pytest.raises(NoSuchGroup):
            do(store, JoinGroup(opio.id, f"2000{guess}"))
    with pytest.raises(TooManyTries):
        do(store, JoinGroup(opio.id, village.code))
    with pytest.raises(TooManyTries):
        group_with_code(store, village.code, opio.phone)
    assert group_with_code(store, village.code, "+256772000111") == "Umoja"
    clock.forward(hours=1)
    assert do(store, JoinGroup(opio.id, village.code)) == {"group": "Umoja", "active": False}


def test_guesses_at_one_moment_are_as_many_tries(store: MongoStore, village: Village) -> None:
    works = [lambda n=n: group_with_code(store, f"300{n:02}", "+256772000110") for n in range(12)]
    assert at_once(*works) == [*["no_such_group"] * 10, *["too_many_tries"] * 2]


# Newcomers


def newcomer(store: MongoStore, number: int, chat: str, code: str = "") -> Callable[[], object]:
    """Somebody who registers; in the `chat`, or where it is "" in a call."""
    pin_hash = store.people.find(limit=1)[0].pin.hash
    command = Register(f"+2567720005{number:02}", "Opio Peter", "en", pin_hash, code, chat, "telegram")
    return lambda: do(store, command if chat else replace(command, address=command.phone, channel="ussd"))


def test_one_chat_registers_few_and_a_call_is_never_too_many(store: MongoStore, village: Village) -> None:
    for number in range(NEWCOMERS_IN_CHAT.most):
        newcomer(store, number, "telegram:7")()
    with pytest.raises(TooManyNewcomers) as refused:
        newcomer(store, 10, "telegram:7")()
    assert refused.value.details == {"minutes": 1_440, "dial": store.service_code}
    assert store.people.one(phone="+256772000510") is None
    newcomer(store, 10, "telegram:8")()


def test_who_is_invited_or_calls_comes_in_though_chats_are_full(
    settings: Settings, store: MongoStore, village: Village, clock: Clock
) -> None:
    with opened(settings, clock, most={NEWCOMERS.name: 1}) as strict:
        newcomer(strict, 0, "telegram:10")()
        before = store.notices.count()
        assert outcome(newcomer(strict, 1, "telegram:11", village.code)) == "too_many_newcomers"
        assert store.notices.count() == before, "nobody is told of who did not come in"
        invited: Any = do(strict, Invite(village.nakato.id, village.umoja, ""))
        newcomer(strict, 2, "telegram:12", invited["token"])()
        newcomer(strict, 3, "", village.code)()
        clock.forward(hours=1)
        newcomer(strict, 1, "telegram:11", village.code)()

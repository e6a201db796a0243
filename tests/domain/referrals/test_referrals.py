"""A member brings others: the code, the reward that the group has earned, and why there is none."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cli.referrals import referrals as listing
from domain.books.accounts import Account
from domain.books.ledger import Draft, Posting
from domain.decisions.voting import Vote
from domain.errors import DomainError
from domain.groups.join import Decide, JoinGroup
from domain.groups.register import Register
from domain.groups.rules import ProposeRule, adopt, our_rules
from domain.meetings.cash_round import CancelCash
from domain.mongo.store import MongoStore, open_store
from domain.mongo.verify import verify_book
from domain.people.chats import put_address
from domain.people.phones import person_with
from domain.people.shared_phone import SharePhone
from domain.records.feature import Feature
from domain.records.person import NoSuchGroup, NotAllowed, membership_id
from domain.records.pin import Secret
from domain.records.referral import Referral
from domain.referrals.code import GetReferralCode
from domain.referrals.reward import REWARDED_MAX, reward_referral
from domain.referrals.signals import referrers_seen
from domain.savings.contribute import Contribute, RecordCash
from domain.store import Offered
from tests.conftest import PINS, Clock, on_one_store, settings_for
from tests.emptied import empty
from tests.money import ugx
from tests.people import Village, Villager, arrives, carries, do, found_anew
from tests.second_opinion import check_balances, needs_hledger

ON: frozenset[Feature] = frozenset({"referral"})
REWARD, WELCOME, EARNED = 500, 200, 1_000
_numbers = itertools.count(300)


@pytest.fixture(scope="module")
def shared(
    stores: Any, mongo: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[MongoStore, Clock]]:
    """One store for the file, with referrals switched on; each test empties it."""

    clock, found = Clock(), settings_for(stores, tmp_path_factory.mktemp("referrals"))
    opened = open_store(
        found.mongo_uri, found.mongo_database, pins=PINS, providers=carries("momo", "UGX"), clock=clock,
        prepared=True, service_code="*384*7#",
        offered=Offered(features=ON, chat_link="https://wa.me/1?text=", start_link="https://t.me/B?start=g_"),
    )  # fmt: skip
    yield opened, clock
    opened.close()


@pytest.fixture
def store(shared: tuple[MongoStore, Clock]) -> MongoStore:
    empty(shared[0].database)
    return shared[0]


@pytest.fixture
def clock(shared: tuple[MongoStore, Clock]) -> Clock:
    return shared[1]


@pytest.fixture
def village(store: MongoStore) -> Village:
    return rewarding(store)


def rewarding(store: MongoStore, earned: int = EARNED) -> Village:
    """Umoja gives UGX 500 and half of it, in coins of 100, and has earned some."""
    village = found_anew(store)
    group = store.groups.get(village.umoja)
    adopt(store, group, replace(group.constitution, referral=ugx(REWARD), cash_unit=100), version=2)
    earn(store, village, earned)
    return village


def earn(store: MongoStore, village: Village, minor: int) -> None:
    legs = (Posting(Account.CASH_BOX, minor), Posting(Account.FINES, -minor))
    store.post(Draft(village.umoja, "UGX", f"earned:{next(_numbers)}", "fines", store.now(), legs))


def code_of(store: MongoStore, village: Village, who: Villager) -> dict[str, Any]:
    answer = do(store, GetReferralCode(who.id, village.umoja))
    assert isinstance(answer, dict)
    return answer


def come(store: MongoStore, village: Village, code: str, address: str = "", phone: str = "") -> str:
    """A newcomer registers with a code and is let in."""
    phone = phone or f"+256772{next(_numbers):06d}"
    pin = store.pins.hash(Secret("1379"))
    do(
        store,
        Register(phone, f"Newcomer of {len(phone)}", "en", pin, code, address, "telegram" if address else ""),
    )
    person = person_with(store, phone)
    assert person is not None
    do(store, Decide(village.nakato.id, village.umoja, person, welcome=True))
    return person


def pay(store: MongoStore, village: Village, person: str) -> None:
    asked: Any = do(store, Contribute(village.umoja, person, ugx(5_500)))
    arrives(store, store.payments.get(asked["payment"]))


def look(store: MongoStore, clock: Clock, person: str, **later: float) -> Referral:
    clock.forward(**(later or {"hours": 7}))
    for id in store.referrals.due(store.now(), 100):
        reward_referral(store, id)
    return store.referrals.get(person)


def credit(store: MongoStore, village: Village, person: str) -> int:
    return -store.books.of_member_in([village.umoja], person)[village.umoja, Account.CREDIT]


def test_a_code_is_one_s_own_and_leads_in_by_every_way(store: MongoStore, village: Village, clock: Clock) -> None:
    mine = code_of(store, village, village.akello)
    code = mine["code"]
    assert (mine["reward"]["minor"], mine["welcome"]["minor"]) == (REWARD, WELCOME)
    assert mine["dial"] == f"*384*7*{code}#"
    assert mine["writes"] == f"https://wa.me/1?text=join%20{code}"
    assert mine["starts"] == f"https://t.me/B?start=g_{code}"
    assert code_of(store, village, village.akello)["code"] == code != code_of(store, village, village.okot)["code"]
    clock.forward(days=340)
    assert code_of(store, village, village.akello)["code"] != code, "it would not be good for long"
    clock.forward(days=26)
    with pytest.raises(NoSuchGroup):
        come(store, village, code)


@needs_hledger
def test_the_reward_is_the_group_s_cost_and_both_members_credit(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    """Once they paid, and not before; a second program finds the same in the books."""
    newcomer = come(store, village, code_of(store, village, village.akello)["code"])
    assert look(store, clock, newcomer).state == "waiting", "nothing was put in"
    pay(store, village, newcomer)
    assert look(store, clock, newcomer).state == "rewarded"
    reward_referral(store, newcomer)
    assert credit(store, village, village.akello.id) == REWARD
    assert credit(store, village, newcomer) == WELCOME
    assert store.books.totals(village.umoja)[Account.REFERRAL_REWARD] == REWARD + WELCOME
    assert store.notices.count(person=village.akello.id, kind="referral_rewarded") == 1
    assert verify_book(store.books, village.umoja) == []
    check_balances(store, village.umoja)


def test_no_member_s_saving_pays_a_reward(store: MongoStore, clock: Clock) -> None:
    """It waits until the group has earned it."""
    village = rewarding(store, REWARD + WELCOME - 1)
    newcomer = come(store, village, code_of(store, village, village.akello)["code"])
    pay(store, village, newcomer)
    assert look(store, clock, newcomer).state == "waiting"
    earn(store, village, 1)
    assert look(store, clock, newcomer).state == "rewarded"
    totals = store.books.totals(village.umoja)
    assert totals[Account.FINES] + totals[Account.REFERRAL_REWARD] == 0


def test_cash_counts_once_nobody_can_take_it_back(store: MongoStore, village: Village, clock: Clock) -> None:
    newcomer = come(store, village, code_of(store, village, village.akello)["code"])
    asked: Any = do(store, RecordCash(village.umoja, newcomer, ugx(5_500), village.wanjiru.id))
    do(store, CancelCash(village.wanjiru.id, asked["payment"]))
    assert look(store, clock, newcomer, days=15).state == "waiting", "it is gone"
    do(store, RecordCash(village.umoja, newcomer, ugx(5_500), village.wanjiru.id))
    assert look(store, clock, newcomer, days=15).state == "rewarded"


def refused(why: str, prepare: Callable[[MongoStore, Village, str], str]) -> Any:
    return pytest.param(why, prepare, id=why)


def _known(store: MongoStore, village: Village, code: str) -> str:
    """Who was a member before."""
    store.memberships.change(membership_id(village.umoja, village.okot.id), status="exited")
    do(store, JoinGroup(village.okot.id, code))
    return village.okot.id


def _pays_none(store: MongoStore, village: Village, code: str) -> str:
    group = store.groups.get(village.umoja)
    adopt(store, group, replace(group.constitution, referral=None), version=3)
    return come(store, village, code)


def _same_phone(store: MongoStore, village: Village, code: str) -> str:
    """On the phone that Akello has."""
    answer: Any = do(store, SharePhone(village.akello.id, "Apio Sarah", store.pins.hash(Secret("1357"))))
    do(store, JoinGroup(answer["person"], code))
    return str(answer["person"])


def _same_chat(store: MongoStore, village: Village, code: str) -> str:
    put_address(store, "telegram:1", "telegram", village.akello.id)
    return come(store, village, code, address="telegram:1")


def _newcomer_left(store: MongoStore, village: Village, code: str) -> str:
    person = come(store, village, code)
    store.memberships.change(membership_id(village.umoja, person), status="exited")
    return person


def _referrer_left(store: MongoStore, village: Village, code: str) -> str:
    person = come(store, village, code)
    store.memberships.change(membership_id(village.umoja, village.akello.id), status="exited")
    return person


def _enough(store: MongoStore, village: Village, code: str) -> str:
    person = come(store, village, code)
    one = store.referrals.get(person)
    for n in range(REWARDED_MAX):
        store.referrals.insert(replace(one, id=f"before{n}", state="rewarded", next_at=None))
    return person


@pytest.mark.parametrize(
    ("why", "prepare"),
    [
        refused("known", _known),
        refused("pays_none", _pays_none),
        refused("same_phone", _same_phone),
        refused("same_chat", _same_chat),
        refused("newcomer_left", _newcomer_left),
        refused("referrer_left", _referrer_left),
        refused("enough", _enough),
    ],
)
def test_why_there_is_no_reward(
    store: MongoStore, village: Village, clock: Clock, why: str, prepare: Callable[[MongoStore, Village, str], str]
) -> None:
    person = prepare(store, village, code_of(store, village, village.akello)["code"])
    found = look(store, clock, person)
    assert (found.state, found.why) == ("refused", why)
    assert Account.REFERRAL_REWARD not in store.books.totals(village.umoja)


def test_after_a_year_without_money_it_is_too_late(store: MongoStore, village: Village, clock: Clock) -> None:
    newcomer = come(store, village, code_of(store, village, village.akello)["code"])
    assert look(store, clock, newcomer, days=364).state == "waiting"
    assert look(store, clock, newcomer, days=1).why == "too_late"


def test_members_vote_for_it_and_switched_off_nothing_is_seen_of_it(store: MongoStore) -> None:
    village = rewarding(store)
    code = code_of(store, village, village.akello)["code"]
    asked: Any = do(store, ProposeRule(village.nakato.id, village.umoja, "referral", "1000"))
    (proposal,) = store.proposals.find(group=village.umoja, state="open")
    for voter in (village.wanjiru, village.akello, village.okot)[:asked]:
        do(store, Vote(voter.id, proposal.id, proposal.digest, yes=True))
        if store.groups.get(village.umoja).version == 3:
            break
    assert store.groups.get(village.umoja).constitution.referral == ugx(1_000)
    assert our_rules(store, village.umoja, village.okot.id).referral == ugx(1_000)
    off = MongoStore(store.database, store.books, store.pins, (), {}, "", store.now)
    rules = our_rules(off, village.umoja, village.okot.id)
    assert rules.referral is None and "referral" not in rules.changeable
    with pytest.raises(NotAllowed):
        do(off, GetReferralCode(village.akello.id, village.umoja))
    with pytest.raises(NoSuchGroup):
        do(off, JoinGroup(village.okot.id, code))


ACTS = st.tuples(
    st.sampled_from(["come", "pay", "cash", "look", "look twice", "crash", "leave", "earn", "later"]),
    st.integers(0, 2),
)


@settings(on_one_store, max_examples=5)
@given(acts=st.lists(ACTS, min_size=5, max_size=20))
def test_a_reward_is_booked_at_most_once_whatever_the_order(
    shared: tuple[MongoStore, Clock], acts: list[tuple[str, int]]
) -> None:
    """And is what the books say: of each newcomer one entry at most, never more than was earned."""
    store, clock = shared
    empty(store.database)
    village = rewarding(store)
    code = code_of(store, village, village.akello)["code"]
    came: list[str] = []
    earned = EARNED
    for act, which in acts:
        person = came[which] if which < len(came) else None
        try:
            if act == "come" and len(came) < 3:
                came.append(come(store, village, code))
            elif act in ("look", "look twice"):
                for each in came * (1 if act == "look" else 2):
                    reward_referral(store, each)
            elif act == "later":
                clock.forward(days=8)
            elif act == "earn":
                earn(store, village, 300)
                earned += 300
            elif person:
                _act_of(store, village, act, person)
        except DomainError:
            continue
        rewarded = store.referrals.find(state="rewarded")
        entries = [e for e in store.books.entries(village.umoja) if e.reference.startswith("referral:")]
        assert sorted(e.reference for e in entries) == sorted(each.reference for each in rewarded)
        assert credit(store, village, village.akello.id) == REWARD * len(rewarded)
        assert (REWARD + WELCOME) * len(rewarded) <= earned
    assert verify_book(store.books, village.umoja) == []


class _Crash(Exception):
    pass


def _act_of(store: MongoStore, village: Village, act: str, person: str) -> None:
    match act:
        case "pay":
            pay(store, village, person)
        case "cash":
            do(store, RecordCash(village.umoja, person, ugx(5_500), village.wanjiru.id))
        case "leave":
            store.memberships.change(membership_id(village.umoja, person), status="exited")
        case "crash":

            class Dying(MongoStore):
                def transaction(self, work: Any) -> Any:
                    def dies(tx: Any) -> None:
                        work(tx)
                        raise _Crash

                    return super().transaction(dies)

            dying = Dying(store.database, store.books, store.pins, (), {}, "", store.now, offered=store.offered)
            with pytest.raises(_Crash):
                reward_referral(dying, person)


def test_what_looks_odd_is_shown_to_the_operator(store: MongoStore, village: Village, clock: Clock) -> None:
    code = code_of(store, village, village.akello)["code"]
    honest = code_of(store, village, village.okot)["code"]
    came = [come(store, village, code) for _ in range(11)]
    come(store, village, honest)
    come(store, village, code, address="telegram:1")
    for person in came[:2]:
        do(store, RecordCash(village.umoja, person, ugx(5_500), village.wanjiru.id))
        store.payments.change(store.payments.find(person=person)[0].id, officer=village.akello.id)
        store.referrals.change(person, state="rewarded", next_at=None, ended_at=store.now())
        store.memberships.change(membership_id(village.umoja, person), status="exited")
    store.people.change(came[3], phone_before=store.people.get(came[4]).phone)
    own = {each.id: each for each in store.people.among(came)}
    row = come(store, village, code_of(store, village, _villager(own[came[5]].id))["code"])
    last = come(store, village, code_of(store, village, _villager(row))["code"])
    seen = {each.person: each for each in referrers_seen(store, store.now() - timedelta(days=30))}
    odd = ("many", "one_device", "circle", "leave_at_once", "own_cash")
    assert seen[village.akello.id].signals == odd
    assert seen[village.okot.id].signals == ()
    assert "circle" in seen[row].signals and last not in seen
    assert (seen[village.akello.id].rewarded, seen[village.akello.id].waiting) == (2, 10)
    shown = CliRunner().invoke(listing, obj=lambda role: nullcontext(SimpleNamespace(store=store))).output
    first, *_, last_line = shown.splitlines()
    assert village.akello.id in first and "waiting 10  rewarded 2  refused 0" in first
    assert first.count("! ") == len(odd) and last_line.endswith("of them to look at.")


def _villager(person: str) -> Villager:
    return Villager(person, "", "", "")

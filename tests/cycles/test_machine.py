"""Any order of events: after each, what must be true is true, and what was refused changed nothing."""

import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import pytest

from domain.books.ledger import Draft, Posting
from domain.mongo.store import COLLECTIONS, MongoStore
from domain.records.group import GroupKind
from domain.rotation.set_up import rota_of
from domain.savings.contribute import RecordCash
from domain.share_out.agree import ProposeShareOut
from domain.share_out.shown import planned
from tests.conftest import Clock
from tests.cycles.breaks import BREAKS, broken
from tests.cycles.invariants import Audit
from tests.cycles.machine import GroupLife, run
from tests.cycles.steps import comings
from tests.cycles.steps.life import Life
from tests.cycles.wind_up import COMMANDS_MAX, NoWayOut, WindUp
from tests.domain.registered import registered
from tests.domain.savers import found, stand_for
from tests.money import ugx

# Who somebody is and how they are reached; and the machine's group is there already.
NO_STEPS: Final = {
    "Register", "Enroll", "SetPin", "SetFirstPin", "SetLanguage", "ProveNewPhone",
    "SendPinCode", "SendPinCodeByOperator", "ResetPin",
    "SendCode", "Link", "Unlink", "ChooseReceipts", "StopMessages", "SharePhone",
    "FoundGroup", "StartGroup",
    "PrepareBroadcast", "AgreeToBroadcast", "SendBroadcast", "SendAgain", "PauseBroadcast", "StopBroadcast",
    "OrderPaper", "ChooseSummaryDay", "SwitchReminders", "StopReminders",
    "WriteLetter", "OpenLetter", "RemoveLetter", "Mute", "Unmute", "GetReferralCode",
    "SendEmailCode", "SetEmail", "RemoveEmail", "ChooseDigest",
    "PrepareLoan", "ConfirmPrepared", "DropPrepared", "SignOutFromPhone", "SayConsent", "SayNetwork",
}  # fmt: skip


@pytest.fixture
def forward(clock: Clock) -> Callable[[timedelta], None]:
    return lambda time: clock.forward(seconds=time.total_seconds())


def test_every_command_that_moves_money_is_among_the_steps() -> None:
    rooms = [vars(sys.modules[each.__module__]) for each in GroupLife.__mro__ if issubclass(each, Life)]
    given = {name for steps in rooms for name, what in steps.items() if isinstance(what, type)}
    assert registered("handles").keys() - given == NO_STEPS


def test_groups_live_through_events_in_any_order(store: MongoStore) -> None:
    done = Counter[str]()
    run(store, Clock, 1, runs=4, steps=30, done=done)
    assert sum(times for what, times in done.items() if "refused" in what) > 10
    assert sum(times for what, times in done.items() if "done" in what) > 10


def test_a_group_comes_and_somebody_goes_in_the_middle_of_it(store: MongoStore, clock: Clock) -> None:
    """As those steps of a walk do; and who is forgotten does nothing any more."""
    steps = Counter[str]()
    life = GroupLife(store, clock, steps)
    life.begin(kind="vsla", coins=True, lent=60_000, paper=False)
    life.a_group_moves_in(agreed=True, right=True, stays=False)
    life.a_group_moves_in(agreed=True, right=False, stays=True)
    life.a_group_moves_in(agreed=False, right=True, stays=True)
    assert steps[comings.OPENED] == 2, steps
    life.who_asks_for_it_is_forgotten(who="hal")
    assert steps["not forgotten: office"] and not steps[comings.FORGOTTEN], "who leads a group is kept by it"


def test_whoever_is_forgotten_does_nothing_any_more(store: MongoStore, clock: Clock) -> None:
    steps = Counter[str]()
    life = GroupLife(store, clock, steps)
    life.begin(kind="vsla", coins=True, lent=60_000, paper=False)
    life.come_in(who="gus", lead=0, welcome=True)
    life.ask_to_leave(who="gus", way="cash", agreed=True)
    life.pay_settlement(lead=0, who="gus", way="cash")
    life.who_asks_for_it_is_forgotten(who="gus")
    assert steps[comings.FORGOTTEN] == 1, steps
    life.come_in(who="gus", lead=0, welcome=True)
    assert steps["JoinGroup done"] == 1
    life.all_that_must_be_true_is_true()


def test_what_is_wrong_is_seen(store: MongoStore) -> None:
    """A balance that was changed, and money that counts for a meeting and was never paid."""
    savers = found(store)
    Audit(store, savers.group).look()
    accounts = store.database["accounts"]
    (account,) = accounts.find({"_id": f"{savers.group}|3010|dan"})
    accounts.update_one({"_id": account["_id"]}, {"$inc": {"balance": -1}})
    with pytest.raises(AssertionError, match="a stored balance is the sum of its postings"):
        Audit(store, savers.group).look()
    accounts.replace_one({"_id": account["_id"]}, account)
    Audit(store, savers.group).look()
    store.database["paid"].update_one({"person": "dan"}, {"$inc": {"shares": 1_000}})
    with pytest.raises(AssertionError):
        Audit(store, savers.group).look()


def test_a_group_that_cannot_end_its_cycle_is_seen(
    store: MongoStore, forward: Callable[[timedelta], None]
) -> None:
    """Of two like groups one ends it; of the other cash is lost after the members agreed, and is missing."""
    savers = found(store)
    ending = WindUp(store, savers.group, forward)
    ending.end_cycle()
    assert store.groups.get(savers.group).cycle == 2 and 0 < ending.tried < COMMANDS_MAX
    for name in COLLECTIONS:
        store.database[name].delete_many({})
    savers = found(store)
    plan = planned(store, savers.group, ugx(0))
    savers.do(ProposeShareOut("ada", savers.group, ugx(0), plan.digest))
    savers.decide("share_out", "ben", "dan", "eve")
    legs = (Posting("1010", -50_000), Posting("5060", 50_000))
    store.post(Draft(savers.group, "UGX", "lost", "lost", store.now(), legs))
    with pytest.raises(NoWayOut, match="parts_left"):
        WindUp(store, savers.group, forward).end_cycle()


@pytest.mark.parametrize("kind", ["savings", "sacco"])
def test_all_deposits_can_be_taken_out_of_a_group(
    store: MongoStore, forward: Callable[[timedelta], None], kind: GroupKind
) -> None:
    """Debts are paid back, members leave with what is theirs, and those who lead take out what they saved."""
    savers = found(store, kind=kind)
    savers.fill_wallet(80_000)
    savers.lend("dan", 60_000, 3, "eve")
    ending = WindUp(store, savers.group, forward)
    ending.end()
    assert 0 < ending.tried < COMMANDS_MAX
    assert {person: savers.held(person) for person in savers.members} == {person: {} for person in savers.members}
    assert not savers.totals.get("2010") and not savers.totals.get("1100")


def test_deposits_that_nobody_can_pay_are_seen(store: MongoStore, forward: Callable[[timedelta], None]) -> None:
    """What Dan has stands for a loan that is being sent, and no payment knows of it: it is never free."""
    savers = found(store, kind="savings")
    loan = stand_for(store, savers.group, "eve", "dan", 50_000)
    store.loans.change(loan, state="disbursing")
    with pytest.raises(NoWayOut, match="dan has -100000 in 2010"):
        WindUp(store, savers.group, forward).end()


def test_a_rotation_goes_on_until_each_round_is_paid(
    store: MongoStore, forward: Callable[[timedelta], None]
) -> None:
    """What was put in before there was an order gets one, and nothing is left in its pots."""
    savers = found(store, kind="rosca", saved=0)
    savers.do(RecordCash(savers.group, "dan", ugx(1_000), "ada"))
    WindUp(store, savers.group, forward).end()
    rota = rota_of(store, store.groups.get(savers.group))
    assert rota and rota.is_over and not savers.totals.get("2060")


@pytest.mark.parametrize("name", BREAKS)
def test_a_rule_that_is_broken_on_purpose_is_right_again(name: str) -> None:
    rule = BREAKS[name]
    right = vars(rule.home)[rule.name]
    with broken(name):
        assert vars(rule.home)[rule.name] is rule.wrong
    assert vars(rule.home)[rule.name] is right

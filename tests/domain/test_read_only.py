"""Read-only mode: one door for all commands, and what each process knows of it."""

from typing import Final

import pytest

from domain.access.audit import audit_entries
from domain.access.caller import Caller
from domain.board.by_hand import agree_to_outcome, propose_outcome
from domain.board.read_only import BY_BOOKS, begin_read_only, books_failed, end_read_only
from domain.commands import NowReadOnly, execute, handled_commands, rehearse
from domain.mongo.deployment import SEEN_SECONDS, LastSeen, MongoDeployment
from domain.mongo.store import MongoStore
from domain.people.profile import SetLanguage
from domain.savings.contribute import RecordCash, contributions_due
from tests.money import ugx
from tests.people import Village, do

# What moves no money and binds nobody: people read, choose for themselves, stop something or protect themselves;
# the operator tells them what is going on.
ALWAYS: Final = """
    OpenLetter OrderPaper
    ChooseDigest ChooseReceipts SetLanguage StopMessages StopReminders
    CloseNumber Freeze RemoveEmail SetFirstPin SetPin SignOutFromPhone Unlink
    SayConsent
    AgreeToBroadcast PauseBroadcast PrepareBroadcast RemoveLetter StopBroadcast
"""
COMMANDS: Final = {command.__name__: command for command in handled_commands()}


def test_whoever_adds_a_command_says_whether_it_is_done_always() -> None:
    done = {command.__name__ for command, always in handled_commands().items() if always}
    assert done == {*ALWAYS.split()}


def test_every_other_command_is_refused_at_the_door(store: MongoStore) -> None:
    """Whatever is in it: its handler would fail on a command without fields, and does not see it."""
    begin_read_only(store, "test", "a test")
    others = {*COMMANDS} - {*ALWAYS.split()}
    assert len(others) > 80
    for name in others:
        command: object = object.__new__(COMMANDS[name])
        with pytest.raises(NowReadOnly):
            execute(store, "key", command)
        with pytest.raises(NowReadOnly):
            rehearse(store, command)
    assert store.commands.count() == 0


def test_members_choose_their_language_and_read_what_they_have(store: MongoStore, village: Village) -> None:
    begin_read_only(store, "test", "a test")
    do(store, SetLanguage(village.akello.id, "sw"))
    assert store.people.get(village.akello.id).language == "sw"
    assert contributions_due(store, village.umoja, village.akello.id).amount == ugx(5_500)


def test_what_was_done_before_is_answered_as_it_was(store: MongoStore, village: Village) -> None:
    """Somebody whose answer got lost does not hear that nothing was done."""
    command = RecordCash(village.umoja, village.akello.id, ugx(700), village.wanjiru.id)
    first = execute(store, "key", command)
    begin_read_only(store, "test", "a test")
    assert execute(store, "key", command) == first
    with pytest.raises(NowReadOnly):
        execute(store, "another", command)


def test_everything_goes_on_when_it_ends(store: MongoStore, village: Village) -> None:
    command = RecordCash(village.umoja, village.akello.id, ugx(700), village.wanjiru.id)
    begin_read_only(store, "test", "a test")
    with pytest.raises(NowReadOnly):
        execute(store, "key", command)
    ended = end_read_only(store)
    assert ended is not None and ended.why == "a test"
    execute(store, "key", command)
    assert end_read_only(store) is None


def test_a_payment_is_not_ended_by_hand_either(store: MongoStore) -> None:
    begin_read_only(store, "test", "a test")
    operator = Caller("account", "one", "operator", "One", everywhere=True)
    with pytest.raises(NowReadOnly):
        propose_outcome(store, operator, "payment", "moved", "a line", "1")
    with pytest.raises(NowReadOnly):
        agree_to_outcome(store, operator, "payment", "moved")


def test_who_began_it_and_why_stays_until_it_ends(store: MongoStore) -> None:
    assert begin_read_only(store, "account:one", "the first reason")
    assert not begin_read_only(store, "account:two", "another one")
    books_failed(store, "group 10101")
    (was,) = [end_read_only(store)]
    assert was is not None and (was.by, was.why, was.since) == ("account:one", "the first reason", store.now())


def test_books_that_failed_switch_it_on_and_say_so(store: MongoStore) -> None:
    books_failed(store, "group 10101")
    now = store.deployment.seen().read_only
    assert now is not None and (now.by, now.why) == (BY_BOOKS, "the books do not verify: group 10101")
    assert [(each.did, each.why) for each in audit_entries(store)] == [("read_only.on", now.why)]


def test_a_process_asks_once_in_two_seconds_and_then_knows(store: MongoStore) -> None:
    passed = [0.0]
    here = MongoDeployment(store.database["deployment"], LastSeen(lambda: passed[0]))
    assert here.seen().read_only is None
    begin_read_only(store, "test", "in another process")
    passed[0] = SEEN_SECONDS - 0.1
    assert here.seen().read_only is None, "nobody was asked"
    passed[0] = SEEN_SECONDS
    assert here.seen().read_only is not None


def test_inside_a_transaction_it_is_as_it_is_now(store: MongoStore) -> None:
    assert store.transaction(lambda tx: tx.deployment.seen().read_only) is None
    begin_read_only(store, "test", "a test")
    assert store.transaction(lambda tx: tx.deployment.seen().read_only) is not None

"""
A store that the version before has filled: it opens, it is whole, and what is kept in it can be read.

It was filled through phones and commands by version 0.1.0 as of commit 30ed74f; see `before.py`.
"""

from dataclasses import replace
from typing import Any

import pymongo
import pytest
import redis

from bot.app import build
from bot.config import Settings
from bot.jobs import carry_out
from domain.mongo.indexes import INDEXES
from domain.mongo.verify import verify_book
from domain.reminders.rounds import groups_to_remind
from tests.conftest import Clock
from tests.phone import Phone, WhatsAppPhone
from tests.upgrade.before import Before, HeldPhone, Reopened

TABLES = (
    "addresses", "attendance", "codes", "commands", "constitutions", "contests", "declarations", "digests",
    "fines", "grants", "groups", "invitations", "loans", "meetings", "memberships", "notices", "payments",
    "people", "proposals", "provider_ids", "rotas", "share_outs",
)  # fmt: skip

CAME_LATER = {
    "answered",
    "arrivals",
    "api_tokens",
    "audit",
    "audit_heads",
    "broadcasts",
    "cases",
    "consents",
    "differences",
    "deployment",
    "early_reports",
    "exports",
    "figures",
    "file_parts",
    "forgotten",
    "group_days",
    "inbound",
    "incidents",
    "leases",
    "letters",
    "limits",
    "papers",
    "prepared_loans",
    "programmes",
    "receipts",
    "referral_codes",
    "referrals",
    "reminder_rounds",
    "runs",
    "schema",
    "staff",
    "stamps",
    "stuck",
    "tombstones",
    "upload_findings",
    "upload_groups",
    "uploads",
    "web_sessions",
}  # collections that the version of before did not have


def test_it_opens_and_every_index_is_made(
    its_settings: Settings, its_clock: Clock, left: Before, mongo: pymongo.MongoClient[dict[str, Any]]
) -> None:
    database = mongo["tests_upgrade"]
    left.restore(database, redis.Redis.from_url(its_settings.redis_url))
    app = build(replace(its_settings, mongo_database="tests_upgrade"), clock=its_clock)
    try:
        for name, indexes in INDEXES.items():
            assert len(database[name].index_information()) == 1 + len(indexes), name
    finally:
        app.close()
        mongo.drop_database("tests_upgrade")


def test_every_kind_of_document_was_there_and_each_can_be_read(reopened: Reopened) -> None:
    store = reopened.app.store
    assert {*INDEXES} - {*reopened.left.mongo} == CAME_LATER
    for table in {*TABLES} - CAME_LATER:
        assert len(getattr(store, table).find()) == len(reopened.left.mongo[table]) > 0, table


def test_its_groups_are_looked_at_for_reminders_though_they_have_no_time_for_it(reopened: Reopened) -> None:
    store = reopened.app.store
    assert {*groups_to_remind(store, 10)} == {*reopened.left.groups.values()}
    carry_out(reopened.app, "remind", groups_to_remind(store, 10))
    assert groups_to_remind(store, 10) == [], "each has its time"
    assert store.stuck.find() == []


def test_every_book_is_as_it_was_posted(reopened: Reopened) -> None:
    books = reopened.app.store.books
    assert {*reopened.left.groups} == {"umoja", "tujenge", "njangi", "akiba", "kazi"}
    for name, id in reopened.left.groups.items():
        assert books.length(id) > 3 and verify_book(books, id) == [], name


def test_what_must_always_hold_holds(reopened: Reopened) -> None:
    reopened.audit(everybody=True)


def test_it_opens_twice(reopened: Reopened) -> None:
    """Whatever was done to it at the first start, the second finds it done."""
    kept = {name: reopened.app.store.payments.get(id) for name, id in _payments(reopened).items()}
    again = build(reopened.app.settings, clock=reopened.clock)
    assert {name: again.store.payments.get(id) for name, id in _payments(reopened).items()} == kept
    again.close()
    reopened.audit(everybody=True)


def _payments(reopened: Reopened) -> dict[str, str]:
    known = {payment.id for payment in reopened.app.store.payments.find()}
    return {name: id for name, id in reopened.left.ids.items() if id in known}


# What members read of it


def test_a_balance_and_the_last_transactions_are_read_on_the_phone(reopened: Reopened) -> None:
    apio = reopened.who("apio")
    phone = reopened.phone(apio.phone)
    phone.dial("*384*7*2#")
    phone.type("2")  # a conversation was open: begin again
    phone.dial("*384*7*2#")
    assert "2 tries left" in phone.type("1111")
    assert phone.type(apio.pin).startswith("END Umoja: UGX ")
    phone.dial("*384*7*statement#")
    receipt = reopened.payment("receipt")
    lines = phone.type(apio.pin).split("\n")
    assert lines[0].endswith("Umoja")
    assert f"5 Oct UGX 5,500: savings, {receipt.ref}" in lines, "with its reference"


def test_cash_is_told_from_mobile_money_in_old_transactions(reopened: Reopened) -> None:
    akello = reopened.who("akello")
    phone = reopened.phone(akello.phone)
    phone.dial("*384*7*statement#")
    lines = phone.type(akello.pin).split("\n")[1:]
    assert lines[0] == "5 Oct UGX 5,500: savings, cash"
    payments = reopened.app.store.payments.find(person=akello.id, state="succeeded")
    by_phone = {payment.ref for payment in payments if not payment.officer}
    shown = {line.rpartition(" ")[2] for line in lines} - {"cash"}
    assert shown and shown <= by_phone


def test_cash_of_before_is_contested_and_taken_back_by_another_officer(reopened: Reopened) -> None:
    okot, record = reopened.who("okot"), reopened.payment("contested")
    phone = reopened.phone(okot.phone)
    phone.dial("*384*7*records#")
    assert "says: I gave it twice" in phone.type("1")
    phone.type("1")
    phone.type("She is right")
    assert phone.type(okot.pin) == "END The record is cancelled. Both are told."
    assert reopened.app.store.payments.get(record.id).reversed
    reopened.audit()


def test_when_members_of_before_agreed_is_not_known_and_nobody_makes_it_up(reopened: Reopened) -> None:
    phone = reopened.phone(reopened.who("okot").phone)
    phone.dial("*384*7*my_data#")
    assert "When you agreed is not known." in phone.type("3")
    assert reopened.app.store.consents.count() == 0


# Messages


REASONS = {
    "APPROVAL_REJECTED": "because you declined it",
    "TRANSACTION_CANCELED": "because you declined it",
    "NOT_ENOUGH_FUNDS": "because there was not enough money on your phone",
    "EXPIRED": "because it was not approved in time",
    "COULD_NOT_PERFORM_TRANSACTION": "because it was not approved in time",
    "PAYMENT_NOT_APPROVED": "because it was not approved in time",
    "PAYER_LIMIT_REACHED": "because your mobile money limit is reached",
    "PAYER_NOT_FOUND": "because this number has no mobile money",
    "SENDER_ACCOUNT_NOT_ACTIVE": "because your mobile money account is not active",
    "NOT_SENT": "because mobile money was not reached in time",
    "INTERNAL_PROCESSING_ERROR": "because mobile money could not do it",
    "PAYEE_NOT_ALLOWED_TO_RECEIVE": "because mobile money could not do it",
}


def test_why_a_payment_of_before_failed_is_said_in_words(reopened: Reopened) -> None:
    reopened.work()
    for reason, words in REASONS.items():
        payment = reopened.payment(reason)
        said = [*reopened.texts(payment.phone), *reopened.telegram(payment.phone)]
        (message,) = [each for each in said if payment.ref in each]
        assert words in message, reason
        assert reason not in message


def test_what_waited_to_be_sent_is_sent_once(reopened: Reopened) -> None:
    store = reopened.app.store
    waiting = store.notices.find(state="queued")
    assert len(waiting) > 50
    reopened.work(seconds=60)
    assert [
        each.kind for each in store.notices.among([each.id for each in waiting]) if each.state == "queued"
    ] == []
    before = len(reopened.texts(reopened.who("okot").phone))
    reopened.work(hours=1)
    assert len(reopened.texts(reopened.who("okot").phone)) == before > 3
    assert any("Choose Guarantee in the menu." in text for text in reopened.texts(reopened.who("opio").phone))


def test_the_digest_of_the_day_counts_what_left_before_and_after(reopened: Reopened) -> None:
    reopened.work()
    due = [each.id for each in reopened.app.store.digests.find() if each.next_at]
    assert len(due) == 4
    reopened.clock.forward(hours=11)
    carry_out(reopened.app, "digest", due)
    reopened.work()
    texts = reopened.texts(reopened.who("okot").phone)
    assert any("Paid out of Umoja today: 2 payments, UGX 28,000 in all." in text for text in texts)


# Who comes back


def test_a_locked_pin_stays_locked_and_a_wrong_one_stays_counted(reopened: Reopened) -> None:
    wasswa, kyomuhendo = reopened.who("wasswa"), reopened.who("kyomuhendo")
    phone = reopened.phone(wasswa.phone)
    phone.dial("*384*7*2#")
    assert (
        phone.type(wasswa.pin)
        == "END Too many wrong PINs. Try again in 9 minutes. Forgot it? Ask an officer of your group."
    )
    reopened.clock.forward(minutes=9)
    phone.dial("*384*7*2#")
    assert phone.type(wasswa.pin).startswith("END Umoja: UGX ")
    other = reopened.phone(kyomuhendo.phone)
    other.dial("*384*7*balance#")
    assert "1 try left" in other.type("1111")
    assert other.type("1111").startswith("END Too many wrong PINs.")


def test_an_invitation_of_before_lets_in_whom_it_is_for(reopened: Reopened) -> None:
    def register(phone: Phone, code: str) -> str:
        for text in ("1", "Amongi Stella", "9513", "9513", code):
            phone.type(text)
        return phone.screen

    token, somebody = reopened.left.ids["invitation"], reopened.left.ids["open invitation"]
    stranger = reopened.phone("+256772000188")
    stranger.dial()
    assert "Type another code" in register(stranger, token), "it was sent to another number"
    assert stranger.type(somebody) == "END Welcome Amongi Stella! You are now a member of Umoja."
    invited = reopened.phone("+256772000196")
    invited.dial()
    assert register(invited, token) == "END Welcome Amongi Stella! You are now a member of Umoja."


def test_a_chat_that_was_unlinked_does_not_open_by_its_number(reopened: Reopened) -> None:
    linked, unlinked = reopened.who("mutua"), reopened.who("auma")
    assert WhatsAppPhone(reopened.app, unlinked.phone).dial("hello").startswith("Karibu / Welcome / Bienvenue")
    assert "Karibu" not in WhatsAppPhone(reopened.app, linked.phone).dial("menu")


# The same request again


def test_a_call_that_comes_again_gets_the_answer_of_before_and_no_second_payment(reopened: Reopened) -> None:
    talk, tendo = reopened.left.talks["said twice in a call"], reopened.who("tendo")
    payments = reopened.app.store.payments.count(person=tendo.id)
    phone = HeldPhone(reopened.app, talk)
    assert phone.post() == talk["screen"]
    assert phone.screen.startswith("END Now approve UGX 5,000")
    assert reopened.app.store.payments.count(person=tendo.id) == payments


@pytest.mark.parametrize("talk", ["withdraw at the PIN", "a vote at the PIN"])
def test_a_chat_message_that_comes_again_gets_the_answer_of_before(reopened: Reopened, talk: str) -> None:
    at = reopened.left.talks[talk]
    chat = WhatsAppPhone(reopened.app, at["phone"])
    assert chat.post(Body=at["typed"], MessageSid=at["sid"]) == at["answer"]
    assert chat.post(Body=at["typed"], MessageSid=f"SM{'f' * 32}") != at["answer"], (
        "another message is another answer"
    )

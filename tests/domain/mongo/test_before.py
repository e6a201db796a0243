"""What the version before wrote is read, counted and gone on with: raw documents, as it left them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from domain.decisions.voting import Vote
from domain.meetings.cash_book import my_cash
from domain.mongo.store import MongoStore
from domain.records.notice import Notice, NoticeKind, Values
from domain.records.payment import PER_HOUR_MAX, Payment
from domain.savings.contribute import Contribute, RecordCash
from domain.savings.withdraw import AskWithdrawal
from domain.store import Store
from domain.treasury.money_in import TooManyPayments
from domain.treasury.money_out import PayoutCap, pay_out
from domain.treasury.settle import payment_failed
from tests.domain.savers import found
from tests.money import ugx
from tests.people import Village, arrives, do, found_village


@pytest.fixture
def village(store: MongoStore) -> Village:
    """Akello has UGX 100,000 by mobile money; Umoja sends at most UGX 50,000 a day."""
    village = found_village(store)
    group = store.groups.get(village.umoja)
    rules = replace(group.constitution, payout_daily_max=ugx(50_000), shares_max=0)
    store.groups.change(group.id, kind="savings", constitution=rules)
    asked: Any = do(store, Contribute(village.umoja, village.akello.id, ugx(100_500)))
    arrives(store, store.payments.get(asked["payment"]))
    store.database["payments"].delete_many({})
    return village


def wrote(store: MongoStore, village: Village, id: str, **fields: object) -> Payment:
    """A payment of Akello's as the version before wrote it, and as it is read."""
    document = {
        "_id": id,
        "ref": "C7K2MQX",
        "group": village.umoja,
        "person": village.akello.id,
        "phone": village.akello.phone,
        "amount": {"minor": 5_500, "currency": "UGX"},
        "parts": [],
        "meeting": store.groups.get(village.umoja).constitution.day(store.now()).isoformat(),
        "provider": "momo",
        "state": "pending",
        "created_at": store.now(),
        "next_at": store.now(),
        "purpose": "withdrawal",
        "subject": "",
        "direction": "out",
        "asked_by": "",
        "officer": "",
        "asked": 0,
        "reason": "",
        "provider_id": "",
        "needs_person": False,
        "reversed": False,
    }
    store.database["payments"].insert_one(document | fields)
    return store.payments.get(id)


@pytest.mark.parametrize(("provider", "way", "name"), [("momo", "mobile_money", "momo"), ("cash", "cash", "")])
def test_a_payment_says_how_the_money_moved_and_who_carried_it(
    store: MongoStore, village: Village, provider: str, way: str, name: str
) -> None:
    payment = wrote(store, village, "p", provider=provider)
    assert (payment.way, payment.provider) == (way, name)
    store.payments.change("p", state="unknown")
    assert store.payments.get("p") == replace(payment, state="unknown")
    assert (
        store.payments.find(person=village.akello.id) == store.payments.among(["p"]) == [store.payments.get("p")]
    )


@pytest.mark.parametrize(
    ("state", "word", "reason"),
    [
        ("failed", "APPROVAL_REJECTED", "declined"),
        ("expired", "COULD_NOT_PERFORM_TRANSACTION", "not_approved_in_time"),
        ("expired", "NOT_SENT", "not_sent"),
        ("failed", "SERVICE_UNAVAILABLE", "not_possible"),
        ("failed", "", ""),
        ("unknown", "HTTP 503 SERVICE_UNAVAILABLE", ""),
        ("succeeded", "ONGOING", ""),
    ],
)
def test_why_a_payment_failed_is_in_our_words_and_the_providers_own(
    store: MongoStore, village: Village, state: str, word: str, reason: str
) -> None:
    payment = wrote(store, village, "p", state=state, reason=word)
    assert (payment.reason, payment.provider_reason) == (reason, word)


def test_one_that_was_open_fails_in_our_words(store: MongoStore, village: Village) -> None:
    """A mixed document: its last word is of this version, and the rest is not."""
    asked = {"direction": "in", "purpose": "contribution", "reason": "ONGOING"}
    payment_failed(store, wrote(store, village, "p", **asked), "declined", "APPROVAL_REJECTED")
    failed = store.payments.get("p")
    assert (failed.state, failed.way, failed.reason) == ("failed", "mobile_money", "declined")
    store.payments.change(wrote(store, village, "q", **asked).id, provider_reason="HTTP 503")
    still = store.payments.get("q")
    assert (still.reason, still.provider_reason) == ("", "HTTP 503")


@pytest.mark.parametrize("kind", ["payment_failed", "payout_failed"])
@pytest.mark.parametrize(
    ("word", "reason"),
    [("NOT_ENOUGH_FUNDS", "not_enough_money"), ("HTTP_403", "not_possible"), ("declined", "declined")],
)
def test_a_message_that_waits_to_be_sent_says_why_in_our_words(
    store: MongoStore, kind: NoticeKind, word: str, reason: str
) -> None:
    values: Values = {"amount": ugx(5_500), "group": "Umoja", "ref": "C7K2MQX", "reason": word}
    store.notices.insert(Notice("n", "p", kind, values, store.now(), next_at=store.now()))
    assert store.notices.get("n").values == {**values, "reason": reason}


@pytest.mark.parametrize(
    ("kind", "said", "became", "why"),
    [
        ("request_refused", {"reason": "too much"}, "rejected", "too much"),
        ("request_refused", {"reason": ""}, "expired", ""),
        ("request_lapsed", {}, "lapsed", ""),
    ],
)
def test_a_message_of_what_became_of_a_request_goes_out_as_it_is_told_now(
    store: MongoStore, kind: str, said: dict[str, str], became: str, why: str
) -> None:
    store.notices.insert(Notice("n", "p", "decided", {}, store.now(), next_at=store.now()))
    store.database["notices"].update_one(
        {"_id": "n"}, {"$set": {"kind": kind, "values": {"group": "Umoja", **said}}}
    )
    notice = store.notices.get("n")
    assert notice.kind == "decided"
    assert notice.values == {"group": "Umoja", "proposal": "", "became": became, "why": why}


@pytest.mark.parametrize(("provider", "counts"), [("momo", True), ("cash", False)])
def test_what_was_sent_counts_under_the_cap_of_the_day(
    store: MongoStore, village: Village, provider: str, counts: bool
) -> None:
    wrote(store, village, "p", provider=provider, amount={"minor": 30_000, "currency": "UGX"})

    def work(tx: Store) -> Payment:
        group = tx.groups.get(village.umoja)
        return pay_out(tx, group, village.akello.id, ugx(20_001), "loan", way="mobile_money")

    if not counts:
        assert store.transaction(work).provider == "momo"
        return
    with pytest.raises(PayoutCap) as refused:
        store.transaction(work)
    assert refused.value.details["left"] == 20_000


def test_what_was_asked_for_counts_for_the_pace(store: MongoStore, village: Village) -> None:
    asked = {"direction": "in", "purpose": "contribution", "asked_by": village.akello.id}
    for number in range(PER_HOUR_MAX - 1):
        wrote(store, village, f"p{number}", **asked)
    do(store, Contribute(village.umoja, village.akello.id, ugx(1_000)))
    with pytest.raises(TooManyPayments):
        do(store, Contribute(village.umoja, village.akello.id, ugx(1_000)))


def test_cash_that_was_written_down_is_listed_and_mobile_money_is_not(store: MongoStore, village: Village) -> None:
    paid = {"direction": "in", "purpose": "contribution", "state": "succeeded", "next_at": None}
    earlier = store.now() - timedelta(days=1)
    wrote(store, village, "cash", provider="cash", officer=village.wanjiru.id, created_at=earlier, **paid)
    wrote(store, village, "phone", created_at=earlier, **paid)
    now: Any = do(store, RecordCash(village.umoja, village.akello.id, ugx(1_000), village.wanjiru.id))
    assert [each.id for each in my_cash(store, village.umoja, village.akello.id)] == [now["payment"], "cash"]


def test_a_loan_that_waits_for_the_officers_is_sent_as_it_was_asked_for(store: MongoStore) -> None:
    savers = found(store)
    savers.fill_wallet(60_000)
    loan = savers.ask("dan", 50_000, 1, "mobile_money")
    store.database["loans"].update_one({"_id": loan}, {"$set": {"way": "momo"}})
    savers.vote(loan, "ada", "ben")
    (payment,) = store.payments.open_of("dan")
    assert (savers.loan(loan).state, savers.loan(loan).way) == ("disbursing", "mobile_money")
    assert (payment.way, payment.provider) == ("mobile_money", "momo")


@pytest.mark.parametrize(("word", "way"), [("momo", "mobile_money"), ("cash", "cash")])
def test_a_withdrawal_that_waits_for_the_officers_is_paid_as_it_was_asked_for(
    store: MongoStore, village: Village, word: str, way: str
) -> None:
    do(store, RecordCash(village.umoja, village.okot.id, ugx(20_500), village.wanjiru.id))
    do(store, AskWithdrawal(village.akello.id, village.umoja, ugx(8_000), "mobile_money"))
    store.database["proposals"].update_one({"kind": "withdrawal"}, {"$set": {"values.way": word}})
    (proposal,) = store.proposals.find(kind="withdrawal")
    assert proposal.values["way"] == way
    for officer in (village.nakato, village.wanjiru):
        do(store, Vote(officer.id, proposal.id, proposal.digest, yes=True))
    (payment,) = store.payments.find(purpose="withdrawal")
    assert payment.way == way


def test_a_cycle_that_began_on_a_day_began_with_that_day_where_the_group_is(
    store: MongoStore, village: Village
) -> None:
    groups = store.database["groups"]
    before = {"$unset": {"cycle_began_at": "", "numbered": ""}}
    groups.update_one({"_id": village.umoja}, {**before, "$set": {"cycle": 2, "cycle_began": "2026-10-05"}})
    group = store.groups.get(village.umoja)
    assert group.cycle_began_at == datetime(2026, 10, 4, 21, tzinfo=UTC), "midnight in Kampala"
    assert (group.cycle_from, group.cycle_mark) == (date(2026, 10, 5), 0)
    assert group.meeting_key(date(2026, 10, 5)) == "2026-10-05", "as what is paid was kept then"
    midnight, moment = group.cycle_began_at, timedelta(seconds=1)
    assert [group.is_of_cycle(0, at) for at in (midnight - moment, midnight)] == [False, True]
    groups.update_one({"_id": village.umoja}, {**before, "$set": {"cycle": 1, "cycle_began": None}})
    group = store.groups.get(village.umoja)
    assert (group.cycle_from, group.cycle_mark) == (group.constitution.day(group.created_at), 1)

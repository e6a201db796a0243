"""What must hold before money leaves a group, and what its officers hear of it in the evening."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.books.ledger import Draft, InsufficientFunds, Posting
from domain.decisions.rights import Frozen
from domain.mongo.store import MongoStore
from domain.records.payment import PER_HOUR_MAX, Payment, Purpose, Way
from domain.records.person import HELD_FOR
from domain.savings.contribute import Contribute
from domain.store import Store
from domain.treasury.digest import send_digest
from domain.treasury.money_in import NotCollected, TooManyPayments
from domain.treasury.money_out import NotPayable, PayeeHeld, PayoutCap, pay_out
from domain.treasury.settle import payment_failed
from tests.conftest import Clock
from tests.money import ugx
from tests.people import Village, carries, do, found_village

Pay = Callable[..., Payment]
CAP = 50_000


@pytest.fixture
def village(store: MongoStore) -> Village:
    """Umoja sends at most UGX 50,000 a day, and has twice as much, half of it in the box."""
    village = found_village(store)
    group = store.groups.get(village.umoja)
    store.groups.change(group.id, constitution=replace(group.constitution, payout_daily_max=ugx(CAP)))
    legs = (Posting("1020", 100_000), Posting("1010", 100_000), Posting("2030", -200_000, village.akello.id))
    store.post(Draft(village.umoja, "UGX", "filled", "credit", store.now(), legs))
    return village


@pytest.fixture
def pay(store: MongoStore, village: Village) -> Pay:
    """Pays Akello, by mobile money unless it is said how."""

    def pay(minor: int, way: Way = "mobile_money", purpose: Purpose = "withdrawal", asked_by: str = "") -> Payment:
        def work(tx: Store) -> Payment:
            group = tx.groups.get(village.umoja)
            officer = village.wanjiru.id if way == "cash" else ""
            akello = village.akello.id
            return pay_out(tx, group, akello, ugx(minor), purpose, way=way, officer=officer, asked_by=asked_by)

        return store.transaction(work)

    return pay


def everything(store: MongoStore) -> dict[str, list[object]]:
    return {name: list(store.database[name].find()) for name in store.database.list_collection_names()}


def test_a_group_sends_no_more_in_a_day_than_its_cap(
    store: MongoStore, village: Village, pay: Pay, clock: Clock
) -> None:
    pay(30_000)
    before = everything(store)
    with pytest.raises(PayoutCap) as refused:
        pay(20_001)
    assert refused.value.details == {"left": 20_000, "currency": "UGX"}
    assert everything(store) == before
    pay(20_000)
    pay(10_000, way="cash")
    clock.forward(days=1)
    pay(1_000)


def test_what_failed_leaves_room_again_under_the_cap(store: MongoStore, pay: Pay) -> None:
    payment_failed(store, pay(CAP), "no_account")
    pay(CAP)


def test_more_than_there_is_is_neither_sent_nor_handed_over(store: MongoStore, pay: Pay) -> None:
    before = everything(store)
    with pytest.raises(InsufficientFunds):
        pay(100_001, purpose="rotation")  # beyond the cap: the members' own decision
    with pytest.raises(InsufficientFunds):
        pay(100_001, way="cash")
    assert everything(store) == before


def test_a_new_number_gets_no_money_for_a_day(store: MongoStore, village: Village, pay: Pay, clock: Clock) -> None:
    store.people.change(village.akello.id, phone="+256772000177", phone_changed_at=clock())
    with pytest.raises(PayeeHeld) as refused:
        pay(1_000)
    assert refused.value.details == {"hours": 24, "what": "phone"}
    pay(1_000, way="cash")
    clock.forward(hours=22, minutes=30)
    with pytest.raises(PayeeHeld) as refused:
        pay(1_000)
    assert refused.value.details == {"hours": 2, "what": "phone"}
    clock.forward(seconds=(HELD_FOR - timedelta(hours=22, minutes=30)).total_seconds())
    assert pay(1_000).phone == "+256772000177"


def test_nothing_is_paid_to_an_account_that_its_owner_froze(store: MongoStore, village: Village, pay: Pay) -> None:
    store.people.change(village.akello.id, frozen=True)
    for way in ("mobile_money", "cash"):
        with pytest.raises(Frozen):
            pay(1_000, way=way)
    store.people.change(village.akello.id, frozen=False)
    pay(1_000)


def test_a_currency_that_no_provider_pays_out_goes_in_cash(store: MongoStore, pay: Pay) -> None:
    store.providers = carries("momo", "KES")
    with pytest.raises(NotPayable):
        pay(1_000)
    pay(1_000, way="cash")


def test_money_in_and_out_share_the_hour_s_six_commands(
    store: MongoStore, village: Village, pay: Pay, clock: Clock
) -> None:
    for number in range(PER_HOUR_MAX):
        clock.forward(minutes=1)
        if number % 2:
            pay(100, asked_by=village.akello.id)
        else:
            do(store, Contribute(village.umoja, village.akello.id, ugx(100)))
    with pytest.raises(TooManyPayments):
        pay(100, asked_by=village.akello.id)
    with pytest.raises(TooManyPayments):
        do(store, Contribute(village.umoja, village.akello.id, ugx(100)))
    pay(100)  # what others decided is not held up
    clock.forward(hours=1)
    pay(100, asked_by=village.akello.id)


def test_a_second_provider_escapes_neither_the_cap_nor_the_pace(
    store: MongoStore, village: Village, pay: Pay
) -> None:
    assert pay(30_000, asked_by=village.akello.id).provider == "momo"
    store.providers = [*carries("other", "UGX"), *carries("momo", "UGX")]
    with pytest.raises(PayoutCap) as refused:
        pay(20_001)
    assert refused.value.details["left"] == 20_000
    assert pay(20_000, asked_by=village.akello.id).provider == "other"
    for _ in range(PER_HOUR_MAX - 2):
        asked: Any = do(store, Contribute(village.umoja, village.akello.id, ugx(100)))
        assert store.payments.get(asked["payment"]).provider == "other"
    store.providers = carries("momo", "UGX")
    with pytest.raises(TooManyPayments):
        do(store, Contribute(village.umoja, village.akello.id, ugx(100)))


def test_cash_is_carried_by_nobody(pay: Pay) -> None:
    paid = pay(1_000, way="cash")
    assert (paid.way, paid.provider) == ("cash", "")


def test_a_number_that_no_provider_serves_pays_and_is_paid_in_cash(
    store: MongoStore, village: Village, pay: Pay
) -> None:
    store.providers = carries("momo", "UGX", numbers=("+254",))
    before = everything(store)
    with pytest.raises(NotPayable):
        pay(1_000)
    with pytest.raises(NotCollected):
        do(store, Contribute(village.umoja, village.akello.id, ugx(100)))
    assert everything(store) == before
    pay(1_000, way="cash")


def digests(store: MongoStore) -> dict[str, dict[str, object]]:
    return {notice.person: dict(notice.values) for notice in store.notices.find(kind="digest")}


def test_every_officer_hears_in_the_evening_what_was_paid_out(
    store: MongoStore, village: Village, pay: Pay, clock: Clock
) -> None:
    pay(10_000)
    pay(5_000, way="cash")
    payment_failed(store, pay(7_000), "no_account")
    (digest,) = store.digests.find()
    assert (digest.until - clock()) == timedelta(hours=11), "at eight in the evening in Kampala"
    clock.forward(hours=11)
    for _ in range(2):
        send_digest(store, digest.id)
    said = {"group": "Umoja", "count": 2, "amount": ugx(15_000)}
    assert digests(store) == {village.nakato.id: said, village.wanjiru.id: said}


def test_what_is_paid_out_late_is_in_the_next_day_s_digest(store: MongoStore, pay: Pay, clock: Clock) -> None:
    pay(10_000)
    clock.forward(hours=12)
    pay(5_000)
    first, second = store.digests.find()
    assert second.until - first.until == timedelta(days=1)
    send_digest(store, second.id)
    assert {each["amount"] for each in digests(store).values()} == {ugx(5_000)}


def test_a_day_on_which_nothing_left_has_no_digest(store: MongoStore, pay: Pay) -> None:
    payment_failed(store, pay(1_000), "no_account")
    (digest,) = store.digests.find()
    send_digest(store, digest.id)
    assert digests(store) == {}
    assert store.digests.get(digest.id).next_at is None

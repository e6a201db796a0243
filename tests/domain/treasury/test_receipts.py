"""A receipt says what the money was for and what there is now, in cash and by mobile money."""

from domain.loans.repay import Repay
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.records.notice import Notice
from domain.records.payment import Way
from domain.savings.contribute import Contribute, RecordCash, contributions_due, social_owed
from domain.savings.fines import FineMember, PayFine, RecordFine
from domain.savings.pay_social import PaySocial, RecordSocial
from domain.savings.withdraw import AskWithdrawal
from flows.words.notices import words_of
from tests.conftest import Clock
from tests.domain.savers import Savers, found
from tests.money import ugx


def receipt(savers: Savers, person: str) -> str:
    """The newest one of a member, in English; without what comes after the reference."""
    (*_, notice) = [
        each for each in savers.store.notices.find(person=person, sort="created_at")
        if each.kind in ("receipt", "paid_out")
    ]  # fmt: skip
    return said(notice)


def said(notice: Notice) -> str:
    return words_of(notice, "en").partition(" Ref ")[0].partition(" Not right?")[0]


def test_a_repayment_says_which_loan_and_what_is_left(store: MongoStore, clock: Clock) -> None:
    """10 % of 60,000 is due with it: 26,000 leave 40,000."""
    savers = found(store)
    loan = savers.lend("dan", 60_000, 1)
    clock.forward(days=1)
    savers.confirm(savers.do(Repay("dan", loan, ugx(26_000)))["payment"])
    ref = savers.loan(loan).ref
    assert receipt(savers, "dan") == f"You paid UGX 26,000 to Umoja for loan {ref}. Still to pay: UGX 40,000."
    clock.forward(days=1)
    savers.repay(loan, 40_000)
    assert receipt(savers, "dan") == f"You paid UGX 40,000 in cash to Umoja for loan {ref}. Still to pay: UGX 0."


def test_what_is_beyond_the_debt_is_said_to_be_on_the_credit(store: MongoStore, clock: Clock) -> None:
    """The prompt and the cash: both arrive."""
    savers = found(store)
    loan = savers.lend("dan", 60_000, 1)
    clock.forward(days=1)
    asked = savers.do(Repay("dan", loan, ugx(66_000)))
    savers.repay(loan, 64_000)
    clock.forward(days=1)
    savers.confirm(asked["payment"])
    ref = savers.loan(loan).ref
    assert receipt(savers, "dan") == (
        f"You paid UGX 66,000 to Umoja for loan {ref}. Of it UGX 64,000 was not owed and is on your credit."
    )
    assert savers.held("dan")["2030"] == -64_000


def test_a_fine_says_why_and_what_is_left_of_all_and_what_was_paid_twice(store: MongoStore, clock: Clock) -> None:
    savers = found(store, fines={"late": ugx(700), "absence": ugx(500)})
    savers.do(FineMember("ada", savers.group, "dan", "late"))
    savers.do(FineMember("ada", savers.group, "dan", "absence"))
    late, absent = sorted(store.fines.find(group=savers.group), key=lambda fine: -fine.amount.minor)
    clock.forward(days=1)
    savers.do(RecordFine("ada", late.id))
    assert receipt(savers, "dan") == (
        "You paid UGX 700 in cash to Umoja for fine (coming late). Still to pay: UGX 500."
    )
    asked = savers.do(PayFine("dan", absent.id))
    store.fines.change(absent.id, state="waived")
    clock.forward(days=1)
    savers.confirm(asked["payment"])
    assert receipt(savers, "dan") == (
        "You paid UGX 500 to Umoja for fine (absence). Of it UGX 500 was not owed and is on your credit."
    )


def test_savings_and_a_withdrawal_say_what_is_saved_now(store: MongoStore, clock: Clock) -> None:
    savers = found(store, kind="savings")
    savers.confirm(savers.do(Contribute(savers.group, "dan", ugx(30_000)))["payment"])
    assert receipt(savers, "dan") == "You paid UGX 30,000 to Umoja for savings. Saved now: UGX 130,000."
    way: Way
    for way, after in (("cash", "in cash from Umoja for withdrawal. Saved now: UGX 110,000."),
                       ("mobile_money", "from Umoja for withdrawal. Saved now: UGX 90,000.")):  # fmt: skip
        clock.forward(days=1)
        savers.do(AskWithdrawal("dan", savers.group, ugx(20_000), way))
        savers.decide("withdrawal", "ada", "ben")
        clock.forward(days=1)
        for payment in store.payments.open_of("dan"):
            savers.confirm(payment.id)
        assert receipt(savers, "dan") == f"You received UGX 20,000 {after}"


def test_a_loan_and_the_social_fund_say_what_they_are(store: MongoStore, clock: Clock) -> None:
    savers = found(store, social_fund=ugx(500))
    clock.forward(days=1)
    loan = savers.lend("dan", 60_000, 1)
    assert (
        receipt(savers, "dan") == f"You received UGX 60,000 in cash from Umoja for loan {savers.loan(loan).ref}."
    )
    clock.forward(days=7)
    savers.do(RecordCash(savers.group, "dan", ugx(500), "ada"))
    assert receipt(savers, "dan") == (
        "You paid UGX 500 in cash to Umoja for social fund. Still to pay: UGX 500."
    ), "the meeting of the day before was missed"


def test_a_receipt_of_before_is_still_said(store: MongoStore) -> None:
    values: dict[str, str | int | Money] = {"amount": ugx(500), "group": "Umoja", "ref": ""}
    assert said(Notice("n", "dan", "receipt", values, store.now(), None)) == "You paid UGX 500 in cash to Umoja."
    assert said(Notice("n", "dan", "paid_out", values, store.now(), None)) == (
        "You received UGX 500 in cash from Umoja."
    )


def test_the_social_fund_says_what_is_left(store: MongoStore, clock: Clock) -> None:
    """In cash a part of what is owed, by phone the rest."""
    savers = found(store, social_fund=ugx(500))
    clock.forward(days=8)
    owed = social_owed(store, store.groups.get(savers.group), "dan").total
    savers.do(RecordSocial(savers.group, "dan", ugx(200), "ada"))
    left = f"{owed.minor - 200:,}"
    assert receipt(savers, "dan") == (
        f"You paid UGX 200 in cash to Umoja for social fund. Still to pay: UGX {left}."
    )
    asked = savers.do(PaySocial(savers.group, "dan", owed - ugx(200)))
    savers.confirm(asked["payment"])
    assert receipt(savers, "dan") == f"You paid UGX {left} to Umoja for social fund. Still to pay: UGX 0."


def test_a_rotation_says_what_is_left_of_its_round(store: MongoStore) -> None:
    savers = found(store, kind="rosca", saved=0)
    owed = contributions_due(store, savers.group, "dan").amount
    savers.do(RecordCash(savers.group, "dan", owed - ugx(400), "ada"))
    assert receipt(savers, "dan").endswith("in cash to Umoja for rotation. Still to pay: UGX 400.")
    savers.confirm(savers.do(Contribute(savers.group, "dan", ugx(400)))["payment"])
    assert receipt(savers, "dan") == "You paid UGX 400 to Umoja for rotation. Still to pay: UGX 0."

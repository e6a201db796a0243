"""A receipt that somebody shows: genuine, of another amount, of another group, of a book that was changed."""

from datetime import timedelta

import pytest

from bot.app import App
from domain.money import Money
from domain.people.limits import WRONG_RECEIPT_CODES, TooManyTries
from domain.records.person import NotAllowed
from domain.records.receipt import ALPHABET, NoSuchReceipt, read_code, written_code
from domain.savings.contribute import RecordCash
from domain.savings.receipts import Seal, check_receipt, sealed_statement
from tests.conftest import Clock
from tests.people import Village, do, found_group, register
from tests.phone import Transcript

pytestmark = pytest.mark.chats("telegram", "whatsapp", "sms")


def sealed(app: App, village: Village) -> Seal:
    do(app.store, RecordCash(village.umoja, village.akello.id, Money(5_500, "UGX"), village.wanjiru.id))
    today = app.store.groups.get(village.umoja).constitution.day(app.store.now())
    return sealed_statement(app.store, village.umoja, village.akello.id, today, today).seal


def test_a_fellow_member_checks_one(app: App, converse: Transcript, village: Village) -> None:
    code = written_code(sealed(app, village).code)
    converse(f"""
        > *384*7*check_receipt#
        < CON Type the receipt code, like 7KPQX-2MNF7.
        < 0 Back
        > {code[:-1]}0
        < CON A letter or digit of the code is wrong or missing.
        < Type the receipt code, like 7KPQX-2MNF7.
        < 0 Back
        > {code.lower()}
        < CON Which amount stands on it at "Yours after", or "Money after", in UGX?
        < 1. Nothing
        < 0 Back  00 Home
        > 5000
        < END This receipt is genuine.
        < Statement of Akello Grace, number 3
        < 5 Oct 2026 to 5 Oct 2026
        < Given out on 5 Oct 2026
        < The book still has its last entry.
    """)


def test_what_was_not_given_out_is_said_to_be_so(app: App, converse: Transcript, village: Village) -> None:
    code = sealed(app, village).code
    converse(f"""
        > *384*7*check_receipt#
        < CON Type the receipt code, like 7KPQX-2MNF7.
        < 0 Back
        > {code}
        < CON Which amount stands on it at "Yours after", or "Money after", in UGX?
        < 1. Nothing
        < 0 Back  00 Home
        > 50000
        < END This group has given out no receipt with this code and this amount.
    """)


def test_each_slip_of_a_letter_is_found_before_it_is_a_try(app: App, village: Village) -> None:
    code = sealed(app, village).code
    assert read_code(f" {code[:5].lower()} - {code[5:]}") == code
    for place, right in enumerate(code):
        for wrong in set(ALPHABET + "01ilo") - {right}:
            assert read_code(code[:place] + wrong + code[place + 1 :]) is None
        if place and code[place - 1] != right:
            assert read_code(code[: place - 1] + right + code[place - 1] + code[place + 1 :]) is None
    for wrong in ("", code[:-1], code + "2", "١٢٣٤٥٦٧٨٩٠", "😀"):
        assert read_code(wrong) is None


def test_a_code_is_good_in_its_own_group_and_for_its_members(app: App, village: Village) -> None:
    store, code = app.store, sealed(app, village).code
    other = found_group(store, "10202", "Pamoja", Money(5_000, "UGX"), {village.okot: "chairperson"})
    with pytest.raises(NoSuchReceipt):
        check_receipt(store, other, village.okot.id, code, 5_000)
    stranger = register(store, "Zawadi Neema", "+256772000177", "8025")
    with pytest.raises(NotAllowed):
        check_receipt(store, village.umoja, stranger.id, code, 5_000)
    assert check_receipt(store, village.umoja, village.okot.id, code, 5_000).name == "Akello Grace"


def test_whoever_guesses_is_stopped_for_a_while(app: App, village: Village, clock: Clock) -> None:
    store, code = app.store, sealed(app, village).code
    for _ in range(WRONG_RECEIPT_CODES.most):
        check_receipt(store, village.umoja, village.okot.id, code, 5_000)
    for guess in range(WRONG_RECEIPT_CODES.most):
        with pytest.raises(NoSuchReceipt):
            check_receipt(store, village.umoja, village.okot.id, code, 6_000 + guess)
    with pytest.raises(TooManyTries):
        check_receipt(store, village.umoja, village.okot.id, code, 5_000)
    clock.forward(seconds=timedelta(hours=1).total_seconds())
    assert check_receipt(store, village.umoja, village.okot.id, code, 5_000).unchanged


def test_a_book_or_a_receipt_that_somebody_changed_is_noticed(app: App, village: Village) -> None:
    store, seal = app.store, sealed(app, village)
    entries = store.database["entries"]
    last = {"book": village.umoja, "seq": seal.entries}

    def unchanged(amount: int = 5_000) -> bool:
        return check_receipt(store, village.umoja, village.okot.id, seal.code, amount).unchanged

    before = entries.find_one(last)
    assert before is not None and unchanged()
    entries.update_one(last, {"$set": {"text": "another"}})
    assert not unchanged()
    entries.delete_one(last)
    assert not unchanged()
    entries.insert_one(before)
    assert unchanged()
    store.receipts.change(f"{village.umoja}:{seal.code}", held=9_000)
    assert not unchanged(9_000)

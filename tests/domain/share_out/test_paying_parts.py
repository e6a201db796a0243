"""Parts are paid, each once: by whom, from where, in pieces, and again when they came back."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

from domain.books.ledger import InsufficientFunds
from domain.commands import execute
from domain.decisions.rights import Frozen
from domain.meetings.cash_book import ReverseCash
from domain.money import Money
from domain.records.person import NotAllowed
from domain.share_out.next_cycle import PartsLeft
from domain.share_out.pay import (
    AllNow,
    HowFar,
    LineNotDue,
    NotPaid,
    PartToPay,
    PayAll,
    PayLine,
    all_now,
    how_far,
    part_now,
    states,
)
from domain.share_out.shown import expected_share_out, sharing_now
from domain.store import MoneyProvider
from domain.treasury.money_out import NotPayable, hold
from domain.treasury.settle import payment_failed
from domain.treasury.take_back import CycleIsOver, MovedByProvider
from tests.domain.savers import Savers
from tests.domain.share_out.sharing import (
    VOTERS,
    ask,
    decide,
    group,
    made,
    pay,
    post,
    refused,
    start,
    vote,
    waiting,
)
from tests.money import ugx


def test_a_part_is_paid_once_whoever_pays_it(savers: Savers) -> None:
    refused(LineNotDue, lambda: (ask(savers), pay(savers, "dan")))
    vote(savers, waiting(savers), *VOTERS)
    pay(savers, "dan")
    refused(LineNotDue, lambda: pay(savers, "dan"))
    refused(LineNotDue, lambda: pay(savers, "dan", "mobile_money", officer="cy"))
    refused(LineNotDue, lambda: pay(savers, "nobody"))
    refused(NotAllowed, lambda: pay(savers, "eve", officer="fay"))
    for way in ("cash", "mobile_money"):
        refused(NotAllowed, partial(pay, savers, "ada", way, officer="ada"))
    assert savers.held("dan") == {}
    assert [p.amount for p in savers.store.payments.find(person="dan", purpose="share_out")] == [ugx(100_000)]
    refused(PartsLeft, lambda: start(savers))


def test_a_part_that_neither_the_box_nor_the_wallet_holds_is_paid_from_both(savers: Savers) -> None:
    post(savers, "to the wallet", a1010=-560_050, a1020=560_050)
    decide(savers)
    pay(savers, "dan")
    assert states(savers.store, made(savers))["dan"] == "due"
    assert savers.held("dan") == {"2040": -60_050}
    refused(InsufficientFunds, lambda: pay(savers, "dan"))
    pay(savers, "dan", "mobile_money")
    assert states(savers.store, made(savers))["dan"] == "paying"
    refused(LineNotDue, lambda: pay(savers, "dan", "mobile_money"))
    amounts = [each.amount for each in savers.store.payments.find(person="dan", purpose="share_out")]
    assert sorted(amounts) == [ugx(39_950), ugx(60_050)]


def test_a_part_is_sent_as_a_provider_carries_it_and_the_rest_is_cash(savers: Savers) -> None:
    """
    A part is 100,000. Dan's provider carries 40,000 at a time in whole thousands, Eve's any, and nobody Fay's.
    """
    post(savers, "to the wallet", a1010=-300_000, a1020=300_000)
    id = decide(savers).id
    dan, eve = (savers.store.people.get(person).phone for person in ("dan", "eve"))
    savers.store.providers = [
        MoneyProvider("little", "out", frozenset({"UGX"}), (dan,), unit=1_000, most=40_500),
        MoneyProvider("much", "out", frozenset({"UGX"}), (eve,)),
    ]
    now = all_now(savers.store, id, "ada", "mobile_money")
    assert [each.name for each in now.paid] == ["Eve Name"]
    assert {each.name for each in now.not_paid if each.why == "not_carried"} >= {"Dan Name", "Fay Name"}
    for sent in (40_000, 40_000, 20_000):
        assert part_now(savers.store, id, "dan", "mobile_money") == ugx(sent)
        savers.confirm(pay(savers, "dan", "mobile_money")["payment"])
    sent_to_dan = savers.store.payments.find(person="dan", purpose="share_out")
    assert {each.provider for each in sent_to_dan} == {"little"}
    refused(NotPayable, lambda: pay(savers, "fay", "mobile_money"))
    pay(savers, "fay")


def test_pay_all_pays_whole_parts_by_number_and_nobody_themselves(savers: Savers) -> None:
    """
    The wallet has 250,000: Ada, who is first, does not pay herself, Ben and Cy are paid, Dan's account is frozen,
    and no part is paid in pieces.
    """
    post(savers, "to the wallet", a1010=-250_000, a1020=250_000)
    id = decide(savers).id
    savers.store.people.change("dan", frozen=True)
    now = all_now(savers.store, id, "ada", "mobile_money")
    assert now == AllNow(
        holds=ugx(250_000),
        total=ugx(200_000),
        paid=[PartToPay("Ben Name", ugx(100_000)), PartToPay("Cy Name", ugx(100_000))],
        not_paid=[
            NotPaid("Ada Name", ugx(100_000), "yours"),
            NotPaid("Dan Name", ugx(100_000), "frozen"),
            NotPaid("Eve Name", ugx(100_000), "too_little"),
            NotPaid("Fay Name", ugx(100_000), "too_little"),
        ],
    )
    assert savers.do(PayAll("ada", id, "mobile_money")) == {"paid": 2, "left": 4}
    found = {person: far.state for person, far in how_far(savers.store, made(savers)).items()}
    assert [person for person, state in found.items() if state == "paying"] == ["ben", "cy"]
    refused(InsufficientFunds, lambda: savers.do(PayLine("ada", id, "eve", "mobile_money", whole=True)))
    assert part_now(savers.store, id, "eve", "mobile_money") == ugx(50_000)
    pay(savers, "eve", "mobile_money")
    assert how_far(savers.store, made(savers))["eve"] == HowFar(ugx(0), ugx(50_000), ugx(50_000))


def test_pay_all_sends_nothing_to_a_new_number_or_a_member_who_is_held(savers: Savers) -> None:
    post(savers, "to the wallet", a1010=-600_000, a1020=600_000)
    id = decide(savers).id
    savers.store.people.change("fay", phone_changed_at=savers.store.now())
    why = {one.name: one.why for one in all_now(savers.store, id, "ben", "mobile_money").not_paid}
    assert why == {"Ben Name": "yours", "Fay Name": "new_number"}
    hold(savers.store, group(savers), "eve")
    assert [one.why for one in all_now(savers.store, id, "ben", "mobile_money").not_paid] == [
        "yours",
        "held",
        "new_number",
    ]
    assert savers.do(PayAll("ben", id, "mobile_money")) == {"paid": 3, "left": 3}
    why = {one.name: one.why for one in all_now(savers.store, id, "ben", "cash").not_paid}
    assert why == {"Ben Name": "yours", "Eve Name": "held", "Fay Name": "too_little"}


def test_a_part_that_was_paid_in_pieces_is_owed_as_far_as_it_is_left(savers: Savers) -> None:
    """60,050 of 100,000 is paid from the box: what is left is 39,950 everywhere, and nothing at the end."""
    post(savers, "to the wallet", a1010=-539_950, a1020=539_950)
    decide(savers)
    paid = pay(savers, "dan")
    assert (Money(**paid["amount"]), Money(**paid["left"])) == (ugx(60_050), ugx(39_950))
    (line,) = (each for each in sharing_now(savers.store, savers.group).lines if each.id == "dan")
    assert (line.state, line.pay, line.paid, line.left) == ("due", ugx(100_000), ugx(60_050), ugx(39_950))
    mine = expected_share_out(savers.store, savers.group, "dan")
    assert (mine.paid, mine.left) == (ugx(60_050), ugx(39_950))
    now = all_now(savers.store, made(savers).id, "ada", "cash")
    assert NotPaid("Dan Name", ugx(39_950), "too_little") in now.not_paid
    savers.confirm(pay(savers, "dan", "mobile_money")["payment"])
    (line,) = (each for each in sharing_now(savers.store, savers.group).lines if each.id == "dan")
    assert (line.state, line.left) == ("paid", ugx(0))
    assert expected_share_out(savers.store, savers.group, "dan").left == ugx(0)
    refused(LineNotDue, lambda: part_now(savers.store, made(savers).id, "dan", "cash"))


def test_a_part_that_was_not_handed_over_is_due_again(savers: Savers) -> None:
    """Until the next cycle has begun; a part that mobile money paid stays paid."""
    post(savers, "to the wallet", a1010=-100_000, a1020=100_000)
    decide(savers)
    wrong = pay(savers, "dan")["payment"]
    refused(NotAllowed, lambda: savers.do(ReverseCash("ada", wrong, "nobody got it")))
    savers.do(ReverseCash("ben", wrong, "nobody got it"))
    assert how_far(savers.store, made(savers))["dan"] == HowFar(ugx(0), ugx(0), ugx(100_000))
    assert savers.held("dan") == {"2040": -100_000}
    assert expected_share_out(savers.store, savers.group, "dan").left == ugx(100_000)
    sent = pay(savers, "eve", "mobile_money")["payment"]
    savers.confirm(sent)
    refused(MovedByProvider, lambda: savers.do(ReverseCash("ben", sent, "nobody got it")))
    refused(PartsLeft, lambda: start(savers))
    assert savers.do(PayAll("ada", made(savers).id, "cash")) == {"paid": 4, "left": 1}
    right = pay(savers, "ada", officer="ben")["payment"]
    assert savers.totals == {}
    start(savers)
    refused(CycleIsOver, lambda: savers.do(ReverseCash("cy", right, "nobody got it")))


def test_two_officers_at_once_pay_each_part_once(savers: Savers) -> None:
    id = decide(savers).id

    def all_by(officer: str) -> dict[str, int]:
        answer: dict[str, int] = execute(savers.store, f"all by {officer}", PayAll(officer, id, "cash"))
        return answer

    with ThreadPoolExecutor(2) as threads:
        [*threads.map(all_by, ("ada", "ben"))]
    paid = savers.store.payments.find(group=savers.group, direction="out")
    assert len({payment.person for payment in paid}) == len(paid) == 6
    assert savers.totals == {}
    assert all_by("ada") == execute(savers.store, "all by ada", PayAll("ada", id, "cash")), "one answer for a key"


def test_after_a_crash_between_two_lines_the_rest_is_paid_and_nothing_twice(savers: Savers) -> None:
    """What a process leaves that dies: parts that are paid, each under its own key, and no answer of the whole."""
    made = decide(savers)
    for person in ("dan", "ben"):
        execute(savers.store, f"share_out:{made.id}:{person}:0", PayLine("ada", made.id, person, "cash"))
    assert savers.store.payments.count(group=savers.group, direction="out") == 2
    command = PayAll("ada", made.id, "cash")
    assert execute(savers.store, "all", command) == {"paid": 3, "left": 1}, "an officer is not paid by themselves"
    assert execute(savers.store, "all", command) == {"paid": 3, "left": 1}
    pay(savers, "ada", officer="ben")
    assert savers.store.payments.count(group=savers.group, direction="out") == 6
    assert savers.totals == {}


def test_a_payout_that_fails_makes_its_part_due_again(savers: Savers) -> None:
    post(savers, "to the wallet", a1020=600_000, a1010=-600_000)
    decide(savers)
    assert savers.do(PayAll("ada", made(savers).id, "mobile_money")) == {"paid": 5, "left": 1}
    pay(savers, "ada", "mobile_money", officer="ben")
    assert {*states(savers.store, made(savers)).values()} == {"paying"}
    payments = {p.person: p for p in savers.store.payments.find(group=savers.group, direction="out")}
    payment_failed(savers.store, payments["dan"], "no_account")
    for person, payment in payments.items():
        if person != "dan":
            savers.confirm(payment.id)
            savers.confirm(payment.id)
    assert refused(PartsLeft, lambda: start(savers)) == {"count": 1}
    assert states(savers.store, made(savers))["dan"] == "due"
    assert savers.totals == {"1020": 100_000, "2040": -100_000}
    assert savers.do(PayAll("ben", made(savers).id, "mobile_money")) == {"paid": 1, "left": 0}
    (again,) = savers.store.payments.open_of("dan")
    refused(PartsLeft, lambda: start(savers))
    savers.confirm(again.id)
    assert savers.totals == {}
    start(savers)


def test_a_part_that_cannot_be_paid_holds_up_no_other(savers: Savers) -> None:
    decide(savers)
    savers.store.people.change("dan", frozen=True)
    refused(Frozen, lambda: pay(savers, "dan"))
    refused(InsufficientFunds, lambda: pay(savers, "eve", "mobile_money"))
    assert savers.do(PayAll("ada", made(savers).id, "cash")) == {"paid": 4, "left": 2}
    refused(NotAllowed, lambda: savers.do(PayAll("dan", made(savers).id, "cash")))
    now = sharing_now(savers.store, savers.group)
    assert [line.name for line in now.lines if line.state == "due"] == ["Ada Name", "Dan Name"]
    assert (now.state, now.pot) == ("approved", ugx(600_000))

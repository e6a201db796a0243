"""Money that was on its way, in and out and in every state, when the version before was stopped."""

from domain.books.ledger import FORWARD
from domain.money import Money
from domain.mongo.verify import verify_book
from domain.records.group import BOOKS
from domain.treasury.forward import bring_forward, groups_behind
from payments.port import Collection
from tests.upgrade.before import Reopened

COMING = ("in created", "in requested", "in pending", "in unknown", "fine pending", "shares pending")
LEAVING = (
    "share-out created", "withdrawal requested", "loan pending", "rotation pending", "grant unknown",
)  # fmt: skip


def states(reopened: Reopened, *whats: str) -> set[str]:
    return {reopened.payment(what).state for what in whats}


def test_every_open_payment_succeeds_and_is_posted_once(reopened: Reopened) -> None:
    assert states(reopened, *COMING, *LEAVING) == {"created", "requested", "pending", "unknown"}
    reopened.settle()
    for what in (*COMING, *LEAVING):
        payment = reopened.payment(what)
        assert (payment.state, reopened.posted(payment)) == ("succeeded", 1), what
        assert payment.provider_id
    reopened.audit()
    reopened.settle()
    assert {reopened.posted(reopened.payment(what)) for what in (*COMING, *LEAVING)} == {1}
    for name, group in reopened.left.groups.items():
        assert "1060" not in reopened.totals(name)
        assert verify_book(reopened.app.store.books, group) == []


def test_everybody_gets_and_gives_what_the_payments_say(reopened: Reopened) -> None:
    reopened.settle()
    reopened.work()
    momo, disbursements = reopened.simulator.momo, reopened.simulator.disbursements
    for what in COMING:
        payment = reopened.payment(what)
        assert payment.amount in momo.debits(payment.phone), what
        assert any(payment.ref in text for text in reopened.texts(payment.phone)), what
    for what in LEAVING:
        payment = reopened.payment(what)
        assert disbursements.credits(payment.phone).count(payment.amount) == 1, what


def test_who_declines_what_was_asked_before_pays_nothing(reopened: Reopened) -> None:
    reopened.settle(approve=False)
    reopened.work()
    for what in COMING:
        payment = reopened.payment(what)
        assert (payment.state, reopened.posted(payment)) == ("failed", 0), what
        (said,) = [text for text in reopened.texts(payment.phone) if payment.ref in text]
        assert "because you declined it. Nothing was taken." in said
    reopened.audit()


def test_what_was_set_aside_is_freed_when_it_cannot_be_sent(reopened: Reopened) -> None:
    phones = {reopened.payment(what).phone[1:] for what in LEAVING}
    outcomes = dict.fromkeys(phones, "PAYEE_NOT_ALLOWED_TO_RECEIVE")
    reopened.simulator.disbursements.faults.set({"outcomes": outcomes})
    assert all(reopened.is_set_aside(reopened.payment(what)) for what in LEAVING)
    before = reopened.totals("umoja")
    for _ in range(3):
        reopened.work(seconds=61)
    for what in LEAVING:
        payment = reopened.payment(what)
        assert (payment.state, reopened.posted(payment), reopened.is_set_aside(payment)) == ("failed", 0, False)
    after = reopened.totals("umoja")
    assert not {"1060", "2045"} & {*after}
    assert after["1020"] == before["1020"] + 25_000
    assert after["1025"] == before["1025"] + 3_000, "the grant is the social fund's again"
    assert reopened.app.store.loans.get(reopened.left.ids["loan of kyomuhendo"]).state == "approved"
    assert reopened.app.store.grants.get(reopened.left.ids["grant of apio"]).state == "approved"
    reopened.audit()


def test_what_the_provider_had_before_is_not_asked_for_again(reopened: Reopened) -> None:
    """The payer had said yes already, and nobody had heard of it."""
    payment = reopened.payment("in paid already")
    collector = next(iter(reopened.app.collectors.values()))
    collector.collect(Collection(payment.id, payment.ref, payment.amount, payment.phone, "Savings", "Savings"))
    reopened.simulator.momo.approve(payment.id)
    reopened.settle()
    after = reopened.payment("in paid already")
    assert (after.state, reopened.posted(after)) == ("succeeded", 1)
    assert reopened.simulator.momo.debits(payment.phone) == [payment.amount]
    reopened.audit()


def test_another_amount_than_was_asked_for_is_not_posted_and_waits_for_a_person(reopened: Reopened) -> None:
    payment = reopened.payment("in mismatch")
    assert (payment.state, payment.needs_person) == ("unknown", True)
    collector = next(iter(reopened.app.collectors.values()))
    odd = Collection(payment.id, payment.ref, Money(1, "UGX"), payment.phone, "Savings", "Savings")
    collector.collect(odd)
    reopened.simulator.momo.approve(payment.id)
    reopened.settle()
    after = reopened.payment("in mismatch")
    assert (after.state, after.needs_person, reopened.posted(after)) == ("unknown", True, 0)
    reopened.audit()


def test_what_was_sent_before_counts_for_the_most_a_group_sends_in_a_day(reopened: Reopened) -> None:
    """UGX 28,000 of 70,000 had left: with the 30,000 for Okot there is no room for the 40,000 for Wasswa."""
    store, nakato = reopened.app.store, reopened.who("nakato")
    reopened.goes_on("send a loan at the PIN", f"> {nakato.pin}\n< END UGX 30,000 is on its way to Okot James.")
    reopened.agree("okot", "Loan: Wasswa John")
    assert store.loans.get(reopened.left.ids["loan of wasswa"]).state == "approved"
    assert store.payments.count(person=reopened.who("wasswa").id, direction="out") == 0


def test_what_failed_before_can_be_tried_again(reopened: Reopened) -> None:
    atim = reopened.who("atim")
    failed = reopened.payment("NOT_ENOUGH_FUNDS")
    assert (failed.state, failed.person) == ("failed", atim.id)
    phone = reopened.phone(atim.phone)
    phone.dial("*384*7*contribute#")
    phone.type("1000")
    phone.type("1")
    assert phone.type(atim.pin).startswith("END Now approve UGX 1,000")


def test_a_repayment_that_was_begun_before_is_taken_from_the_loan(reopened: Reopened) -> None:
    reopened.settle()
    loan = reopened.app.store.loans.get(reopened.left.ids["loan of apio"])
    phone = reopened.held("repay at the question")
    phone.type("1")
    assert phone.type(reopened.who("apio").pin).startswith("CON Pay UGX 10,000 on loan")
    assert "Now approve UGX 10,000" in phone.type("1")
    assert reopened.app.store.loans.get(loan.id).outstanding == loan.outstanding
    reopened.settle()
    after = reopened.app.store.loans.get(loan.id)
    assert loan.outstanding > after.outstanding >= loan.outstanding - 10_000
    assert len(after.repayments) == len(loan.repayments) + 1
    reopened.audit()


def test_the_social_fund_has_its_own_purses_and_what_was_under_way_is_promised(reopened: Reopened) -> None:
    """Each group's book is brought forward once, by entries that say so; starting again changes nothing."""
    totals = reopened.totals("umoja")
    assert totals["1040"] + totals["1025"] == -totals["2020"]
    umoja, store = reopened.left.groups["umoja"], reopened.app.store
    leaving = [each for each in map(reopened.payment, LEAVING) if each.group == umoja and each.purpose != "loan"]
    assert -totals["2045"] == sum(each.amount.minor for each in leaving) > 0
    brought = [each.text for each in store.books.entries(umoja) if each.reference.startswith(FORWARD)]
    purses = "the social fund has purses of its own: mobile-money wallet to social-fund wallet"
    assert brought == [*(f"promised {each.ref}" for each in leaving), purses]
    for id in reopened.left.groups.values():
        assert store.groups.get(id).books == BOOKS
        assert bring_forward(store, id) == 0
    assert list(groups_behind(store)) == []
    assert reopened.totals("umoja") == totals
    reopened.audit()

"""
Votes that were open when the version before was stopped: the second officer concludes them, or the last member
that is needed.
"""

import pytest

from bot.jobs import carry_out
from tests.upgrade.before import Reopened

DECIDED = "END It is decided, with your vote."
BY_PHONE = {
    "Loan: Wasswa John": ("loan", "wasswa", 40_000),
    "Leaving: Ssali Moses": ("exit", "ssali", 0),
}


@pytest.mark.parametrize("about", BY_PHONE)
def test_what_the_second_officer_agrees_to_is_sent_by_mobile_money_as_was_asked(
    reopened: Reopened, about: str
) -> None:
    purpose, name, minor = BY_PHONE[about]
    assert reopened.agree("okot", about) == DECIDED
    (sent,) = reopened.app.store.payments.find(person=reopened.who(name).id, direction="out", purpose=purpose)
    assert minor in (0, sent.amount.minor) and reopened.is_set_aside(sent)
    reopened.settle()
    assert sent.amount in reopened.simulator.disbursements.credits(sent.phone)
    reopened.audit()


def test_a_withdrawal_is_sent_after_the_second_vote(reopened: Reopened) -> None:
    achieng = reopened.who("achieng")
    assert reopened.agree("kamau", "Withdrawal: Achieng Susan", "Akiba") == DECIDED
    reopened.settle()
    assert [each.minor for each in reopened.simulator.disbursements.credits(achieng.phone)] == [12_000]
    reopened.audit()


def test_a_grant_waits_for_an_officer_to_pay_it(reopened: Reopened) -> None:
    auma = reopened.who("auma")
    assert reopened.agree("okot", "Social fund: Auma Betty") == DECIDED
    (grant,) = reopened.app.store.grants.find(person=auma.id)
    assert grant.state == "approved"
    reopened.audit()


def test_a_fine_is_waived_and_a_loan_gets_new_terms(reopened: Reopened) -> None:
    store = reopened.app.store
    due = store.fines.count(person=reopened.who("babirye").id, state="due")
    assert reopened.agree("okot", "Waive a fine: Babirye Ann") == DECIDED
    assert store.fines.count(person=reopened.who("babirye").id, state="due") == due - 1
    assert reopened.agree("okot", "New loan terms: Auma Betty") == DECIDED
    assert store.loans.get(reopened.left.ids["loan of auma"]).rescheduled
    reopened.audit()


def test_a_rule_changes_with_the_last_member_that_is_needed(reopened: Reopened) -> None:
    last = reopened.left.ids["last voter on a rule"]
    (name,) = [name for name, person in reopened.left.people.items() if person.id == last]
    assert reopened.group("umoja").constitution.social.minor == 500
    assert reopened.agree(name, "Our rules") == DECIDED
    assert (reopened.group("umoja").constitution.social.minor, reopened.group("umoja").version) == (1_000, 2)


def test_a_dividend_is_credited_after_the_second_vote(reopened: Reopened) -> None:
    assert reopened.agree("mutua", "Dividend", "Kazi") == DECIDED
    store, kazi = reopened.app.store, reopened.left.groups["kazi"]
    (declared,) = store.declarations.find(group=kazi)
    carry_out(reopened.app, "dividend", [declared.id])
    assert store.declarations.get(declared.id).state == "paid"
    reopened.work()
    texts = reopened.texts(reopened.who("achieng").phone)
    assert any("Your dividend for 2025 in Kazi is UGX" in text for text in texts)
    reopened.audit()


def test_who_waited_to_be_let_in_is_let_in_and_saves(reopened: Reopened) -> None:
    okot, newcomer = reopened.who("okot"), reopened.who("nansubuga")
    phone = reopened.phone(okot.phone)
    phone.dial("*384*7*approve#")
    assert "Nansubuga Eve" in phone.type("1")
    phone.type("1")
    phone.type(okot.pin)
    reopened.work()
    assert any("You are now a member of Umoja" in text for text in reopened.texts(newcomer.phone))
    other = reopened.phone(newcomer.phone)
    other.dial("*384*7*1#")
    other.type("1")
    assert other.type(newcomer.pin).startswith("END Now approve UGX 5,500")


def test_a_guarantor_that_was_asked_answers_and_the_officers_decide(reopened: Reopened) -> None:
    opio, loan = reopened.who("opio"), reopened.left.ids["loan of akello"]
    phone = reopened.phone(opio.phone)
    phone.dial("*384*7*guarantee#")
    assert "Akello Grace" in phone.type(opio.pin)
    phone.type("1")
    phone.type(opio.pin)
    assert reopened.app.store.loans.get(loan).state == "guaranteed"
    for officer in ("nakato", "wanjiru"):
        said = reopened.agree(officer, "Loan: Akello Grace")
    assert said == "END It is decided, with your vote."
    assert reopened.app.store.loans.get(loan).state == "approved"


def test_a_share_out_that_was_half_paid_is_paid_to_the_end(reopened: Reopened) -> None:
    """Achieng's cash was not all of her part, and Kamau's had still to be sent."""
    reopened.settle()
    kamau, njeri = reopened.who("kamau"), reopened.who("njeri")
    reopened.goes_on("share-out at the PIN", f"> {kamau.pin}\n< Another officer pays you your part.")
    phone = reopened.phone(njeri.phone)
    assert phone.dial("*384*7*share_out#").startswith("CON 2 of 4 are paid.")
    assert phone.type("2").startswith("CON Pay 2 members. How?")
    said = phone.type("1")
    assert "Achieng Susan: UGX 5,000" in said, "what is left of her part"
    phone.type("1")
    assert phone.type(njeri.pin).startswith("END 2 members are paid, or it is on its way.")
    reopened.settle()
    assert phone.dial("*384*7*share_out#").startswith(
        "CON 4 of 4 are paid.\n1. Who got it\n2. Start the new cycle"
    )
    paid = reopened.app.store.payments.find(group=reopened.left.groups["tujenge"], purpose="share_out")
    assert sum(each.amount.minor for each in paid if each.state == "succeeded") == 100_000
    reopened.audit()


# What was asked for in a conversation of before


def test_a_loan_that_is_asked_for_at_last_is_sent_by_mobile_money_as_was_chosen_before(reopened: Reopened) -> None:
    atim = reopened.who("atim")
    phone = reopened.held("borrow at the terms")
    phone.type("1")
    # What is shown of a person's money stands behind the PIN now, and the terms are shown again.
    assert phone.type(atim.pin).startswith("CON UGX 20,000: you pay back UGX 22,000")
    assert phone.type("1").startswith("CON What is the UGX 20,000 for?")
    assert phone.type("1").startswith("END Ref L")
    assert reopened.agree("nakato", "Loan: Atim Lucy") == "END You agreed. 1 more person must agree."
    assert reopened.agree("okot", "Loan: Atim Lucy") == DECIDED
    reopened.settle()
    assert [each.minor for each in reopened.simulator.disbursements.credits(atim.phone)] == [20_000]
    reopened.audit()


def test_a_withdrawal_is_sent_by_mobile_money_as_was_chosen_before(reopened: Reopened) -> None:
    achieng = reopened.who("achieng")
    phone = reopened.held("withdraw at the PIN")
    assert phone.type(achieng.pin).startswith("Take UGX 7,000 out of Kazi?")
    assert "Now 2 officers must agree" in phone.type("1")
    reopened.agree("kamau", "Withdrawal: Achieng Susan", "Kazi")
    assert reopened.agree("mutua", "Withdrawal: Achieng Susan", "Kazi") == DECIDED
    reopened.settle()
    assert [each.minor for each in reopened.simulator.disbursements.credits(achieng.phone)] == [7_000]
    reopened.audit()

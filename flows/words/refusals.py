"""What a member hears when the rules say no: one sentence for each code of `domain/`."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, Final

from domain.errors import DomainError
from domain.money import Money
from flows.words.rule_names import RULES
from flows.words.texts import Text, joined, nt, t

_SENTENCES: Final[Mapping[str, Callable[..., Text]]] = {
    "above_the_fund": lambda most, currency: t(
        "The social fund has {amount}. Ask for less.", amount=Money(most, currency)
    ),
    "already_asked": lambda: t("This was asked for already, and waits to be decided."),
    "already_contested": lambda: t("You told the officers of this already. They will answer you."),
    "already_decided": lambda: t("Another officer has already answered this request."),
    "already_fined": lambda: t("They have been fined for this today."),
    "already_in_group": lambda group: t("You are in {group} already, or waiting to be let in.", group=group),
    "already_officer": lambda: t("They hold an office already. Another member has to be chosen."),
    "already_voted": lambda: t("You have decided on this already."),
    "already_registered": lambda: t("This number is already registered. Please start again."),
    "bad_bid": lambda pot, unit, currency: t(
        "A bid is below the pot of {pot}, in steps of {unit}.",
        pot=Money(pot, currency),
        unit=Money(unit, currency),
    ),
    "bad_constitution": lambda rule: (
        t("The rules of a group cannot be like this. Look at: {rule}.", rule=RULES[rule])
        if rule in RULES
        else t("The rules of a group cannot be like this.")
    ),
    "bad_day": lambda: t("This day is before the loan was paid out, or has not come yet."),
    "bad_guarantor": lambda: t("A guarantor is another active member of the group."),
    "bad_loan_request": lambda: t("The group does not lend this amount for so long. Try another."),
    "bad_order": lambda: t("Name each member once for each hand, 9 hands at most."),
    "bad_periods": lambda: t("The loan cannot have these terms today. Try other ones, or tomorrow."),
    "bad_rates": lambda: t("Rates and tax are from 0 to 100 percent."),
    "cash_has_moved": lambda: t("Cash has moved since it was counted. It has to be counted again."),
    "cash_was_used": lambda: t("What was put in has been used since. It cannot be taken back."),
    "code_expired": lambda: t("This code is too old, or was wrong too often. Please start again."),
    "count_differs": lambda cash, social, currency: joined(
        " ", _differences(Money(cash, currency), Money(social, currency))
    ),
    "credit_was_used": lambda: t("What was paid beyond the loan is used already. It cannot be taken back."),
    "dividend_too_high": lambda gross, most, currency: t(
        "The dividend comes to {gross}, and the surplus is {most}. Declare a lower one.",
        gross=Money(gross, currency),
        most=Money(most, currency),
    ),
    "fine_not_due": lambda: t("This fine is paid, waived, or a payment of it is on its way."),
    "frozen": lambda: t("This account is frozen: no money moves. An officer can open it again."),
    "cycle_is_open": lambda: t("This price stays while somebody has paid it. Change it between two cycles."),
    "fine_open": lambda amount, currency: t(
        "Fines of {amount} have to be paid first.", amount=Money(amount, currency)
    ),
    "group_full": lambda: t("This group is full: its rules allow no more members."),
    "group_is_closing": lambda: t("The group is sharing out now. Wait for the next cycle."),
    "insufficient_funds": lambda **_: t("There is not enough money for that."),
    "invalid_amount": lambda **_: t("Please type the amount in digits only."),
    "invitation_expired": lambda: t("This invitation is no longer good. Ask an officer for a new one."),
    "invitation_not_yours": lambda: t("This invitation is for another phone number."),
    "invitation_used": lambda: t("This invitation was used already. Ask an officer for a new one."),
    "keeps_too_much": lambda most, currency: t("At most {amount} can be kept.", amount=Money(most, currency)),
    "last_officer": lambda: t("The group would have no officer. Another one has to be chosen first."),
    "line_not_due": lambda: t("This part is paid already, or on its way."),
    "loan_open": lambda: t("There is a loan that is asked for or not paid back. It has to end first."),
    "money_on_its_way": lambda: t("Mobile money is still on its way. Try again when it has arrived."),
    "meeting_is_open": lambda: t("A meeting is open already. Close it first."),
    "meeting_was_held": lambda: t("The meeting of today is closed. The next is on another day."),
    "more_than_owed": lambda most, currency: (
        t("At most {amount} can be paid on this loan now.", amount=Money(most, currency))
        if most
        else t("All that is owed is on its way already.")
    ),
    "no_loans": lambda: t("This group does not lend."),
    "no_meeting": lambda: t("No meeting is open."),
    "no_shares": lambda: t("This group has no shares to be shared out."),
    "no_rotation": lambda: t("The order of the rotation is not set yet. An officer sets it."),
    "no_such_fine": lambda: t("The rules of the group have no fine for this."),
    "no_such_group": lambda: t("No group has this code. Ask your secretary for it, then try again."),
    "no_such_member": lambda: t("This number belongs to nobody here."),
    "not_a_meeting_day": lambda day: t(
        "The next meeting is on {day}. Open an extraordinary one today.", day=date.fromisoformat(day)
    ),
    "not_allowed": lambda: t("You cannot do this in this group."),
    "not_collected": lambda: t("Mobile money cannot take money from your number. Please pay at the meeting."),
    "not_eligible": lambda most, currency: t(
        "The rules do not allow this loan. The limit is {amount}. Look at it again.", amount=Money(most, currency)
    ),
    "not_in_default": lambda days, needed: t(
        "It is {days} days late. Savings are taken for a loan after {needed} days.", days=days, needed=needed
    ),
    "not_payable": lambda: t("Mobile money cannot pay out in this currency. It has to be cash."),
    "not_so_much": lambda most, currency: t("At most {amount} can be taken out.", amount=Money(most, currency)),
    "not_reversible": lambda: t("This cannot be taken back here."),
    "not_shared_out": lambda: t("The cycle goes on until its share-out is decided and paid."),
    "nothing_owed": lambda: t("Nothing is owed on this loan."),
    "nothing_in_pot": lambda: t("Nothing is in the pot of this round that can be paid now."),
    "nothing_differs": lambda: t("The count is what the books say. Nothing is to be booked."),
    "office_taken": lambda: t("A member holds this office already. They can hand it over."),
    "nothing_to_share": lambda: t("There is nothing to share out."),
    "parts_left": lambda count: nt(
        "{count} member has not got their part yet.", "{count} members have not got their parts yet.", count
    ),
    "payee_held": lambda hours: nt(
        "This number is new. For safety nothing is sent to it for {count} more hour.",
        "This number is new. For safety nothing is sent to it for {count} more hours.",
        hours,
    ),
    "payout_cap": lambda left, currency: t(
        "The group can send {amount} more today. Try a smaller amount, or tomorrow.", amount=Money(left, currency)
    ),
    "plan_changed": lambda: t("Money has moved since this plan. An officer has to make it anew."),
    "proposal_changed": lambda: t("This request was changed a moment ago. Please look at it again."),
    "pin_locked": lambda minutes: nt(
        "Too many wrong PINs. Try again in {count} minute.",
        "Too many wrong PINs. Try again in {count} minutes.",
        minutes,
    ),
    "pins_differ": lambda: t("The two PINs differ. Type it again, or 0 to choose another."),
    "rotation_open": lambda: t("The rotation goes on: what was put in is not yet what was received."),
    "round_paid": lambda: t("This round is paid, or its turn has not come. A day has one round."),
    "savings_too_low": lambda free, currency: t(
        "Your savings do not carry it: {amount} is free.", amount=Money(free, currency)
    ),
    "stands_for_loan": lambda: t("Savings stand for the loan of another member, until it is paid back."),
    "too_few_officers": lambda needed, there: t(
        "{needed} officers who have no part in it have to agree, and there are {there}. Name more under Officers.",
        needed=needed,
        there=there,
    ),
    "too_late_to_contest": lambda days: t("This is older than {days} days. Ask an officer.", days=days),
    "too_many_codes": lambda most: t("We sent {most} codes already. Please wait an hour.", most=most),
    "too_many_invitations": lambda most: t("You sent {most} invitations today. Please go on tomorrow.", most=most),
    "too_many_payments": lambda most: t("That is {most} payments in an hour. Please wait a little.", most=most),
    "too_much": lambda most, currency: (
        t("You can put in at most {amount} for this meeting.", amount=Money(most, currency))
        if most
        else t("You have put in all you can for this meeting. Well done!")
    ),
    "turn_changed": lambda: t("It is another member's turn now. Please look at it again."),
    "weak_pin": lambda: t("Too easy to guess. Choose another PIN."),
    "wrong_code": lambda left: nt("Wrong code. {count} try left.", "Wrong code. {count} tries left.", left),
    "year_declared": lambda: t("The dividend of this year was decided on already."),
    "year_not_over": lambda: t("This year is not over, or was before the group."),
    "wrong_pin": lambda left: nt("Wrong PIN. {count} try left.", "Wrong PIN. {count} tries left.", left),
}


def _differences(cash: Money, social: Money) -> Iterator[Text]:
    """By how much the boxes are not what the books say."""
    if cash.minor < 0:
        yield t("The cash box has {amount} less than the books.", amount=-cash)
    if cash.minor > 0:
        yield t("The cash box has {amount} more than the books.", amount=cash)
    if social.minor < 0:
        yield t("The social fund has {amount} less than the books.", amount=-social)
    if social.minor > 0:
        yield t("The social fund has {amount} more than the books.", amount=social)


def refusal(error: DomainError) -> Text:
    """The sentence for a refusal, its numbers filled in. Raises KeyError for a code without one."""
    details: Mapping[str, Any] = error.details
    return _SENTENCES[error.code](**details)

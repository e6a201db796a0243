"""The group's loans: officers pay them out, see who is late, and have others vote on what to do then."""

from collections.abc import Mapping
from typing import Final

from domain.arithmetic.instalments import Waivable
from domain.decisions.rights import may_lead
from domain.loans.owed import days_ago, loans_of
from domain.loans.pay_out import HandOverLoan, SendLoan, loans_to_pay_out
from domain.loans.portfolio import arrears
from domain.loans.recover import (
    AskReschedule,
    ProposeLoanWaiver,
    ProposeNetting,
    ProposeWriteOff,
    may_waive,
)
from domain.loans.repay import RecordPastRepayment
from domain.money import MINOR_MAX, Money
from domain.records.payment import Way
from domain.records.person import GroupOfMember, Member
from flows import ask
from flows.dialogue import flow, possible, read, read_openly, submit
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.groups.asked import members_asked, officers_asked
from flows.loans.my_loans import ask_periods
from flows.loans.repay import late_by, next_due
from flows.people.find_member import find_member
from flows.shown import leads_lending
from flows.words.texts import Label, Text, joined, nt, t

_DAYS_AGO_MAX: Final = 999  # longer ago than a cycle

_WHAT: Final[Mapping[str, Label]] = {
    "pay": t("Pay out"),
    "late": t("Who is late"),
    "member": t("Loan of a member"),
}
_ACTS: Final[Mapping[str, Label]] = {
    "reschedule": t("New terms"),
    "netting": t("Take from savings"),
    "write_off": t("Write off"),
    "past": t("Older cash"),
    "waive": t("Waive interest"),
}


@flow("lend", label=t("Loans of the group"), shown=leads_lending)
def lend(me: Member) -> Conversation:
    """Those that were approved, those that are late, or those of one member."""
    lending = [group for group in me.groups_led if group.lends]
    group = yield from ask.pick("group", t("Loans of which group?"), lending)
    yield from read("may", may_lead, group.id, me.id)
    what = yield from ask.choice("what", t("Loans of {group}", group=group.name), _WHAT)
    if what == "pay":
        return (yield from _pay_out(me, group))
    if what == "late":
        return (yield from _late(me, group))
    return (yield from _of_member(me, group))


def _pay_out(me: Member, group: GroupOfMember) -> Conversation:
    loan = yield from ask.one_of(
        "loan",
        t("Pay out which loan?"),
        lambda past: read("waiting", loans_to_pay_out, group.id, past),
        lambda one: t("{name}, {amount}", name=one.name, amount=one.pay),
    )
    if loan is None:
        return say(t("No approved loan is waiting in {group}.", group=group.name))
    way: Way = "cash"
    if loan.way == "mobile_money":
        way = yield from ask.way("way", t("{amount} to {name}. How?", amount=loan.pay, name=loan.name))
    pay = (HandOverLoan if way == "cash" else SendLoan)(me.id, loan.id)
    yield from possible("may_pay", pay)
    prompt = t("Pay {amount} to {name}. Your PIN?", amount=loan.pay, name=loan.name)
    yield from ask.pin("pin", me.id, prompt, fresh=True)
    yield from submit("pay", pay)
    if way == "cash":
        return say(t("Now hand {amount} to {name} in cash.", amount=loan.pay, name=loan.name))
    return say(t("{amount} is on its way to {name}.", amount=loan.pay, name=loan.name))


def _late(me: Member, group: GroupOfMember) -> Conversation:
    loan = yield from ask.one_of(
        "whose",
        t("Late in {group}, longest first", group=group.name),
        lambda past: read("late", arrears, group.id, past),
        lambda one: nt("{name}, {count} day", "{name}, {count} days", one.days_late, name=one.name),
    )
    if loan is None:
        return say(t("No loan of {group} is late.", group=group.name))
    due = late_by(loan.due, loan.days_late)
    left = t("Still to pay: {amount}", amount=loan.payoff or loan.outstanding)
    return (yield from _act(me, group, loan.id, [joined(", ", [loan.name, loan.ref]), due, left]))


def _of_member(me: Member, group: GroupOfMember) -> Conversation:
    who = yield from find_member(me, group)
    owed = yield from read_openly("owed", loans_of, group.id, who.id)
    if not owed:
        return say(t("{name} has no loan to pay back.", name=who.name))
    loan = yield from ask.pick("of_member", t("Which loan of {name}?", name=who.name), owed)
    left = t("Still to pay: {amount}", amount=loan.payoff)
    return (yield from _act(me, group, loan.id, [joined(", ", [who.name, loan.ref]), next_due(loan), left]))


def _act(me: Member, group: GroupOfMember, loan: str, about: list[Text]) -> Conversation:
    """Others have to agree, but to cash that was forgotten: its borrower is told and can contest it."""
    act = yield from ask.choice("act", joined("\n", about), _ACTS)
    if act == "past":
        return (yield from _found_late(me, group, loan))
    if act == "waive":
        return (yield from _waive(me, loan))
    if act == "reschedule":
        yield from possible("may_reschedule", AskReschedule(me.id, loan, 1))
        periods = yield from ask_periods()
        yield from ask.pin("pin_terms", me.id, t("Your PIN?"))
        return officers_asked((yield from submit("reschedule", AskReschedule(me.id, loan, periods))))
    if act == "netting":
        yield from possible("may_net", ProposeNetting(me.id, loan))
        yield from ask.pin("pin_savings", me.id, t("Ask to take it from savings, then guarantors. Your PIN?"))
        return officers_asked((yield from submit("netting", ProposeNetting(me.id, loan))))
    yield from possible("may_write_off", ProposeWriteOff(me.id, loan))
    yield from ask.pin("pin_write_off", me.id, t("Ask the members to write this loan off. Your PIN?"))
    return members_asked((yield from submit("write_off", ProposeWriteOff(me.id, loan))))


def _waive(me: Member, loan: str) -> Conversation:
    """So much of the interest that is due, or of the penalties, and why."""
    due = yield from read("due", may_waive, loan, me.id)
    labels: dict[str, Label] = {}
    if due.interest:
        labels["interest"] = t("Interest, {amount}", amount=due.interest)
    if due.penalty:
        labels["penalty"] = t("Penalties, {amount}", amount=due.penalty)
    if not labels:
        return say(t("No interest and no penalty of this loan is due."))
    part: Waivable = (
        "interest" if (yield from ask.choice("part", t("Waive what?"), labels)) == "interest" else "penalty"
    )
    most = due.interest if part == "interest" else due.penalty
    prompt = t("Waive how much? At most {amount}.", amount=most)
    amount = yield from ask.money("waived", prompt, suggest=most, most=most, offer=t("All of it"))
    reason = yield from ask.reason("why", t("Why? The officers will read it."))
    yield from ask.pin("pin_waive", me.id, t("Your PIN?"))
    return officers_asked((yield from submit("waive", ProposeLoanWaiver(me.id, loan, part, amount, reason))))


def _found_late(me: Member, group: GroupOfMember, loan: str) -> Conversation:
    """Cash of an earlier day, said back with its day: it counts on that, and changes what was paid since."""
    days = yield from ask.number("days_ago", t("How many days ago was it paid?"), least=1, most=_DAYS_AGO_MAX)
    day = yield from read("day", days_ago, group.id, days)
    nothing, most = Money(0, group.currency), Money(MINOR_MAX, group.currency)
    prompt = t("How much was paid on {day}?", day=day)
    amount = yield from ask.money("paid_then", prompt, suggest=nothing, most=most)
    if not (yield from ask.confirm("ok", t("{amount} in cash, paid on {day}?", amount=amount, day=day))):
        return say(t("Nothing was written down."))
    yield from ask.pin("pin_past", me.id, t("Your PIN?"))
    yield from submit("record", RecordPastRepayment(me.id, loan, amount, day.isoformat()))
    return say(t("Written down: {amount} of {day}. The borrower is told.", amount=amount, day=day))

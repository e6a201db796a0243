"""An officer writes down the cash that a member hands over, or that their credit pays instead."""

from collections.abc import Mapping

from domain.decisions.rights import may_lead_savings, may_save
from domain.loans.repay import RecordRepayment
from domain.loans.use_credit import CreditUse
from domain.meetings.cash_book import ToPay, to_pay
from domain.meetings.from_credit import PayFromCredit
from domain.money import Money
from domain.people.find import ListedMember
from domain.records.person import GroupOfMember, Member
from domain.sacco.share_capital import RecordShares
from domain.savings.contribute import Due, RecordCash
from domain.savings.fines import RecordFine
from domain.savings.pay_social import RecordSocial
from flows import ask
from flows.dialogue import flow, read, read_openly, submit
from flows.engine.screen import say
from flows.engine.steps import Ask, Conversation
from flows.meetings.writing_down import CashCommand, write_down
from flows.people.find_member import find_member
from flows.savings.my_fines import in_a_list
from flows.savings.use_credit import how_much, payable
from flows.shown import leads
from flows.words.texts import Label, Text, joined, t

SAVINGS, SHARES, SOCIAL, CREDIT = "savings", "shares", "social", "credit"
Paid = tuple[Money, CashCommand]


@flow("cash", label=t("Record cash"), shown=leads)
def record_cash(me: Member) -> Conversation:
    """Whose it is, what it is for, how much; said back before the PIN, and the member is told."""
    group = yield from ask.pick("group", t("Cash for which group?"), me.groups_led)
    yield from read("may", may_lead_savings, group.id, me.id)
    who = yield from find_member(me, group)
    if who.id == me.id:
        return say(t("Another officer must write down your own cash."))
    yield from read("may_pay", may_save, group.id, who.id)
    due = yield from read_openly("due", to_pay, group.id, who.id)
    labels: Mapping[str, Label] = {
        **({SAVINGS: t("Savings")} if due.savings.most else {}),
        **({SHARES: t("Shares")} if due.shares else {}),
        **({SOCIAL: t("Social fund not paid")} if due.savings.missed else {}),
        **{fine.id: t("Fine: {fine}", fine=in_a_list(fine)) for fine in due.fines},
        **{loan.id: t("Loan {ref}, due {amount}", ref=loan.ref, amount=loan.due) for loan in due.loans},
        **({CREDIT: t("No cash: from their credit")} if due.from_credit else {}),
    }
    if not labels and (waiting := due.savings.waiting):
        return say(t("{amount} of {name} is waiting for approval on their phone.", amount=waiting, name=who.name))
    if not labels:
        return say(t("{name} has put in all there is to pay.", name=who.name))
    what = next(iter(labels))
    if len(labels) > 1:
        what = yield from ask.choice("what", t("What is the cash of {name} for?", name=who.name), labels)
    if what == CREDIT and due.from_credit:
        return (yield from _from_credit(me, group, who, due.from_credit))
    amount, command = yield from _how_much(me, group, who, what, due)
    sure = yield from ask.confirm("ok", t("{amount} in cash from {name}?", amount=amount, name=who.name))
    if not sure:
        return say(t("Nothing was written down."))
    yield from ask.pin("pin", me.id, t("Your PIN?"))
    if not (yield from write_down(command)):
        return say(t("Nothing was written down."))
    return say(t("Written down: {amount} from {name}, who is told.", amount=amount, name=who.name))


def _from_credit(me: Member, group: GroupOfMember, who: ListedMember, theirs: CreditUse) -> Conversation:
    """What it pays, how much, and the officer's PIN: the member has said so at the meeting."""
    prompt = t("The credit of {name} is {credit}. Pay what?", name=who.name, credit=theirs.credit)
    what = yield from ask.choice("pays", prompt, payable(theirs))
    owed, amount, subject = yield from how_much(what, theirs)
    prompt = t("Pay {amount} from the credit of {name}, as they say. Your PIN?", amount=amount, name=who.name)
    yield from ask.pin("pin_credit", me.id, prompt)
    yield from submit("use", PayFromCredit(me.id, group.id, who.id, owed, amount, subject))
    return say(t("Paid from the credit of {name}: {amount}. They are told.", name=who.name, amount=amount))


def _paid_before(savings: Due, name: str) -> Text:
    """Why no amount is suggested where an option had one."""
    if savings.waiting:
        return t("{amount} of {name} is waiting for approval on their phone.", amount=savings.waiting, name=name)
    return t("What is due is paid.")


def _how_much(me: Member, group: GroupOfMember, who: ListedMember, what: str, due: ToPay) -> Ask[Paid]:
    """A fine is paid whole; of the others it is asked."""
    if fine := next((each for each in due.fines if each.id == what), None):
        return fine.amount, RecordFine(me.id, fine.id)
    if loan := next((each for each in due.loans if each.id == what), None):
        prompt = t("Loan {ref}: {amount} clears it today. How much?", ref=loan.ref, amount=loan.payoff)
        amount = yield from ask.money("repaid", prompt, suggest=loan.due, most=loan.payoff)
        return amount, RecordRepayment(loan.id, amount, me.id)
    if what == SHARES and (shares := due.shares):
        prompt = t("How many shares, at {price} each?", price=shares.price)
        count = yield from ask.number("shares", prompt, least=1, most=shares.most)
        return shares.price_of(count), RecordShares(me.id, group.id, who.id, count)
    savings = due.savings
    if what == SOCIAL and (missed := savings.missed):
        amount = yield from ask.money("social", t("How much?"), suggest=missed, most=missed)
        return amount, RecordSocial(group.id, who.id, amount, me.id)
    asked = t("Savings for the meeting of {day}. How much?", day=savings.meeting)
    prompt = asked if savings.amount else joined("\n", (_paid_before(savings, who.name), asked))
    amount = yield from ask.money("amount", prompt, suggest=savings.amount, most=savings.most)
    return amount, RecordCash(group.id, who.id, amount, me.id)

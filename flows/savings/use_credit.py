"""A member pays what they owe from their credit."""

from collections.abc import Mapping

from domain.loans.use_credit import CreditUse, UseCredit, credit_use
from domain.money import Money
from domain.records.person import GroupOfMember, Member
from flows import ask
from flows.dialogue import flow, read, submit
from flows.engine.screen import say
from flows.engine.steps import Ask, Conversation
from flows.savings.my_fines import in_a_list
from flows.shown import saves
from flows.words.texts import Label, t

_SOCIAL = "social"


@flow("credit", label=t("Use my credit"), shown=saves)
def use_credit(me: Member) -> Conversation:
    """What it is to pay, how much, and the PIN; it is done at once."""
    group = yield from ask.pick("group", t("Your credit in which group?"), me.groups)
    mine = yield from read("mine", credit_use, group.id, me.id)
    if not mine.credit:
        return say(t("You have no credit in {group}.", group=group.name))
    labels: Mapping[str, Label] = {
        **{fine.id: t("Fine: {fine}", fine=in_a_list(fine)) for fine in mine.fines},
        **{loan.id: t("Loan {ref}, due {amount}", ref=loan.ref, amount=loan.due) for loan in mine.loans},
        **({_SOCIAL: t("Social fund, {amount}", amount=mine.social)} if mine.social else {}),
    }
    if not labels:
        return say(t("Your credit is {credit}. There is nothing it could pay.", credit=mine.credit))
    what = yield from ask.choice("what", t("Your credit is {credit}. Pay what?", credit=mine.credit), labels)
    command = yield from _how_much(me, group, what, mine)
    yield from ask.pin("pin", me.id, t("Pay {amount} from your credit. Your PIN?", amount=command.amount))
    left: Money = yield from submit("use", command)
    return say(t("Paid: {amount}. Your credit is now {left}.", amount=command.amount, left=left))


def _how_much(me: Member, group: GroupOfMember, what: str, mine: CreditUse) -> Ask[UseCredit]:
    """A fine is paid whole; of the others it is asked."""
    if fine := next((each for each in mine.fines if each.id == what), None):
        return UseCredit(me.id, group.id, "fine", fine.amount, fine.id)
    loan = next((each for each in mine.loans if each.id == what), None)
    due, owed = (loan.due, loan.payoff) if loan else (mine.social, mine.social)
    most = min(mine.credit, owed)
    amount = yield from ask.money("amount", t("How much?"), suggest=due, most=most)
    if loan:
        return UseCredit(me.id, group.id, "loan", amount, loan.id)
    return UseCredit(me.id, group.id, "social", amount)

"""A member pays what they owe from their credit."""

from collections.abc import Mapping

from domain.decisions.rights import may_save
from domain.loans.use_credit import CreditUse, Owed, UseCredit, credit_use
from domain.money import Money
from domain.records.person import Member
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
    """Behind a PIN: what it is to pay, and how much; it is done at once."""
    group = yield from ask.pick("group", t("Your credit in which group?"), me.groups)
    yield from read("may", may_save, group.id, me.id)
    yield from ask.unlock("pin", me.id, t("Your credit. Your PIN?"))
    mine = yield from read("mine", credit_use, group.id, me.id)
    if not mine.credit:
        return say(t("You have no credit in {group}.", group=group.name))
    labels = payable(mine)
    if not labels:
        return say(t("Your credit is {credit}. There is nothing it could pay.", credit=mine.credit))
    what = yield from ask.choice("what", t("Your credit is {credit}. Pay what?", credit=mine.credit), labels)
    owed, amount, subject = yield from how_much(what, mine)
    if not (yield from ask.confirm("ok", t("Pay {amount} from your credit?", amount=amount))):
        return say(t("Nothing was paid."))
    left: Money = yield from submit("use", UseCredit(me.id, group.id, owed, amount, subject))
    return say(t("Paid: {amount}. Your credit is now {left}.", amount=amount, left=left))


def payable(mine: CreditUse) -> Mapping[str, Label]:
    """What credit can pay, as options."""
    return {
        **{fine.id: t("Fine: {fine}", fine=in_a_list(fine)) for fine in mine.fines},
        **{loan.id: t("Loan {ref}, due {amount}", ref=loan.ref, amount=loan.due) for loan in mine.loans},
        **({_SOCIAL: t("Social fund, {amount}", amount=mine.social)} if mine.social else {}),
    }


def how_much(what: str, mine: CreditUse) -> Ask[tuple[Owed, Money, str]]:
    """What is paid, how much of it, and its id. A fine is paid whole; of the others it is asked."""
    if fine := next((each for each in mine.fines if each.id == what), None):
        return "fine", fine.amount, fine.id
    loan = next((each for each in mine.loans if each.id == what), None)
    due, owed = (loan.due, loan.payoff) if loan else (mine.social, mine.social)
    most = min(mine.credit, owed)
    amount = yield from ask.money("amount", t("How much?"), suggest=due, most=most)
    return ("loan", amount, loan.id) if loan else ("social", amount, "")

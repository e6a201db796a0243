"""Stand for somebody's loan, or say that I do not."""

from domain.loans.guarantors import AnswerGuarantee, guarantees_asked
from domain.records.person import Member
from flows import ask
from flows.dialogue import flow, read, submit
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.shown import borrows
from flows.words.texts import joined, t


@flow("guarantee", label=t("Guarantee"), shown=borrows)
def guarantee(me: Member) -> Conversation:
    """Behind a PIN: who asks, for which loan, and what it locks; then yes or no."""
    yield from ask.unlock("pin", me.id, t("Loans that you guarantee. Your PIN?"), fresh=True)
    asked = yield from read("asked", guarantees_asked, me.id)
    if not asked:
        return say(t("Nobody asks you to guarantee a loan now."))
    one = yield from ask.pick("whose", t("Whose loan?"), asked)
    prompt = [
        t("{name} borrows {amount} from {group}.", name=one.name, amount=one.loan_amount, group=one.group),
        t("{amount} of your savings is locked, and taken if it is not paid back.", amount=one.amount),
    ]
    labels = {"yes": t("I guarantee it"), "no": t("No")}
    yes = (yield from ask.choice("verdict", joined(" ", prompt), labels)) == "yes"
    state = yield from submit("answer", AnswerGuarantee(me.id, one.id, yes))
    if not yes:
        return say(t("You do not guarantee it. {name} is told.", name=one.name))
    if state == "submitted":
        return say(t("Thank you. The loan of {name} is waiting for other guarantors.", name=one.name))
    return say(t("Thank you. Now the officers decide on the loan of {name}.", name=one.name))

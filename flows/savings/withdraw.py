"""Take savings out."""

from domain.money import Money
from domain.records.payment import Way
from domain.records.person import Member
from domain.savings.withdraw import AskWithdrawal, Withdrawable, withdrawable
from flows import ask
from flows.dialogue import flow, possible, read, submit
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.shown import saves
from flows.words.refused.loans import in_default
from flows.words.refused.savings import held_for_loans
from flows.words.texts import Text, joined, nt, t


@flow(
    "withdraw",
    label=t("Withdraw"),
    shown=saves,
    words=t("withdraw, withdrawal"),
    takes={"amount": "amount", "group": "name"},
)
def withdraw(me: Member) -> Conversation:
    """Behind a fresh PIN: how much, and how; the officers have to agree before it is paid."""
    group = yield from ask.pick("group", t("Withdraw from which group?"), me.groups)
    prompt = t("Your savings in {group}. Your PIN?", group=group.name)
    yield from ask.unlock("pin", me.id, prompt, fresh=True)
    mine = yield from read("withdrawable", withdrawable, group.id, me.id)
    if not mine.most:
        return say(_why_nothing(mine, group.name))
    yield from possible("may", AskWithdrawal(me.id, group.id, mine.most, "cash"))
    prompt = t("You can take out up to {most}. How much?", most=mine.most)
    amount = yield from ask.money("amount", prompt, suggest=Money(0, group.currency), most=mine.most)
    way: Way = "cash"
    if mine.pays_out:
        way = yield from ask.way("way", t("{amount} from {group}. How?", amount=amount, group=group.name))
        yield from possible("can", AskWithdrawal(me.id, group.id, amount, way))
    if not (yield from ask.confirm("ok", t("Take {amount} out of {group}?", amount=amount, group=group.name))):
        return say(t("Nothing is taken out."))
    needed = yield from submit("withdraw", AskWithdrawal(me.id, group.id, amount, way))
    return say(
        nt(
            "Now {count} officer must agree, then you get your money.",
            "Now {count} officers must agree, then you get your money.",
            needed,
        )
    )


def _why_nothing(mine: Withdrawable, group: str) -> Text:
    if late := mine.default:
        return in_default(late.ref, late.days)
    if mine.locked or mine.own:
        return joined(" ", held_for_loans(mine.locked, mine.own or Money(0, mine.most.currency)))
    return t("There is nothing to take out of {group} now.", group=group)

"""An officer fines a member, or asks the others to waive a fine."""

from typing import Final

from domain.decisions.rights import may_lead
from domain.money import Money
from domain.people.find import ListedMember
from domain.records.meeting import FINE_WORDS_MAX
from domain.records.person import GroupOfMember, Member
from domain.savings.fines import FineInWords, FineMember, fines_listed, fines_of, own_fine_most
from flows import ask
from flows.dialogue import flow, possible, read, read_openly, submit
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.people.find_member import find_member
from flows.savings.my_fines import waive
from flows.shown import leads
from flows.words.fine_reasons import fined_for
from flows.words.texts import Label, joined, nt, t

_IN_WORDS: Final = "in_words"


@flow("fine", label=t("Fine somebody"), shown=leads)
def fine_member(me: Member) -> Conversation:
    """Who; then a fine of the constitution or in one's own words, or one of theirs that is to be waived."""
    group = yield from ask.pick("group", t("Fine a member of which group?"), me.groups_led)
    yield from read("may", may_lead, group.id, me.id)
    who = yield from find_member(me, group)
    owed = yield from read_openly("owed", fines_of, group.id, who.id)
    what = "charge"
    if owed and who.id != me.id:
        prompt = nt("{name} owes {count} fine.", "{name} owes {count} fines.", len(owed), name=who.name)
        what = yield from ask.choice("what", prompt, {"charge": t("Fine"), "waive": t("Waive a fine")})
    if what == "waive":
        return (yield from waive(me, t("Waive which fine of {name}?", name=who.name), owed))
    return (yield from _charge(me, group, who))


def _charge(me: Member, group: GroupOfMember, who: ListedMember) -> Conversation:
    listed = yield from read("listed", fines_listed, group.id)
    labels: dict[str, Label] = {
        each.reason: t("{amount}, {reason}", amount=each.amount, reason=fined_for(each.reason)) for each in listed
    }
    labels[_IN_WORDS] = t("Something else")
    reason = yield from ask.choice("reason", t("Fine {name} for what?", name=who.name), labels)
    if reason == _IN_WORDS:
        return (yield from _charge_in_words(me, group, who))
    charged = next(each for each in listed if each.reason == reason)
    yield from possible("may_fine", FineMember(me.id, group.id, who.id, charged.reason))
    said = fined_for(charged.reason)
    sure = t("Fine {name} {amount} for {reason}?", name=who.name, amount=charged.amount, reason=said)
    yield from ask.pin("pin", me.id, joined(" ", (sure, t("Your PIN?"))))
    amount = yield from submit("fine", FineMember(me.id, group.id, who.id, charged.reason))
    return say(t("{name} is fined {amount}, and is told.", name=who.name, amount=amount))


def _charge_in_words(me: Member, group: GroupOfMember, who: ListedMember) -> Conversation:
    """What the rules do not list: why, and how much; both are said back before the PIN."""
    most = yield from read_openly("most", own_fine_most, group.id, who.id)
    if not most:
        return say(t("No more can be fined so today, only what the rules list."))
    prompt = t("Fine {name} for what? Type it in a few words.", name=who.name)
    why = yield from ask.text("words", prompt, most=FINE_WORDS_MAX, least=2)
    prompt = t("Fine {name} how much? At most {amount}.", name=who.name, amount=most)
    amount = yield from ask.money("amount", prompt, suggest=Money(0, most.currency), most=most)
    sure = t("Fine {name} {amount} for {reason}?", name=who.name, amount=amount, reason=why)
    if not (yield from ask.confirm("ok", sure)):
        return say(t("Nobody was fined."))
    yield from ask.pin("pin", me.id, t("Your PIN?"))
    charged = yield from submit("fine", FineInWords(me.id, group.id, who.id, why, amount))
    return say(t("{name} is fined {amount}, and is told.", name=who.name, amount=charged))

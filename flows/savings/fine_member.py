"""An officer fines a member, or asks the others to waive a fine."""

from domain.decisions.rights import may_lead
from domain.people.find import ListedMember
from domain.records.person import GroupOfMember, Member
from domain.savings.fines import AskWaiver, FineDue, FineMember, fines_listed, fines_of
from flows import ask
from flows.dialogue import flow, possible, read, read_openly, submit
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.groups.asked import officers_asked
from flows.people.find_member import find_member
from flows.savings.my_fines import in_a_list
from flows.shown import leads
from flows.words.fine_reasons import FINE_REASONS
from flows.words.texts import Label, nt, t


@flow("fine", label=t("Fine somebody"), shown=leads)
def fine_member(me: Member) -> Conversation:
    """Who; then a fine of the constitution, or one of theirs that is to be waived."""
    group = yield from ask.pick("group", t("Fine a member of which group?"), me.groups_led)
    yield from read("may", may_lead, group.id, me.id)
    who = yield from find_member(me, group)
    owed = yield from read_openly("owed", fines_of, group.id, who.id)
    what = "charge"
    if owed and who.id != me.id:
        prompt = nt("{name} owes {count} fine.", "{name} owes {count} fines.", len(owed), name=who.name)
        what = yield from ask.choice("what", prompt, {"charge": t("Fine"), "waive": t("Waive a fine")})
    if what == "waive":
        return (yield from _waive(me, who, owed))
    return (yield from _charge(me, group, who))


def _charge(me: Member, group: GroupOfMember, who: ListedMember) -> Conversation:
    listed = yield from read("listed", fines_listed, group.id)
    if not listed:
        return say(t("The rules of {group} have no fines.", group=group.name))
    labels: dict[str, Label] = {
        each.reason: t("{amount}, {reason}", amount=each.amount, reason=FINE_REASONS[each.reason])
        for each in listed
    }
    reason = yield from ask.choice("reason", t("Fine {name} for what?", name=who.name), labels)
    yield from possible(
        "may_fine",
        FineMember(me.id, group.id, who.id, next(each.reason for each in listed if each.reason == reason)),
    )
    yield from ask.pin("pin", me.id, t("Your PIN?"))
    charged = next(each for each in listed if each.reason == reason)
    amount = yield from submit("fine", FineMember(me.id, group.id, who.id, charged.reason))
    return say(t("{name} is fined {amount}, and is told.", name=who.name, amount=amount))


def _waive(me: Member, who: ListedMember, owed: list[FineDue]) -> Conversation:
    labels = {fine.id: in_a_list(fine) for fine in owed}
    fine = yield from ask.choice("fine", t("Waive which fine of {name}?", name=who.name), labels)
    yield from possible("may_waive", AskWaiver(me.id, fine, ""))
    reason = yield from ask.reason("why", t("Why? The officers will read it."))
    yield from ask.pin("pin_waive", me.id, t("Your PIN?"))
    return officers_asked((yield from submit("waive", AskWaiver(me.id, fine, reason))))

"""What officers do about one member: see them, suspend, expel, record a death, open an account, pay out."""

from collections.abc import Mapping
from typing import Literal

from domain.groups.leave import Expel, PaySettlement, RecordDeath
from domain.groups.overview import member_seen
from domain.groups.suspend import Suspend
from domain.groups.wrongly_dead import UndoDeath, recorded_dead
from domain.people.find import ListedMember
from domain.people.freeze import Unfreeze
from domain.people.phones import country_of
from domain.records.person import GroupOfMember, Member
from flows import ask
from flows.dialogue import flow, possible, read, submit
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.groups.asked import members_asked, officers_asked, others_asked
from flows.people.find_member import find_member
from flows.people.forgot_pin import send_code
from flows.people.new_phone import change_phone
from flows.shown import leads
from flows.words.texts import Label, joined, t


@flow("members", label=t("Members"), shown=leads)
def members(me: Member) -> Conversation:
    """Who, then what: only what can be done for this member is offered."""
    group = yield from ask.pick("group", t("Members of which group?"), me.groups_led)
    who = yield from find_member(me, group, gone=True)
    if who.id == me.id:
        return say(t("Another officer must do that for you."))
    dead = False
    if who.status in ("leaving", "deceased"):
        dead = yield from read("dead", recorded_dead, group.id, who.id)
    offers = _offers(who, dead)
    if not offers:
        return say(t("{name} has left {group}.", name=who.name, group=group.name))
    what = yield from ask.choice("what", t("{number}. {name}", number=who.number, name=who.name), offers)
    match what:
        case "suspend":
            return (yield from _suspend(me, group, who, "suspended"))
        case "lift":
            return (yield from _suspend(me, group, who, "active"))
        case "expel":
            return (yield from _expel(me, group, who))
        case "died":
            return (yield from _record_death(me, group, who))
        case "alive":
            return (yield from _undo_death(me, group, who))
        case "open":
            return (yield from _open(me, group, who))
        case "pin":
            return (yield from send_code(me, group, who))
        case "see":
            return (yield from _see(me, group, who))
        case "phone":
            return (yield from change_phone(me, group, who.id))
    return (yield from _pay(me, group, who))


def _offers(who: ListedMember, dead: bool) -> Mapping[str, Label]:
    """Of whoever has left there is nothing to do, but that a death can have been recorded wrongly."""
    alive: dict[str, Label] = {"alive": t("Has not died")} if dead else {}
    if who.status in ("exited", "deceased", "expelled"):
        return alive
    opens: dict[str, Label] = {"open": t("Open frozen account")} if who.frozen else {}
    forgot: dict[str, Label] = {"pin": t("Forgot their PIN")} if who.has_phone else {}
    if who.status == "leaving":
        return opens | {"pay": t("Pay out their money")} | alive | forgot
    stays: dict[str, Label] = {"suspend": t("Suspend")}
    if who.status == "suspended":
        stays = {"lift": t("End suspension")}
    ends: dict[str, Label] = {"expel": t("Expel"), "died": t("Record a death")}
    sees: dict[str, Label] = {"see": t("See savings and debts")}
    return opens | stays | forgot | {"phone": t("New phone number")} | ends | sees


def _see(me: Member, group: GroupOfMember, who: ListedMember) -> Conversation:
    yield from ask.unlock("pin", me.id, t("See what {name} has and owes. Your PIN?", name=who.name))
    seen = yield from read("seen", member_seen, group.id, me.id, who.id)
    lines = [
        t("{number}. {name}", number=who.number, name=who.name),
        t("Phone: {phone}", phone=seen.phone) if seen.phone else t("No phone"),
        t("Saved: {savings}", savings=seen.savings),
        t("Loans: {amount}", amount=seen.loans),
        t("Fines: {amount}", amount=seen.fines),
        t("Meetings: {count} of {meetings}", count=seen.attended, meetings=seen.meetings),
    ]
    return say(joined("\n", lines))


def _suspend(
    me: Member, group: GroupOfMember, who: ListedMember, to: Literal["suspended", "active"]
) -> Conversation:
    yield from possible("may_suspend", Suspend(me.id, group.id, who.id, to))
    reason = yield from ask.reason("reason", t("Why? The officers will read it."))
    yield from ask.pin("pin", me.id, t("Your PIN?"))
    return others_asked((yield from submit("suspend", Suspend(me.id, group.id, who.id, to, reason))))


def _expel(me: Member, group: GroupOfMember, who: ListedMember) -> Conversation:
    yield from possible("may_expel", Expel(me.id, group.id, who.id, ""))
    reason = yield from ask.reason("reason", t("Why? All members will read it."))
    yield from ask.pin("pin", me.id, t("Ask the members to expel {name}. Your PIN?", name=who.name))
    return members_asked((yield from submit("expel", Expel(me.id, group.id, who.id, reason))))


def _record_death(me: Member, group: GroupOfMember, who: ListedMember) -> Conversation:
    yield from possible("may_record", RecordDeath(me.id, group.id, who.id, who.name, ""))
    prompt = t("We are sorry. Who of the family gets the savings of {name}?", name=who.name)
    family = yield from ask.name("family", prompt)
    yield from ask.pin("pin", me.id, t("Your PIN?"))
    phone = ""
    if (yield from ask.way("way_of_family", t("How does {family} get it?", family=family))) == "mobile_money":
        prompt = t("What is the number of {family} for mobile money?", family=family)
        phone = yield from ask.phone("heir", prompt, country=country_of(me.phone))
    return others_asked((yield from submit("died", RecordDeath(me.id, group.id, who.id, family, phone))))


def _undo_death(me: Member, group: GroupOfMember, who: ListedMember) -> Conversation:
    yield from possible("may_undo", UndoDeath(me.id, group.id, who.id, ""))
    reason = yield from ask.reason("reason", t("How is it known? The officers will read it."))
    yield from ask.pin("pin", me.id, t("Your PIN?"))
    return officers_asked((yield from submit("alive", UndoDeath(me.id, group.id, who.id, reason))))


def _open(me: Member, group: GroupOfMember, who: ListedMember) -> Conversation:
    prompt = t("Are you sure that it is {name} who asks? Your PIN?", name=who.name)
    yield from possible("may_open", Unfreeze(me.id, group.id, who.id))
    yield from ask.pin("pin", me.id, prompt, fresh=True)
    yield from submit("open", Unfreeze(me.id, group.id, who.id))
    return say(t("The account of {name} is open again.", name=who.name))


def _pay(me: Member, group: GroupOfMember, who: ListedMember) -> Conversation:
    way = yield from ask.way("way", t("Pay {name} their money. How?", name=who.name))
    yield from possible("may_pay", PaySettlement(me.id, group.id, who.id, way))
    yield from ask.pin("pin", me.id, t("Your PIN?"), fresh=True)
    amount = yield from submit("pay", PaySettlement(me.id, group.id, who.id, way))
    if way == "cash":
        return say(t("Now hand {amount} to {name} in cash.", amount=amount, name=who.name))
    return say(t("{amount} is on its way to {name}.", amount=amount, name=who.name))

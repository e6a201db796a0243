"""An officer enters what happened to the group's own money: moves, costs, income, lenders, the unknown."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from domain.decisions.rights import may_lead
from domain.groups import own_money as rules
from domain.groups.own_money import (
    ALONE,
    COMES_IN,
    OF_THE_UNKNOWN,
    PURSES_OF,
    SWAPS,
    Enter,
    Event,
    OwnMoney,
    Purse,
    targets,
)
from domain.money import MINOR_MAX, Money
from domain.records.person import GroupOfMember, Member
from domain.tables import Some
from domain.treasury.unidentified import Unowned, unowned
from flows import ask
from flows.dialogue import flow, possible, read, submit
from flows.engine.screen import say
from flows.engine.steps import Ask, Conversation
from flows.groups.asked import officers_asked
from flows.people.find_member import find_member
from flows.shown import leads
from flows.words.events import EVENTS, PURSES, say_event
from flows.words.texts import Label, Text, joined, t

_WHERE: Final[Mapping[Event, Text]] = {
    "cost": t("Paid from where?"),
    "paid_back": t("Paid from where?"),
    "given_back": t("Paid from where?"),
    "less": t("Which wallet?"),
    "more": t("Which wallet?"),
}

# What no money that came in is called.
_OTHER: Final = "other"
# Money of one fund goes into the other only for as much in the other form.
_SWAPPED: Final[Mapping[Purse, Text]] = {
    "social_box": t("Swap for the social fund's mobile money"),
    "social_wallet": t("Swap for the social fund's cash"),
    "box": t("Swap for the group's mobile money"),
    "wallet": t("Swap for the group's cash"),
}


@flow("own_money", label=t("Our book"), shown=leads)
def own_money(me: Member) -> Conversation:
    """What happened, where the money is, how much and why; then another officer agrees."""
    group = yield from ask.pick("group", t("The book of which group?"), me.groups_led)
    yield from read("may", may_lead, group.id, me.id)
    now = yield from read("now", rules.own_money, group.id)
    event = yield from _event(group, now)
    yield from read("may_enter", rules.may_enter, group.id, me.id, event)
    unasked = (yield from _unasked(group, now)) if event in OF_THE_UNKNOWN else None
    purse, to = yield from _purses(event, now)
    provider = yield from _whose(now, Enter(me.id, group.id, event, Money(0, group.currency), "", purse, to))
    person = whose = inbound = ""
    if event == "known":
        who = yield from find_member(me, group)
        person, whose = who.id, who.name
    most, nothing = _most(event, purse, now, group.currency), Money(0, group.currency)
    if unasked:
        amount, inbound = unasked.amount, unasked.id
    else:
        amount = yield from ask.money("amount", t("How much?"), suggest=nothing, most=most)
    if event in ALONE:
        # From some amount on others have to agree to it.
        yield from possible("may_ask", Enter(me.id, group.id, event, amount, "", purse, to, provider=provider))
    reason = yield from ask.reason("reason", t("What for? The other officers will read it."))
    carrier = now.providers.get(provider, "")
    said = say_event(event, amount, purse or "box", to or "box", whose, carrier)
    yield from ask.pin("pin", me.id, t("{what}. Your PIN?", what=said))
    entered = Enter(me.id, group.id, event, amount, reason, purse, to, person, inbound, provider)
    needed = yield from submit("enter", entered)
    return officers_asked(needed) if needed else say(t("It is in the book. The other officers are told."))


def _event(group: GroupOfMember, now: OwnMoney) -> Ask[Event]:
    """One of those that can be: what is not there is neither moved nor paid back."""
    there = {
        "move": any(now.held(purse) for purse in PURSES),
        "cost": any(now.held(purse) for purse in PURSES_OF["cost"]),
        "fee": bool(now.wallet),
        "paid_back": bool(now.borrowed),
        "known": bool(now.unknown),
        "given_back": bool(now.unknown),
        "less": any(now.held(purse) for purse in PURSES_OF["less"]),
    }
    labels: dict[str, Label] = {event: label for event, label in EVENTS.items() if there.get(event, True)}
    chosen = yield from ask.choice("event", t("What happened to the money of {group}?", group=group.name), labels)
    return next(event for event in EVENTS if event == chosen)


def _unasked(group: GroupOfMember, now: OwnMoney) -> Ask[Unowned | None]:
    """Which of the money that came without being asked for; None for what officers entered themselves."""

    def labels(some: Some[Unowned]) -> Mapping[str, Label]:
        listed: dict[str, Label] = {each.id: _line(each) for each in some}
        there_is_other = some.more or now.unknown.minor > sum(each.amount.minor for each in some)
        return {**listed, _OTHER: t("Other money")} if there_is_other else listed

    chosen = yield from ask.one_or_key(
        "money", t("Which money?"), lambda past: read("unasked", unowned, group.id, past), labels
    )
    return None if isinstance(chosen, str) else chosen


def _line(money: Unowned) -> Text:
    what = joined(", ", [each for each in (money.typed, money.name) if each] or ["-"])
    return t("{day} {amount}: {what}", day=money.on, amount=money.amount, what=what)


def _purses(event: Event, now: OwnMoney) -> Ask[tuple[Purse | Literal[""], Purse | Literal[""]]]:
    """Where the money is or goes from, and of a move where it goes."""
    if event == "known":
        return "", ""
    if event == "move":
        filled = [purse for purse in PURSES if now.held(purse)]
        purse = yield from _purse("purse", t("From where?"), filled)
        labels: dict[str, Label] = {to: PURSES[to] for to in targets(purse)}
        if purse in SWAPS:
            labels[SWAPS[purse]] = _SWAPPED[SWAPS[purse]]
        chosen = yield from ask.choice("to", t("To where?"), labels)
        return purse, next(to for to in targets(purse) if to == chosen)
    possible = PURSES_OF[event]
    if event not in COMES_IN:
        possible = tuple(purse for purse in possible if now.held(purse))
    return (yield from _purse("purse", _WHERE.get(event, t("Where is it now?")), possible)), ""


def _whose(now: OwnMoney, entered: Enter) -> Ask[str]:
    """Whose wallet it is, where several carry the group's mobile money; "" where there is nothing to choose."""
    if not entered.wallet or len(now.providers) < 2:
        return ""
    return (yield from ask.choice("provider", t("Which mobile money?"), now.providers))


def _purse(step: str, prompt: Text, possible: Sequence[Purse]) -> Ask[Purse]:
    if len(possible) == 1:
        return possible[0]
    chosen = yield from ask.choice(step, prompt, {purse: PURSES[purse] for purse in possible})
    return next(purse for purse in possible if purse == chosen)


def _most(event: Event, purse: Purse | Literal[""], now: OwnMoney, currency: str) -> Money:
    """No more than there is, of what is paid from there or owed."""
    most = [Money(MINOR_MAX, currency)]
    if purse and event not in COMES_IN:
        most.append(now.held(purse))
    if event == "paid_back":
        most.append(now.borrowed)
    if event in OF_THE_UNKNOWN:
        most.append(now.unknown)
    return min(most)

"""Where every conversation begins: a newcomer is welcomed, a member sees the menu."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from domain.records.person import Member, Stranger
from flows import ask
from flows.dialogue import flow
from flows.engine.steps import Conversation
from flows.groups.approve import approve
from flows.groups.decide import decide
from flows.groups.found import found
from flows.groups.invite import invite
from flows.groups.join import join
from flows.groups.leave import leave
from flows.groups.members import members
from flows.groups.officers import officers
from flows.groups.rules import rules
from flows.loans.borrow import borrow
from flows.loans.guarantee import guarantee
from flows.loans.lend import lend
from flows.loans.my_loans import loans
from flows.loans.repay import repay
from flows.meetings.cash_records import cash_records
from flows.meetings.contest import contest
from flows.meetings.meeting import meeting
from flows.meetings.record_cash import record_cash
from flows.meetings.who_paid import who_paid
from flows.people.change_pin import change_pin
from flows.people.freeze import freeze
from flows.people.help import help_screen
from flows.people.language import language
from flows.people.messages import messages
from flows.people.new_phone import new_phone
from flows.people.register import register
from flows.rotation.rotation import rotation
from flows.rotation.turn import turn
from flows.sacco.buy_shares import buy_shares
from flows.sacco.declare import declare
from flows.sacco.dividend import dividend
from flows.savings.ask_grant import ask_grant
from flows.savings.balance import balance
from flows.savings.contribute import contribute
from flows.savings.fine_member import fine_member
from flows.savings.my_fines import my_fines
from flows.savings.pay_grants import pay_grants
from flows.savings.statement import statement
from flows.savings.withdraw import withdraw
from flows.share_out.share_out import share_out
from flows.share_out.shares import shares
from flows.words.texts import Label, Text, t

Talk = Callable[[Member], Conversation]
Shown = Callable[[Member], bool]


def anybody(me: Member) -> bool:
    return True


def saves(me: Member) -> bool:
    """In a group."""
    return bool(me.groups)


def leads(me: Member) -> bool:
    """An officer of a group."""
    return bool(me.groups_led)


def shares_out(me: Member) -> bool:
    """In a group that shares out at the end of its cycle."""
    return bool(me.groups_of("vsla"))


def leads_share_out(me: Member) -> bool:
    return any(group.led for group in me.groups_of("vsla"))


def rotates(me: Member) -> bool:
    """In a rotation."""
    return bool(me.groups_of("rosca"))


def leads_rotation(me: Member) -> bool:
    return any(group.led for group in me.groups_of("rosca"))


def owns(me: Member) -> bool:
    """In a SACCO."""
    return bool(me.groups_of("sacco"))


def leads_owners(me: Member) -> bool:
    return any(group.led for group in me.groups_of("sacco"))


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a menu: what it says, the conversation behind it, who sees it."""

    label: Text
    talk: Talk
    shown: Shown = anybody


@dataclass(frozen=True, slots=True)
class Menu:
    """
    A line behind which there are more.

    Those stand in its place when only one of them can be seen, and for everybody whom it is not `shown`.
    """

    label: Text
    items: Mapping[str, Item]
    shown: Shown = anybody


# No key is there twice: in a chat, and from the main menu, each is a way of its own.
_TREE: Final[Mapping[str, Item | Menu]] = {
    "contribute": Item(t("Contribute"), contribute, saves),
    "balance": Item(t("Balance"), balance, saves),
    "loans": Menu(
        t("Loans"),
        {
            "borrow": Item(t("Ask for a loan"), borrow, saves),
            "my_loans": Item(t("My loans"), loans, saves),
            "repay": Item(t("Repay"), repay, saves),
            "guarantee": Item(t("Guarantee"), guarantee, saves),
        },
        saves,
    ),
    "money": Menu(
        t("My money"),
        {
            "statement": Item(t("Last transactions"), statement, saves),
            "shares": Item(t("My shares"), shares, shares_out),
            "withdraw": Item(t("Withdraw"), withdraw, saves),
            "fines": Item(t("My fines"), my_fines, saves),
            "social": Item(t("Ask social fund"), ask_grant, saves),
            "contest": Item(t("Cash not right?"), contest, saves),
        },
        saves,
    ),
    "group": Menu(
        t("My group"),
        {
            "decide": Item(t("Decide"), decide, saves),
            "turn": Item(t("My turn"), turn, rotates),
            "share_capital": Item(t("Buy shares"), buy_shares, owns),
            "dividend": Item(t("My dividend"), dividend, owns),
            "rules": Item(t("Our rules"), rules, saves),
            "join": Item(t("Join a group"), join),
            "found": Item(t("Found a group"), found),
            "leave": Item(t("Leave a group"), leave, saves),
        },
        saves,
    ),
    "meetings": Menu(
        t("At the meeting"),
        {
            "meeting": Item(t("Meeting"), meeting, leads),
            "cash": Item(t("Record cash"), record_cash, leads),
            "paid": Item(t("Who has paid"), who_paid, leads),
            "fine": Item(t("Fine somebody"), fine_member, leads),
            "records": Item(t("Cash records"), cash_records, leads),
            "grants": Item(t("Pay grants"), pay_grants, leads),
        },
    ),
    "lead": Menu(
        t("Lead the group"),
        {
            "lend": Item(t("Loans of the group"), lend, leads),
            "share_out": Item(t("Share-out"), share_out, leads_share_out),
            "rotation": Item(t("Rotation"), rotation, leads_rotation),
            "declare": Item(t("Declare dividend"), declare, leads_owners),
            "approve": Item(t("Approve members"), approve, leads),
            "members": Item(t("Members"), members, leads),
            "invite": Item(t("Invite"), invite, leads),
            "officers": Item(t("Officers"), officers, leads),
        },
    ),
    "settings": Menu(
        t("Settings"),
        {
            "language": Item(t("Language"), language),
            "change_pin": Item(t("Change PIN"), change_pin),
            "messages": Item(t("Messages"), messages),
            "freeze": Item(t("Freeze my account"), freeze, saves),
            "new_phone": Item(t("New phone number"), new_phone, saves),
        },
    ),
    "help": Item(t("Help"), help_screen),
}
_ITEMS: Final[Mapping[str, Item]] = {
    key: item
    for name, line in _TREE.items()
    for key, item in (line.items.items() if isinstance(line, Menu) else [(name, line)])
}
_CONDITIONS: Final = frozenset(line.shown for line in (*_TREE.values(), *_ITEMS.values()))


def root(who: Member | Stranger) -> Conversation:
    """The whole service, for one person."""
    if isinstance(who, Stranger):
        return register(who)
    return menu(who)


@flow("menu")
def menu(me: Member) -> Conversation:
    """
    The main menu.

    What stands behind one of its lines can be asked for by its name at once.
    """
    seen = _seen_by(frozenset(shown for shown in _CONDITIONS if shown(me)))
    chosen = yield from ask.choice("menu", _greeting(me), seen.labels, also=seen.every)
    if behind := seen.behind.get(chosen):
        chosen = yield from ask.choice(chosen, seen.labels[chosen], behind)
    return (yield from _ITEMS[chosen].talk(me))


@dataclass(frozen=True, slots=True)
class _Seen:
    """The menu as some members see it: its lines, what is behind those that are menus, and all they can choose."""

    labels: Mapping[str, Label]
    behind: Mapping[str, Mapping[str, Label]]
    every: Mapping[str, Label]


@cache
def _seen_by(holds: frozenset[Shown]) -> _Seen:
    """The menu of those for whom these conditions hold."""
    every: dict[str, Label] = {key: item.label for key, item in _ITEMS.items() if item.shown in holds}
    labels: dict[str, Label] = {}
    behind: dict[str, Mapping[str, Label]] = {}
    for key, line in _TREE.items():
        keys = [key] if isinstance(line, Item) else line.items
        lines = {key: every[key] for key in keys if key in every}
        if len(lines) == 1 or line.shown not in holds:
            labels |= lines
        elif lines:
            labels[key], behind[key] = line.label, lines
    return _Seen(labels, behind, every)


def _greeting(me: Member) -> Text:
    first_name = me.name.split()[0]
    if me.groups:
        return t("Hello {name}", name=first_name)
    if me.waiting:
        return t("Hello {name}. {group} has yet to let you in.", name=first_name, group=me.waiting[0])
    return t("Hello {name}. You are in no group yet.", name=first_name)

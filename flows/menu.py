"""
Where every conversation begins: a newcomer is welcomed, a member sees the menu.

Here is only the order of the menu. What it says of a conversation, and to whom, stands with the conversation.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from domain.records.feature import FEATURES, Feature
from domain.records.person import Member, SharedPhone, Stranger, Talker
from flows import ask
from flows.broadcasts.broadcast import broadcast
from flows.broadcasts.news import news
from flows.dialogue import Flow, flow
from flows.engine.plain_words import Shortcut, Vocabulary
from flows.engine.steps import Conversation
from flows.groups.approve import approve
from flows.groups.check_receipt import check
from flows.groups.decide import decide
from flows.groups.enroll import enroll
from flows.groups.found import found
from flows.groups.group_money import group_money
from flows.groups.invite import invite
from flows.groups.join import join
from flows.groups.leave import leave
from flows.groups.list_members import list_members
from flows.groups.members import members
from flows.groups.moving_in import moving_in
from flows.groups.officers import officers
from flows.groups.own_money import own_money
from flows.groups.refer import refer
from flows.groups.rules import rules
from flows.groups.waits import waits
from flows.letters.letters import letters
from flows.loans.borrow import borrow
from flows.loans.confirm_loan import confirm_loan
from flows.loans.guarantee import guarantee
from flows.loans.lend import lend
from flows.loans.my_loans import loans
from flows.loans.repay import repay
from flows.loans.requests import requests
from flows.meetings.cash_records import cash_records
from flows.meetings.cash_round import cash_round
from flows.meetings.contest import contest
from flows.meetings.meeting import meeting
from flows.meetings.record_cash import record_cash
from flows.meetings.who_paid import who_paid
from flows.papers.my_data import my_data
from flows.papers.papers import papers
from flows.papers.send_statement import send_statement
from flows.people.change_pin import change_pin
from flows.people.email import email
from flows.people.first_pin import first_pin
from flows.people.forgot_pin import forgot_pin
from flows.people.freeze import freeze
from flows.people.help import help_screen
from flows.people.language import language
from flows.people.messages import messages
from flows.people.new_phone import new_phone
from flows.people.not_me import NOT_ME, not_me
from flows.people.on_the_web import on_the_web
from flows.people.register import register
from flows.people.share_phone import share_phone
from flows.people.somebody_else import somebody_else
from flows.people.who_is_it import who_is_it
from flows.reminders.reminders import reminders
from flows.rotation.rotation import rotation
from flows.rotation.turn import turn
from flows.sacco.buy_shares import buy_shares
from flows.sacco.declare import declare
from flows.sacco.dividend import dividend
from flows.savings.account import account
from flows.savings.ask_grant import ask_grant
from flows.savings.balance import balance
from flows.savings.contribute import contribute
from flows.savings.fine_member import fine_member
from flows.savings.my_fines import my_fines
from flows.savings.pay_grants import pay_grants
from flows.savings.pay_social import pay_social
from flows.savings.period import period
from flows.savings.statement import statement
from flows.savings.use_credit import use_credit
from flows.savings.withdraw import withdraw
from flows.share_out.share_out import share_out
from flows.share_out.shares import shares
from flows.shown import Shown, anybody, saves
from flows.words.texts import Label, Text, t


@dataclass(frozen=True, slots=True)
class Menu:
    """
    A line behind which there are more.

    Those stand in its place when only one of them can be seen, and for everybody whom it is not `shown`. Where
    none of them can be seen, a line that stands behind another menu is there `instead`, so that the other lines
    keep the numbers that people know.
    """

    name: str
    label: Text
    lines: Sequence[Flow[...]]
    shown: Shown = anybody
    words: Text | None = None
    instead: Flow[...] | None = None


# A member's whole menu. No name is there twice: in a chat, and from the main menu, each is a way of its own.
_TREE: Final[Sequence[Flow[...] | Menu]] = (
    contribute,
    balance,
    Menu("loans", t("Loans"), (borrow, loans, repay, guarantee), saves, t("loan, loans"), turn),
    Menu(
        "money",
        t("My money"),
        (
            statement,
            shares,
            withdraw,
            my_fines,
            ask_grant,
            contest,
            pay_social,
            use_credit,
            period,
            requests,
            send_statement,
            account,
        ),
        saves,
    ),
    Menu(
        "group",
        t("My group"),
        (decide, group_money, turn, buy_shares, dividend, rules, join, found, leave, check, news, refer),
        saves,
    ),
    Menu(
        "meetings",
        t("At the meeting"),
        (meeting, cash_round, record_cash, who_paid, fine_member, cash_records, pay_grants),
    ),
    Menu(
        "lead",
        t("Lead the group"),
        (
            lend,
            share_out,
            rotation,
            declare,
            approve,
            members,
            invite,
            officers,
            own_money,
            list_members,
            waits,
            enroll,
            broadcast,
            papers,
            reminders,
        ),
    ),
    Menu(
        "settings",
        t("Settings"),
        (language, change_pin, forgot_pin, messages, freeze, new_phone, share_phone, email, on_the_web, my_data),
    ),
    help_screen,
    somebody_else,
    letters,
    confirm_loan,
    moving_in,
)
_LINES: Final[Mapping[str, Flow[...]]] = {
    each.name: each for line in _TREE for each in (line.lines if isinstance(line, Menu) else (line,))
} | {not_me.name: not_me}  # which the greeting offers, and no line
_OFFERED: Final[Mapping[str, str]] = {NOT_ME: not_me.name}
_IN_MENU: Final = _LINES.keys()
# Those that say in the menu what they have for somebody.
_CALLS: Final = {each.name: each.calls for each in _LINES.values() if each.calls}
_CALLING: Final = _CALLS.keys()
_CONDITIONS: Final = frozenset(line.shown for line in (*_TREE, *_LINES.values()))


def root(who: Talker) -> Conversation:
    """The whole service, for one person."""
    if isinstance(who, SharedPhone):
        return who_is_it(who)
    if isinstance(who, Stranger):
        return register(who)
    return menu(who) if who.has_pin else first_pin(who)


@flow("menu")
def menu(me: Member) -> Conversation:
    """
    The main menu.

    What stands behind one of its lines can be asked for by its name at once.
    """
    seen = _seen_by(frozenset([shown for shown in _CONDITIONS if shown(me)]))
    labels = dict(seen.labels)
    for name in _CALLING & labels.keys():
        labels[name] = _CALLS[name](me)
    chosen = yield from ask.choice("menu", _greeting(me), labels, also=seen.every, dialled=_OFFERED)
    if behind := seen.behind.get(chosen):
        chosen = yield from ask.choice(chosen, seen.labels[chosen], behind)
    return (yield from _LINES[chosen](me))


@dataclass(frozen=True, slots=True)
class _Seen:
    """The menu as some members see it: its lines, what is behind those that are menus, and all they can choose."""

    labels: Mapping[str, Label]
    behind: Mapping[str, Mapping[str, Label]]
    every: Mapping[str, Label]


@cache
def _seen_by(holds: frozenset[Shown]) -> _Seen:
    """The menu of those for whom these conditions hold."""
    every = {name: line.label for name, line in _LINES.items() if line.shown in holds}
    labels: dict[str, Label] = {}
    behind: dict[str, Mapping[str, Label]] = {}
    moved: set[str] = set()
    for line in _TREE:
        names = [each.name for each in line.lines] if isinstance(line, Menu) else [line.name]
        lines = {name: every[name] for name in names if name in every and name not in moved}
        if not lines and isinstance(line, Menu) and line.instead and line.instead.name in every:
            moved.add(line.instead.name)
            lines = {line.instead.name: every[line.instead.name]}
        if len(lines) == 1 or line.shown not in holds:
            labels |= lines
        elif lines:
            labels[line.name], behind[line.name] = line.label, lines
    return _Seen(labels, behind, every)


def _greeting(me: Member) -> Text:
    """A number, or a chat, may be somebody else's now: they hear of no group."""
    return t("{hello}\nNot you? {key}", hello=_hello(me), key=NOT_ME)


def _hello(me: Member) -> Text:
    first_name = me.name.split()[0]
    if me.groups:
        return t("Hello {name}", name=first_name)
    if me.waiting:
        return t("Hello {name}. Your group has not accepted you yet.", name=first_name)
    return t("Hello {name}. You are in no group yet.", name=first_name)


# Every conversation there is: those in the menu, and those that come before it.
CONVERSATIONS: Final[Sequence[Flow[...]]] = (register, first_pin, who_is_it, menu, *_LINES.values())


def vocabulary(features: Collection[Feature]) -> Vocabulary:
    """The plain words that lead to conversations, and to menus, where these features are switched on."""
    there = [each for each in CONVERSATIONS if each.feature is None or each.feature in features]
    lines = [line for line in _TREE if isinstance(line, Menu)]
    menus = [Shortcut(line.name, line.label, line.words) for line in lines if line.words]
    named = {line.name: line.label for line in lines} | {
        each.name: each.label for each in there if each.name in _IN_MENU
    }
    return Vocabulary([*menus, *(shortcut for each in there for shortcut in each.shortcuts)], named)


VOCABULARY: Final = vocabulary(FEATURES)

# What a chat's own list of commands offers, each by the most usual word for it, in English.
COMMANDS: Final[Mapping[str, Label]] = {"menu": t("Menu")} | {
    word: next(shortcut.label for shortcut in VOCABULARY.shortcuts if shortcut.word == word)
    for word in ("balance", "pay", "statement", "help", "stop")
}

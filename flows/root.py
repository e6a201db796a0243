"""Where every conversation begins: a newcomer is welcomed, a member sees the menu."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

from domain.members import Member, Stranger
from flows import ask
from flows.approve import approve
from flows.balance import balance
from flows.change_pin import change_pin
from flows.contribute import contribute
from flows.dialogue import flow
from flows.help import help_screen
from flows.join import join
from flows.language import language
from flows.messaging import messaging
from flows.register import register
from flows.statement import statement
from flows.steps import Conversation
from flows.texts import Label, Text, t

_MENU: Mapping[str, tuple[Text, Callable[[Member], Conversation]]] = {
    "contribute": (t("Contribute"), contribute),
    "balance": (t("Balance"), balance),
    "statement": (t("Last transactions"), statement),
    "approve": (t("Approve members"), approve),
    "join": (t("Join a group"), join),
    "language": (t("Language"), language),
    "change_pin": (t("Change PIN"), change_pin),
    "messages": (t("Messages"), messaging),
    "help": (t("Help"), help_screen),
}
MENU_STEP: Final = "menu.menu"


def root(who: Member | Stranger) -> Conversation:
    """The whole service, for one person."""
    if isinstance(who, Stranger):
        return register(who)
    return menu(who)


@flow("menu")
def menu(me: Member) -> Conversation:
    """The main menu."""
    chosen = yield from ask.choice("menu", _greeting(me), _labels(bool(me.groups), bool(me.groups_led)))
    return (yield from _MENU[chosen][1](me))


@cache
def _labels(saves: bool, leads: bool) -> Mapping[str, Label]:
    """What somebody can choose who is in a group or not, and an officer of one or not."""
    hidden = set() if saves else {"contribute", "balance", "statement"}
    hidden |= set() if leads else {"approve"}
    return {key: label for key, (label, _) in _MENU.items() if key not in hidden}


def _greeting(me: Member) -> Text:
    first_name = me.name.split()[0]
    if me.groups:
        return t("Hello {name}", name=first_name)
    if me.waiting:
        return t("Hello {name}. {group} has yet to let you in.", name=first_name, group=me.waiting[0])
    return t("Hello {name}. You are in no group yet.", name=first_name)

"""Asking for a paper: it is written down, and a worker makes it and sends it."""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from domain.books.statements import NoSuchPeriod
from domain.commands import handles
from domain.decisions.rights import no_member
from domain.errors import DomainError
from domain.papers.rights import check_leads
from domain.people.limits import PAPERS, take
from domain.records.chat import EMAIL, Address, email_place, routes
from domain.records.paper import Paper, PaperForm, PaperKind
from domain.records.person import Person, membership_id
from domain.store import Store

FOR_OFFICERS: Final[frozenset[PaperKind]] = frozenset({"group_statement", "who_paid", "growth"})

# Where a paper goes: to a chat or by e-mail as a file, or in a few words to the phone.
Goes = Literal["chat", "email", "text"]


class NowhereToSend(DomainError):
    """They have no chat that takes files and no e-mail, and want no messages on their phone or have none."""

    code = "nowhere_to_send"


@dataclass(frozen=True, slots=True)
class OrderPaper:
    """
    Somebody wants a file of some days, both included; or what matters of it in a `text` message. What is kept
    about themselves is of no `group`, and of all days.

    `chat` is where they ask, "" where no file can go: whoever carries the command fills it in.
    """

    person: str
    group: str
    kind: PaperKind
    form: PaperForm
    first: date
    last: date
    text: bool = False
    chat: str = ""


@dataclass(frozen=True, slots=True)
class OnItsWay:
    """Where a paper goes, and what people call that channel, "" for the phone and for e-mail."""

    goes: Goes
    channel: str


@handles(OrderPaper, always=True)
def order_paper(tx: Store, command: OrderPaper) -> OnItsWay:
    """Raises NotAllowed, NoSuchPeriod, NowhereToSend, TooManyPapers."""
    if command.kind != "my_data":
        _check_in_group(tx, command)
    if command.last < command.first:
        raise NoSuchPeriod
    person = tx.people.get(command.person)
    places = [] if command.text else places_of(tx, person, command.chat)
    if not places:
        _check_phone(person)
    take(tx, PAPERS.of(person.id))
    now = tx.now()
    asked = places[0].id if places and command.chat else ""
    of = (person.id, command.group, command.kind, command.form, command.first, command.last)
    tx.papers.insert(Paper(tx.new_id(), *of, now, now, to=asked, text=not places))
    if not places:
        return OnItsWay("text", "")
    first = places[0].channel
    return OnItsWay("email", "") if first == EMAIL else OnItsWay("chat", tx.channel_titles.get(first, first))


def _check_in_group(tx: Store, command: OrderPaper) -> None:
    membership = tx.memberships.one(id=membership_id(command.group, command.person))
    if membership is None or membership.status in ("pending", "refused"):
        raise no_member(tx, command.group, command.person, membership)
    if command.kind in FOR_OFFICERS:
        check_leads(tx, command.group, command.person)


def may_be_sent(store: Store, person: str) -> None:
    """Whether there is a way to them, before anything is asked for. Raises NowhereToSend."""
    who = store.people.get(person)
    if not places_of(store, who):
        _check_phone(who)


def _check_phone(person: Person) -> None:
    if not person.phone or person.messages_stopped:
        raise NowhereToSend


def places_of(store: Store, person: Person, first: str = "") -> list[Address]:
    """
    Where a file can be sent to somebody: the `first` address, in which they are talking whoever it is linked to,
    then those they chose, and their e-mail last. Where they ask from what carries no files, their e-mail is first.
    """
    found = routes(person.receipts, store.addresses.find(person=person.id), list(store.channel_titles))
    asked = (store.addresses.one(id=first) or store.addresses.one(alias=first)) if first else None
    here = [asked] if asked and asked.person and not asked.blocked else []
    chats = [*here, *(each for each in found if each is not None and each not in here)]
    mail = email_place(person) if "email" in store.offered.features else []
    return [*chats, *mail] if first else [*mail, *chats]

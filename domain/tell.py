"""Telling people: each message is written down in the transaction of what it tells, and sent later."""

from datetime import date

from domain.money import Money
from domain.records.chat import TEXT
from domain.records.group import Group
from domain.records.notice import Became, Notice, NoticeKind, Values
from domain.records.person import OFFICERS, Language
from domain.records.proposal import ProposalKind
from domain.store import Store


def tell(
    tx: Store, person: str, kind: NoticeKind, *, id: str = "", first: str = "", **values: str | int | Money
) -> None:
    """
    Write a message to a person; `values` are what its words need. `id` says why it exists, where a reason is told
    once: the second time raises Duplicate. `first` is a channel, or one address, to try before the chosen one.
    """
    _write(tx, person, kind, values, id=id, first=first)


def tell_among_many(tx: Store, person: str, kind: NoticeKind, **values: str | int | Money) -> None:
    """The same where thousands may be told at one time: what is somebody's own goes before it."""
    _write(tx, person, kind, values, bulk=True)


def tell_phone(
    tx: Store, number: str, language: Language, kind: NoticeKind, *, id: str = "", **values: str | int | Money
) -> None:
    """The same to a phone number, whoever has it."""
    _write(tx, "", kind, values, id=id, to=number, language=language)


def tell_everywhere(tx: Store, person: str, kind: NoticeKind, **values: str | int | Money) -> None:
    """
    Warn a person: one message to their phone, and one to each of their chats. Whoever acts for them holds one of
    these, and not all. Who has no phone has chats alone.
    """
    chats = [chat.id for chat in tx.addresses.find(person=person, sort="linked_at")]
    phone = (TEXT,) if tx.people.get(person).phone else ()
    for place in (*phone, *chats):
        _write(tx, person, kind, values, first=place)


def tell_officers(
    tx: Store, group: Group, kind: NoticeKind, *, id: str = "", but: str = "", **values: str | int | Money
) -> None:
    """The same to each officer of a group `but` one person, each once where it has an `id`. It names the group."""
    officers = tx.memberships.find(group=group.id, status="active", role=list(OFFICERS))
    people = [each.person for each in officers if each.person != but]
    tx.people.among(people)  # read once, together
    for person in people:
        _write(tx, person, kind, {"group": group.name, **values}, id=id and f"{id}:{person}")


def tell_by_email(
    tx: Store, person: str, address: str, kind: NoticeKind, *, id: str = "", **values: str | int | Money
) -> None:
    """The same to an e-mail address of a person, or one that is to be proved theirs, and nowhere else."""
    _write(tx, person, kind, values, id=id, email=address)


def tell_to_decide(tx: Store, person: str, group: Group, kind: ProposalKind, values: Values, until: date) -> None:
    """Call a person to a vote, in the words of the proposal, which its `values` fill."""
    said = {**values, "group": group.name, "proposal": kind, "until": until.isoformat()}
    _write(tx, person, "decision_wanted", said)


def tell_outcome(
    tx: Store,
    person: str,
    group: Group,
    kind: ProposalKind,
    values: Values,
    became: Became,
    why: str = "",
    *,
    id: str = "",
) -> None:
    """Tell a person what became of a request, in the words it was asked in."""
    _write(
        tx,
        person,
        "decided",
        {**values, "group": group.name, "proposal": kind, "became": became, "why": why},
        id=id,
    )


def has_chat(store: Store, person: str) -> bool:
    """Whether a chat is linked to this person: who has no phone may have one still."""
    return store.addresses.count(person=person) > 0


def _write(
    tx: Store,
    person: str,
    kind: NoticeKind,
    values: Values,
    *,
    id: str = "",
    first: str = "",
    to: str = "",
    language: Language = "en",
    email: str = "",
    bulk: bool = False,
) -> None:
    # Who has neither phone nor chat hears it at the meeting.
    known = tx.people.one(id=person) if person and not email else None
    if known is not None and not known.phone and not has_chat(tx, known.id):
        return
    now = tx.now()
    of = (id or tx.new_id(), person, kind, values, now)
    notice = Notice(*of, next_at=now, first=first, to=to, language=language, email=email, bulk=bulk)
    tx.notices.insert(notice)

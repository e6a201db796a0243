"""What is kept about a person as files for them: a sheet to read, and all of it for another program."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

import msgspec

from domain.papers.my_data import GroupKept, LookKept, MyData
from domain.records.person import Gender
from flows.engine.document import File, file_name
from flows.engine.pdf import Column, Sheet, Table, pdf_file
from flows.engine.plain_words import plain
from flows.savings.statement_file import statement_table
from flows.words.consents import CONSENT_WAYS, CONSENTS
from flows.words.offices import OFFICES
from flows.words.texts import Label, Text, Words, joined, nt, t

_SEXES: Final[Mapping[Gender, Text]] = {"f": t("woman"), "m": t("man"), "other": t("another")}


def my_data_file(data: MyData, says: Words) -> File:
    """To be read, in the words of a language."""
    title = says.say(t("My data"))
    sheet = Sheet(
        title=title,
        facts=[(says.say(name), says.say(value)) for name, value in _facts(data, says)],
        tables=[*_tables(data, says)],
        sums=[],
        proof=[],
        note=says.say(
            t("To have something corrected or forgotten, tell an officer of your group, or who runs this.")
        ),
        qr="",
        page=says.say(t("Page {page} of {pages}", page="{page}", pages="{pages}")),
        language=says.language,
    )
    return pdf_file(plain(f"{title} {data.at:%Y-%m-%d}"), sheet)


def my_data_json(data: MyData) -> File:
    """All of it, for another program; amounts in minor units of their currency."""
    said = msgspec.json.format(msgspec.json.encode(data), indent=2)
    return File(file_name(f"my data {data.at:%Y-%m-%d}", "json"), "application/json", said)


def _facts(data: MyData, says: Words) -> Iterator[tuple[Label, Label]]:
    profile = data.profile
    yield t("Name"), profile.name
    if profile.own_name:
        yield t("In your own letters"), profile.own_name
    yield t("Phone"), profile.phone or t("none")
    if profile.network:
        yield t("Who carries its money"), profile.network
    if profile.email:
        yield t("E-mail"), profile.email
    if profile.sex:
        yield t("Sex"), _SEXES[profile.sex]
    if profile.birth_year:
        yield t("Born in"), str(profile.birth_year)
    yield t("With us since"), _day(profile.since.date(), says)
    for chat in profile.chats:
        yield t("Chat"), f"{chat.address}, {_day(chat.linked_at.date(), says)}"
    for session in data.sessions:
        yield t("Signed in on the web"), f"{_day(session.began_at.date(), says)} {session.device}".strip()
    said = nt("{count} message", "{count} messages", len(data.messages))
    newest = [_day(each.at.date(), says) for each in data.messages[-1:]]
    yield t("Messages to you"), joined(", ", (said, *newest))


def _tables(data: MyData, says: Words) -> Iterator[Table]:
    for each in data.groups:
        name = says.say(t("{group}, number {number}", group=each.group, number=each.number))
        role = OFFICES.get(each.role)
        if role is not None:
            name = f"{name} ({says.say(role)})"
        if each.statement is None:
            yield Table([Column(says.say(t("Group")))], [], name, empty=says.say(t("You are not in this group.")))
        else:
            lines = statement_table(each.statement, says)
            yield Table(lines.columns, lines.rows, name, lines.strong)
        if each.loans:
            yield _loans(each, says)
    yield _consents(data, says)
    rows = [[_day(each.at.date(), says), says.say(_who(each))] for each in data.looks]
    columns = [Column(says.say(t("Day"))), Column(says.say(t("Who")), wraps=True)]
    yield Table(columns, rows, says.say(t("Who looked at your data")), empty=says.say(t("Nobody but you.")))


def _loans(group: GroupKept, says: Words) -> Table:
    columns = [
        Column(says.say(t("Day"))),
        Column(says.say(t("Loan"))),
        Column(says.say(t("Amount")), figures=True),
        Column(says.say(t("Still owed")), figures=True),
    ]
    rows = [
        [_day(each.asked_at.date(), says), each.ref, says.value(each.amount), says.value(each.left)]
        for each in group.loans
    ]
    return Table(columns, rows, says.say(t("Your loans in {group}", group=group.group)))


def _consents(data: MyData, says: Words) -> Table:
    columns = [
        Column(says.say(t("Day"))),
        Column(says.say(t("You agreed to this")), wraps=True),
        Column(says.say(t("Where"))),
        Column(says.say(t("Until"))),
    ]
    rows = [
        [
            _day(each.given_on, says),
            says.say(CONSENTS[each.purpose]),
            says.say(CONSENT_WAYS.get(each.channel, each.channel)),
            _day(each.withdrawn_at.date(), says) if each.withdrawn_at else "",
        ]
        for each in data.consents
    ]
    if not any(each.purpose == "service" for each in data.consents):
        # They came before it was written down, and have chosen no PIN since.
        rows.insert(0, [says.say(t("not known")), says.say(CONSENTS["service"]), "", ""])
    return Table(columns, rows, says.say(t("What you agreed to")))


def _who(look: LookKept) -> Label:
    if look.by == "person":
        return t("an officer of your group")
    if look.by == "token":
        return t("a program that is connected")
    return t("an agent of who runs this") if look.role == "agent" else t("who runs this")


def _day(day: date, says: Words) -> str:
    return f"{says.value(day)} {day.year}"

"""
The store that the version before left behind, and its people as they go on with this one.

`store.json.gz` was filled through phones and commands by version 0.1.0 as of commit 30ed74f, in the middle of a
Monday morning. It holds MongoDB's documents, Redis's keys by their types, the moment, the settings that are needed
to read it, and the phones, PINs, ids and calls that the tests name.
"""

import base64
import gzip
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import redis
from bson import json_util
from pymongo.database import Database

from bot.app import App
from bot.jobs import carry_out
from domain.records.group import Group
from domain.records.loan import Loan
from domain.records.meeting import Fine
from domain.records.payment import Payment
from domain.records.person import Membership
from domain.store import NotFound
from simulator.server import Simulator
from tests.cycles.invariants import Audit
from tests.people import Villager
from tests.phone import Phone, Transcript, WhatsAppPhone
from tests.web import wsgi
from tests.wired import Chat, Wired

DUMP = Path(__file__).with_name("store.json.gz")

_AWARE = json_util.JSONOptions(tz_aware=True, tzinfo=UTC)

Talk = dict[str, Any]


@dataclass(frozen=True)
class Before:
    """
    What was dumped: `groups` and `ids` are ids by what they are, `talks` where each conversation was and how its
    phone goes on.
    """

    made_at: datetime
    settings: dict[str, Any]
    groups: dict[str, str]
    ids: dict[str, str]
    people: dict[str, Villager]
    talks: dict[str, Talk]
    mongo: dict[str, list[dict[str, Any]]]
    keys: dict[str, dict[str, Any]]

    def restore(self, database: Database[dict[str, Any]], valkey: redis.Redis) -> None:
        """Put everything back as it was, into stores that are empty."""
        for name, documents in self.mongo.items():
            if documents:
                database[name].insert_many(documents)
        for key, kept in self.keys.items():
            value: Any = kept["value"]
            if kept["type"] == "string":
                valkey.set(key, _bytes(value))
            elif kept["type"] == "hash":
                valkey.hset(key, mapping={field: _bytes(each) for field, each in value.items()})
            else:
                for id, fields in value:
                    valkey.xadd(key, {field: _bytes(each) for field, each in fields.items()}, id=id)
            if kept["ttl"]:
                valkey.expire(key, kept["ttl"])


@cache
def before() -> Before:
    """The dump, read once."""
    read: dict[str, Any] = json_util.loads(gzip.decompress(DUMP.read_bytes()), json_options=_AWARE)
    read["people"] = {name: Villager(**person) for name, person in read["people"].items()}
    read["keys"] = read.pop("redis")
    return Before(**read)


def _bytes(text: str) -> bytes:
    return base64.b64decode(text)


class HeldPhone(Phone):
    """A phone in the middle of a call."""

    def __init__(self, app: App, talk: Talk) -> None:
        super().__init__(wsgi(app), app.settings.hook_secret, talk["phone"])
        self._session, self._text = talk["session"], talk["text"]


class Reopened(Wired):
    """The bot of today on the store of before; `village` is not in it."""

    def __init__(self, app: App, simulator: Simulator, clock: Any, left: Before) -> None:
        self.app, self.simulator, self.clock, self.left = app, simulator, clock, left
        self._forward = clock.forward
        self._lengths = {group: app.store.books.length(group) for group in left.groups.values()}
        self._records = {each.id: each for each in self._records_now()}

    def who(self, name: str) -> Villager:
        return self.left.people[name]

    def group(self, name: str) -> Group:
        return self.app.store.groups.get(self.left.groups[name])

    def payment(self, what: str) -> Payment:
        return self.app.store.payments.get(self.left.ids[what])

    def totals(self, group: str) -> dict[str, int]:
        """What every account of a group's book holds that holds something."""
        totals = self.app.store.books.totals(self.left.groups[group])
        return {code: minor for code, minor in totals.items() if minor}

    def posted(self, payment: Payment) -> int:
        """How many entries of the book are this payment's."""
        entries = self.app.store.books.entries(payment.group)
        return sum(entry.reference == payment.reference for entry in entries)

    def is_set_aside(self, payment: Payment) -> bool:
        """Whether its money waits on the way out."""
        books = self.app.store.books
        released = books.with_reference(payment.group, f"release:{payment.id}")
        return books.with_reference(payment.group, payment.reservation) is not None and released is None

    def settle(self, *, approve: bool = True) -> None:
        """Workers see to payments that are due, and whoever is asked on their phone says yes or no."""
        momo, store = self.simulator.momo, self.app.store
        for _ in range(4):
            self._forward(seconds=61)
            carry_out(self.app, "settle", store.payments.due(store.now(), 100))
            for person in self.left.people.values():
                for prompt in momo.prompts(person.phone):
                    momo.approve(prompt["reference"], "12345") if approve else momo.reject(prompt["reference"])

    def agree(self, name: str, about: str, group: str = "") -> str:
        """
        Somebody dials, finds what is to be decided in the list, and says yes, with a wrong PIN first; the last
        screen. A `group` is chosen by those who are in several.
        """
        who = self.who(name)
        phone = self.phone(who.phone)
        screen = phone.dial("*384*7*decide#")
        for wanted in filter(None, (group, about)):
            while wanted not in screen:
                screen = phone.type("98")
            (line,) = [line for line in screen.split("\n") if wanted in line]
            screen = phone.type(line.removeprefix("CON ").partition(".")[0])
        # What somebody has and owes is seen after the PIN alone, and that one is the vote's.
        if seen := "Your PIN?" in screen:
            assert "Wrong PIN" in phone.type("1111")
            screen = phone.type(who.pin)
        while "1. Agree" not in screen and "98 More" in screen:
            screen = phone.type("98")
        assert "1. Agree" in screen, screen
        if seen:
            return phone.type("1")
        assert "Your PIN?" in phone.type("1")
        assert "Wrong PIN" in phone.type("1111")
        return phone.type(who.pin)

    def audit(self, *, everybody: bool = False) -> None:
        """
        Look at every group; raises AssertionError with what does not hold.

        Statements are looked at of whom something was done to since the start; of `everybody` in the tests of a
        store to which nothing was done.
        """
        touched = {(each.group, each.person) for each in self._records_now() if self._records.get(each.id) != each}
        for group, length in self._lengths.items():
            also = {person for at, person in touched if at == group}
            Audit(self.app.store, group, 0 if everybody else length).look(also)

    def _records_now(self) -> list[Payment | Loan | Fine | Membership]:
        """What says more of a member than the entries of the book."""
        store = self.app.store
        return [*store.payments.find(), *store.loans.find(), *store.fines.find(), *store.memberships.find()]

    def goes_on(self, talk: str, transcript: str) -> None:
        """Somebody goes on with a conversation where it was, as it is heard."""
        at, phone = self.left.talks[talk], self.held(talk)
        Transcript(lambda _: phone, at.get("phone", ""))(transcript)

    def held(self, talk: str) -> Phone | Chat | WhatsAppPhone:
        """The phone, or the chat, on which a conversation was."""
        at = self.left.talks[talk]
        if at["channel"] == "ussd":
            return HeldPhone(self.app, at)
        if at["channel"] == "whatsapp":
            return WhatsAppPhone(self.app, at["phone"])
        chat = Chat(self.app, at["user"])
        chat.taps = at["taps"]
        return chat

    def sent_code(self, phone: str) -> str:
        """The code that is on its way to a phone."""
        found = self.app.store.codes.find(phone=phone, sort="-at")
        if not found:
            raise NotFound(phone)
        return found[0].code

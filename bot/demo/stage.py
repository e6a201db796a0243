"""
The stage on which `demo-cycle` plays a group's life: people with phones, a clock that is moved, mobile money that
pays at once, and the program's own engine and commands underneath.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any, Final

from channels import ussd
from domain.commands import execute
from domain.decisions.lapsing import expire, overdue
from domain.decisions.voting import Vote
from domain.errors import Mistake
from domain.groups.join import Decide, JoinGroup
from domain.groups.register import Register
from domain.meetings.count import Counted, cash_of_books
from domain.meetings.meeting import CloseMeeting, MarkAttendance, OpenMeeting
from domain.mongo.store import MongoStore, open_store
from domain.people.phones import person_with
from domain.records.meeting import Presence
from domain.records.payment import OPEN
from domain.records.pin import PinHasher, Secret
from domain.records.proposal import ProposalKind
from domain.store import MoneyProvider
from flows.engine.conversations import Engine
from flows.engine.link import HeldLink
from flows.engine.messages import Message, Reply
from flows.menu import VOCABULARY, root
from payments.port import Asked, Capabilities, Carries, Collection, ProviderStatus, Transfer
from payments.settle import settle

SERVICE_CODE: Final = "*384*7#"
SECRET: Final = "secret-of-a-stage-that-is-thrown-away"  # noqa: S105
_OPTION: Final = re.compile(r"^(\d+)\. (.*)$")


class StageError(Mistake):
    """The story met a screen that it does not know; the message is that screen."""


class Clock:
    """The time of the story; it stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **delta: float) -> None:
        self.now += timedelta(**delta)

    def go_to(self, day: date, hour: int = 9) -> None:
        """A later day, `hour` by UTC."""
        later = datetime.combine(day, time(hour), UTC)
        assert later >= self.now, "time does not go back"
        self.now = later


class Telco:
    """Mobile money whose members approve every prompt; what `refuses` names by phone fails once."""

    name: Final = "momo"
    capabilities: Final = Capabilities(echoes_ref=True)

    def __init__(self, currency: str) -> None:
        self.carries: Final = [Carries(currency)]
        self.refuses: set[str] = set()
        self._asked: dict[str, Collection | Transfer] = {}

    def collect(self, collection: Collection) -> str:
        self._asked[collection.reference] = collection
        return ""

    def pay(self, transfer: Transfer) -> str:
        self._asked[transfer.reference] = transfer
        return ""

    def status(self, question: Asked) -> ProviderStatus:
        asked = self._asked.get(question.reference)
        if asked is None:
            return ProviderStatus("not_found")
        if asked.phone in self.refuses:
            self.refuses.discard(asked.phone)
            return ProviderStatus("failed", "limit_reached")
        return ProviderStatus(
            "succeeded", provider_id=f"T{question.reference}", amount=asked.amount, external_id=asked.external_id
        )


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody in the story: `id` is the person's."""

    id: str
    name: str
    phone: str
    pin: str


class Stage:
    """One story's world. `say` is given a line for each thing that happens."""

    def __init__(self, store: MongoStore, engine: Engine, clock: Clock, telco: Telco, say: Callable[[str], None]):
        self.store, self.clock, self.say, self.telco = store, clock, say, telco
        self._engine = engine
        self._keys = count(1)

    # People and their phones

    def newcomer(self, number: int, name: str) -> Actor:
        """Somebody who has not registered yet."""
        return Actor("", name, f"+2567720{number:05}", f"{number * 371 + 1357:04}"[-4:])

    def register(self, people: Sequence[Actor]) -> list[Actor]:
        """Make persons of them, by command."""
        with ThreadPoolExecutor(4) as hands:
            hashes = hands.map(lambda each: self.store.pins.hash(Secret(each.pin)), people)
            for each, hashed in zip(people, hashes, strict=True):
                self.do(Register(each.phone, each.name, "en", hashed))
        return [self.known(each) for each in people]

    def known(self, actor: Actor) -> Actor:
        """The same with the person's id, once they have registered."""
        id = person_with(self.store, actor.phone)
        assert id is not None, f"{actor.name} has registered"
        return Actor(id, actor.name, actor.phone, actor.pin)

    def call(self, actor: Actor, code: str, *answers: str) -> str:
        """
        Dial and talk until the conversation is over; the last screen.

        PINs are typed where they are asked for. An answer is the number or the text of an option, else what is
        typed. Raises StageError when the answers run out before the conversation, or the other way round.
        """
        session = f"stage-{next(self._keys)}"
        typed, left = [code] if code else [], list(answers)
        reply = self._send(actor, session, typed)
        while not reply.final:
            if "PIN" in reply.text.split("\n1. ")[0]:
                typed.append(actor.pin)
            elif left:
                typed.append(_choose(reply.text, left.pop(0)))
            else:
                raise StageError(f"{actor.name}, {code}: what is to be answered?\n{reply.text}")
            reply = self._send(actor, session, typed)
        if left:
            raise StageError(f"{actor.name}, {code}: {left} was never asked for\n{reply.text}")
        return reply.text

    def _send(self, actor: Actor, session: str, typed: Sequence[str]) -> Reply:
        message = Message(
            ussd.CHANNEL, actor.phone, phone=actor.phone, session=session, transcript="*".join(typed)
        )
        return self._engine.handle(message)

    # What is done by command

    def do(self, command: object) -> Any:
        """Under a key of its own."""
        return execute(self.store, f"stage:{next(self._keys)}", command)

    def settle(self) -> None:
        """Let mobile money come to its end."""
        while self.store.payments.count(state=list(OPEN)):
            self.clock.forward(seconds=6)
            for id in self.store.payments.due(self.store.now(), 1_000):
                settle(self.store, self.telco, id)

    def let_in(self, group: str, code: str, officer: Actor, person: Actor) -> None:
        self.do(JoinGroup(person.id, code))
        self.do(Decide(officer.id, group, person.id, welcome=True))

    def decide(self, group: str, kind: ProposalKind, voters: Sequence[Actor]) -> None:
        """These say yes to the open proposals of a kind, until each is decided."""
        for proposal in self.store.proposals.find(group=group, state="open", sort="created_at"):
            if proposal.kind != kind:
                continue
            may = [each for each in voters if each.id not in (proposal.about, proposal.maker, *proposal.yes)]
            if proposal.by == "members":
                may = [each for each in voters if each.id not in (proposal.about, *proposal.yes)]
            for voter in may[: proposal.needed - len(proposal.yes)]:
                self.do(Vote(voter.id, proposal.id, proposal.digest, yes=True))

    def housekeeping(self) -> None:
        """What the scheduler does beside payments: close what nobody decided in time."""
        for id in overdue(self.store, 100):
            expire(self.store, id)

    # Meetings

    def open_meeting(self, group: str, officer: Actor) -> None:
        self.do(OpenMeeting(officer.id, group, self.count_cash(group)))

    def mark(self, group: str, officer: Actor, person: Actor, presence: Presence) -> None:
        self.do(MarkAttendance(officer.id, group, person.id, presence))

    def close_meeting(self, group: str, officer: Actor) -> None:
        self.do(CloseMeeting(officer.id, group, self.count_cash(group), fine=True))

    def count_cash(self, group: str) -> Counted:
        """What the boxes hold."""
        return cash_of_books(self.store, self.store.groups.get(group))


def _choose(screen: str, answer: str) -> str:
    """The number of the option that begins with this, or the answer itself."""
    for line in screen.split("\n"):
        if (option := _OPTION.match(line)) and option[2].startswith(answer):
            return option[1]
    return answer


@contextmanager
def opened(
    mongo_uri: str,
    redis_url: str,
    database: str,
    *,
    begins: date,
    currency: str = "UGX",
    say: Callable[[str], None],
) -> Iterator[Stage]:
    """A stage on these stores."""
    clock, telco = Clock(datetime.combine(begins, time(9), UTC)), Telco(currency)
    store = open_store(
        mongo_uri,
        database,
        pins=PinHasher(SECRET),
        providers=[
            MoneyProvider(telco.name, "in", frozenset({currency})),
            MoneyProvider(telco.name, "out", frozenset({currency})),
        ],
        channel_titles={ussd.CHANNEL.name: ussd.CHANNEL.title},
        service_code=SERVICE_CODE,
        clock=clock,
    )
    try:
        engine = Engine(
            HeldLink(redis_url),
            store,
            secret=SECRET,
            conversation=root,
            vocabulary=VOCABULARY,
            service_code=SERVICE_CODE,
        )
        yield Stage(store, engine, clock, telco, say)
    finally:
        store.close()

"""What a broadcast comes to before it is sent: people, channels, languages, and who is left out."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from domain.broadcasts.audience import PAYS, pages_of
from domain.broadcasts.send import (
    ALONE_MAX,
    NobodyToTell,
    SaidBefore,
    SendBroadcast,
    WhenSent,
    check_not_said,
    drafted,
    may_broadcast,
)
from domain.money import Money
from domain.records.broadcast import Audience, Broadcast, MessageKind
from domain.records.chat import Address, routes
from domain.records.notice import morning_after
from domain.records.person import Language, Person
from domain.store import Store

LOOKED_AT_MAX: Final = 600  # people; of more, the ways and languages are as those of the first


@dataclass(frozen=True, slots=True)
class OnWay:
    """So many people on a way: a chat by what people call it, "" for a text message."""

    way: str
    people: int


@dataclass(frozen=True, slots=True)
class InLanguage:
    """So many people hear it in this language, of whom so many get a text message."""

    language: Language
    people: int
    texts: int


@dataclass(frozen=True, slots=True)
class Preview:
    """
    `people` are in the audience; of these the `stopped` and `unreachable` get nothing. `templates` of them get a
    chat message that has its price. An example of what it says has this `amount` and `day`, and
    what is to be dialled.

    It goes on `begins_on` at `begins_at` (HH:MM) by the group's clock; of evenings and nights it waits until
    `waits_until`, "" where it does not. `second`: another officer has to agree. `before`: the same was said to the
    same within two days.
    """

    people: int
    ways: list[OnWay]
    languages: list[InLanguage]
    stopped: int
    unreachable: int
    templates: int
    text_price: Money | None
    template_price: Money | None
    most: Money | None
    day: date
    amount: Money | None
    dial: str
    begins_on: date
    begins_at: str
    waits_until: str
    second: bool
    before: bool


def preview_of(
    store: Store,
    group_id: str,
    officer: str,
    kind: MessageKind,
    audience: Audience,
    words: str,
    chosen: tuple[str, ...],
    when: WhenSent,
) -> Preview:
    """Raises as `may_broadcast`, NobodyToTell."""
    may_broadcast(store, group_id, officer, kind)
    cast = drafted(store, SendBroadcast(officer, group_id, kind, audience, words, chosen, when))
    try:
        check_not_said(store, cast)
        before = False
    except SaidBefore:
        before = True
    return _looked_at(store, cast, store.groups.get(group_id).constitution.time_zone, before)


def preview_for_operator(store: Store, cast: Broadcast, zone: str) -> Preview:
    """The same of what is not written by an officer. Raises NobodyToTell."""
    return _looked_at(store, cast, zone, before=False)


def _looked_at(store: Store, cast: Broadcast, zone: str, before: bool) -> Preview:
    people = looked_at = 0
    amounts: list[Money] = []
    days: list[date] = []
    ways, spoken, texts, out = Counter[str](), Counter[Language](), Counter[Language](), Counter[str]()
    for page in pages_of(store, cast):
        people += len(page.people)
        amounts += [each for one in page.people if isinstance(each := one.values.get("amount"), Money)]
        days += [date.fromisoformat(str(one.values["day"])) for one in page.people if "day" in one.values]
        if looked_at >= LOOKED_AT_MAX or not page.people:
            continue
        looked_at += len(page.people)
        for person, way in _ways(store, cast, [each.person for each in page.people]):
            if person.messages_stopped or way is None:
                out["stopped" if person.messages_stopped else "unreachable"] += 1
                continue
            ways[way] += 1
            spoken[person.language] += 1
            texts[person.language] += way == ""
    if not people:
        raise NobodyToTell
    scale = people / looked_at
    there = cast.begins_at.astimezone(ZoneInfo(zone))
    morning = morning_after(zone, cast.begins_at)
    costs = store.offered.message_costs
    return Preview(
        people=people,
        ways=[
            OnWay(store.channel_titles.get(way, ""), round(count * scale))
            for way, count in sorted(_by_channel(ways).items())
        ],
        languages=[
            InLanguage(language, round(count * scale), round(texts[language] * scale))
            for language, count in sorted(spoken.items())
        ],
        stopped=round(out["stopped"] * scale),
        unreachable=round(out["unreachable"] * scale),
        templates=round(sum(count for way, count in ways.items() if way.endswith(_LATE)) * scale),
        text_price=costs.text,
        template_price=costs.template,
        most=costs.most,
        day=max(days, default=there.date()),
        amount=max(amounts, default=None),
        dial=store.service_code.removesuffix("#") + PAYS,
        begins_on=there.date(),
        begins_at=f"{there:%H:%M}",
        waits_until=f"{morning.astimezone(there.tzinfo):%H:%M}" if morning else "",
        second=people > ALONE_MAX,
        before=before,
    )


_LATE: Final = " late"  # behind a channel's name: they have not written for longer than its window


def _by_channel(ways: Counter[str]) -> Counter[str]:
    found = Counter[str]()
    for way, count in ways.items():
        found[way.removesuffix(_LATE)] += count
    return found


def _ways(store: Store, cast: Broadcast, people: list[str]) -> list[tuple[Person, str | None]]:
    """How each will be reached: by a channel, "" for a text message, None not at all. Two queries."""
    chats: dict[str, list[Address]] = {}
    for chat in store.addresses.find(person=people):
        chats.setdefault(chat.person, []).append(chat)
    return [(each, _way(store, cast, each, chats.get(each.id, []))) for each in store.people.among(people)]


def _way(store: Store, cast: Broadcast, person: Person, chats: list[Address]) -> str | None:
    """As `channels/deliver.py` chooses: own words go where no template is needed, if there is such a way."""
    instead = ""
    for way in routes(person.receipts, chats, list(store.channel_titles)):
        if way is None:
            if person.phone:
                return ""
            continue
        window = store.offered.message_costs.windows.get(way.channel)
        if window is None or store.now() - way.heard_at < window:
            return way.channel
        if cast.kind != "words":
            return way.channel + _LATE
        instead = instead or way.channel + _LATE
    return instead or None

"""What a message to many comes to, before it is sent: how it reads, whom it reaches, and what it costs."""

from collections.abc import Iterator
from math import ceil

from domain.broadcasts.preview import InLanguage, OnWay, Preview
from domain.money import Money
from domain.records.broadcast import MessageKind
from domain.records.notice import NoticeKind
from domain.records.person import Language
from flows.engine.gsm7 import fold, septets
from flows.words.notices import say_news
from flows.words.texts import Text, joined, nt, t
from flows.words.texts import words as words_in

ONE_PART, OF_SEVERAL = 160, 153  # septets: parts of one message say to each other which they are

_NOTICES: dict[MessageKind, NoticeKind] = {
    "words": "cast_words",
    "meeting": "cast_meeting",
    "due": "cast_due",
    "late": "cast_late",
    "decision": "cast_decision",
}


def parts_of(text: str) -> int:
    """How many parts of a text message this takes."""
    length = septets(fold(text))
    return 1 if length <= ONE_PART else ceil(length / OF_SEVERAL)


def says(seen: Preview, kind: MessageKind, group: str, name: str, words: str) -> Text:
    """The message as somebody will read it; amounts and days are those of one of them."""
    values: dict[str, object] = {"group": group}
    if kind == "words":
        values |= {"name": name, "words": words}
    if kind in ("meeting", "due", "late"):
        values["day"] = seen.day.isoformat()
    if kind == "due":
        values |= {"amount": seen.amount, "dial": seen.dial}
    return say_news(_NOTICES[kind], values)


def parts_in(said: Text, language: Language) -> int:
    return parts_of(words_in(language).say(said))


def cost_of(seen: Preview, said: Text) -> Money | None:
    """What it costs at most; nothing when all of it is free, None when nobody has said what it costs."""
    texts = sum(each.texts * parts_in(said, each.language) for each in seen.languages)
    price = seen.text_price or seen.template_price
    if not texts and not seen.templates:
        return Money(0, price.currency if price else "UGX")
    if (texts and seen.text_price is None) or (seen.templates and seen.template_price is None) or price is None:
        return None
    text, template = (each.minor if each else 0 for each in (seen.text_price, seen.template_price))
    return Money(texts * text + seen.templates * template, price.currency)


def summary(seen: Preview, said: Text) -> Iterator[Text]:
    """Whom it reaches and how, who is left out, what it costs, and when it goes."""
    yield nt("To {count} member.", "To {count} members.", seen.people)
    yield from map(_way, seen.ways)
    if seen.stopped:
        yield t("{count} want no messages", count=seen.stopped)
    if seen.unreachable:
        yield t("{count} cannot be reached", count=seen.unreachable)
    cost = cost_of(seen, said)
    if cost is not None:
        yield t("Cost: {amount}", amount=cost) if cost else t("It is free.")
    if needs_second(seen, said):
        yield t("Another officer must agree.")
    if seen.waits_until:
        yield t("Not at night: goes at {time}", time=seen.waits_until)
    else:
        yield t("Goes on {day} at {time}", day=seen.begins_on, time=seen.begins_at)


def reading(each: InLanguage, said: Text) -> Text:
    """How it reads in a language that somebody hears it in, with the parts of a text message that it takes."""
    count = nt(
        "{count} member. Parts of a text message: {parts}",
        "{count} members. Parts of a text message: {parts}",
        each.people,
        parts=parts_in(said, each.language),
    )
    return joined("\n", (words_in(each.language).say(said), count))


def needs_second(seen: Preview, said: Text) -> bool:
    cost = cost_of(seen, said)
    return seen.second or (seen.most is not None and cost is not None and cost.minor > seen.most.minor)


def _way(way: OnWay) -> Text:
    if not way.way:
        return t("{count} by text message", count=way.people)
    return t("{count} in {channel}", count=way.people, channel=way.way)

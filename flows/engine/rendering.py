"""Make of a screen what one channel shows: its pages, and the buttons beside them."""

from collections.abc import Sequence
from typing import Final

import msgspec

from flows.engine.channel import Channel
from flows.engine.messages import TAP, Tap
from flows.engine.paging import Limits, paginate, under
from flows.engine.play import BACK, HOME, MORE
from flows.engine.screen import Screen, numbers
from flows.words.texts import Text, Words, joined, t

_BACK, _HOME, _MORE = t("0 Back"), t("00 Home"), t("98 More")
_MENU: Final = t("Menu")
_KEYS: Final = ((BACK, _BACK), (HOME, _HOME))


class Worded(msgspec.Struct):
    """A screen in the words of one language: its body, its options by number, the ways out with their keys."""

    body: str
    options: Sequence[str]
    numbers: Sequence[str]
    ways: Sequence[tuple[str, str]]
    more: str
    final: bool


def worded(screen: Screen, deep: int, says: Words) -> Worded:
    """`deep` answers behind us: one can go back, from two on also home; neither where "0" is an option."""
    body, typed = says.say(screen.text), numbers(screen.options)
    ways = () if BACK in typed else _KEYS[:deep]
    return Worded(
        body if screen.hint is None else f"{says.say(screen.hint)}\n{body}",
        [says.say(option.label) for option in screen.options],
        typed,
        [(key, says.say(label)) for key, label in ways],
        says.say(_MORE),
        screen.final,
    )


def render(screen: Screen, deep: int, says: Words, limits: Limits) -> tuple[str, ...]:
    """A screen's pages on a channel, in the words of one language."""
    return paged(worded(screen, deep, says), limits)


def paged(screen: Worded, limits: Limits) -> tuple[str, ...]:
    """A screen's pages on a channel."""
    footer = "  ".join([label for _, label in screen.ways])
    return paginate(
        screen.body,
        screen.options,
        numbers=screen.numbers,
        footer=footer,
        more=screen.more,
        limits=limits,
        final=screen.final,
    )


def hinted(screen: Worded, hint: str, pages: Sequence[str], page: int, limits: Limits) -> str:
    """One of the pages of a screen under a hint, whichever it is that something was typed on."""
    footer = "  ".join([label for _, label in screen.ways])
    way_on = "  ".join(filter(None, (screen.more, footer)))
    foot = way_on if page + 1 < len(pages) else footer
    return under(hint, pages[page], foot=foot, way_on=way_on, limits=limits)


def taps(screen: Worded, says: Words, channel: Channel, shown: str, more: bool) -> tuple[Tap, ...]:
    """
    The buttons of a screen that is known as `shown`; none when there are more than the channel can show.

    With `more` there are several pages, whose options have to be read: only the ways on and out are buttons.
    """
    if screen.final and not more:
        return (Tap("menu", says.say(_MENU)),)
    options = () if more else zip(screen.numbers, screen.options, strict=True)
    found = [Tap(f"{TAP}{shown}:{number}", label) for number, label in options]
    ways = [(MORE, screen.more), *screen.ways] if more else screen.ways
    found += [Tap(f"{TAP}{shown}:{key}", label.partition(" ")[2]) for key, label in ways]
    return tuple(found) if len(found) <= channel.taps else ()


def with_pin_notes(screen: Screen, channel: Channel, code: str, *, warned: bool = False) -> Screen:
    """
    A question for a PIN with what becomes of it on this channel, unless they were `warned`, and where else to type
    it.

    `code` is what can be dialled instead.
    """
    notes: list[Text] = []
    if screen.kind == "pin" and channel.pin_warning and not warned:
        notes.append(channel.pin_warning)
    if screen.kind == "pin" and channel.pin_elsewhere:
        notes.append(t(channel.pin_elsewhere.message, code=code))
    return msgspec.structs.replace(screen, text=joined("\n", (screen.text, *notes))) if notes else screen

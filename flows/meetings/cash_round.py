"""Cash at the meeting as it goes round: one PIN, then member after member, in one question that is asked again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from domain.decisions.rights import may_lead_savings
from domain.errors import DomainError
from domain.meetings.cash_book import to_pay
from domain.meetings.cash_round import (
    CancelCash,
    CashPart,
    TakeCash,
    boxes_now,
    meant_by,
    sum_of,
    written_so_far,
)
from domain.meetings.who_paid import PAGE, Missing, not_paid
from domain.money import Money
from domain.people.find import ListedMember, find_members
from domain.people.phones import LookedForByNumber, NoSuchMember, country_of
from domain.records.person import NAME_LENGTH_MAX, GroupOfMember, Member
from domain.typed_amounts import is_currency_name
from flows import ask
from flows.amounts import read_amount, typical
from flows.dialogue import flow, go_round, read, submit
from flows.engine.play import BACK, HOME, MORE
from flows.engine.screen import Option, Screen, say
from flows.engine.steps import Ask, Conversation, Invalid, Question
from flows.meetings.writing_down import write_down
from flows.shown import leads
from flows.words.fine_reasons import fined_for
from flows.words.refusals import refusal
from flows.words.sums import Sum, plus
from flows.words.texts import Label, Text, joined, nt, spoken, t

Came = Literal[
    "begun", "written", "same", "cancelled", "nothing", "refused", "nobody", "own", "paid", "too_much", "missing"
]

# What begins with a nought is nobody's number.
MISSING, CANCEL, END = "01", "02", BACK
_MISSING: Final = Option("missing", t("Who is missing"), MISSING)
_CANCEL: Final = Option("cancel", t("Cancel the last"), CANCEL)
_END: Final = Option("end", t("End"), END)
_DUE: Final = t("due")
_HOW: Final = t("Type number and amount, like {example}; only the number for what is due.", example="7 5500")
_SHORTEST_PHONE: Final = 7


@dataclass(frozen=True, slots=True)
class Last:
    """What was written down last: whose it is, and the payments, which can be cancelled together."""

    name: str
    number: int
    amount: Money
    payments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SoFar:
    """
    All that goes from one member to the next: what was written down of whom, and what `came` of the last input,
    said of `name` and `amount`; of a refusal its code and details.
    """

    numbers: tuple[int, ...]
    minor: int  # written down in all
    last: Last | None = None
    came: Came = "begun"
    name: str = ""
    amount: Money | None = None
    code: str = ""
    details: dict[str, str | int] = field(default_factory=dict)

    def then(self, came: Came, name: str = "", amount: Money | None = None) -> "SoFar":
        return replace(self, came=came, name=name, amount=amount, code="", details={})

    def refused(self, name: str, error: DomainError) -> "SoFar":
        return replace(self.then("refused", name), code=error.code, details=error.details)


@dataclass(frozen=True, slots=True)
class Typed:
    """One input: a way, or else who, with an amount in minor units; 0 for what is due."""

    way: Literal["", "missing", "cancel", "end"]
    who: str = ""
    minor: int = 0


@flow("cash_round", label=t("Cash of everybody"), shown=leads)
def cash_round(me: Member) -> Conversation:
    """
    One input for each member: "7 5500", or "7" for what is due.

    Each is written down at once, as a command of its own, and its member is told. So a call that is dropped loses
    nothing, and whoever dials again goes on after the last one.
    """
    group = yield from ask.pick("group", t("Cash for which group?"), me.groups_led)
    yield from read("may", may_lead_savings, group.id, me.id)
    yield from ask.unlock("pin", me.id, t("Cash of {group}, one by one. Your PIN?", group=group.name))
    before = yield from read("before", written_so_far, group.id, me.id)
    so_far = SoFar(before.numbers, before.total.minor)
    while True:
        so_far = yield from go_round("round", so_far)
        typed = yield from _ask_next(group, so_far)
        if typed.way == "end":
            return (yield from _ended(group, so_far))
        if typed.way == "missing":
            so_far = so_far.then("missing")
        elif typed.way == "cancel":
            so_far = yield from _cancel(me, so_far)
        else:
            so_far = yield from _take(me, group, so_far, typed)


# The question


def _ask_next(group: GroupOfMember, so_far: SoFar) -> Ask[Typed]:
    ways = [_MISSING, *([_CANCEL] if so_far.last else []), _END]
    prompt, options = _prompt(so_far), tuple(ways)
    if so_far.came == "missing":
        # Of a group too large to list, those after the last one.
        first = so_far.last.number if so_far.last else 1
        missing = yield from read("missing", not_paid, group.id, first if first > PAGE else 1)
        prompt = joined("\n", (t("Not yet:") if missing else t("Nobody is missing."), prompt))
        options = (*map(_not_yet, missing), *ways)
    else:
        boxes = yield from read("boxes", boxes_now, group.id)
        prompt = joined("\n", (*_came_of(so_far), _sum(so_far, boxes.cash + boxes.social), prompt))
    screen = Screen(prompt, options, kind="paid")
    return (yield Question("next", screen, lambda typed: _read(typed, group.currency, ways), _typed_value))


def _not_yet(one: Missing) -> Option:
    label = t("{name}, {due}", name=one.name, due=one.due or one.missed or one.due)
    return Option(f"number {one.number}", label, str(one.number))


def _prompt(so_far: SoFar) -> Text:
    if so_far.came == "begun":
        return _HOW
    return t("Next number and amount?")


def _sum(so_far: SoFar, boxes: Money) -> Text:
    return nt(
        "{total} of {count} member, boxes {boxes}.",
        "{total} of {count} members, boxes {boxes}.",
        len(so_far.numbers),
        total=Money(so_far.minor, boxes.currency),
        boxes=boxes,
    )


def _came_of(so_far: SoFar) -> Sequence[Text]:
    """What came of the last input, if there was one."""
    return () if so_far.came == "begun" else (_said_of(so_far),)


def _said_of(so_far: SoFar) -> Text:
    said = {"name": so_far.name, "amount": so_far.amount}
    match so_far.came:
        case "written":
            return t("{name}: {amount}.", **said)
        case "same":
            return t("{name}: nothing more was written down.", name=so_far.name)
        case "cancelled":
            return t("Cancelled: {name}, {amount}.", **said)
        case "nothing":
            return t("There is nothing to cancel.")
        case "refused":
            return t(
                "{name}: {why}", name=so_far.name, why=refusal(DomainError.codes[so_far.code](**so_far.details))
            )
        case "nobody":
            return t("No member matches {typed}.", typed=so_far.name)
        case "own":
            return t("Another officer must write down your own cash.")
        case "paid" if so_far.amount:
            return t("{amount} of {name} is waiting for approval on their phone.", **said)
        case "paid":
            return t("{name} has put in all there is to pay.", name=so_far.name)
        case _:
            return t("{name}: at most {amount} can be written down.", **said)


def _read(typed: str, currency: str, ways: Sequence[Option]) -> list[Any]:
    """
    The journal's form of an input: its way, who, and minor units.

    A number alone is a member's, never an amount. A "*" is a space that every keypad has.
    """
    line = " ".join(typed.replace("*", " ").split())
    for way in ways:
        if line.casefold() in {way.number, way.key, *spoken(way.label)}:
            return [way.key, "", 0]
    words = line.split(" ")
    begins = next((place for place, word in enumerate(words) if any(map(str.isdigit, word))), len(words))
    # A name goes up to the first digit, or to the word for what is due.
    if begins > 1 and is_currency_name(words[begins - 1]):
        begins -= 1
    begins = max(1, begins)
    if len(words) > 1 and words[-1].casefold() in spoken(_DUE):
        begins = min(begins, len(words) - 1)
    who, amount = " ".join(words[:begins]), " ".join(words[begins:])
    if not _is_who(who) or line in (HOME, MORE):
        raise Invalid(
            t("Type number and amount, like {example}; only the number for what is due.", example="7 5500")
        )
    if not amount or amount.casefold() in spoken(_DUE):
        return ["", who, 0]
    return ["", who, read_amount(amount, typical(currency), before=f"{who} ").minor]


def _is_who(who: str) -> bool:
    if len(who) > NAME_LENGTH_MAX or not who.isprintable() or not any(map(str.isalnum, who)):
        return False
    digits = who.removeprefix("+")
    # Who begins with a nought is a phone, or a way that was typed wrongly.
    return not (digits.isdigit() and digits.startswith("0") and len(digits) < _SHORTEST_PHONE)


def _typed_value(value: Any) -> Typed:
    way, who, minor = value
    return Typed(way, who, minor)


# What is done


def _take(me: Member, group: GroupOfMember, so_far: SoFar, typed: Typed) -> Ask[SoFar]:
    """Write down what a member hands over; what it is for is asked only where it may be several things."""
    try:
        found = yield from read("found", find_members, group.id, typed.who, country_of(me.phone))
    except LookedForByNumber as large:
        return so_far.refused(typed.who, large)
    except NoSuchMember:
        return so_far.then("nobody", typed.who)
    who = yield from ask.pick("which", t("Which of them?"), found)
    if who.id == me.id:
        return so_far.then("own")
    owed = yield from read("due", to_pay, group.id, who.id)
    amount = Money(typed.minor, group.currency) if typed.minor else None
    ways = meant_by(owed, amount)
    if not ways and (amount is None or not owed.savings.most):
        return so_far.then("paid", who.name, owed.savings.waiting)
    if not ways:
        return so_far.then("too_much", who.name, owed.savings.most)
    parts = ways[0]
    if len(ways) > 1:
        labels: Mapping[str, Label] = {str(place): _for_what(each) for place, each in enumerate(ways)}
        prompt = t("What is the cash of {name} for?", name=who.name)
        parts = ways[int((yield from ask.choice("what", prompt, labels)))]
    return (yield from _write_down(me, group, so_far, who, parts))


def _write_down(
    me: Member, group: GroupOfMember, so_far: SoFar, who: ListedMember, parts: Sequence[CashPart]
) -> Ask[SoFar]:
    try:
        taken = yield from write_down(TakeCash(me.id, group.id, who.id, tuple(parts)))
    except DomainError as error:
        return so_far.refused(who.name, error)
    if taken is None:
        return so_far.then("same", who.name)
    amount = sum_of(parts)
    numbers = (*(each for each in so_far.numbers if each != who.number), who.number)
    last = Last(who.name, who.number, amount, tuple(each.payment for each in taken))
    so_far = replace(so_far, numbers=numbers, minor=so_far.minor + amount.minor, last=last)
    return so_far.then("written", who.name, amount)


def _for_what(parts: Sequence[CashPart]) -> Text:
    if len(parts) > 1:
        return _all_due(sum_of(parts))
    (part,) = parts
    if part.reason:
        return t("Fine: {fine}", fine=t("{amount}, {reason}", amount=part.amount, reason=fined_for(part.reason)))
    if part.what == "loan":
        return t("Loan {ref}: {amount}", ref=part.ref, amount=part.amount)
    if part.what == "social":
        return t("Social fund: {amount}", amount=part.amount)
    return t("Savings: {amount}", amount=part.amount)


def sum_of_due(parts: Sequence[CashPart]) -> Sum:
    """All that a member owes by the meeting, and each thing of it."""
    whole = sum_of(parts)
    lines = tuple(plus(part.amount, _for_what((part,))) for part in parts)
    return Sum(lines, (plus(whole, _all_due(whole)),))


def _all_due(whole: Money) -> Text:
    return t("All that is due: {amount}", amount=whole)


def _cancel(me: Member, so_far: SoFar) -> Ask[SoFar]:
    """The last one, whole. Whoever it was is told."""
    if not (last := so_far.last):
        return so_far.then("nothing")
    for payment in last.payments:
        try:
            yield from submit("cancel", CancelCash(me.id, payment))
        except DomainError as error:
            return so_far.refused(last.name, error)
    numbers = tuple(each for each in so_far.numbers if each != last.number)
    after = replace(so_far, numbers=numbers, minor=so_far.minor - last.amount.minor, last=None)
    return after.then("cancelled", last.name, last.amount)


def _ended(group: GroupOfMember, so_far: SoFar) -> Conversation:
    boxes = yield from read("boxes_at_end", boxes_now, group.id)
    lines = [_sum(so_far, boxes.cash + boxes.social)]
    lines.append(t("Cash box {cash}, social fund {social}.", cash=boxes.cash, social=boxes.social))
    return say(joined("\n", lines))

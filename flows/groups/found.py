"""Found a group, and lead it."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Final, get_args

from domain.arithmetic.periods import Every
from domain.groups.found import StartGroup, meeting_days
from domain.groups.rules import defaults, usual_coin
from domain.money import EXPONENTS, Money
from domain.records.group import GROUP_NAME_LENGTH_MAX, GroupKind
from domain.records.person import Member
from domain.treasury.coins import check_multiple
from flows import ask
from flows.dialogue import flow, read, submit
from flows.engine.screen import say
from flows.engine.steps import Ask, Conversation
from flows.groups.countries import currencies_of, time_zone_of
from flows.groups.found_rules import ask_rules
from flows.groups.rules import KINDS
from flows.words.rule_names import EVERY, WEEKDAYS
from flows.words.texts import Label, Text, joined, t

PRICE_MAX: Final = 1_000_000  # in major units

_PRICES: Final[Mapping[GroupKind, Text]] = {
    "vsla": t("What does one share cost?"),
    "rosca": t("What does each hand put into a round?"),
    "sacco": t("What does one share cost? The same is suggested as a deposit."),
    "savings": t("How much does a member usually save at a meeting?"),
}


@flow("found", label=t("Start a group"))
def found(me: Member) -> Conversation:
    """What has to be chosen; the rest is what is usual for the kind, or changed here, or later by the members."""
    kind = yield from _kind()
    name = yield from ask.group_name("name", t("What is the group's name?"), most=GROUP_NAME_LENGTH_MAX)
    currency = yield from _currency(me)
    most = Money(PRICE_MAX * 10 ** EXPONENTS[currency], currency)
    payable = partial(check_multiple, usual_coin(currency))
    price = yield from ask.money("price", _PRICES[kind], suggest=Money(0, currency), most=most, check=payable)
    prompt = t("What does a member give to the social fund at each meeting?")
    social = yield from ask.counted("social", prompt, currency, least=most.least, check=payable)
    every = yield from _every()
    zone = time_zone_of(me.phone)
    days = yield from read("days", meeting_days, zone)
    first = yield from ask.pick_day("day", t("When do you meet first?"), days, _day)
    summary = [
        t("{group}: {kind}", group=name, kind=KINDS[kind]),
        t("{amount} each, {every} from {day}", amount=price, every=EVERY[every], day=first),
        t("Social fund: {amount}", amount=social),
        t("All right?"),
    ]
    # Who had said yes when there was no question of the rules behind it founds with what is usual.
    said = yield from ask.confirm_as("ok", joined("\n", summary), yes="go", before={"yes": ""})
    if said == "no":
        return say(t("No group was started."))
    usual = defaults(kind, price, first, social_fund=social, every=every, time_zone=zone)
    rules = (yield from ask_rules(kind, usual)) if said == "go" else {}
    yield from ask.pin("pin", me.id, t("Start {group}. Your PIN?", group=name))
    start = StartGroup(me.id, name, kind, price, social, every, first, zone, rules)
    code: str = yield from submit("found", start)
    return say(
        t(
            "{group} has started, its code is {code}. Invite members, then name two more "
            "officers: alone you cannot decide on money.",
            group=name,
            code=code,
        )
    )


def _kind() -> Ask[GroupKind]:
    chosen = yield from ask.choice("kind", t("What kind of group?"), {kind: KINDS[kind] for kind in KINDS})
    kind: GroupKind = next(kind for kind in get_args(GroupKind) if kind == chosen)
    return kind


def _every() -> Ask[Every]:
    offered: Mapping[str, Label] = {every: EVERY[every] for every in ("week", "2weeks", "month")}
    chosen = yield from ask.choice("every", t("How often do you meet?"), offered)
    every: Every = next(every for every in get_args(Every) if every == chosen)
    return every


def _currency(me: Member) -> Ask[str]:
    """That of the country they call from; asked where there are several, or none that we know."""
    known = currencies_of(me.phone)
    if len(known) == 1:
        return known[0]
    return (
        yield from ask.choice("currency", t("In which currency?"), {code: code for code in known or EXPONENTS})
    )


def _day(day: date) -> Text:
    return t("{weekday} {day}", weekday=WEEKDAYS[day.weekday()], day=day)

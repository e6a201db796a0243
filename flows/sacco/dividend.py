"""The dividend of a SACCO: mine with what it was worked out from; an officer declares one."""

from collections.abc import Iterator, Mapping
from typing import Final

from domain.records.person import GroupOfMember, Member
from domain.sacco.dividend import DeclareDividend, DividendNow, MyDividend, dividend_now, my_dividend
from flows import ask
from flows.dialogue import flow, read, submit
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.words.texts import Label, Text, joined, nt, t

_UNDER_WAY: Final[Mapping[str, Text]] = {
    "working": t("It is being worked out."),
    "proposed": t("It waits for the other officers."),
    "paying": t("Members are being credited."),
}


@flow("dividend")
def dividend(me: Member) -> Conversation:
    """The last one, with all I need to work it out again."""
    group = yield from ask.pick("group", t("Dividend of which group?"), me.groups_of("sacco"))
    yield from ask.pin("pin", me.id, t("Your dividend. Your PIN?"))
    mine = yield from read("mine", my_dividend, group.id, me.id)
    if mine is None:
        return say(t("{group} has declared no dividend yet.", group=group.name))
    return say(joined("\n", _said(mine)))


@flow("declare")
def declare(me: Member) -> Conversation:
    """Rates for a year that is over; the other officers agree to what they come to."""
    groups = [group for group in me.groups_of("sacco") if group.led]
    group = yield from ask.pick("group", t("Dividend of which group?"), groups)
    now = yield from read("now", dividend_now, group.id)
    if now.state:
        said = t("Dividend for {year}, {amount} so far.", year=now.year, amount=now.gross)
        return say(joined("\n", [said, _UNDER_WAY[now.state]]))
    if not now.open:
        return say(t("No year of {group} waits for a dividend.", group=group.name))
    return (yield from _declare(me, group, now))


def _declare(me: Member, group: GroupOfMember, now: DividendNow) -> Conversation:
    years: dict[str, Label] = {f"year{each.year}": str(each.year) for each in now.open}
    chosen = next(iter(years))
    if len(years) > 1:
        chosen = yield from ask.choice("year", t("Dividend for which year?"), years)
    one = next(each for each in now.open if f"year{each.year}" == chosen)
    prompt = t("Year {year}, surplus {surplus}. Percent on deposits?", year=one.year, surplus=one.surplus)
    deposits = yield from ask.decimal("deposits", prompt, least=0, most=100)
    shares = yield from ask.decimal("shares", t("Percent on share capital?"), least=0, most=100)
    tax = yield from ask.decimal("tax", t("Percent of tax to keep back? 0 for none."), least=0, most=100)
    prompt = t(
        "{year}: {deposits} % on deposits, {shares} % on shares, {tax} % tax. Your PIN?",
        year=one.year,
        deposits=deposits,
        shares=shares,
        tax=tax,
    )
    yield from ask.pin("pin_declare", me.id, prompt)
    asked = yield from submit("declare", DeclareDividend(me.id, group.id, one.year, deposits, shares, tax))
    if not asked.needed:
        return say(t("It is worked out for all members now. Then the other officers are asked."))
    return say(
        nt(
            "It comes to {amount}. The other officers are asked, {count} has to agree.",
            "It comes to {amount}. The other officers are asked, {count} have to agree.",
            asked.needed,
            amount=asked.gross,
        )
    )


def _said(mine: MyDividend) -> Iterator[Text]:
    if mine.credited:
        yield t("Dividend for {year}: {amount}, in your credit", year=mine.year, amount=mine.net)
    else:
        yield t("Dividend for {year}: {amount}, not credited yet", year=mine.year, amount=mine.net)
    yield t("{rate} % on deposits: {amount}", rate=mine.deposits_rate, amount=mine.on_deposits)
    yield t("{rate} % on shares of {value}", rate=mine.share_capital_rate, value=mine.share_capital)
    yield t("That is {amount}", amount=mine.on_share_capital)
    if mine.tax:
        yield t("{rate} % tax: {amount}", rate=mine.tax_rate, amount=mine.tax)
    yield t("When the year began you had {amount}", amount=mine.opening)
    for month, amount in enumerate(mine.months, start=1):
        if amount:
            yield t("Month {month}: {amount} for {parts}/12", month=month, amount=amount, parts=13 - month)

"""An officer of a SACCO declares a dividend."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from domain.decisions.rights import may_lead
from domain.decisions.voting import may_ask_others
from domain.records.person import GroupOfMember, Member
from domain.sacco.dividend import DeclareDividend, DividendNow, dividend_now
from flows import ask
from flows.dialogue import flow, read, submit
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.shown import leads_owners
from flows.words.texts import Label, Text, joined, nt, t

_UNDER_WAY: Final[Mapping[str, Text]] = {
    "working": t("It is being worked out."),
    "proposed": t("Waiting for the other officers."),
    "paying": t("Members are getting it now."),
}


@flow("declare", label=t("Declare dividend"), shown=leads_owners)
def declare(me: Member) -> Conversation:
    """Rates for a year that is over; the other officers agree to what they come to."""
    groups = [group for group in me.groups_of("sacco") if group.led]
    group = yield from ask.pick("group", t("Dividend of which group?"), groups)
    yield from read("may", may_lead, group.id, me.id)
    now = yield from read("now", dividend_now, group.id)
    if now.state:
        said = t("Dividend for {year}, {amount} so far.", year=now.year, amount=now.gross)
        return say(joined("\n", [said, _UNDER_WAY[now.state]]))
    if not now.open:
        return say(t("{group} has no year to declare a dividend for.", group=group.name))
    yield from read("may_ask", may_ask_others, group.id, "dividend", me.id)
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
        "{year}: {deposits}% on deposits, {shares}% on shares, {tax}% tax. Your PIN?",
        year=one.year,
        deposits=Decimal(deposits),
        shares=Decimal(shares),
        tax=Decimal(tax),
    )
    yield from ask.pin("pin_declare", me.id, prompt)
    asked = yield from submit("declare", DeclareDividend(me.id, group.id, one.year, deposits, shares, tax))
    if not asked.needed:
        return say(t("It is worked out for all members now. Then the other officers are asked."))
    return say(
        nt(
            "It comes to {amount}. Now {count} other officer must agree.",
            "It comes to {amount}. Now {count} other officers must agree.",
            asked.needed,
            amount=asked.gross,
        )
    )

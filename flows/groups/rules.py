"""The rules of a group: for every member to read, and for an officer to propose a change of."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Final

from domain.arithmetic.periods import Every
from domain.decisions.rights import may_lead
from domain.decisions.voting import may_ask_others
from domain.groups.rules import BOUNDS, OFTEN, Lending, OurRules, ProposeRule, Rule, our_rules, rule_now
from domain.money import MINOR_MAX, Money
from domain.records.group import GroupKind
from domain.records.person import GroupOfMember, Member
from flows import ask
from flows.dialogue import flow, possible, read, read_openly, submit
from flows.engine.screen import say
from flows.engine.steps import Ask, Conversation
from flows.groups.asked import members_asked
from flows.groups.officers import name_officer
from flows.shown import saves
from flows.words.rule_names import EVERY, QUORUMS, RULES, WEEKDAYS, say_value
from flows.words.texts import Label, Text, joined, nt, t

KINDS: Final[Mapping[GroupKind, Text]] = {
    "vsla": t("Shares, then share-out"),
    "rosca": t("Rotation"),
    "sacco": t("SACCO"),
    "savings": t("Savings"),
}
_PER_PERIOD: Final[Mapping[Every, Text]] = {
    "week": t("a week"),
    "2weeks": t("for two weeks"),
    "4weeks": t("for four weeks"),
    "month": t("a month"),
}


_SWITCHED: Final[Mapping[Rule, Text]] = {
    "late_fines": t("At the close of a meeting, fine who has not put in?"),
    "carry_over": t("At the share-out, does what nobody covers of a loan stay owed?"),
    "keeps_interest": t("Does a new loan cost all its interest, even when it is paid back early?"),
}


@flow("rules", label=t("Our rules"), shown=saves)
def rules(me: Member) -> Conversation:
    """All of them, a line each; officers can also ask the members to change one."""
    group = yield from ask.pick("group", t("Rules of which group?"), me.groups)
    ours = yield from read_openly("rules", our_rules, group.id, me.id)
    if ours.leaderless:
        prompt = t("No officer of {group} can act: their accounts are frozen.", group=group.name)
        offers = {"read": t("Read the rules"), "name": t("Name an officer")}
        if (yield from ask.choice("leaderless", prompt, offers)) == "name":
            return (yield from name_officer(me, group))
    if group.led:
        offers = {"read": t("Read them"), "change": t("Change one")}
        if (yield from ask.choice("what", t("The rules of {group}", group=group.name), offers)) == "change":
            return (yield from _change(me, group, ours))
    return say(joined("\n", said_rules(ours)))


def _change(me: Member, group: GroupOfMember, ours: OurRules) -> Conversation:
    yield from read("may", may_lead, group.id, me.id)
    labels: Mapping[str, Label] = {rule: RULES[rule] for rule in ours.changeable}
    chosen = yield from ask.choice("rule", t("Change which rule?"), labels)
    rule = next(rule for rule in ours.changeable if rule == chosen)
    yield from read("may_ask", may_ask_others, group.id, "constitution", me.id, "", rule)
    now = yield from read("now", rule_now, group.id, me.id, rule)
    value = yield from ask_value(
        rule, group.currency, t("Now: {value}", value=say_rule(rule, now.value, ours.lending))
    )
    yield from possible("may_propose", ProposeRule(me.id, group.id, rule, value))
    yield from ask.pin("pin", me.id, t("Ask all members to agree. Your PIN?"))
    return members_asked((yield from submit("propose", ProposeRule(me.id, group.id, rule, value))))


def say_rule(rule: Rule, value: Money | str, lending: Lending | None) -> Label | int | Money | Decimal:
    """What a rule says with its unit, where its name does not have it; `lending` is what the group lends on."""
    if lending and rule == "interest" and isinstance(value, str):
        return t("{percent}% {per}", percent=Decimal(value), per=_per(lending))
    if lending and rule == "periods_max":
        return t("{count}, {every}", count=value, every=EVERY[lending.every])
    return say_value(rule, value)


def ask_value(
    rule: Rule,
    currency: str,
    now: Text,
    *,
    check: Callable[[str], object] = lambda value: None,
    coin: str = "price",
) -> Ask[str]:
    """
    A number within the bounds of the rule, or an amount in minor units; what it is `now` stands above.

    An amount that `check` refuses, with a DomainError, is asked for again. `coin` is the step of the smallest
    coin, for a conversation that has a price of its own.
    """

    def fits(amount: Money) -> None:
        check(str(amount.minor))

    if rule == "quorum":
        return (yield from ask.choice("quorum", joined("\n", (now, t("How many members must agree?"))), QUORUMS))
    if rule == "meetings":
        return (yield from _meetings(now))
    if switched := _SWITCHED.get(rule):
        return (yield from ask.choice("switch", joined("\n", (now, switched)), {"1": t("Yes"), "0": t("No")}))
    if rule in BOUNDS:
        least, most = BOUNDS[rule]
        asked = t("{rule}: from {least} to {most}?", rule=RULES[rule], least=least, most=most)
        prompt = joined("\n", (now, asked))
        if rule in ("interest", "multiple"):
            return (yield from ask.decimal("decimal", prompt, least=least, most=most))
        step = "number" if rule == "shares_max" else rule
        return str((yield from ask.number(step, prompt, least=least, most=most)))
    asked = t("{rule}: how much, in {currency}?", rule=RULES[rule], currency=currency)
    prompt = joined("\n", (now, asked))
    if rule in ("share_price", "cash_unit"):
        nothing, most_of_all = Money(0, currency), Money(MINOR_MAX, currency)
        # A coin may be smaller than anything that is paid with it.
        smallest = Money(1, currency) if rule == "cash_unit" else nothing.least
        price = yield from ask.money(
            coin if rule == "cash_unit" else "price",
            prompt,
            suggest=nothing,
            most=most_of_all,
            least=smallest,
            check=fits,
        )
        return str(price.minor)
    amount = yield from ask.counted("amount", prompt, currency, least=Money(0, currency).least, check=fits)
    return str(amount.minor)


def _meetings(now: Text) -> Ask[str]:
    """How often, and on which day: from the meeting after the next one on."""
    often: Mapping[str, Label] = {every: EVERY[every] for every in OFTEN}
    every = yield from ask.choice("every", joined("\n", (now, t("How often do you meet?"))), often)
    if every == "month":
        asked = t("On which day of the month, {least} to {most}?", least=1, most=28)
        number = yield from ask.number("day", asked, least=1, most=28)
        return f"month:{number}"
    days: Mapping[str, Label] = {str(day): words for day, words in enumerate(WEEKDAYS)}
    day = yield from ask.choice("weekday", t("On which day?"), days)
    return f"{every}:{day}"


def said_rules(ours: OurRules) -> Iterator[Text]:
    """All of them, a line each."""
    yield t("{kind}, rules of {day}", kind=KINDS[ours.kind], day=ours.since)
    yield t("{rule}: {value}", rule=RULES["share_price"], value=ours.share_price)
    if ours.shares_max:
        yield t("{rule}: 1 to {most}", rule=RULES["shares_max"], most=ours.shares_max)
    yield t("Social fund: {amount}", amount=ours.social_fund)
    yield t("{rule}: {value}", rule=RULES["cash_unit"], value=ours.cash_unit)
    yield t("Meetings: {every}", every=EVERY[ours.every])
    for fine in ours.fines:
        yield t("{rule}: {value}", rule=RULES[fine.reason], value=fine.amount)
    if ours.lending:
        yield from _said_of_loans(ours.lending)
    if ours.members_max:
        yield nt("At most {count} member", "At most {count} members", ours.members_max)
    if ours.referral:
        yield t("{rule}: {value}", rule=RULES["referral"], value=ours.referral)
    yield nt("{count} officer must agree", "{count} officers must agree", ours.approvals)
    yield t("{rule}: {value}", rule=RULES["quorum"], value=say_value("quorum", ours.quorum))


def _per(lending: Lending) -> Text:
    """The time that the interest is for."""
    return {"month": t("a month"), "year": t("a year"), "period": _PER_PERIOD[lending.every]}[lending.per]


def _said_of_loans(lending: Lending) -> Iterator[Text]:
    yield t("Loans: up to {multiple} times what you saved", multiple=Decimal(lending.multiple))
    yield t("Interest: {percent}% {per}", percent=Decimal(lending.percent), per=_per(lending))
    if lending.every == "month":
        yield nt("Paid back in {count} month", "Paid back in {count} months", lending.periods_max)
    else:
        weeks = {"week": 1, "2weeks": 2, "4weeks": 4}[lending.every] * lending.periods_max
        yield nt("Paid back in {count} week", "Paid back in {count} weeks", weeks)
    if lending.guarantors:
        yield nt("With {count} guarantor", "With {count} guarantors", lending.guarantors)

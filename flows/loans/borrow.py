"""Ask for a loan: what I may borrow or why not, who stands for it, what it costs; only then the request."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Final

from domain.arithmetic.eligibility import BorrowingRule
from domain.arithmetic.schedule import Method
from domain.decisions.rights import may_save
from domain.decisions.voting import may_ask_others
from domain.loans.borrow import Borrowing, FailedRule, Quote, QuoteLine, Requested, RequestLoan, borrowing, quote
from domain.loans.guarantors import possible_guarantors
from domain.money import Money
from domain.records.loan import LoanPurpose
from domain.records.payment import Way
from domain.records.person import GroupOfMember, Member
from flows import ask
from flows.dialogue import flow, read, submit
from flows.engine.screen import Screen, say
from flows.engine.steps import Ask, Conversation
from flows.shown import borrows
from flows.words.loan_purposes import LOAN_PURPOSES
from flows.words.rule_names import EVERY
from flows.words.sums import Sum, plus
from flows.words.texts import Label, Text, joined, nt, t

GUARANTORS_MAX: Final = 5  # so many are named in one conversation, unless the rules ask for more

_WHY_NOT: Final[Mapping[BorrowingRule, Callable[[FailedRule], Text]]] = {
    "active": lambda _: t("Your membership is not active."),
    "months": lambda failed: t(
        "Months in the group: {found}, needed {needed}.", found=failed.found, needed=failed.needed
    ),
    "overdue": lambda failed: nt(
        "{count} instalment is late.", "{count} instalments are late.", int(failed.found)
    ),
    "open_loans": lambda failed: t(
        "Loans asked for or not paid back: {found}, at most {needed} to ask again.",
        found=failed.found,
        needed=failed.needed,
    ),
    "fines": lambda failed: t("Fines to pay first: {amount}.", amount=failed.amount_found),
    "social_fund": lambda failed: t("Social fund to pay first: {amount}.", amount=failed.amount_found),
    "attendance": lambda failed: t(
        "Meetings attended: {found}%, needed {needed}%.",
        found=Decimal(failed.found),
        needed=Decimal(failed.needed),
    ),
    "guarantors": lambda failed: t(
        "Guarantors: {found}, needed {needed}.", found=failed.found, needed=failed.needed
    ),
    "covered": lambda failed: t(
        "Guaranteed: {found}%, needed {needed}%.", found=Decimal(failed.found), needed=Decimal(failed.needed)
    ),
    "score": lambda failed: t("Score: {found}, needed {needed}.", found=failed.found, needed=failed.needed),
    "limit": lambda _: t("Your savings or the money of the group are too small."),
}
_METHODS: Final[Mapping[Method, Callable[[Money], Text]]] = {
    "flat": lambda interest: t("Interest on the whole loan: {interest}", interest=interest),
    "declining-instalment": lambda interest: t(
        "Interest on what is left, in equal payments: {interest}", interest=interest
    ),
    "declining-principal": lambda interest: t("Interest on what is left: {interest}", interest=interest),
    "roll-over": lambda interest: t(
        "A charge for each period until it is paid back: {interest}", interest=interest
    ),
}


@flow("borrow", label=t("Ask for a loan"), shown=borrows, words=t("borrow, ask for loan"))
def borrow(me: Member) -> Conversation:
    """Behind a fresh PIN. Nothing is asked for before every instalment was seen and agreed to."""
    group = yield from ask.pick("group", t("Borrow from which group?"), me.groups_lending)
    yield from read("may", may_save, group.id, me.id)
    yield from read("may_ask", may_ask_others, group.id, "loan", me.id, me.id)
    prompt = t("Your limit in {group}. Your PIN?", group=group.name)
    yield from ask.unlock("pin", me.id, prompt, fresh=True)
    mine = yield from read("borrowing", borrowing, group.id, me.id)
    if not mine.eligible:
        return say(joined("\n", _why_not(mine)))
    limit = mine.limit
    prompt = t("{group} can lend you up to {limit}. How much?", group=group.name, limit=limit)
    offer = t("Borrow {amount}", amount=limit)
    amount = yield from ask.money("amount", prompt, suggest=limit, most=limit, offer=offer)
    periods = yield from _periods(mine, amount)
    guarantors = yield from _guarantors(me, group, mine.guarantors_min)
    way: Way = "cash"
    if mine.pays_out:
        way = yield from ask.way("way", t("{amount} from {group}. How?", amount=amount, group=group.name))
    cost = yield from read("quote", quote, group.id, amount, periods)
    if not (yield from ask.agree("terms", joined("\n", said_terms(cost)))):
        return say(t("No loan was asked for."))
    # After the terms, so that whoever has agreed to them before this was asked is asked it now.
    purpose = yield from _purpose(amount)
    request = RequestLoan(group.id, me.id, amount, periods, way, tuple(guarantors), purpose)
    return said_requested((yield from submit("request", request)))


def said_requested(asked: Requested) -> Screen:
    """Who decides now."""
    if asked.waits_for == "submitted":
        return say(t("Ref {ref}. Your guarantors are asked first, then the officers decide.", ref=asked.ref))
    return say(t("Ref {ref}. Your officers decide. We will send you a message.", ref=asked.ref))


def _why_not(mine: Borrowing) -> Iterator[Text]:
    """Every rule that failed, then the score with its parts."""
    yield t("You cannot borrow from {group} now.", group=mine.group)
    for failed in mine.failures:
        yield _WHY_NOT[failed.rule](failed)
    yield t("Your limit: {limit}.", limit=mine.limit)
    if mine.score is not None:
        saving, meetings, repaying, risk = mine.score_parts
        yield t(
            "Score {score} of 100: saving {saving} of 40, meetings {meetings} of 30, repaying {repaying} of 20, "
            "little owed {risk} of 10.",
            score=mine.score,
            saving=saving,
            meetings=meetings,
            repaying=repaying,
            risk=risk,
        )


def _periods(mine: Borrowing, amount: Money) -> Ask[int]:
    """How many instalments. Not asked when there is only one."""
    if mine.periods_max == 1:
        return 1
    prompt = t(
        "{amount}: in how many instalments, one {every}? From 1 to {most}.",
        amount=amount,
        every=EVERY[mine.every],
        most=mine.periods_max,
    )
    return (yield from ask.number("periods", prompt, least=1, most=mine.periods_max))


def _purpose(amount: Money) -> Ask[LoanPurpose]:
    """What it is for: those who decide see it."""
    labels = {str(purpose): said for purpose, said in LOAN_PURPOSES.items()}
    key = yield from ask.choice("purpose", t("What is the {amount} for?", amount=amount), labels)
    return next(each for each in LOAN_PURPOSES if each == key)


def _guarantors(me: Member, group: GroupOfMember, least: int) -> Ask[list[str]]:
    """As many as the rules want, or more; each is said back by name. None where the rules want none."""
    named: list[str] = []
    prompt = _who_next(named, least)
    while len(named) < least:
        typed = yield from ask.who("guarantor", prompt)
        found = yield from read("found", possible_guarantors, group.id, me.id, typed)
        others = [each for each in found if each.id not in named]
        if not others:
            prompt = t(
                "No other member of {group} matches {typed}. Type a number, phone or name.",
                group=group.name,
                typed=typed,
            )
            continue
        one = yield from ask.pick("which", t("Which of them?"), others)
        enough = len(named) + 1 == least
        labels: dict[str, Label] = {"yes": t("Yes")}
        if enough and len(named) + 1 < GUARANTORS_MAX:
            labels["more"] = t("Yes, and one more")
        labels["no"] = t("Somebody else")
        said = yield from ask.choice("sure", t("Ask {name} to guarantee your loan?", name=one.name), labels)
        if said != "no":
            named.append(one.id)
        if said == "more":
            least += 1
        prompt = _who_next(named, least)
    return named


def _who_next(named: list[str], least: int) -> Text:
    return nt(
        "{count} member must guarantee your loan. Type the number in the group, phone or name.",
        "{count} more members must guarantee your loan. Type the number in the group, phone or name of one.",
        least - len(named),
    )


def said_terms(cost: Quote) -> Iterator[Text]:
    """What a loan costs, as it is read before anybody agrees to it."""
    costs, instalments = sums_of_terms(cost)
    whole, interest, fees = costs.lines
    yield whole.text
    yield interest.text
    if fees.amount:
        yield fees.text
    if cost.fee:
        yield t("Fee kept back: {fee}", fee=cost.fee)
    yield t("That is {percent}% a year", percent=Decimal(cost.yearly_percent))
    if cost.keeps_interest:
        yield t("All of the interest is owed, also when you pay early")
    yield from (line.text for line in instalments.lines)


def sums_of_terms(cost: Quote) -> tuple[Sum, Sum]:
    """What is paid back is the loan with what it costs, and it is all the instalments."""
    whole = t("{amount}: you pay back {total}", amount=cost.amount, total=cost.total_payment)
    paid_back = (plus(cost.total_payment, whole),)
    by_what = (
        plus(cost.amount, whole),
        plus(cost.total_interest, _METHODS[cost.method](cost.total_interest)),
        plus(cost.fees, t("Fees with the instalments: {fees}", fees=cost.fees)),
    )
    return Sum(by_what, paid_back), Sum(
        tuple(plus(line.payment, _instalment(line)) for line in cost.lines), paid_back
    )


def _instalment(line: QuoteLine) -> Text:
    return t("{day}: {amount}", day=line.due, amount=line.payment)

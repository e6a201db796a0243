"""Deciding together: what waits for my vote in a group, and what I asked for myself."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from domain.decisions.voting import Vote, Voted, Waiting, Withdraw, waiting_for
from domain.records.person import Member
from domain.records.proposal import ProposalKind
from flows import ask
from flows.dialogue import flow, read_openly, submit
from flows.engine.screen import Screen, say
from flows.engine.steps import Conversation
from flows.shown import saves
from flows.words.events import say_event
from flows.words.offices import OFFICES
from flows.words.orders import ORDERS
from flows.words.purposes import PURPOSES
from flows.words.rule_names import RULES, say_value
from flows.words.texts import Label, Text, joined, labelled, nt, t

# One line in a list of them.
_LABELS: Final[Mapping[ProposalKind, Text]] = {
    "loan": t("Loan"),
    "reschedule": t("New loan terms"),
    "write_off": t("Write-off"),
    "loan_waiver": t("Waive on a loan"),
    "netting": t("Savings pay a loan"),
    "grant": t("Social fund"),
    "waiver": t("Waive a fine"),
    "cash_count": t("Cash count"),
    "to_credit": t("Payment to credit"),
    "own_money": t("Our book"),
    "withdrawal": t("Withdrawal"),
    "exit": t("Leaving"),
    "alive": t("Not dead"),
    "suspension": t("Suspension"),
    "expulsion": t("Expulsion"),
    "officer": t("New officer"),
    "rotation": t("Order of turns"),
    "phone": t("New number"),
    "constitution": t("Our rules"),
    "share_out": t("Share-out"),
    "dividend": t("Dividend"),
}
_WHAT: Final[Mapping[ProposalKind, Callable[..., Text]]] = {
    "loan": lambda name, amount, **_: t("Loan of {amount} to {name}", amount=amount, name=name),
    "reschedule": lambda name, amount, **_: t(
        "New terms for the loan of {name}, {amount}", name=name, amount=amount
    ),
    "write_off": lambda name, amount, **_: t("Write off the loan of {name}, {amount}", name=name, amount=amount),
    "loan_waiver": lambda name, amount, part, **_: (
        t("Waive interest of the loan of {name}, {amount}", name=name, amount=amount)
        if part == "interest"
        else t("Waive penalties of the loan of {name}, {amount}", name=name, amount=amount)
    ),
    "netting": lambda name, amount, **_: t(
        "Take {amount} from savings for the loan of {name}", amount=amount, name=name
    ),
    "grant": lambda name, amount, **_: t("Social fund: {amount} to {name}", amount=amount, name=name),
    "waiver": lambda name, amount, **_: t("Waive the fine of {name}, {amount}", name=name, amount=amount),
    "cash_count": lambda name, amount, **_: (
        t("Cash is {amount} short, as {name} counted", amount=-amount, name=name)
        if amount.minor < 0
        else t("Cash is {amount} over, as {name} counted", amount=amount, name=name)
    ),
    "to_credit": lambda name, amount, purpose, **_: t(
        "{name} paid {amount} by mobile money ({purpose}). Make it their credit",
        name=name,
        amount=amount,
        purpose=PURPOSES[purpose],
    ),
    "own_money": say_event,
    "withdrawal": lambda name, amount, **_: t("Withdrawal of {amount} by {name}", amount=amount, name=name),
    "exit": lambda name, amount, end, **_: (
        t("{name} has died: pay {amount}", name=name, amount=amount)
        if end == "deceased"
        else t("{name} leaves: pay {amount}", name=name, amount=amount)
    ),
    "alive": lambda name, **_: t("{name} has not died: a member again, as before", name=name),
    "suspension": lambda name, to, **_: (
        t("Suspend {name}", name=name) if to == "suspended" else t("End the suspension of {name}", name=name)
    ),
    "expulsion": lambda name, **_: t("Expel {name}", name=name),
    "officer": lambda name, role, **_: t("{name} becomes {role}", name=name, role=OFFICES[role]),
    "rotation": lambda order, **_: t("Set the order of the rotation. {how}", how=ORDERS[order]),
    "phone": lambda name, phone, **_: t("New number of {name}: {phone}", name=name, phone=phone),
    "constitution": lambda rule, was, to, **_: t(
        "Change our rules. {rule}: {to}, not {was}",
        rule=RULES[rule],
        to=say_value(rule, to),
        was=say_value(rule, was),
    ),
    "share_out": lambda amount, **_: t("Share out {amount}. See your part under My shares.", amount=amount),
    "dividend": lambda amount, year, deposits, share_capital, tax, **_: t(
        "Dividend for {year}: {deposits}% on deposits, {share_capital}% on shares, {tax}% tax. {amount} in all",
        year=year,
        deposits=Decimal(deposits),
        share_capital=Decimal(share_capital),
        tax=Decimal(tax),
        amount=amount,
    ),
}
_MORE: Final[Mapping[str, Callable[[Any], Text]]] = {
    "periods": lambda periods: nt("{count} instalment", "{count} instalments", periods),
    "total": lambda total: t("{total} to pay back", total=total),
    "reason": lambda reason: t("Reason: {reason}", reason=reason),
    "at": lambda at: t("Counted on {day} at {time}.", day=datetime.fromisoformat(at).date(), time=at[-5:]),
    "seed": lambda seed: t("Drawn with: {seed}", seed=seed),
    "own": lambda own: t("From savings: {amount}", amount=own),
    "called": lambda called: t("from guarantors: {amount}", amount=called),
    "lost": lambda lost: t("written off: {amount}", amount=lost),
    "family": lambda family: t("It is handed to {family}.", family=family),
    "heir": lambda heir: t("Mobile money {phone}", phone=heir),
    "way": lambda way: t("In cash") if way == "cash" else t("By mobile money"),
}


@flow("decide", label=t("Decide"), shown=saves)
def decide(me: Member) -> Conversation:
    """One of them, with what it is about; then yes, or no with the reason that whoever asked will read."""
    group = yield from ask.pick("group", t("Decide in which group?"), me.groups)
    waiting = yield from read_openly("waiting", waiting_for, group.id, me.id)
    if not waiting:
        return say(t("Nothing is waiting for your decision in {group}.", group=group.name))
    key = yield from ask.choice("what", t("Decide on what?"), {one.id: _label(one) for one in waiting})
    one = next(each for each in waiting if each.id == key)
    verdict = yield from ask.choice("verdict", joined("\n", _details(one)), _verdicts(one))
    if verdict == "back":
        yield from ask.pin("pin", me.id, t("Your PIN?"))
        yield from submit("back", Withdraw(me.id, one.id))
        return say(t("You cancelled your request."))
    yes, reason = verdict == "yes", ""
    if yes and (names := one.values.get("names")):
        # Whose turn comes when is read to its end before anybody agrees to it.
        yes = yield from ask.agree("names", joined("\n", [t("The order:"), str(names)]))
    if not yes:
        reason = yield from ask.reason("reason", t("Why not? The person who asked will read it."))
    yield from ask.pin("pin", me.id, t("Your PIN?"), fresh=yes and one.fresh_pin)
    voted: Voted = yield from submit("vote", Vote(me.id, one.id, one.digest, yes, reason))
    return _outcome(voted, yes=yes)


def _label(one: Waiting) -> Text:
    name = one.values.get("name")
    return labelled(_LABELS[one.kind], str(name)) if name else _LABELS[one.kind]


def _what(one: Waiting) -> Text:
    return _WHAT[one.kind](**one.values)


def _details(one: Waiting) -> list[Text]:
    return [_what(one), *(say_more(one.values[key]) for key, say_more in _MORE.items() if one.values.get(key))]


def _verdicts(one: Waiting) -> Mapping[str, Label]:
    verdicts: dict[str, Label] = {"yes": t("Agree"), "no": t("Do not agree")} if one.votes else {}
    return verdicts | ({"back": t("Cancel my request")} if one.mine else {})


def _outcome(voted: Voted, *, yes: bool) -> Screen:
    if voted.state == "rejected":
        return say(t("It is refused. The person who asked is told why."))
    if voted.state == "expired":
        return say(t("It has changed since it was asked for, so it is closed. It can be asked for again."))
    if voted.state == "open":
        return say(
            nt(
                "You agreed. {count} more person must agree.",
                "You agreed. {count} more people must agree.",
                voted.missing,
            )
            if yes
            else t("You did not agree. The others may still decide.")
        )
    values, amount = voted.values, voted.values.get("amount")
    if values.get("way") == "cash" and amount:
        to = values.get("family") or values["name"]
        return say(t("It is decided. Now hand {amount} to {name} in cash.", amount=amount, name=to))
    return say(t("It is decided, with your vote."))

"""
What is asked of those who decide, in words: the same in the message that calls them, in the list of what waits, on
the screen they vote on, and in the message that says what became of it.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple, get_args

from domain.groups.own_money import Event
from domain.money import Money
from domain.records.group import Order
from domain.records.proposal import ProposalKind
from flows.words.broadcasts import AUDIENCES, MESSAGES
from flows.words.events import EVENTS, say_event
from flows.words.fine_reasons import FINE_REASONS
from flows.words.offices import OFFICES
from flows.words.orders import ORDERS
from flows.words.purposes import PURPOSES
from flows.words.refused.samples import PROVIDER
from flows.words.rule_names import RULES, say_value
from flows.words.texts import Filled, Label, Text, labelled, nt, t


class _Said(NamedTuple):
    """
    What a kind of proposal is called in a list, the sentence that says it with samples of its values, and which of
    them tells two of its kind apart in a list.
    """

    label: Text
    sentence: Filled
    hint: Callable[..., Label | Money] = lambda name, **_: name


_AMOUNT: Final = Money(1_250_000, "XAF")
_OF: Final = {"name": "Nakayiza Margaret", "amount": _AMOUNT}
_PHONE: Final = "+256772000111"


def _amount(amount: Money, **_: object) -> Money:
    return amount


def _filled(say: Callable[..., Text], *samples: Mapping[str, object]) -> Filled:
    return Filled(say, *({**_OF, **sample} for sample in samples or ({},)))


_SAID: Final[Mapping[ProposalKind, _Said]] = {
    "loan": _Said(
        t("Loan"),
        _filled(lambda name, amount, **_: t("Loan of {amount} to {name}", amount=amount, name=name)),
    ),
    "reschedule": _Said(
        t("New loan terms"),
        _filled(
            lambda name, amount, **_: t("New terms for the loan of {name}, {amount}", name=name, amount=amount)
        ),
    ),
    "write_off": _Said(
        t("Write-off"),
        _filled(lambda name, amount, **_: t("Write off the loan of {name}, {amount}", name=name, amount=amount)),
    ),
    "loan_waiver": _Said(
        t("Waive on a loan"),
        _filled(
            lambda name, amount, part, **_: (
                t("Waive interest of the loan of {name}, {amount}", name=name, amount=amount)
                if part == "interest"
                else t("Waive penalties of the loan of {name}, {amount}", name=name, amount=amount)
            ),
            {"part": "interest"},
            {"part": "penalty"},
        ),
    ),
    "netting": _Said(
        t("Savings pay a loan"),
        _filled(
            lambda name, amount, **_: t(
                "Take {amount} from savings for the loan of {name}", amount=amount, name=name
            )
        ),
    ),
    "grant": _Said(
        t("Social fund"),
        _filled(lambda name, amount, **_: t("Social fund: {amount} to {name}", amount=amount, name=name)),
    ),
    "waiver": _Said(
        t("Waive a fine"),
        _filled(lambda name, amount, **_: t("Waive the fine of {name}, {amount}", name=name, amount=amount)),
    ),
    "cash_count": _Said(
        t("Cash count"),
        _filled(
            lambda name, amount, **_: (
                t("Cash is {amount} short, as {name} counted", amount=-amount, name=name)
                if amount.minor < 0
                else t("Cash is {amount} over, as {name} counted", amount=amount, name=name)
            ),
            {"amount": -_AMOUNT},
            {"amount": _AMOUNT},
        ),
    ),
    "to_credit": _Said(
        t("Payment to credit"),
        _filled(
            lambda name, amount, **_: t("{amount} paid by {name} becomes their credit", amount=amount, name=name)
        ),
    ),
    "own_money": _Said(
        t("Our book"),
        _filled(
            say_event,
            *(
                {"event": event, "purse": purse, "to": "social_box", "whose": _OF["name"]}
                for event in get_args(Event)
                for purse in ("box", "social_wallet")
            ),
            *({"event": event, "purse": "social_wallet", "carrier": PROVIDER} for event in get_args(Event)),
        ),
        lambda event, **_: EVENTS[event],
    ),
    "withdrawal": _Said(
        t("Withdrawal"),
        _filled(lambda name, amount, **_: t("Withdrawal of {amount} by {name}", amount=amount, name=name)),
    ),
    "exit": _Said(
        t("Leaving"),
        _filled(
            lambda name, amount, end, **_: (
                t("{name} has died: pay {amount}", name=name, amount=amount)
                if end == "deceased"
                else t("{name} leaves: pay {amount}", name=name, amount=amount)
            ),
            {"end": "deceased"},
            {"end": "exited"},
        ),
    ),
    "alive": _Said(
        t("Not dead"),
        _filled(lambda name, **_: t("{name} has not died: a member again, as before", name=name)),
    ),
    "suspension": _Said(
        t("Suspension"),
        _filled(
            lambda name, to, **_: (
                t("Suspend {name}", name=name)
                if to == "suspended"
                else t("End the suspension of {name}", name=name)
            ),
            {"to": "suspended"},
            {"to": "active"},
        ),
    ),
    "expulsion": _Said(t("Expulsion"), _filled(lambda name, **_: t("Expel {name}", name=name))),
    "officer": _Said(
        t("New officer"),
        _filled(
            lambda name, role, **_: t("{name} becomes {role}", name=name, role=OFFICES[role]),
            *({"role": role} for role in OFFICES),
        ),
    ),
    "rotation": _Said(
        t("Order of turns"),
        _filled(
            lambda order, **_: t("Set the order of the rotation. {how}", how=ORDERS[order]),
            *({"order": order} for order in get_args(Order)),
        ),
        lambda order, **_: ORDERS[order],
    ),
    "phone": _Said(
        t("New number"),
        _filled(
            lambda name, phone, holder="", **_: (
                t("New number of {name}: {phone}, shared with {holder}", name=name, phone=phone, holder=holder)
                if holder
                else t("New number of {name}: {phone}", name=name, phone=phone)
            ),
            {"phone": _PHONE},
            {"phone": _PHONE, "holder": _OF["name"]},
        ),
    ),
    "constitution": _Said(
        t("Our rules"),
        _filled(
            lambda rule, was, to, **_: t(
                "Change our rules. {rule}: {to}, not {was}",
                rule=RULES[rule],
                to=say_value(rule, to),
                was=say_value(rule, was),
            ),
            *({"rule": rule, "was": _AMOUNT, "to": _AMOUNT} for rule in ("share_price", *FINE_REASONS)),
            *({"rule": rule, "was": "0", "to": "1"} for rule in RULES if rule not in (*FINE_REASONS, "meetings")),
            {"rule": "meetings", "was": "2weeks:0", "to": "month:28"},
            {"rule": "quorum", "was": "1/2", "to": "2/3"},
        ),
        lambda rule, **_: RULES[rule],
    ),
    "share_out": _Said(
        t("Share-out"),
        _filled(lambda amount, **_: t("Share out {amount} among all members", amount=amount)),
        _amount,
    ),
    "dividend": _Said(
        t("Dividend"),
        _filled(
            lambda amount, year, **_: t("Dividend for {year}, {amount} in all", year=year, amount=amount),
            {"year": 2026},
        ),
        lambda year, **_: str(year),
    ),
    "broadcast": _Said(
        t("Message to members"),
        Filled(
            lambda name, message, **_: t("{name} writes to members: {what}", name=name, what=MESSAGES[message]),
            *({"message": each, "audience": "unpaid", "name": _OF["name"]} for each in MESSAGES),
        ),
    ),
}
# What a vote rests on besides: by the value that says it, with what else there is.
_MORE: Final[Mapping[str, Callable[..., Text]]] = {
    "periods": lambda periods, **_: nt("{count} instalment", "{count} instalments", periods),
    "deposits": lambda deposits, share_capital, tax, **_: t(
        "{deposits}% on deposits, {share_capital}% on shares, {tax}% tax",
        deposits=Decimal(deposits),
        share_capital=Decimal(share_capital),
        tax=Decimal(tax),
    ),
    "purpose": lambda purpose, **_: t("By mobile money, for: {purpose}", purpose=PURPOSES[purpose]),
    "audience": lambda audience, **_: t("To: {audience}", audience=AUDIENCES[audience]),
    "words": lambda words, **_: t("Words: {words}", words=words),
    "reason": lambda reason, **_: t("Reason: {reason}", reason=reason),
    "at": lambda at, **_: t("Counted on {day} at {time}.", day=datetime.fromisoformat(at).date(), time=at[-5:]),
    "seed": lambda seed, **_: t("Drawn with: {seed}", seed=seed),
    "own": lambda own, **_: t("From savings: {amount}", amount=own),
    "called": lambda called, **_: t("from guarantors: {amount}", amount=called),
    "lost": lambda lost, **_: t("written off: {amount}", amount=lost),
    "family": lambda family, **_: t("It is handed to {family}.", family=family),
    "heir": lambda heir, **_: t("Mobile money {phone}", phone=heir),
    "way": lambda way, **_: t("In cash") if way == "cash" else t("By mobile money"),
}


def say_proposal(kind: ProposalKind, values: Mapping[str, Any]) -> Text:
    """What is asked, about whom and how much, as a part of a sentence."""
    return _SAID[kind].sentence.say(**values)


def label_of(kind: ProposalKind, values: Mapping[str, Any]) -> Text:
    """The same as a line in a list."""
    said = _SAID[kind]
    return labelled(said.label, said.hint(**values))


def details_of(kind: ProposalKind, values: Mapping[str, Any]) -> list[Text]:
    """The same with all that a vote rests on, a line each."""
    more = [say(**values) for key, say in _MORE.items() if values.get(key)]
    if kind == "share_out":
        more.append(t("See your part under My shares."))
    return [say_proposal(kind, values), *more]


def samples_of_proposals() -> list[tuple[ProposalKind, Mapping[str, Any]]]:
    """Values that proposals can have: of each kind, for each way of saying it."""
    return [(kind, values) for kind, said in _SAID.items() for values in said.sentence.samples]

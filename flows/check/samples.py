"""
What the store could answer and what people could type: samples for `flows/check/explore.py`, the widest first.

What may be answered is read out of return types: every value of a Literal, both of a bool, an amount and none, a
list of many, of each one, of nothing. A dataclass is made with every field at its widest, with each other value of
each field, and with all at their narrowest. Only answers whose fields hang together are written here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import cycle, islice
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from msgspec import Meta

from domain.access.from_phone import WebPlace
from domain.arithmetic.eligibility import BorrowingRule
from domain.arithmetic.periods import Every
from domain.arithmetic.rates import Per
from domain.broadcasts.preview import InLanguage, OnWay, Preview
from domain.broadcasts.progress import Progress
from domain.decisions.voting import Voted, Waiting
from domain.errors import Mistake
from domain.groups.officers import Held, Office, offices
from domain.groups.own_money import Event
from domain.groups.rules import Lending, RuleNow
from domain.loans.appraisal import Appraisal
from domain.loans.borrow import Borrowing, FailedRule
from domain.loans.owed import LoanView, ToRepay, my_loans
from domain.loans.use_credit import CreditUse, credit_use
from domain.meetings.meeting import MeetingToday
from domain.money import Money
from domain.people.find import ListedMember
from domain.records.account_number import ACCOUNT_LENGTH_MAX
from domain.records.broadcast import BroadcastState
from domain.records.dividend import DECLARATION_UNDER_WAY
from domain.records.feature import FEATURES
from domain.records.group import FineReason, GroupKind, Order
from domain.records.loan import ASKED_FOR
from domain.records.payment import DIRECTIONS
from domain.records.person import (
    LANGUAGES,
    NAME_LENGTH_MAX,
    SEATS_MAX,
    Chat,
    GroupOfMember,
    Holder,
    Member,
    PaidTo,
    Role,
    SharedPhone,
    Stranger,
)
from domain.records.proposal import FRESH_PIN, ProposalKind
from domain.records.share_out import LineState
from domain.rotation.turns import MyTurn
from domain.sacco.dividend import DividendNow, MyDividend, OpenYear
from domain.sacco.share_capital import ShareCapital
from domain.savings.receipts import CheckedReceipt
from domain.savings.statement import Transaction, TransactionState, What
from domain.share_out.shown import Called, Expected, LineView, SharingNow
from domain.store import MoneyProvider
from domain.tables import Some
from flows.engine.journal import Person
from flows.engine.screen import Kind

# In French "9 999 999 999 FCFA": no other amount of ten digits is longer.
_MOST, _NOTHING = Money(9_999_999_999, "XAF"), Money(0, "XAF")
_WIDE: Final = "W" * NAME_LENGTH_MAX
_COUNT: Final = 99_999  # of members, of days: nothing that is counted is more
_DAY: Final = date(2026, 9, 28)  # "28 sept" in French: no day is longer
_LATER: Final = date(2026, 10, 5)
_MANY: Final = 12  # of a list: more than stands on two pages

# A text is somebody's name, where its type does not say otherwise.
_PLAIN: Final[Mapping[object, Sequence[object]]] = {
    # Providers by their names.
    Mapping[str, str]: ({"green": "Green Mobile Money", "blue": "Blue Money"}, {"green": "Green Money"}, {}),
    bool: (True, False),
    int: (_COUNT, 1, 0),
    str: (_WIDE,),
    Money: (_MOST, _NOTHING),
    date: (_DAY,),
    datetime: (datetime(2026, 9, 28, 23, 59, tzinfo=UTC),),
    NoneType: (None,),
}

# What is decided by more than a name, an amount and a reason.
_SPECIAL: Final = {
    "exit", "suspension", "officer", "phone", "reschedule", "constitution", "dividend", "own_money", "rotation",
    "loan_waiver", "to_credit", "loan", "broadcast",
}  # fmt: skip


def _asked(kind: ProposalKind, *, mine: bool = False, votes: bool = True, **values: object) -> dict[str, Any]:
    said = {"name": _WIDE, "amount": _MOST, **values}
    return {"kind": kind, "fresh_pin": kind in FRESH_PIN, "mine": mine, "votes": votes, "values": said}


def _part(state: LineState, *, paid: Money = _NOTHING, sent: Money = _NOTHING, left: Money = _NOTHING) -> LineView:
    return LineView("line", _WIDE, _MOST, _MOST, _MOST, state, paid, sent, left, [Called(_WIDE, _MOST)])


# Answers whose fields hang together: the widest, but for the fields that are given.
_owing: Final[dict[str, Any]] = dict.fromkeys(("loan", "own", "called", "lost"), _MOST)
BY_TYPE: Final[Mapping[object, Sequence[dict[str, Any]]]] = {
    Appraisal: (
        {"guarantors": [_WIDE] * 5},
        {"guarantors": [], "instalments": 0, "purpose": None},
    ),
    Borrowing: (
        _ready := {"score_parts": [40, 30, 20, 10], "periods_max": 72, "guarantors_min": 0, "failures": []},
        _ready | {"periods_max": 1, "guarantors_min": 1, "pays_out": False},
        _ready | {"guarantors_min": 2},
        *(_ready | {"every": every} for every in get_args(Every)),
        {"eligible": False, "score_parts": [40, 30, 20, 10]},
        {"eligible": False, "score": None, "score_parts": []},
    ),
    Preview: (
        _seen := {
            "ways": [OnWay(_WIDE[:12], _COUNT), OnWay(_WIDE[:12], _COUNT), OnWay("", _COUNT)],
            "languages": [InLanguage(language, _COUNT, _COUNT) for language in LANGUAGES],
            "amount": _MOST,
            "dial": "*384*7000*1#",
        },
        _seen | {"languages": [InLanguage("fr", 1, 1)], "second": False, "before": False, "waits_until": ""},
        _seen
        | {"people": 1, "ways": [], "languages": [InLanguage("en", 1, 0)], "stopped": 0, "unreachable": 0}
        | {"templates": 0, "text_price": None, "template_price": None, "most": None},
    ),
    Progress: (
        {"state": "sending", "seconds": 0},
        {"state": "waiting", "not_reached": [], "again": 0},
        {"state": "paused", "can_pause": False, "seconds": 0, "again": 0},
        {"state": "done", "can_stop": False, "can_pause": False, "seconds": 0, "unknown": 0},
        *(
            {"state": state, "can_stop": False, "can_pause": False, "again": 0, "not_reached": [], "seconds": 0}
            | dict.fromkeys(("queued", "sent", "delivered", "read", "unknown"), 0)
            for state in get_args(BroadcastState)
        ),
        {"state": "done", "can_stop": False, "can_pause": False, "seconds": 0, "again": 1, "people": 1},
    ),
    CheckedReceipt: ({"of_group": False}, {}, {"of_group": False, "unchanged": False}),
    CreditUse: ({}, {"fines": []}, {"loans": [], "social": _NOTHING}),
    DividendNow: (
        {"year": 0, "state": ""},
        {"open": [OpenYear(2026, -_MOST)], "year": 0, "state": ""},
        *({"open": [], "state": state} for state in DECLARATION_UNDER_WAY),
        {"open": [], "year": 0, "state": ""},
    ),
    Expected: (
        {"state": "proposed", "paid": _NOTHING},
        {"state": "", "shares": 1, **dict.fromkeys(("loans", "fines", "netted", "owed", "paid"), _NOTHING)},
        {"state": "approved", "shares": 0, "kept": _NOTHING, "left_over": _NOTHING},
        {"state": "approved", "left": _NOTHING},
    ),
    FailedRule: (
        *({"rule": rule, "found": "999", "needed": "999"} for rule in get_args(BorrowingRule)),
        {"rule": "overdue", "found": "1", "needed": "0"},
    ),
    Lending: (
        *({"per": "period", "every": every} for every in get_args(Every)),
        *({"per": per, "guarantors": guarantors} for per in get_args(Per) for guarantors in (1, 0)),
    ),
    ListedMember: (
        {},
        {"status": "suspended", "frozen": False},
        {"status": "leaving"},
        {"status": "leaving", "frozen": False},
        {"status": "deceased", "frozen": False},
        {"status": "exited", "frozen": False},
        {"id": "person"},
        {"has_phone": False, "frozen": False},
    ),
    LoanView: (
        {"state": "active"},
        {"state": "active", "days_late": 1},
        {"state": "active", "days_late": 0},
        {"state": "active", "payable": False},
        {"state": "written_off", "outstanding": _NOTHING},
    ),
    MeetingToday: (
        {"last": _LATER},
        {"last": _LATER, "fined": 1},
        {"last": _LATER, "fined": 0},
        {"last": _LATER, "moved": False},
        {"open_since": None, "last": None},
        {"open_since": None, "last": None, "has_social": False},
        {"open_since": None, "last": _LATER, "next": _LATER},
        {"open_since": None, "moved": False},
        {"open_since": None},
    ),
    MoneyProvider: (
        {
            "name": "rail",
            "currencies": frozenset({"XAF"}),
            "numbers": (),
            "but_not": (),
            "unit": 1,
            "least": 1,
            "most": None,
        },
    ),
    ToRepay: (
        {"waiting": None},
        {"due": _NOTHING},
        {"due": _NOTHING, "waiting": None},
        {"due": _NOTHING, "most": _NOTHING},
        {"due": _NOTHING, "most": _NOTHING, "waiting": None},
    ),
    MyDividend: ({"months": [-_MOST] * 12}, {"months": [-_MOST] * 12, "tax": _NOTHING, "credited": False}),
    MyTurn: (
        _auction := {"order": "auction", "turns": [1, 2, 3]},
        _auction | {"highest_bid": _NOTHING, "own_bid": _NOTHING},
        {"order": "fixed", "may_bid": False, "turns": [1]},
        _finished := {"next_name": "", "may_bid": False},
        _finished | {"turns": [], "rounds": 1, "seed": ""},
    ),
    RuleNow: ({"value": _MOST}, {"value": "100"}),
    ShareCapital: ({}, {"shares": 1}, {"payable": False}),
    SharingNow: (
        {"state": "approved"},
        {"state": "approved", "pays_out": False},
        {
            "state": "approved",
            "lines": [_part("paying", sent=_MOST)],
        },
        {"state": "approved", "lines": [_part("paid", paid=_MOST)]},
        {"state": "proposed"},
        {"state": "proposed", "missing": 1},
        {"id": "", "state": "", "lines": []},
    ),
    Transaction: (
        *({"what": what, "about": "LWWWWWW"} for what in get_args(What) if what not in ("fine", "fine_waived")),
        *(
            {"what": what, "about": reason}
            for what in ("fine", "fine_waived")
            for reason in (*get_args(FineReason), _WIDE)
        ),
        *({"what": "loan", "about": "LWWWWWW", "state": state} for state in get_args(TransactionState)),
        {"what": "other", "about": "", "ref": "", "way": ""},
        {"what": "other", "about": "", "way": "cash"},
    ),
    WebPlace: ({"time": "23:59", "device": "SamsungBrowser Macintosh"}, {"time": "23:59", "device": ""}),
    Voted: (
        {"state": "open", "values": {}},
        {"state": "open", "values": {}, "missing": 1},
        {"state": "rejected", "values": {}},
        {"state": "expired", "values": {}},
        {"state": "approved", "values": {}},
        {"state": "approved", "values": {"way": "cash", "amount": _MOST, "name": _WIDE}},
    ),
    Waiting: (
        _asked("exit", end="deceased", family=_WIDE),
        _asked("exit", end="exited", way="mobile_money"),
        _asked("exit", end="deceased", family=_WIDE, heir="+256772000101", **_owing),
        _asked("suspension", to="suspended", reason=_WIDE),
        _asked("suspension", to="active", reason=_WIDE),
        *(
            _asked("to_credit", purpose=purpose, reason=_WIDE)
            for purpose, direction in DIRECTIONS.items()
            if direction == "in"
        ),
        _asked("officer", role="chairperson"),
        *(_asked("broadcast", message=each, audience="unpaid") for each in ("meeting", "due", "late", "decision")),
        _asked("broadcast", message="words", audience="unpaid", words=_WIDE * 4),
        _asked("phone", phone="+256772000101"),
        *(
            {**_asked("rotation"), "values": {"order": order, "seed": _WIDE, "names": f"1: {_WIDE}\n2: {_WIDE}"}}
            for order in get_args(Order)
        ),
        _asked("constitution", rule="late_contribution", was=_MOST, to=_MOST),
        _asked("reschedule", periods=360),
        _asked("loan", periods=360, total=_MOST),
        _asked("loan", mine=True, votes=False, periods=360, total=_MOST),
        *(_asked("loan_waiver", part=part, reason=_WIDE) for part in ("interest", "penalty")),
        *(
            _asked("own_money", event=event, purse=purse, to="social_box", whose=_WIDE, reason=_WIDE)
            for event in get_args(Event)
            for purse in ("box", "social_wallet")
        ),
        _asked("dividend", year=2026, deposits="33.33", share_capital="33.33", tax="33.33"),
        *(
            _asked(kind, way="mobile_money", reason=_WIDE)
            for kind in get_args(ProposalKind)
            if kind not in _SPECIAL
        ),
        _asked("cash_count", amount=-_MOST, at="2026-09-28T23:59", reason=_WIDE),
        _asked("exit", mine=True, votes=False, end="exited"),
        _asked("expulsion", mine=True),
    ),
}


class NoSample(Mistake):
    """Nothing can be made of this type; it is named."""


@cache
def values(kind: Any) -> Sequence[Any]:
    """Samples of a type, the widest first. Raises NoSample."""
    origin, arguments = get_origin(kind), get_args(kind)
    if kind in _PLAIN:
        return _PLAIN[kind]
    if origin is Literal:
        return arguments
    if origin is Annotated:
        return _annotated(*arguments)
    if origin in (Union, UnionType):
        return [value for each in arguments for value in values(each)]
    if origin is list:
        return _lists(values(arguments[0]))
    if origin is Some:
        lists = _lists(values(arguments[0]))
        return [Some(lists[0], more=True), *(Some(each, more=False) for each in lists)]
    if origin is tuple and arguments[1:] == (...,):
        return [tuple(sample) for sample in _lists(values(arguments[0]))]
    if isinstance(kind, type) and is_dataclass(kind):
        return _objects(kind)
    raise NoSample(str(kind))


def _annotated(kind: Any, about: Meta) -> Sequence[Any]:
    """The examples that a type gives of itself; or its samples, without the empty one where it is never empty."""
    return about.examples or [value for value in values(kind) if value or not about.min_length]


def _lists(each: Sequence[Any]) -> list[list[Any]]:
    many = islice(cycle(each), max(_MANY, len(each)))
    return [[_apart(one, n) for n, one in enumerate(many)], *([one] for one in each), []]


def _apart(one: Any, n: int) -> Any:
    """The n-th thing in a list, which is told from the others by its id, its number or its day."""
    if isinstance(one, date):
        return one - timedelta(days=n)
    if hasattr(one, "id"):
        return replace(one, id=f"{one.id} {n}")
    return replace(one, number=_COUNT - n) if hasattr(one, "number") else one


def _objects(kind: type) -> Sequence[Any]:
    hints, by_hand = get_type_hints(kind, include_extras=True), BY_TYPE.get(kind, ())
    always = set[str].intersection(*map(set, by_hand)) if by_hand else set[str]()
    each = {field.name: values(hints[field.name]) for field in fields(kind) if field.name not in always}
    if "id" in each:
        each["id"] = (kind.__name__,)  # no two things have the same
    widest = {name: samples[0] for name, samples in each.items()}
    if by_hand:
        return [kind(**widest | sample) for sample in by_hand]
    others = [widest | {name: other} for name, samples in each.items() for other in samples[1:]]
    narrowest = {name: samples[-1] for name, samples in each.items()}
    return [kind(**sample) for sample in (widest, *others, *([narrowest] if len(others) > 1 else []))]


_NO_DEBT: Final = dict.fromkeys(("outstanding", "due", "payoff"), _NOTHING)
_ASKED_FOR: Final = replace(values(LoanView)[0], due_on=None, days_late=0, **_NO_DEBT)

# Queries that answer with more, or less, than others of their type.
BY_QUERY: Final[Mapping[object, Sequence[object]]] = {
    credit_use: [
        *values(CreditUse),
        CreditUse(_MOST, [], [], _NOTHING),
        CreditUse(_NOTHING, [], [], _NOTHING),
    ],
    my_loans: _lists([*values(LoanView), *(replace(_ASKED_FOR, state=state) for state in ASKED_FOR)]),
    offices: [[Held(office, name) for office in get_args(Office)] for name in (_WIDE, None)],
}


# What is typed at each kind of question, beside the numbers of its options: to be taken, and to be refused.
TYPED: Final[Mapping[Kind, Sequence[str]]] = {
    "menu": ("999", "😀", ""),
    "confirm": ("999", "maybe", ""),
    "terms": ("999", "maybe", ""),
    "text": (_WIDE, "Al", "10101", "1", "12", "5/9", "7KPQX2MNF7", "", "😀", "1*2#", "x" * 500),
    "letter": ("W" * 200, "Al", "My PIN is 2580", "+256772000111 x", "4111 1111 1111 1111 x", "", "x" * 201),
    "name": (_WIDE, "Al", "A", "محمد", "98", "=SUM(A1)", "<b>x</b>", "", "😀", "x" * 500),
    "who": ("1", "😀"),
    "paid": ("1", "1 500", "W due", "98", "1 x", "😀", ""),
    "amount": ("500", "10", str(_MOST.minor), "1,500", "-5", "0", "1e9", "", "9" * 500),
    "phone": ("0772000111", "+254711000222", "12", ""),
    "own_phone": ("+256772000111", "254 711 000222", "0772000111", "12", ""),
    "email": (f"{'w' * 52}@example.org", "Grace.A@Example.org ", "grace@", "a b@example.org", "98", ""),
    "code": ("123456", "12345", "abcdef", ""),
    "pin": ("2580", "12", "abcd", ""),
}


# As many characters as there can be.
_PAID_TO: Final = PaidTo("99999999", "W" * ACCOUNT_LENGTH_MAX)


def _groups(number: int, role: Role, currency: str) -> tuple[GroupOfMember, ...]:
    """Of all kinds, when there are enough of them."""
    price, cap = Money(_MOST.minor // 5, currency), Money(_MOST.minor, currency)
    kinds = cycle(get_args(GroupKind))
    return tuple(
        GroupOfMember(f"group{n}", _WIDE, currency, role, price, cap, next(kinds), rewards=True, paid_to=_PAID_TO)
        for n in range(number)
    )


_MEMBER: Final = Member("person", _WIDE, "+256772000101", "en")
_IN_ONE: Final = replace(_MEMBER, groups=_groups(1, "member", "KES"))

# Everybody whose conversation differs, with the longest names.
PEOPLE: Final[Mapping[str, Person]] = {
    "stranger": Stranger("+256772000199", "en", address="+256772000199", channel="phone"),
    "stranger in a chat": Stranger("", "en", address="chat:199", channel="chat"),
    "on a phone of four": SharedPhone(
        "+256772000101", tuple(Holder(f"person{n}", _WIDE, "en") for n in range(SEATS_MAX)), "en"
    ),
    "in no group, one moves in": replace(_MEMBER, moving_in=True),
    "enrolled, calls first": replace(_IN_ONE, has_pin=False),
    "waiting": replace(_MEMBER, waiting=(_WIDE,)),
    "in one group": _IN_ONE,
    "in one group, by their number": replace(_IN_ONE, by_number=True),
    "in one group, with two chats": replace(
        _IN_ONE,
        chats=(Chat("chat:101", "chat", "A chat"), Chat("other:101", "other", "Another one")),
        features=FEATURES,
        letters_new=_COUNT,
        to_confirm=True,
        email=f"{'w' * 52}@example.org",
    ),
    "in one group, on a shared phone": replace(_IN_ONE, sharing=True),
    "in one group, wants no messages": replace(_IN_ONE, messages_stopped=True),
    "in no group any more": replace(_MEMBER, groups_past=_groups(2, "member", "KES")),
    "in ten groups": replace(_MEMBER, groups=_groups(10, "member", "XAF"), language="fr", features=FEATURES),
    "officer of one": replace(_MEMBER, groups=_groups(1, "treasurer", "UGX")),
    "officer of ten": replace(
        _MEMBER, groups=_groups(10, "chairperson", "XAF"), language="sw", features=FEATURES, letters_new=1
    ),
}

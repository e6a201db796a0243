"""
What people could type and what the store could say: samples for `flows/explore.py`, the widest first.

A conversation that reads, submits or checks something new needs a line here; exploring it says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from domain.contributions import (
    Asked,
    Contribute,
    Due,
    Savings,
    TooManyPayments,
    TooMuch,
    Transaction,
    contributions_due,
    last_transactions,
    savings,
)  # fmt: skip
from domain.joining import Applicant, Decide, JoinGroup, applicants, group_with_code
from domain.linking import (
    ChooseReceipts,
    CodeExpired,
    Link,
    SendCode,
    StopMessages,
    TooManyCodes,
    Unlink,
    WrongCode,
    name_of_holder,
)
from domain.members import (
    NAME_LENGTH_MAX,
    AlreadyDecided,
    AlreadyInGroup,
    AlreadyRegistered,
    Chat,
    GroupOfMember,
    Language,
    Member,
    NoSuchGroup,
    NotAllowed,
    Role,
    Stranger,
)  # fmt: skip
from domain.money import Money
from domain.pins import PinLocked, PinsDiffer, WeakPin, WrongPin
from domain.registration import Register, SetLanguage, SetPin
from flows.journal import Person
from flows.screens import Kind

_WIDE: Final = "W" * NAME_LENGTH_MAX
_DAY: Final = "2026-09-28"  # "28 sept" in French: no day is longer
# In French "9 999 999 999 FCFA": no other amount of ten digits is longer.
_MOST, _NOTHING = Money(9_999_999_999, "XAF"), Money(0, "XAF")
_REF: Final = "CWWWWWW"
_CHATS: Final = (Chat("chat:101", "chat", "A chat"), Chat("other:101", "other", "Another one"))
_SAVINGS: Final = Savings(_WIDE, _MOST, 9_999_999, _MOST, _MOST, _MOST, _DAY)

Samples = Mapping[object, Sequence[object]]

# By query, by command class, by the name of a check: what it may answer, or the DomainError it may raise.
SAMPLES: Final[Samples] = {
    contributions_due: (
        Due(_MOST, _MOST, _DAY, payable=True),
        Due(_NOTHING, _MOST, _DAY, payable=True),
        Due(_NOTHING, _NOTHING, _DAY, payable=True),
        Due(_MOST, _MOST, _DAY, payable=False),
    ),
    savings: (
        [_SAVINGS] * 10,
        [replace(_SAVINGS, shares=1, credit=_NOTHING, waiting=_NOTHING, due=_NOTHING)],
        [],
    ),
    last_transactions: ([Transaction(_DAY, _REF, -_MOST)] * 5, []),
    applicants: ([Applicant(f"applicant{number}", _WIDE) for number in range(30)], []),
    group_with_code: (_WIDE, NoSuchGroup()),
    Register: (_WIDE, "", AlreadyRegistered(), NoSuchGroup()),
    JoinGroup: (_WIDE, NoSuchGroup(), AlreadyInGroup(group=_WIDE)),
    Decide: (None, NotAllowed(), AlreadyDecided()),
    Contribute: (
        Asked("payment", _REF),
        NotAllowed(),
        TooMuch(most=_MOST.minor, currency=_MOST.currency),
        TooMuch(most=0, currency=_MOST.currency),
        TooManyPayments(most=6),
    ),
    SetLanguage: (None,),
    SetPin: (None,),
    name_of_holder: ("", _WIDE),
    SendCode: (None, TooManyCodes(most=3)),
    Link: (_WIDE, NotAllowed()),
    Unlink: (None, NotAllowed()),
    ChooseReceipts: (None,),
    StopMessages: (None,),
    "sent_code.<locals>.check": (True, WrongCode(left=4), WrongCode(left=1), CodeExpired()),
    "pin.<locals>.check": (1_790_000_000, WrongPin(left=2), WrongPin(left=1), PinLocked(minutes=1440)),
    "hash_pin": ("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaA", WeakPin()),
    "new_pin.<locals>.check": (True, PinsDiffer()),
}

# What is typed at each kind of question, beside the numbers of its options: to be taken, and to be refused.
TYPED: Final[Mapping[Kind, Sequence[str]]] = {
    "menu": ("999", "😀", ""),
    "confirm": ("999", "maybe", ""),
    "text": (_WIDE, "Al", "10101", "1", "", "😀", "1*2#", "x" * 500),
    "amount": ("500", str(_MOST.minor), "1,500", "-5", "0", "1e9", "", "9" * 500),
    "phone": ("0772000111", "+254711000222", "12", ""),
    "own_phone": ("+256772000111", "254 711 000222", "0772000111", "12", ""),
    "code": ("123456", "12345", "abcdef", ""),
    "pin": ("2580", "12", "abcd", ""),
}


def _groups(number: int, role: Role, currency: str) -> tuple[GroupOfMember, ...]:
    price, cap = Money(_MOST.minor // 5, currency), Money(_MOST.minor, currency)
    return tuple(GroupOfMember(f"group{n}", _WIDE, currency, role, price, cap) for n in range(number))


def people(language: Language) -> Mapping[str, Person]:
    """Everybody whose conversation differs, with the longest names."""
    member = partial(Member, "person", _WIDE, "+256772000101", language)
    return {
        "stranger": Stranger("+256772000199", language, address="+256772000199", channel="phone"),
        "stranger in a chat": Stranger("", language, address="chat:199", channel="chat"),
        "in no group": member(),
        "waiting": member(waiting=(_WIDE,)),
        "in one group": member(_groups(1, "member", "KES")),
        "in one group, with two chats": member(_groups(1, "member", "KES"), chats=_CHATS),
        "in one group, wants no messages": member(_groups(1, "member", "KES"), messages_stopped=True),
        "in ten groups": member(_groups(10, "member", "XAF")),
        "officer of one": member(_groups(1, "treasurer", "UGX")),
        "officer of ten": member(_groups(10, "chairperson", "XAF")),
    }

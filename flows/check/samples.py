"""
What people could type and what the store could say: samples for `flows/check/explore.py`, the widest first.

A conversation that reads, submits or checks something new needs a line here; exploring it says so. What is refused
where, `flows/check/outcomes.py` finds in the documentation; here is only what a refusal is filled with.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import cycle
from typing import Final, get_args

from domain.arithmetic.eligibility import BorrowingRule
from domain.arithmetic.schedule import Method
from domain.decisions.voting import (
    TooFewOfficers,
    Vote,
    Voted,
    Waiting,
    Withdraw,
    waiting_for,
)  # fmt: skip
from domain.errors import DomainError
from domain.groups.found import StartGroup, meeting_days
from domain.groups.invite import Invite, Invited, TooManyInvitations
from domain.groups.join import Applicant, Decide, Joined, JoinGroup, applicants, group_with_code
from domain.groups.leave import (
    AskToLeave,
    Expel,
    FineOpen,
    PaySettlement,
    RecordDeath,
    Settlement,
    settlement,
)  # fmt: skip
from domain.groups.officers import (
    HandOver,
    Held,
    NameOfficer,
    Office,
    offices,
)  # fmt: skip
from domain.groups.register import Register
from domain.groups.rules import (
    Lending,
    OurRules,
    ProposeRule,
    Rule,
    our_rules,
)  # fmt: skip
from domain.groups.suspend import Suspend
from domain.loans.borrow import (
    Borrowing,
    FailedRule,
    NotEligible,
    Quote,
    QuoteLine,
    Requested,
    RequestLoan,
    WithdrawLoan,
    borrowing,
    quote,
)  # fmt: skip
from domain.loans.guarantors import (
    AnswerGuarantee,
    AskedToGuarantee,
    PossibleGuarantor,
    SavingsTooLow,
    guarantees_asked,
    possible_guarantors,
)  # fmt: skip
from domain.loans.pay_out import HandOverLoan, SendLoan, ToPayOut, loans_to_pay_out
from domain.loans.portfolio import Late, arrears
from domain.loans.recover import AskReschedule, NotInDefault, ProposeNetting, ProposeWriteOff
from domain.loans.repay import (
    InstalmentView,
    LoanView,
    MoreThanOwed,
    RecordRepayment,
    Repay,
    instalments,
    loans_of,
    my_loans,
)  # fmt: skip
from domain.meetings.cash_book import (
    CashRecord,
    ContestCash,
    ContestedRecord,
    KeepCash,
    ReverseCash,
    TooLateToContest,
    ToPay,
    contested,
    my_cash,
    to_pay,
)  # fmt: skip
from domain.meetings.count import CountDiffers, Counted, ReportDifference
from domain.meetings.meeting import (
    Closed,
    CloseMeeting,
    MarkAttendance,
    MeetingToday,
    NotAMeetingDay,
    OpenMeeting,
    meeting_today,
)  # fmt: skip
from domain.meetings.who_paid import MeetingPaid, Missing, meeting_paid, not_paid
from domain.money import Money
from domain.people.chats import (
    ChooseReceipts,
    Link,
    SendCode,
    StopMessages,
    TooManyCodes,
    Unlink,
    WrongCode,
    name_of_holder,
)
from domain.people.find import ListedMember, find_members
from domain.people.freeze import Freeze, Unfreeze
from domain.people.new_phone import ChangePhone, ProveNewPhone
from domain.people.pins import SetPin
from domain.people.profile import SetLanguage
from domain.records.dividend import DECLARATION_UNDER_WAY
from domain.records.group import BadConstitution, FineReason, GroupKind
from domain.records.loan import ASKED_FOR
from domain.records.notice import Values
from domain.records.person import (
    NAME_LENGTH_MAX,
    AlreadyInGroup,
    Chat,
    GroupOfMember,
    Language,
    Member,
    Role,
    Stranger,
)  # fmt: skip
from domain.records.pin import PinLocked, WrongPin
from domain.records.proposal import FRESH_PIN, ProposalKind
from domain.rotation.rounds import (
    BadBid,
    Bid,
    PaidRound,
    PayRound,
    SetHands,
    SetUpRotation,
)  # fmt: skip
from domain.rotation.turns import MyTurn, RotationNow, RoundToPay, my_turn, order_of, rotation_now
from domain.sacco.dividend import (
    DeclareDividend,
    DividendAsked,
    DividendNow,
    DividendTooHigh,
    MyDividend,
    OpenYear,
    dividend_now,
    my_dividend,
)  # fmt: skip
from domain.sacco.share_capital import BuyShares, RecordShares, ShareCapital, share_capital
from domain.savings.contribute import (
    Asked,
    Contribute,
    Due,
    RecordCash,
    Savings,
    TooMuch,
    Transaction,
    contributions_due,
    last_transactions,
    savings,
)  # fmt: skip
from domain.savings.fines import (
    AskWaiver,
    FineDue,
    FineMember,
    ListedFine,
    PayFine,
    RecordFine,
    fines_listed,
    fines_of,
)  # fmt: skip
from domain.savings.social_fund import AboveTheFund, AskGrant, Granted, PayGrant, fund, grants_to_pay
from domain.savings.withdraw import AskWithdrawal, NotSoMuch, Withdrawable, withdrawable
from domain.share_out.next_cycle import PartsLeft, StartCycle, first_meetings
from domain.share_out.pay import PaidAll, PayAll, PayLine
from domain.share_out.plan import (
    Expected,
    KeepsTooMuch,
    LineView,
    Plan,
    ProposeShareOut,
    SharingNow,
    expected_share_out,
    planned,
    sharing_now,
)  # fmt: skip
from domain.treasury.money_in import TooManyPayments
from domain.treasury.money_out import PayeeHeld, PayoutCap
from flows.engine.journal import Person
from flows.engine.screen import Kind

_WIDE: Final = "W" * NAME_LENGTH_MAX
_DAY: Final = date(2026, 9, 28)  # "28 sept" in French: no day is longer
# In French "9 999 999 999 FCFA": no other amount of ten digits is longer.
_MOST, _NOTHING = Money(9_999_999_999, "XAF"), Money(0, "XAF")
_REF: Final = "CWWWWWW"
_CHATS: Final = (Chat("chat:101", "chat", "A chat"), Chat("other:101", "other", "Another one"))
_SAVINGS: Final = Savings(_WIDE, _MOST, 9_999_999, _MOST, _MOST, _MOST, _DAY)

_TODAY: Final = date(2026, 10, 5)
_LATER: Final = date(2026, 10, 12)
_COUNTED: Final = Counted(_MOST, _MOST)
_MEETING: Final = MeetingToday(_TODAY, _TODAY, _TODAY, _DAY, _COUNTED, True, 25, 25, 25, 25, _MOST)
_FINE: Final = FineDue("fine", "late_contribution", _MOST, _DAY, payable=True)
_DUE: Final = Due(_MOST, _MOST, _DAY, payable=True)
_LOAN: Final = LoanView("loan", "LWWWWWW", _WIDE, _WIDE, "active", _MOST, _MOST, _MOST, _DAY, _MOST, 999, True)
_FAILED: Final = [FailedRule(rule, "999", "999", _MOST) for rule in get_args(BorrowingRule)]
_BORROWING: Final = Borrowing(_WIDE, True, [], _MOST, 99, [40, 30, 20, 10], 3, 72, "4weeks", 0, pays_out=True)
_QUOTE: Final = Quote(
    _MOST,
    _MOST,
    "declining-instalment",
    "4weeks",
    [QuoteLine(number, _DAY, _MOST, _MOST, _MOST, _MOST) for number in range(1, 73)],
    _MOST,
    _MOST,
    "9999999.99",
)
_TO_PAY_OUT: Final = ToPayOut("loan", _WIDE, "LWWWWWW", _MOST, _MOST, "mobile_money")
_LATE: Final = Late("loan", _WIDE, "LWWWWWW", _MOST, _MOST, 999)
_OWN_LOANS: Final = (
    replace(_LOAN, days_late=0),
    replace(_LOAN, days_late=1),
    replace(_LOAN, payable=False),
    replace(_LOAN, state="written_off", outstanding=_NOTHING),
    *(
        replace(_LOAN, state=state, outstanding=_NOTHING, due=_NOTHING, due_on=None, payoff=_NOTHING, days_late=0)
        for state in ASKED_FOR
    ),
)
_GRANT: Final = Granted("grant", _WIDE, _MOST, pays_out=True)
_RECORD: Final = CashRecord("record", _MOST, "out", "contribution", _DAY, None)
_CONTESTED: Final = ContestedRecord("record", _WIDE, _WIDE, _MOST, "in", "contribution", _DAY, _WIDE)
_TURN: Final = MyTurn(
    order="auction",
    seed=_WIDE,
    turns=list(range(442, 451)),
    rounds=450,
    number=450,
    next_name=_WIDE,
    pot=_MOST,
    in_pot=_MOST,
    put_in=_MOST,
    due=_MOST,
    gets=_MOST,
    received=_MOST,
    highest_bid=_MOST,
    own_bid=_MOST,
    may_bid=True,
)
_ROUNDS: Final = [RoundToPay(number, f"member{number}", _WIDE, _MOST, _MOST) for number in range(1, 26)]
_SHARE_CAPITAL: Final = ShareCapital(9_999_999, _MOST, _MOST, 100, payable=True)
_MY_DIVIDEND: Final = MyDividend(
    2026, _MOST, [-_MOST] * 12, _MOST, "33.33", "33.33", "33.33", _MOST, _MOST, _MOST, _MOST, credited=False
)
_LISTED: Final = ListedMember("listed", _WIDE, 9_999, "treasurer", "active", frozen=False)
_SPECIAL: Final = {"exit", "suspension", "officer", "phone", "reschedule", "constitution", "dividend"}
_LENDING: Final = Lending("33.33", "period", "4weeks", 3, "2.5", 2)
_OUR_RULES: Final = OurRules(
    kind="vsla",
    share_price=_MOST,
    shares_max=5,
    social_fund=_MOST,
    every="4weeks",
    members_max=50,
    quorum="2/3",
    approvals=2,
    fines=[ListedFine(reason, _MOST) for reason in get_args(FineReason)],
    lending=_LENDING,
    since=_DAY,
    changeable=list(get_args(Rule)),
)
_EXPECTED: Final = Expected("proposed", 9_999, *[_MOST] * 13)
_LINE: Final = LineView("line", _WIDE, _MOST, _MOST, _MOST, "due")
_LINES: Final = [replace(_LINE, id=f"line{number}") for number in range(50)]
_SHARING: Final = SharingNow("share_out", "approved", 0, _MOST, pays_out=True, lines=_LINES)
# Values of what is decided, beside a name and an amount.
_DECIDED: Final[Sequence[tuple[ProposalKind, Values]]] = (
    ("exit", {"end": "deceased", "family": _WIDE, "way": "cash"}),
    ("exit", {"end": "exited", "way": "mobile_money"}),
    ("suspension", {"to": "suspended", "reason": _WIDE}),
    ("suspension", {"to": "active", "reason": _WIDE}),
    ("officer", {"role": "chairperson"}),
    ("phone", {"phone": "+256772000101"}),
    ("constitution", {"rule": "late_contribution", "was": _MOST, "to": _MOST}),
    ("reschedule", {"periods": 360}),
    ("dividend", {"year": 2026, "deposits": "33.33", "share_capital": "33.33", "tax": "33.33"}),
    *((kind, {"way": "mobile_money", "reason": _WIDE}) for kind in get_args(ProposalKind) if kind not in _SPECIAL),
)


def _waiting(kind: ProposalKind, **values: str | int | Money) -> Waiting:
    said = {"name": _WIDE, "amount": _MOST, **values}
    id = f"{kind} {values.get('end', '')} {values.get('to', '')}"
    return Waiting(id, kind, "digest", said, 1, fresh_pin=kind in FRESH_PIN, mine=False, votes=True)


Samples = Mapping[object, Sequence[object]]

# By query, by command class, by the name of a check: what it may answer.
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
    group_with_code: (_WIDE,),
    Register: (Joined(_WIDE, active=False), Joined(_WIDE, active=True), None),
    JoinGroup: (Joined(_WIDE, active=False), Joined(_WIDE, active=True)),
    Decide: (None,),
    meeting_days: ([date(2026, 9, day) for day in range(24, 31)],),
    StartGroup: ("999999",),
    our_rules: (
        _OUR_RULES,
        replace(_OUR_RULES, shares_max=0, members_max=0, lending=None, changeable=["quorum"]),
        replace(_OUR_RULES, lending=replace(_LENDING, per="year", every="month", periods_max=72, guarantors=0)),
    ),
    ProposeRule: (2, 1),
    offices: ([Held(office, _WIDE) for office in get_args(Office)], [Held("secretary", None)]),
    NameOfficer: (0, 2, 1),
    HandOver: (2,),
    Invite: (Invited("9999999999", _DAY),),
    Contribute: (Asked("payment", _REF),),
    meeting_today: (
        _MEETING,
        replace(_MEETING, open_since=None, next=_LATER),
        replace(_MEETING, open_since=None, last=None, has_social=False),
        replace(_MEETING, open_since=None, last=_TODAY),
    ),
    OpenMeeting: (999,),
    MarkAttendance: (None,),
    CloseMeeting: (Closed(999, _COUNTED, 25, _MOST),),
    ReportDifference: (None,),
    RecordRepayment: (Asked("payment", _REF),),
    RecordCash: (Asked("payment", _REF),),
    fines_of: ([_FINE] * 20, [_FINE], [replace(_FINE, payable=False)], []),
    fines_listed: ([ListedFine(reason, _MOST) for reason in get_args(FineReason)], []),
    FineMember: (_MOST,),
    PayFine: (Asked("payment", _REF),),
    RecordFine: (Asked("payment", _REF),),
    AskWaiver: (2, 1),
    fund: (_MOST, _NOTHING),
    AskGrant: (2, 1),
    grants_to_pay: ([replace(_GRANT, id=f"grant{n}") for n in range(30)], [replace(_GRANT, pays_out=False)], []),
    PayGrant: (Asked("payment", _REF),),
    meeting_paid: (MeetingPaid(_DAY, 99_999, 99_999, _MOST, 99_999), MeetingPaid(_DAY, 25, 25, _MOST, 25)),
    not_paid: ([Missing(_WIDE, _MOST)] * 50, []),
    to_pay: (
        ToPay(_DUE, [_FINE] * 20, [_LOAN] * 30),
        ToPay(_DUE, [], []),
        ToPay(replace(_DUE, most=_NOTHING), [], []),
        ToPay(_DUE, [], [], _SHARE_CAPITAL),
    ),
    borrowing: (
        _BORROWING,
        replace(_BORROWING, periods_max=1, guarantors_min=1, pays_out=False),
        replace(_BORROWING, guarantors_min=2),
        replace(_BORROWING, eligible=False, failures=_FAILED),
        replace(_BORROWING, eligible=False, failures=[replace(_FAILED[2], found="1")], score=None, score_parts=[]),
    ),
    possible_guarantors: (
        [PossibleGuarantor("guarantor", _WIDE), PossibleGuarantor("other", _WIDE)],
        [PossibleGuarantor("another", _WIDE)],
        [],
    ),
    quote: (
        _QUOTE,
        *(replace(_QUOTE, method=method, fee=_NOTHING, lines=_QUOTE.lines[:1]) for method in get_args(Method)),
    ),
    RequestLoan: (Requested("loan", "LWWWWWW", "submitted"), Requested("loan", "LWWWWWW", "guaranteed")),
    WithdrawLoan: (None,),
    my_loans: ([replace(_LOAN, id=f"loan{n}") for n in range(30)], *([loan] for loan in _OWN_LOANS), []),
    loans_of: ([replace(_LOAN, id=f"loan{n}") for n in range(30)], [_LOAN], []),
    instalments: (
        [InstalmentView(number, _DAY, _MOST, _MOST) for number in range(1, 73)],
        [InstalmentView(1, _DAY, _MOST, _NOTHING), InstalmentView(2, _DAY, _MOST, Money(1, _MOST.currency))],
    ),
    Repay: (Asked("payment", _REF),),
    guarantees_asked: ([AskedToGuarantee(f"loan{n}", _WIDE, _WIDE, _MOST, _MOST) for n in range(30)], []),
    AnswerGuarantee: ("submitted", "guaranteed", "rejected"),
    loans_to_pay_out: (
        [replace(_TO_PAY_OUT, id=f"loan{n}") for n in range(30)],
        [replace(_TO_PAY_OUT, way="cash")],
        [],
    ),
    HandOverLoan: (Asked("payment", _REF),),
    SendLoan: (Asked("payment", _REF),),
    arrears: ([replace(_LATE, id=f"loan{n}") for n in range(30)], [replace(_LATE, days_late=1)], []),
    AskReschedule: (2, 1),
    ProposeNetting: (2, 1),
    ProposeWriteOff: (99, 1),
    my_cash: ([replace(_RECORD, id=f"record{n}") for n in range(20)], [replace(_RECORD, contested=_WIDE)], []),
    contested: ([replace(_CONTESTED, id=f"record{n}") for n in range(20)], []),
    ContestCash: (None,),
    KeepCash: (None,),
    ReverseCash: (None,),
    waiting_for: (
        [_waiting(kind, **values) for kind, values in _DECIDED],
        [_waiting("cash_count", amount=-_MOST)],
        [replace(_waiting("exit", end="exited"), mine=True, votes=False)],
        [replace(_waiting("expulsion"), mine=True)],
        [],
    ),
    Vote: (
        Voted("open", 99, {}),
        Voted("open", 1, {}),
        Voted("rejected", 1, {}),
        Voted("approved", 0, {}),
        Voted("approved", 0, {"way": "cash", "amount": _MOST, "name": _WIDE}),
    ),
    Withdraw: (None,),
    settlement: (
        Settlement(_MOST, pays_out=True),
        Settlement(_MOST, pays_out=False),
        Settlement(_NOTHING, pays_out=True),
    ),
    AskToLeave: (2, 1),
    withdrawable: (
        Withdrawable(_MOST, _NOTHING, pays_out=True),
        Withdrawable(_MOST, _MOST, pays_out=False),
        Withdrawable(_NOTHING, _MOST, pays_out=True),
        Withdrawable(_NOTHING, _NOTHING, pays_out=True),
    ),
    AskWithdrawal: (2, 1),
    expected_share_out: (
        _EXPECTED,
        replace(_EXPECTED, state="", shares=1, loans=_NOTHING, fines=_NOTHING, netted=_NOTHING, owed=_NOTHING),
        replace(_EXPECTED, state="approved", shares=0, kept=_NOTHING, left_over=_NOTHING),
    ),
    sharing_now: (
        _SHARING,
        replace(_SHARING, lines=[replace(_LINE, state="paying"), replace(_LINE, id="paid", state="paid")]),
        replace(_SHARING, lines=[replace(_LINE, state="paid")]),
        replace(_SHARING, lines=[_LINE], pays_out=False),
        replace(_SHARING, state="proposed", missing=50),
        replace(_SHARING, state="proposed", missing=1),
        replace(_SHARING, id="", state="", pot=_NOTHING, lines=[]),
    ),
    planned: (Plan("digest", _MOST, _LINES),),
    ProposeShareOut: (50, 1),
    PayLine: (Asked("payment", _REF),),
    PayAll: (PaidAll(50, 50), PaidAll(1, 1), PaidAll(0, 0)),
    first_meetings: ([date(2026, 9, day) for day in range(24, 30)],),
    StartCycle: (99,),
    Freeze: (None,),
    find_members: (
        [replace(_LISTED, frozen=True)] * 2,
        [replace(_LISTED, status="suspended")],
        [replace(_LISTED, status="leaving")],
        [replace(_LISTED, id="person")],
    ),
    Suspend: (2, 1),
    Expel: (99, 1),
    RecordDeath: (2, 1),
    PaySettlement: (_MOST,),
    Unfreeze: (None,),
    ProveNewPhone: (None,),
    ChangePhone: (1, 2),
    SetLanguage: (None,),
    SetPin: (None,),
    name_of_holder: (None, _WIDE),
    SendCode: (None,),
    Link: (_WIDE,),
    Unlink: (None,),
    ChooseReceipts: (None,),
    StopMessages: (None,),
    my_turn: (
        _TURN,
        replace(_TURN, highest_bid=_NOTHING, own_bid=_NOTHING),
        replace(_TURN, order="fixed", may_bid=False, turns=[1]),
        replace(_TURN, next_name="", turns=[], rounds=1, seed="", may_bid=False),
        replace(_TURN, next_name="", may_bid=False),
    ),
    Bid: (None,),
    rotation_now: (
        RotationNow("auction", False, _ROUNDS, True),
        RotationNow("fixed", True, [], False),
        RotationNow("fixed", True, _ROUNDS[:1], False),
        RotationNow("fixed", False, [], True),
    ),
    order_of: ([_WIDE] * 25,),
    SetUpRotation: (25, 1),
    SetHands: (None,),
    PayRound: (PaidRound(_WIDE, _MOST, _MOST, _MOST), PaidRound(_WIDE, _NOTHING, _MOST, _MOST)),
    share_capital: (_SHARE_CAPITAL, replace(_SHARE_CAPITAL, shares=1, payable=False)),
    BuyShares: (Asked("payment", _REF),),
    RecordShares: (Asked("payment", _REF),),
    my_dividend: (_MY_DIVIDEND, replace(_MY_DIVIDEND, tax=_NOTHING, credited=True), None),
    dividend_now: (
        DividendNow([OpenYear(year, -_MOST) for year in (2024, 2025, 2026)], 0, "", _NOTHING),
        DividendNow([OpenYear(2026, _MOST)], 0, "", _NOTHING),
        *(DividendNow([], 2026, state, _MOST) for state in DECLARATION_UNDER_WAY),
        DividendNow([], 0, "", _NOTHING),
    ),
    DeclareDividend: (DividendAsked(2, _MOST), DividendAsked(1, _MOST), DividendAsked(0, _MOST)),
    "sent_code.<locals>.check": (True,),
    "pin.<locals>.check": (1_790_000_000,),
    "hash_pin": ("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaA",),
    "new_pin.<locals>.check": (True,),
}

# What refusals are filled with, the widest first. One whose sentence has nothing to fill in needs no line.
REFUSALS: Final[Sequence[DomainError]] = (
    AboveTheFund(most=_MOST.minor, currency=_MOST.currency),
    AlreadyInGroup(group=_WIDE),
    BadBid(pot=_MOST.minor, unit=100, currency=_MOST.currency),
    BadConstitution(rule="late_contribution"),
    BadConstitution(rule="share_price"),
    BadConstitution(rule="time_zone"),
    CountDiffers(cash=-_MOST.minor, social=-_MOST.minor, currency=_MOST.currency),
    CountDiffers(cash=_MOST.minor, social=_MOST.minor, currency=_MOST.currency),
    DividendTooHigh(gross=_MOST.minor, most=_MOST.minor, currency=_MOST.currency),
    FineOpen(amount=_MOST.minor, currency=_MOST.currency),
    KeepsTooMuch(most=_MOST.minor, currency=_MOST.currency),
    MoreThanOwed(most=_MOST.minor, currency=_MOST.currency),
    MoreThanOwed(most=0, currency=_MOST.currency),
    NotAMeetingDay(day="2026-09-28"),
    NotEligible(most=_MOST.minor, currency=_MOST.currency),
    NotInDefault(days=89, needed=90),
    NotSoMuch(most=_MOST.minor, currency=_MOST.currency),
    PartsLeft(count=50),
    PartsLeft(count=1),
    PayeeHeld(hours=24),
    PayeeHeld(hours=1),
    PayoutCap(left=_MOST.minor, currency=_MOST.currency),
    PinLocked(minutes=1_440),
    PinLocked(minutes=1),
    SavingsTooLow(free=_MOST.minor, currency=_MOST.currency),
    TooFewOfficers(needed=2, there=1),
    TooLateToContest(days=14),
    TooManyCodes(most=3),
    TooManyInvitations(most=20),
    TooManyPayments(most=6),
    TooMuch(most=_MOST.minor, currency=_MOST.currency),
    TooMuch(most=0, currency=_MOST.currency),
    WrongCode(left=4),
    WrongCode(left=1),
    WrongPin(left=2),
    WrongPin(left=1),
)

# What is typed at each kind of question, beside the numbers of its options: to be taken, and to be refused.
TYPED: Final[Mapping[Kind, Sequence[str]]] = {
    "menu": ("999", "😀", ""),
    "confirm": ("999", "maybe", ""),
    "terms": ("999", "maybe", ""),
    "text": (_WIDE, "Al", "10101", "1", "", "😀", "1*2#", "x" * 500),
    "who": ("1", "😀"),
    "amount": ("500", str(_MOST.minor), "1,500", "-5", "0", "1e9", "", "9" * 500),
    "phone": ("0772000111", "+254711000222", "12", ""),
    "own_phone": ("+256772000111", "254 711 000222", "0772000111", "12", ""),
    "code": ("123456", "12345", "abcdef", ""),
    "pin": ("2580", "12", "abcd", ""),
}


def _groups(number: int, role: Role, currency: str) -> tuple[GroupOfMember, ...]:
    """Of all kinds, when there are enough of them."""
    price, cap = Money(_MOST.minor // 5, currency), Money(_MOST.minor, currency)
    kinds = cycle(get_args(GroupKind))
    return tuple(GroupOfMember(f"group{n}", _WIDE, currency, role, price, cap, next(kinds)) for n in range(number))


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

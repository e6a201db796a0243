"""
The four sheets by which a group moves in, and what each of their columns holds.

Templates, checks and the documentation are all made from this one list.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

from domain.arithmetic.periods import Every
from domain.arithmetic.rates import Per
from domain.arithmetic.schedule import Method
from domain.groups.rules import QUORUMS, Rule
from domain.records.consent import FREE_PURPOSES
from domain.records.group import FineReason, GroupKind, Order
from domain.records.opening import ConsentWay
from domain.records.person import LANGUAGES, Gender

SheetName = Literal["group", "members", "loans", "fines"]
# How a cell is read; see `domain/moving_in/cells.py`.
CellKind = Literal[
    "text",
    "group_name",
    "person_name",
    "code",
    "choice",
    "choices",
    "money",
    "count",
    "date",
    "phone",
    "country",
    "currency",
    "zone",
    "percent",
    "times",
    "counts",
    "places",
    "dates",
    "amounts",
    "result",
    "plan",
    "switch",
]
SheetRole = Literal["member", "chair", "secretary", "treasurer", "keyholder"]


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """
    One column: how its cells are read, what they hold, and one cell as an example. `when` says in words what an
    empty cell means, or when it may not be empty; a `required` one never is.
    """

    name: str
    kind: CellKind
    about: str
    example: str
    required: bool = False
    choices: tuple[str, ...] = ()
    when: str = ""


def _must(name: str, kind: CellKind, about: str, example: str, *choices: str) -> SheetColumn:
    return SheetColumn(name, kind, about, example, required=True, choices=choices)


def _may(name: str, kind: CellKind, about: str, example: str, when: str, *choices: str) -> SheetColumn:
    return SheetColumn(name, kind, about, example, choices=choices, when=when)


_YES_NO: Final = ("yes", "no")
_GROUP = _must("group_code", "code", "your own code of the group; the same in all sheets", "G-0417")
_MEMBER = _must("member_no", "count", "their number in the group's list", "2")

SHEETS: Final[Mapping[SheetName, Sequence[SheetColumn]]] = {
    "group": (
        _GROUP,
        _must("name", "group_name", "what the group calls itself, in Latin letters", "Example Group"),
        _must("kind", "choice", "what kind of group it is", "vsla", *get_args(GroupKind)),
        _must("currency", "currency", "what its book is kept in, ISO 4217", "UGX"),
        _must("country", "country", "where it is, ISO 3166", "UG"),
        _may("time_zone", "zone", "the time zone it lives in", "Africa/Kampala", "that of the country"),
        _must("as_of", "date", "the day of the last closed meeting: all figures are of its end", "2026-11-20"),
        _must("cycle_no", "count", "which cycle is open, from 1", "3"),
        _must("cycle_started_on", "date", "when that cycle began", "2026-03-06"),
        _may("cycle_ends_on", "date", "when it is to end", "2027-03-05", "a year after it began"),
        _must("meets_every", "choice", "how often it meets", "week", *get_args(Every)),
        _must("next_meeting", "date", "the day of its next meeting", "2026-11-27"),
        _must("share_price", "money", "what a share or a hand costs, or what is usually saved", "5000"),
        _may("shares_max", "count", "how many shares a member may buy at a meeting", "5", "what is usual"),
        _may("interest_rate", "percent", "percent that loans cost", "10", "what is usual for the kind"),
        _may("interest_per", "choice", "for what time that is", "month", "a period", *get_args(Per)),
        _may("interest_method", "choice", "on what it is charged", "flat", "what is usual", *get_args(Method)),
        _may("social_per_meeting", "money", "what each puts into the social fund at a meeting", "500", "nothing"),
        _must("box_cash", "money", "what lies in the box, without the social fund", "163500"),
        _may("bank_cash", "money", "what the group has in a bank", "0", "nothing"),
        _must("social_cash", "money", "what lies in the box of the social fund", "16000"),
        _may("social_fund_owned", "money", "what that fund should hold by their book", "16000", "the same"),
        _may("external_debt", "money", "what the group owes a bank or another lender", "0", "nothing"),
        _may("surplus_by_their_book", "result", "what they have earned by their own book; a loss with -", "18500",
             "not known"),
        _may("agent_code", "text", "the agent who looks after it", "A-12", "nobody"),
        _may("district", "text", "the district it is in", "Wakiso", "not known"),
        _may("parish", "text", "the parish it is in", "Nansana", "not known"),
        _may("members_max", "count", "how many members it may have", "30", "what is usual"),
        _may("smallest_coin", "money", "the smallest coin that it pays with", "100", "what is usual"),
        _may("quorum", "choice", "what part of the members has to agree", "1/2", "1/2", *QUORUMS),
        _may("approvals", "count", "how many officers agree to a loan", "2", "2"),
        _may("alone_max", "money", "what one officer may spend alone", "0", "nothing"),
        _may("loan_multiple", "times", "how many times their savings a member may borrow", "3", "3"),
        _may("loan_periods_max", "count", "over how many periods a loan may run", "3", "what is usual"),
        _may("keeps_interest", "switch", "whether a loan paid early costs all its interest", "no", "no", *_YES_NO),
        _may("carry_over", "switch", "whether debts stay at a share-out", "no", "no: written off", *_YES_NO),
        _may("late_fines", "switch", "whether who pays late is fined by itself", "no", "no", *_YES_NO),
        _may("fine_absence", "money", "the fine for staying away, 0 for none", "500", "a tenth of a share"),
        _may("fine_late", "money", "the fine for coming late", "200", "a twentieth of a share"),
        _may("fine_late_contribution", "money", "the fine for paying late", "500", "a tenth of a share"),
        _may("fine_disorder", "money", "the fine for disturbing the meeting", "500", "a tenth of a share"),
        _may("fine_other", "money", "the fine for anything else", "500", "none"),
        _may("referral", "money", "what who brings a new member gets", "0", "nothing"),
        _may("rota_order", "choice", "how a rotation's order came about", "fixed", "fixed", *get_args(Order)),
        _may("rota_seed", "text", "what its lots were drawn with", "3 5 1", "nobody said"),
        _may("rounds_due", "dates", "the meetings of the rounds that nobody had the pot of, with ; between",
             "2026-11-20; 2026-11-27", "from the next meeting on"),
    ),
    "members": (
        _GROUP,
        _MEMBER,
        _must("name", "person_name", "their name, in Latin letters", "Member Two"),
        _may("phone", "phone", "their own mobile number", "+256772000302", "they have none: officers serve them"),
        _may("language", "choice", "the language they read", "en", "en", *LANGUAGES),
        _must("role", "choice", "what they are in the group", "treasurer", *get_args(SheetRole)),
        _may("joined_on", "date", "when they came into the group", "2025-03-07", "with the cycle"),
        _may("sex", "choice", "for the programme's figures", "f", "not known", *get_args(Gender)),
        _may("birth_year", "count", "for the programme's figures", "1988", "not known"),
        _may("shares", "count", "how many shares they hold", "9", "needed in a vsla, or savings"),
        _may("savings", "money", "what they have saved", "45000", "shares times the price"),
        _may("deposits", "money", "what they have deposited beside shares, in a sacco", "0", "nothing"),
        _may("credit", "money", "what the group owes them from an overpayment", "0", "nothing"),
        _may("social_owed", "money", "what they owe the social fund of meetings before", "500", "nothing"),
        _may("rota_place", "places", "their place in a rotation's order, of several hands each with ; between",
             "4", "needed in a rosca; none for who has no turn"),
        _may("received_on", "dates", "when they had the pot in this cycle, of several hands each", "2026-06-12",
             "they still wait for it"),
        _may("turn_due", "dates", "the meeting that each of these rounds was due at", "2026-06-12", "that day"),
        _may("received", "amounts", "what they were paid of each pot so far", "60000", "all of it"),
        _may("kept_back", "amounts", "what stayed in each pot for what they owed", "5000", "nothing"),
        _may("bid_given", "amounts", "what they gave for each pot in an auction", "2500", "nothing"),
        _may("bid", "money", "what they give for the next pot in an auction", "2500", "nothing"),
        _may("put_in", "money", "what they have put into all rounds of this cycle, with what was kept back",
             "30000", "for each hand its part of each round that somebody had the pot of"),
        _may("hands", "count", "how many hands they will have in the next rotation", "1", "as in this one, or 1"),
        _must("consent_on", "date", "when they agreed that their data is kept here", "2026-11-20"),
        _must("consent_how", "choice", "how they agreed", "meeting", *get_args(ConsentWay)),
        _may(
            "consent_to", "choices", "what else they agreed to then, with ; between them", "figures;programme",
            "to nothing else", *FREE_PURPOSES,
        ),
    ),
    "loans": (
        _GROUP,
        _MEMBER,
        _must("loan_no", "code", "the loan's number in their book", "L7"),
        _may("fund", "choice", "out of which money; the social fund lends nothing here", "group", "group",
             "group", "social"),
        _must("lent_on", "date", "when it was lent", "2026-09-11"),
        _must("lent", "money", "what was lent", "60000"),
        _must("principal_owed", "money", "what of it is still owed, without interest", "40000"),
        _must("interest_owed", "money", "interest that was due and is not paid", "1200"),
        _may("penalty_owed", "money", "penalties that are not paid", "0", "nothing"),
        _must("instalments_left", "count", "in how many instalments the rest is to be paid", "2"),
        _must("every", "choice", "how far apart they are", "month", *get_args(Every)),
        _must("next_due", "date", "when the next is due", "2026-12-11"),
        _may("late_since", "date", "when what is late was due", "2026-09-07", "nothing is late"),
        _may("rate", "percent", "percent that it costs", "10", "the group's"),
        _may("per", "choice", "for what time that is", "month", "the group's", *get_args(Per)),
        _may("method", "choice", "on what it is charged", "flat", "the group's", *get_args(Method)),
        _may("guarantors", "counts", "numbers of those who stand for it, with ; between them", "3;4", "nobody"),
        _may("pledged", "amounts", "what each of them stands for, with ; between", "30000;10000", "equal parts"),
        _may("plan", "plan", "all instalments to come: day, principal, interest, with ; between them",
             "2026-12-11 20000 4300; 2027-01-11 20000 2200", "they are worked out"),
        _may("keeps_interest", "switch", "whether paid early it costs all its interest", "no", "as the group's",
             *_YES_NO),
    ),
    "fines": (
        _GROUP,
        _MEMBER,
        _must("reason", "choice", "what the fine is for", "late", *get_args(FineReason)),
        _must("amount", "money", "what is not paid of it", "500"),
        _may("since", "date", "when it was given", "2026-11-13", "the last meeting"),
        _may("words", "text", "what it is for, where the reason is other", "lost the key", "nobody said"),
        _may("fine_no", "count", "its number, where a member has two that are alike", "1", "1"),
    ),
}  # fmt: skip

# The rules of a constitution that have a column of their own, and no field of the book.
RULES: Final[Mapping[str, Rule]] = {
    "members_max": "members_max",
    "smallest_coin": "cash_unit",
    "quorum": "quorum",
    "approvals": "approvals",
    "alone_max": "alone_max",
    "loan_multiple": "multiple",
    "loan_periods_max": "periods_max",
    "keeps_interest": "keeps_interest",
    "carry_over": "carry_over",
    "late_fines": "late_fines",
    "fine_absence": "absence",
    "fine_late": "late",
    "fine_late_contribution": "late_contribution",
    "fine_disorder": "disorder",
    "fine_other": "other",
    "referral": "referral",
}

# What has to be there for a group to move in; of the other sheets there may be nothing to write down.
NEEDED: Final[tuple[SheetName, ...]] = ("group", "members")


def column_of(sheet: SheetName, name: str) -> SheetColumn | None:
    """The column of this name; None when the sheet has none."""
    return next((each for each in SHEETS[sheet] if each.name == name), None)

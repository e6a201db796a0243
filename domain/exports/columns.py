"""
What is exported, column by column, each defined in a sentence: the one list that the files, `definitions.csv` and
docs/programmes.md are made of.

Who somebody is stands in `name`, `phone`, `sex` and `birth_year` alone: of those who agreed to it (`people.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final, Literal

from domain.money import Money

ExportName = Literal["programme", "members", "transactions", "loans"]
ExportCell = str | int | Money | date | Fraction | None
ExportKind = Literal["text", "count", "amount", "rate", "day"]


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """A column of a file: its name, what its cells are, and what they mean."""

    name: str
    kind: ExportKind
    about: str


def _columns(text: str) -> tuple[ExportColumn, ...]:
    """A line each: the name, the kind, and the sentence."""
    found = []
    for line in text.strip().splitlines():
        name, kind, about = line.strip().split(maxsplit=2)
        kinds: dict[str, ExportKind] = {
            "text": "text", "count": "count", "amount": "amount", "rate": "rate", "day": "day",
        }  # fmt: skip
        found.append(ExportColumn(name, kinds[kind], about))
    return tuple(found)


COLUMNS: Final[Mapping[ExportName, Sequence[ExportColumn]]] = {
    "programme": _columns("""
        programme text The code of the programme that the group belongs to.
        agent_code text The code of the agent who looks after the group.
        group_code text The number of the group.
        code_before text The code that whoever brought the group has for it, of one that moved in.
        name text The name of the group.
        district text Where the group is, of one that moved in.
        parish text Where the group is, of one that moved in.
        kind text What kind of group it is: vsla, rosca, sacco or savings.
        formed_on day The day that the group began here, or, of one that moved in, the day of its sheets.
        cycle_no count The number of the cycle that is open.
        cycle_started_on day The day that the open cycle began on.
        currency text The currency of all amounts of the row.
        share_price amount What a share costs, or what is put in at a meeting.
        period_from day The first day of the period; without --from the day that the open cycle began on.
        as_of day The last day of the period, by the end of which all balances are.
        members_start count Who was a member at the end of the first day.
        joined count Who joined after the first day.
        left count Who left, died or was expelled after the first day.
        members_now count Who was a member at the end of the last day: members_start and joined, less left.
        sex_known count Those of members_now who agree that the programme has their sex, where it is known.
        women_now count Those of sex_known who are women.
        meetings_planned count The meetings that were planned in the period.
        meetings_held count Those of them that were opened on their day, or later and before the next one.
        attendance rate Of those who were expected at the meetings of the period, who came, late or not.
        savings amount What members have saved: shares, deposits, and what they put in the pot of a rotation.
        saved amount How much more that is than it was before the first day.
        credit amount What members have paid ahead, below the price of a share.
        lent_n count The loans that were paid out in the period.
        lent amount What was lent with them.
        loans_n count The loans of which principal is owed.
        loans_value amount The principal that is owed of them, as the book has it.
        borrowers count The members who owe principal.
        late_n count The loans with an instalment that is late.
        late_value amount The principal that is owed of those.
        par30 rate Of the principal that is owed, the part that is in loans more than 30 days late.
        written_off_n count The loans that were written off in the period.
        written_off amount The principal that was written off in the period.
        interest amount The interest that was earned in the period.
        fines amount The fines and penalties that were earned in the period.
        other_income amount What else was earned in the period: fees, recoveries, discounts of auctions, rounding.
        expenses amount What the period cost: running costs, fees of providers, losses.
        surplus amount What was earned in the period, less what it cost.
        retained amount What was earned before and is kept: the surplus of closed cycles.
        loan_fund_cash amount The group's cash, wallet and bank, without the purses of the social fund.
        social_cash amount What lies in the purses of the social fund.
        social_fund amount What the group owes its social fund.
        other_assets amount What else the group has: money on its way from and to a provider of mobile money.
        debts amount What the group owes to somebody outside it.
        avg_savings amount The savings, divided by members_now and rounded down.
        avg_loan amount What was lent in the period, divided by the loans and rounded down.
        utilisation rate Of the principal that is owed and loan_fund_cash together, the principal.
        return_on_savings rate The surplus of the period, divided by the savings.
        return_annualised rate The same for 52 weeks, as if the period went on as it was.
        retention rate Of the members at the end of the first day, the part that still is at the end of the last.
        growth rate By how much members_now is more than members_start, as a part of it.
        shared_out_last_cycle amount What the share-out of the cycle before gave to members.
        health count How well the group does today, from 0 to 100; see figures.md.
        red text What is red today: short_twice, no_meetings, no_officers, books.
        consent count Those of members_now who agree that the programme has their name and phone.
    """),
    "members": _columns("""
        programme text The code of the programme that the group belongs to.
        group_code text The number of the group.
        member text A key for the person, the same in all files and groups of this deployment, and in no other's.
        name text Their name, of who agrees that whoever the file is for has it; of others empty.
        phone text Their phone, of who agrees that whoever the file is for has it; of others empty.
        sex text f, m or other, of who agrees that the programme has it; of others, and for a lender, empty.
        birth_year count The year they were born in, of who agrees that the programme has it, as with sex.
        consent text To what of these they agree on the day of the export: figures, programme, lender.
        role text What they were by the end of as_of: member, chairperson, secretary, treasurer; empty: not known.
        as_of day The day by the end of which the rest of the row is.
        status text Whether they were active, suspended or leaving, or had left: exited, deceased, expelled.
        joined_on day The day that they joined; empty: with the group.
        has_phone text yes, or no where officers serve them, on the day of the export.
        currency text The currency of all amounts of the row.
        savings amount Their shares, deposits, and what they put in the pot of a rotation.
        credit amount What they had paid ahead, below the price of a share.
        owes amount The principal that they owed.
        fines_due amount The fines that they had to pay.
    """),
    "transactions": _columns("""
        programme text The code of the programme that the group belongs to.
        group_code text The number of the group.
        entry count The place of the entry in the group's book, from 1; all rows of an entry sum to zero.
        day day The day of the entry, where the group is.
        event text What the entry is about, like payment, written_off, part (of a share-out) or of_group.
        account text The number of the account.
        account_name text What the account is called.
        member text The key of the member whose part of the account it is, empty for none.
        loan text What names the loan, empty for none.
        currency text The currency of the amount.
        change amount How the account changed: debit above zero.
        reverses count The place of the entry that this one takes back, 0 for none.
    """),
    "loans": _columns("""
        programme text The code of the programme that the group belongs to.
        group_code text The number of the group.
        loan text What names the loan, as in transactions.
        reference text What members know the loan by.
        member text The key of the borrower, as in members.
        state text How it stands: active, closed, overpaid, written_off or recovered.
        purpose text What the borrower said it is for, empty where nobody was asked.
        lent_on day The day that it was paid out.
        lent amount What was lent; of a loan that a group brought with it, what was owed when it came.
        currency text The currency of all amounts of the row.
        rate text The rate of interest, like 10 % a period.
        instalments count How many instalments it was lent for.
        as_of day The day of the rest of the row.
        outstanding amount The principal that is owed; of one written off, what was never paid.
        due amount What is due by that day and not paid: principal, interest and penalties.
        late_since day The day of the oldest instalment that is not paid in full, where it is past.
        days_late count For how many days it is late, 0 where it is not.
        repaid amount All that was paid of it: principal, interest and penalties; what was beyond them is credit.
        written_off_on day The day that it was written off, empty where it was not.
        guarantors count How many members stand for it.
    """),
}

"""The loans of a group: who owes, who is late, what is at risk; and one loan with its schedule."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from flask import Response, request

from bot.pages.groups import Here, group_page
from domain.loans.lent import LENT_A_PAGE, WhichLoans, loan_seen, loans_listed
from domain.loans.portfolio import PAR_DAYS, arrears, portfolio
from domain.records.loan import GuaranteeState, LoanState
from flows.words.loan_purposes import LOAN_PURPOSES
from flows.words.texts import Text, t

LOAN_STATES: Final[Mapping[LoanState, Text]] = {
    "submitted": t("waiting for guarantors"),
    "guaranteed": t("waiting for officers"),
    "approved": t("agreed, to be paid out"),
    "rejected": t("refused"),
    "withdrawn": t("cancelled"),
    "expired": t("expired"),
    "disbursing": t("on its way to them"),
    "active": t("being paid back"),
    "closed": t("paid back"),
    "overpaid": t("paid back"),
    "written_off": t("written off"),
    "recovered": t("written off, then paid"),
}
GUARANTEES: Final[Mapping[GuaranteeState, Text]] = {
    "asked": t("not answered yet"),
    "accepted": t("guarantees"),
    "declined": t("refused"),
    "ended": t("ended"),
}
WHICH: Final[Mapping[WhichLoans, Text]] = {
    "owed": t("To pay back"),
    "asked": t("Asked for"),
    "ended": t("Ended"),
}
_YEAR: Final = timedelta(days=365)


@group_page("/loans")
def loans(here: Here) -> Response:
    """Those of a kind, a page at a time, and those that are late."""
    asked = request.args.get("which", "owed")
    which: WhichLoans = next((each for each in WHICH if each == asked), "owed")
    listed = loans_listed(here.store, here.group, which, _moment(request.args.get("before", "")))
    return here.page(
        "loans.html",
        which=which,
        kinds=WHICH,
        listed=listed,
        before=request.args.get("before", ""),
        next=listed[-1].asked_at.isoformat() if len(listed) == LENT_A_PAGE else "",
        late=arrears(here.store, here.group.id),
        loan_states=LOAN_STATES,
    )


@group_page("/loans/risk")
def risk(here: Here) -> Response:
    """What is at risk and how lending went in a year. Every loan is replayed: a page of its own."""
    today = here.group.constitution.day(here.store.now())
    return here.page("risk.html", seen=portfolio(here.store, here.group.id, today - _YEAR), par_days=PAR_DAYS)


@group_page("/loans/<loan>")
def loan(here: Here, loan: str) -> Response:
    """One loan: its schedule as it stands, who guarantees it, what was paid."""
    seen = loan_seen(here.store, here.group, loan)
    here.note("loan.seen", about=seen.person)
    return here.page(
        "loan.html", seen=seen, loan_states=LOAN_STATES, guarantees=GUARANTEES, purposes=LOAN_PURPOSES
    )


def _moment(text: str) -> datetime | None:
    """Where another page of the list ended, from its address; None for what is no moment."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None

"""How cash is written down, wherever an officer does it: what may be the same as before is asked about first."""

from dataclasses import replace
from typing import Any

from domain.loans.repay import RecordRepayment
from domain.meetings.cash_round import TakeCash
from domain.sacco.share_capital import RecordShares
from domain.savings.contribute import RecordCash
from domain.savings.fines import RecordFine
from domain.savings.pay_social import RecordSocial
from domain.treasury.money_in import AskedBefore
from flows import ask
from flows.dialogue import submit
from flows.engine.steps import Ask
from flows.words.refusals import refusal
from flows.words.texts import joined, t

CashCommand = RecordCash | RecordFine | RecordRepayment | RecordShares | RecordSocial | TakeCash


def write_down(command: CashCommand) -> Ask[Any]:
    """
    Give the command, and answer as it does. Where the same was written down before, or came by phone, the officer
    is asked whether this is other money; when it is not, nothing is written down, and the answer is None.
    """
    # A fine is paid once, whoever asks.
    first = command if isinstance(command, RecordFine) else replace(command, again=False)
    try:
        return (yield from submit("record", first))
    except AskedBefore as before:
        if isinstance(command, RecordFine):
            raise
        same = refusal(before)
    if not (yield from ask.confirm("again", joined("\n", (same, t("Write it down once more?"))))):
        return None
    return (yield from submit("record_again", replace(command, again=True)))

"""
All conversations are walked, once, as everybody, in every language and on every channel.

No screen is too long, untranslated or a dead end. And what can be known before the amount, the reason and the PIN
is said before them: wherever one gives a command, the refusals that the command's rules can raise are read out of
their code; each has its moment here, and those that are known at the beginning must have been asked about before
anything was typed or confirmed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import pytest

from bot.app import CHANNELS
from domain.commands import handler_of, rehearse
from domain.errors import DomainError
from flows.check.explore import Report, explore
from flows.dialogue import FLOWS
from flows.engine.play import Turn
from flows.engine.steps import Check, Read, Submit
from tests.rules_read import refusals_in

# known    when the conversation has come to what it is about: it is said before anything is typed for it
# answered turns on what is typed: the question says the bounds
# after    only if somebody else did something meanwhile, for what is offered is looked up when it is offered
# secret   of a PIN or a code, and how often it was tried
# web      on pages, over the API and at the terminal alone: no conversation meets it
Moment = Literal["known", "answered", "after", "secret", "web"]
MOMENTS: Final[Mapping[Moment, str]] = {
    "known": """
        no_phone vote_held
        frozen group_is_closing already_asked too_few_officers too_few_members too_many_payments
        not_collected member_held
        payee_held not_payable payout_cap approval_lapsed loan_no_longer_holds
        loan_open stands_for_loan rotation_open money_on_its_way cycle_is_over not_in_default
        settlement_paid cash_was_used credit_was_used not_reversible moved_by_provider
        savings_stand_for_loan already_contested too_late_to_contest already_fined already_officer
        group_full too_many_invitations no_rotation no_shares nothing_to_share meeting_is_open
        not_shared_out parts_left in_default order_fixed nothing_in_pot line_not_due round_paid
        phone_full meeting_was_held reminders_only too_many_broadcasts nowhere_to_send no_email muted
    """,
    "answered": """
        ambiguous_amount amount_too_large other_currency
        above_the_fund already_in_group bad_bid bad_constitution bad_day bad_guarantor bad_loan_request bad_order
        bad_periods bad_rates count_differs cycle_is_open dividend_too_high fine_open invalid_amount
        keeps_too_much looked_for_by_number more_than_due more_than_owed more_than_there no_such_group
        no_such_member no_such_period no_such_receipt
        not_carried not_eligible not_in_coins not_served not_so_much not_so_much_credit savings_too_low too_little
        too_much
        invitation_expired invitation_not_yours invitation_used already_registered asked_before just_forgotten
        insufficient_funds no_such_fine fine_too_high
        asks_for_secret has_dialled has_link nobody_to_tell said_before too_many_words two_operators
        kept_out_of_letters
    """,
    "after": """
        already_decided already_voted not_arriving
        broadcast_over fine_not_due fines_changed last_officer no_loans no_meeting
        not_a_meeting_day not_allowed not_at_meeting nothing_differs nothing_owed nothing_prepared office_taken
        order_changed plan_changed proposal_changed read_only too_late_for_slip turn_changed year_declared
        year_not_over
    """,
    "secret": """
        code_expired pin_locked pins_differ too_many_closed too_many_codes too_many_newcomers too_many_texts
        too_many_tries too_many_papers too_many_letters
        weak_pin wrong_code wrong_pin try_again
    """,
    "web": """
        already_brought bad_import_file phone_is_shared too_many_files
        bad_account bad_programme case_over difference_over group_needed missing_scope no_agent not_signed_in
        nothing_to_book provider_id_taken same_operator
        weak_password wrong_sign_in
    """,
}
_MOMENT_OF: Final = {code: moment for moment, codes in MOMENTS.items() for code in codes.split()}

# What is heard late all the same, by command, and why.
_BY_PHONE: Final = {"not_collected too_many_payments": "of the same rule by mobile money: cash is written down"}
LATE: Final[Mapping[str, Mapping[str, str]]] = {
    "SendBroadcast": {"too_few_members too_few_officers": "of members chosen by number: turns on what it costs"},
    "SendAgain": {"too_few_members too_few_officers": "where it was sent in the same conversation"},
    "ConfirmPrepared": {
        "frozen group_is_closing no_phone too_few_members too_few_officers": (
            "was said where it was prepared: what is heard here came up since"
        )
    },
    "RequestLoan": {"no_phone": "of a guarantor, who is found among those with a phone"},
    "Vote": {"no_phone": "whoever is here has a phone", "vote_held": "is said on the question, and a no is taken"},
    "ChangePhone": {
        "already_asked frozen no_phone too_few_members too_few_officers": (
            "of who comes back to a number: whose it was is known behind their PIN"
        )
    },
    "LetIn": {
        "already_asked frozen too_few_members too_few_officers": (
            "of somebody without a phone: who has none is shown behind the holder's PIN"
        )
    },
    "ReportDifference": {
        "already_asked too_few_members too_few_officers": "turns on what is counted: said before the reason"
    },
    "RecordPastRepayment": _BY_PHONE
    | {"cycle_is_over": "turns on the day", "group_is_closing": "no loan is open while it is shared out"},
    **dict.fromkeys(
        ("RecordCash", "RecordFine", "RecordRepayment", "RecordShares", "RecordSocial", "TakeCash"), _BY_PHONE
    ),
    "JoinGroup": {"group_full": "turns on the code: it is asked for again"},
    "Register": {"group_full": "turns on the code: it is asked for again"},
    # A word may have been typed to find the message; nothing is typed for what is done with it.
    "Mute": {"frozen no_phone": "is about a message that was found"},
    "RemoveLetter": {"frozen no_phone": "is about a message that was found"},
    "WriteLetter": {"muted": "of an answer to a message that was found: said before it is typed"},
    "CloseMeeting": {"already_fined": "whoever was fined is left out"},
    "FineInWords": {"already_fined": "turns on the words"},
    "PayAll": {
        "frozen": "is paid in parts: who is not paid, and why, is listed before",
        "no_phone": "whoever is here has a phone",
    },
    "PayRound": {
        "member_held not_payable nothing_in_pot payee_held payout_cap round_paid too_many_payments": (
            "asked about once it is known how it is paid, after who has not put in is read"
        )
    },
}

# Questions that cost work. To choose a line of a menu or a member, or to open what is one's own, is how one comes
# to a command.
_WORK: Final = ("amount", "text", "letter", "name", "phone", "own_phone", "code", "confirm", "terms")


@dataclass
class _Heard:
    """What was asked of the rules, and of the member, on the way to each command."""

    asked: dict[str, frozenset[str]] = field(default_factory=dict)  # by read
    kinds: dict[str, str] = field(default_factory=dict)  # by question
    given: set[tuple[str, type, tuple[str, ...]]] = field(default_factory=set)
    rehearsed: set[type] = field(default_factory=set)

    def note(self, turn: Turn) -> None:
        if turn.screen is not None and turn.step:
            self.kinds.setdefault(turn.step, turn.screen.kind)
        if turn.wanted is None:
            return
        key, step = turn.wanted.key, turn.wanted.step
        if isinstance(step, Read):
            if step.query is rehearse:
                self.rehearsed.add(type(step.args[0]))
            query = handler_of(type(step.args[0])) if step.query is rehearse else step.query
            self.asked[key] = self.asked.get(key, frozenset()) | refusals_in(query)
        elif isinstance(step, Check):
            self.kinds[key] = "opens" if step.opens else step.screen.kind
        elif isinstance(step, Submit):
            self.given.add((turn.flow, type(step.command), tuple(each.step for each in turn.journal)))


@dataclass(frozen=True)
class _Walked:
    report: Report
    heard: _Heard


@pytest.fixture(scope="module")
def walked() -> _Walked:
    heard = _Heard()
    return _Walked(explore(CHANNELS, heard=heard.note), heard)


def test_every_conversation_is_reached_and_every_screen_fits_is_translated_and_leads_on(walked: _Walked) -> None:
    ours = {name for name, run in FLOWS.items() if run.__module__.startswith("flows.")}
    assert walked.report.flows == ours
    (count,) = walked.report.lines()
    assert re.fullmatch(rf"{len(ours)} flows, \d{{5}} screens, 0 problems", count)


def test_every_refusal_has_its_moment() -> None:
    """Whoever writes a new rule decides when its refusal is heard."""
    said = [code for codes in MOMENTS.values() for code in codes.split()]
    assert sorted(said) == sorted(set(said)), "one moment each"
    ours = {code for code, kind in DomainError.codes.items() if kind.__module__.startswith("domain")}
    assert set(said) == ours


def test_what_is_known_is_said_before_any_work(walked: _Walked) -> None:
    heard = walked.heard
    late: set[tuple[str, str, str]] = set()
    seen: set[str] = set()
    for flow, command, steps in heard.given:
        known = {each for each in refusals_in(handler_of(command)) if _MOMENT_OF[each] == "known"}
        early: set[str] = set()
        work = ""
        for step in steps:
            kind = heard.kinds.get(step, "")
            if kind in _WORK or kind == "pin":
                work = step
                break
            early |= heard.asked.get(step, frozenset())
        seen.add(command.__name__)
        if work:
            late |= {(flow, command.__name__, each) for each in known - early}
    found = {(command, code) for _, command, code in late}
    allowed = {(command, code) for command, codes in LATE.items() for each in codes for code in each.split()}
    assert len(seen) > 60
    assert sorted(found - allowed) == [], f"said only after something was typed: {sorted(found - allowed)}"
    assert sorted(allowed - found) == [], "no longer late"


def test_nothing_that_counts_is_rehearsed(walked: _Walked) -> None:
    """A limit counts a use whatever becomes of it: a rehearsal would use it up."""
    counted = {"too_many_codes", "too_many_tries", "too_many_closed"}
    for command in walked.heard.rehearsed:
        assert not counted & refusals_in(handler_of(command)), command

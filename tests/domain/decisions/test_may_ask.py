"""Whether others can be asked is known before anything is typed: the check refuses what the request would."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from domain.books.accounts import Account
from domain.books.ledger import Draft, Posting
from domain.decisions.voting import AlreadyAsked, TooFewOfficers, Withdraw, may_ask_others
from domain.errors import DomainError
from domain.groups.own_money import Enter, Event, may_enter
from domain.groups.rules import ProposeRule
from domain.loans.borrow import RequestLoan
from domain.meetings.count import ReportDifference
from domain.mongo.store import MongoStore
from domain.people.new_phone import ChangePhone
from domain.records.person import membership_id
from domain.savings.social_fund import AskGrant, may_ask_grant
from tests.domain.officers import cash, counted, village_with_fines
from tests.money import ugx
from tests.people import Village, do

Check = Callable[[MongoStore, Village], object]
Asked = Callable[[Village], object]

# What is asked for, and what a conversation asks first.
_REQUESTS: dict[str, tuple[Asked, Check]] = {
    "loan": (
        lambda village: RequestLoan(village.umoja, village.akello.id, ugx(20_000), 2, "cash"),
        lambda store, village: may_ask_others(store, village.umoja, "loan", village.akello.id, village.akello.id),
    ),
    "grant": (
        lambda village: AskGrant(village.akello.id, village.umoja, ugx(2_000), "medicine"),
        lambda store, village: may_ask_grant(store, village.umoja, village.akello.id),
    ),
    "phone": (
        lambda village: ChangePhone(village.akello.id, village.umoja, village.akello.id, "+256772000199"),
        lambda store, village: may_ask_others(
            store, village.umoja, "phone", village.akello.id, village.akello.id, village.akello.id
        ),
    ),
    "constitution": (
        lambda village: ProposeRule(village.wanjiru.id, village.umoja, "approvals", "1"),
        lambda store, village: may_ask_others(
            store, village.umoja, "constitution", village.wanjiru.id, "", "approvals"
        ),
    ),
    "own_money": (
        lambda village: Enter(village.wanjiru.id, village.umoja, "borrowed", ugx(5_000), "a bank", "box"),
        lambda store, village: may_enter(store, village.umoja, village.wanjiru.id, "borrowed"),
    ),
}
_ONCE = ("grant", "phone", "constitution")


def refusal_of(work: Callable[[], object]) -> tuple[type[DomainError], dict[str, Any]] | None:
    try:
        work()
    except DomainError as error:
        return type(error), error.details
    return None


@pytest.fixture
def village(store: MongoStore) -> Village:
    """The group has 60,000, all of it Akello's shares, and 10,000 in its social fund."""
    village = village_with_fines(store)
    legs = (
        Posting("1010", 60_000),
        Posting("1040", 10_000),
        Posting(Account.SOCIAL_FUND, -10_000),
        Posting("3010", -60_000, village.akello.id),
    )
    rules = store.groups.get(village.umoja).constitution
    assert rules.loans is not None
    product = replace(rules.loans, borrowing=replace(rules.loans.borrowing, months_min=0, score_min=None))
    store.groups.change(village.umoja, constitution=replace(rules, loans=product, social_fund=None))
    store.post(Draft(village.umoja, "UGX", "opening", "as it was", store.now(), legs))
    return village


def leave_one_officer(store: MongoStore, village: Village) -> None:
    """Wanjiru, who asks for what officers ask for."""
    for who in (village.nakato, village.okot):
        store.memberships.change(membership_id(village.umoja, who.id), role="member")


@pytest.mark.parametrize("kind", _REQUESTS)
def test_what_can_be_asked_for_is_not_refused_before(store: MongoStore, village: Village, kind: str) -> None:
    request, check = _REQUESTS[kind]
    assert refusal_of(lambda: check(store, village)) is None
    assert refusal_of(lambda: do(store, request(village))) is None


@pytest.mark.parametrize("kind", sorted(_REQUESTS.keys() - {"constitution", "phone"}))
def test_too_few_officers_are_heard_of_before(store: MongoStore, village: Village, kind: str) -> None:
    leave_one_officer(store, village)
    request, check = _REQUESTS[kind]
    before = refusal_of(lambda: check(store, village))
    assert before == refusal_of(lambda: do(store, request(village)))
    assert before is not None and before[0] is TooFewOfficers


@pytest.mark.parametrize("kind", _ONCE)
def test_what_was_asked_for_is_heard_of_before(store: MongoStore, village: Village, kind: str) -> None:
    request, check = _REQUESTS[kind]
    do(store, request(village))
    before = refusal_of(lambda: check(store, village))
    assert before == refusal_of(lambda: do(store, request(village)))
    assert before is not None and before[0] is AlreadyAsked
    # Another rule, and another member's, can still be asked for.
    may_ask_others(store, village.umoja, "phone", village.okot.id, village.okot.id, village.okot.id)
    may_ask_others(store, village.umoja, "constitution", village.wanjiru.id, "", "quorum")
    (proposal,) = store.proposals.find(group=village.umoja, state="open")
    do(store, Withdraw(proposal.maker, proposal.id))
    assert refusal_of(lambda: check(store, village)) is None


def test_what_has_lapsed_is_left_as_it_is(store: MongoStore, village: Village) -> None:
    """It does not stand in the way, and is closed by whoever asks or votes, not by a look at it."""
    do(store, ReportDifference(village.wanjiru.id, village.umoja, counted(59_000, 10_000), "a note is torn"))
    (asked,) = store.proposals.find(group=village.umoja, state="open")
    with pytest.raises(AlreadyAsked):
        may_ask_others(store, village.umoja, "cash_count", village.wanjiru.id, "", asked.subject)
    cash(store, village, village.akello, 5_000, village.wanjiru)
    may_ask_others(store, village.umoja, "cash_count", village.wanjiru.id, "", asked.subject)
    assert store.proposals.get(asked.id) == asked


@pytest.mark.parametrize(
    ("event", "alone", "refused"),
    [
        ("cost", 0, True),
        ("cost", 5_000, False),
        ("borrowed", 5_000, True),
    ],
)
def test_what_an_officer_enters_alone_needs_nobody(
    store: MongoStore, village: Village, event: Event, alone: int, refused: bool
) -> None:
    leave_one_officer(store, village)
    group = store.groups.get(village.umoja)
    store.groups.change(group.id, constitution=replace(group.constitution, alone_max=ugx(alone)))
    said = refusal_of(lambda: may_enter(store, group.id, village.wanjiru.id, event))
    assert (said is not None and said[0] is TooFewOfficers) == refused

"""Deciding together: who may, what a vote is bound to, and that what was decided is done once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest

from domain.books.ledger import InsufficientFunds
from domain.commands import execute
from domain.decisions.lapsing import expire, overdue
from domain.decisions.rights import Frozen
from domain.decisions.voting import (
    AlreadyAsked,
    AlreadyVoted,
    ProposalChanged,
    TooFewOfficers,
    Vote,
    VoteHeld,
    Withdraw,
    amend,
    open_to,
    waiting_for,
)
from domain.groups.leave import AskToLeave, Expel
from domain.groups.suspend import Suspend
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.people.freeze import Freeze
from domain.records.person import AlreadyDecided, NotAllowed, Role, membership_id
from domain.records.proposal import OPEN_FOR, Proposal, ProposalKind, digest_of, quorum
from domain.savings.contribute import Contribute
from domain.savings.withdraw import AskWithdrawal
from flows.words.notices import words_of
from tests.conftest import Clock
from tests.domain.officers import let_opio_in, status
from tests.people import Village, Villager, arrives, do, found_village


@pytest.fixture
def village(store: MongoStore) -> Village:
    """With Opio, the secretary, as a third officer."""
    village = found_village(store)
    let_opio_in(store, village)
    return village


def opio(store: MongoStore) -> Villager:
    person = store.people.one(phone="+256772000110")
    assert person is not None
    return Villager(person.id, person.name, person.phone, "4826")


def ask_to_leave(store: MongoStore, village: Village, who: Villager) -> Proposal:
    do(store, AskToLeave(who.id, village.umoja, "cash"))
    return proposed(store, "exit", who)


def proposed(store: MongoStore, kind: ProposalKind, about: Villager) -> Proposal:
    (proposal,) = store.proposals.find(kind=kind, about=about.id, state="open")
    return proposal


def vote(store: MongoStore, who: Villager, proposal: Proposal, *, yes: bool = True, reason: str = "") -> Any:
    return do(store, Vote(who.id, proposal.id, proposal.digest, yes, reason))


def test_it_is_decided_when_as_many_officers_agree_as_the_rules_want(store: MongoStore, village: Village) -> None:
    proposal = ask_to_leave(store, village, village.akello)
    assert (proposal.needed, proposal.voters, proposal.by) == (2, 3, "officers")
    first = vote(store, village.nakato, proposal)
    assert (first["state"], first["missing"]) == ("open", 1)
    assert status(store, village, village.akello) == "active"
    second = vote(store, village.wanjiru, proposal)
    assert (second["state"], second["missing"], *second["changed"]) == ("approved", 0, village.akello.id)
    assert status(store, village, village.akello) == "exited"


def test_everybody_who_decides_is_told_and_nobody_else(store: MongoStore, village: Village) -> None:
    ask_to_leave(store, village, village.wanjiru)
    told = {notice.person: notice for notice in store.notices.find(kind="decision_wanted")}
    assert set(told) == {village.nakato.id, opio(store).id}
    assert words_of(told[village.nakato.id], "en") == (
        "Vote in Umoja until 19 Oct on this: Wanjiru Mary leaves: pay UGX 0. Choose Decide in the menu."
    )


def test_who_voted_and_whom_it_concerns_hear_what_became_of_it_once(store: MongoStore, village: Village) -> None:
    """Whoever voted last has read it on the screen, and whoever leaves is told that they have left."""
    proposal = ask_to_leave(store, village, village.akello)
    vote(store, opio(store), proposal, yes=False, reason="not now")
    vote(store, village.nakato, proposal)
    vote(store, village.wanjiru, proposal)
    told = store.notices.find(kind="decided")
    assert {notice.person for notice in told} == {village.nakato.id, opio(store).id}
    assert {words_of(notice, "en") for notice in told} == {
        "Agreed in Umoja by vote: Akello Grace leaves: pay UGX 0. Thank you!"
    }
    assert len(store.notices.find(kind="standing_changed", person=village.akello.id)) == 1


def test_who_voted_hears_that_it_was_taken_back(store: MongoStore, village: Village) -> None:
    proposal = ask_to_leave(store, village, village.akello)
    vote(store, village.nakato, proposal)
    do(store, Withdraw(village.akello.id, proposal.id))
    (told,) = store.notices.find(kind="decided")
    assert (told.person, told.values["became"]) == (village.nakato.id, "withdrawn")


def test_two_officers_at_once_both_count_and_it_is_done_once(store: MongoStore, village: Village) -> None:
    proposal = ask_to_leave(store, village, village.akello)
    with ThreadPoolExecutor(2) as threads:
        answers = [*threads.map(lambda who: vote(store, who, proposal), (village.nakato, village.wanjiru))]
    assert sorted(answer["state"] for answer in answers) == ["approved", "open"]
    after = store.proposals.get(proposal.id)
    assert set(after.yes) == {village.nakato.id, village.wanjiru.id}
    assert len(store.notices.find(kind="standing_changed")) == 1


def test_of_two_last_votes_at_once_the_later_is_refused(store: MongoStore, village: Village) -> None:
    proposal = ask_to_leave(store, village, village.akello)
    vote(store, village.nakato, proposal)

    def last(who: Villager) -> str:
        try:
            return str(vote(store, who, proposal)["state"])
        except AlreadyDecided:
            return "too late"

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(last, (village.wanjiru, opio(store)))) == ["approved", "too late"]
    assert len(store.proposals.get(proposal.id).yes) == 2


def test_neither_who_asks_nor_whom_it_is_about_decides(store: MongoStore, village: Village) -> None:
    own = ask_to_leave(store, village, village.wanjiru)
    with pytest.raises(NotAllowed):
        vote(store, village.wanjiru, own)
    assert vote(store, village.nakato, own)["state"] == "open"
    do(store, Suspend(village.nakato.id, village.umoja, village.okot.id, "suspended", "quarrels"))
    about_okot = proposed(store, "suspension", village.okot)
    for who in (village.nakato, village.okot):  # the maker, and whom it is about
        with pytest.raises(NotAllowed):
            vote(store, who, about_okot)
    assert vote(store, village.wanjiru, about_okot)["state"] == "open"


def test_where_officers_decide_a_member_does_not(store: MongoStore, village: Village) -> None:
    proposal = ask_to_leave(store, village, village.akello)
    for who in (village.okot, village.akello):
        with pytest.raises(NotAllowed):
            vote(store, who, proposal)
    assert store.proposals.get(proposal.id).yes == ()


def test_nothing_is_asked_that_too_few_officers_could_decide(store: MongoStore, village: Village) -> None:
    do(store, Freeze(village.okot.id))
    store.memberships.change(membership_id(village.umoja, opio(store).id), role="member")
    with pytest.raises(TooFewOfficers) as refused:
        ask_to_leave(store, village, village.wanjiru)
    assert refused.value.details == {"needed": 2, "there": 1}
    assert store.proposals.find(group=village.umoja) == []
    assert ask_to_leave(store, village, village.akello).needed == 2


def test_a_vote_for_what_was_changed_meanwhile_does_not_count(store: MongoStore, village: Village) -> None:
    proposal = ask_to_leave(store, village, village.akello)
    vote(store, village.nakato, proposal)
    values = {**proposal.values, "way": "mobile_money"}
    amended = store.transaction(lambda tx: amend(tx, proposal, {"way": "mobile_money"}, values))
    assert (amended.yes, amended.digest) == ((), digest_of({"way": "mobile_money"}))
    with pytest.raises(ProposalChanged):
        vote(store, village.wanjiru, proposal)
    assert store.proposals.get(proposal.id).yes == ()
    assert vote(store, village.nakato, amended)["state"] == "open"  # once more, for the new


def test_what_is_decided_is_not_changed_any_more(store: MongoStore, village: Village) -> None:
    proposal = ask_to_leave(store, village, village.akello)
    for who in (village.nakato, village.wanjiru):
        vote(store, who, proposal)
    with pytest.raises(AlreadyDecided):
        store.transaction(lambda tx: amend(tx, proposal, {"way": "mobile_money"}, proposal.values))


def test_nobody_votes_twice_nor_changes_sides(store: MongoStore, village: Village) -> None:
    proposal = ask_to_leave(store, village, village.akello)
    vote(store, village.nakato, proposal)
    for yes in (True, False):
        with pytest.raises(AlreadyVoted):
            vote(store, village.nakato, proposal, yes=yes)


def test_the_same_vote_sent_again_is_answered_with_the_first_result(store: MongoStore, village: Village) -> None:
    proposal = ask_to_leave(store, village, village.akello)
    command = Vote(village.nakato.id, proposal.id, proposal.digest, yes=True)
    first, again = execute(store, "key", command), execute(store, "key", command)
    assert (first["state"], first["missing"]) == (again["state"], again["missing"]) == ("open", 1)
    assert len(store.proposals.get(proposal.id).yes) == 1


def test_it_is_rejected_when_too_few_are_left_to_approve_it(store: MongoStore, village: Village) -> None:
    proposal = ask_to_leave(store, village, village.akello)
    assert vote(store, village.nakato, proposal, yes=False, reason="no cash")["state"] == "open"
    assert vote(store, village.wanjiru, proposal, yes=False, reason="not this week")["state"] == "rejected"
    told = {notice.person: notice.values["why"] for notice in store.notices.find(kind="decided")}
    # Whoever voted last has read it on the screen.
    assert told == dict.fromkeys((village.akello.id, village.nakato.id), "not this week")
    assert status(store, village, village.akello) == "active"
    with pytest.raises(AlreadyDecided):
        vote(store, opio(store), proposal)


def test_what_nobody_decides_expires_and_who_asked_is_told(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    proposal = ask_to_leave(store, village, village.akello)
    vote(store, village.nakato, proposal)
    clock.forward(seconds=(OPEN_FOR - timedelta(seconds=1)).total_seconds())
    expire(store, proposal.id)
    assert store.proposals.get(proposal.id).state == "open"
    assert overdue(store, 10) == []
    clock.forward(seconds=1)
    with pytest.raises(AlreadyDecided):
        vote(store, village.wanjiru, proposal)
    assert overdue(store, 10) == [proposal.id]
    for _ in range(2):
        expire(store, proposal.id)
    assert store.proposals.get(proposal.id).state == "expired"
    told = {notice.person: notice.values["became"] for notice in store.notices.find(kind="decided")}
    assert told == dict.fromkeys((village.akello.id, village.nakato.id), "expired")
    assert ask_to_leave(store, village, village.akello).state == "open"


def test_who_asked_takes_it_back_and_nobody_else_does(store: MongoStore, village: Village) -> None:
    proposal = ask_to_leave(store, village, village.akello)
    with pytest.raises(NotAllowed):
        do(store, Withdraw(village.nakato.id, proposal.id))
    do(store, Withdraw(village.akello.id, proposal.id))
    assert store.proposals.get(proposal.id).state == "withdrawn"
    for again in (
        Withdraw(village.akello.id, proposal.id),
        Vote(village.nakato.id, proposal.id, proposal.digest, True),
    ):
        with pytest.raises(AlreadyDecided):
            do(store, again)
    assert store.notices.find(kind="decided") == []


def test_the_same_is_not_asked_for_twice(store: MongoStore, village: Village) -> None:
    ask_to_leave(store, village, village.akello)
    with pytest.raises(AlreadyAsked):
        ask_to_leave(store, village, village.akello)
    ask_to_leave(store, village, village.okot)


def test_twice_at_once_it_is_asked_for_once(store: MongoStore, village: Village) -> None:
    def ask(_: int) -> str:
        try:
            do(store, AskToLeave(village.akello.id, village.umoja, "cash"))
        except AlreadyAsked:
            return "refused"
        return "asked"

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(ask, range(2))) == ["asked", "refused"]


def test_members_decide_by_their_quorum_and_the_one_it_is_about_does_not(
    store: MongoStore, village: Village
) -> None:
    do(store, Expel(village.nakato.id, village.umoja, village.akello.id, "took the box"))
    proposal = proposed(store, "expulsion", village.akello)
    assert (proposal.by, proposal.voters, proposal.needed) == ("members", 4, 2)  # half of all but Akello
    with pytest.raises(NotAllowed):
        vote(store, village.akello, proposal)
    assert vote(store, village.okot, proposal)["state"] == "open"
    assert vote(store, village.nakato, proposal)["state"] == "approved"  # who asked is a member too
    assert status(store, village, village.akello) == "expelled"


@pytest.mark.parametrize(
    ("part", "members", "needed"),
    [
        (Fraction(1, 2), 4, 2),
        (Fraction(1, 2), 5, 3),
        (Fraction(2, 3), 4, 3),
        (Fraction(1), 7, 7),
        (Fraction(1, 100), 3, 1),
    ],
    ids=str,
)
def test_a_quorum_is_rounded_up_and_one_at_least(part: Fraction, members: int, needed: int) -> None:
    assert quorum(part, members) == needed


def test_a_vote_whose_doing_is_refused_changes_nothing(store: MongoStore, village: Village) -> None:
    """The last yes would pay cash, and all that the group has is in its wallet."""
    asked = do(store, Contribute(village.umoja, village.akello.id, Money(5_700, "UGX")))
    assert isinstance(asked, dict)
    arrives(store, store.payments.get(asked["payment"]))
    do(store, AskWithdrawal(village.akello.id, village.umoja, Money(200, "UGX"), "cash"))
    proposal = proposed(store, "withdrawal", village.akello)
    vote(store, village.nakato, proposal)
    before, totals = store.proposals.get(proposal.id), store.books.totals(village.umoja)
    with pytest.raises(InsufficientFunds):
        vote(store, village.wanjiru, proposal)
    assert store.proposals.get(proposal.id) == before
    assert store.books.totals(village.umoja) == totals
    assert store.payments.count(group=village.umoja, direction="out") == 0


@pytest.mark.parametrize("role", ["chairperson", "treasurer", "member"])
def test_each_sees_what_waits_for_them(store: MongoStore, village: Village, role: Role) -> None:
    proposal = ask_to_leave(store, village, village.akello)
    who = {"chairperson": village.nakato, "treasurer": village.wanjiru, "member": village.okot}[role]
    group = store.groups.get(village.umoja)
    seen = [each.id for each in open_to(store, group, who.id)]
    assert seen == ([] if role == "member" else [proposal.id])
    if seen:
        vote(store, who, proposal)
        assert open_to(store, group, who.id) == []


def test_who_asked_sees_it_too_but_has_no_vote(store: MongoStore, village: Village) -> None:
    proposal = ask_to_leave(store, village, village.akello)
    (hers,) = waiting_for(store, village.umoja, village.akello.id)
    (others,) = waiting_for(store, village.umoja, village.nakato.id)
    assert (hers.id, hers.mine, hers.votes) == (proposal.id, True, False)
    assert others == replace(hers, mine=False, votes=True)
    assert others.values["amount"] == Money(0, "UGX")


def test_whose_account_is_frozen_decides_nothing(store: MongoStore, village: Village) -> None:
    """Somebody else may hold the phone."""
    proposal = ask_to_leave(store, village, village.akello)
    do(store, Freeze(village.nakato.id))
    with pytest.raises(Frozen):
        vote(store, village.nakato, proposal)
    assert vote(store, village.wanjiru, proposal)["state"] == "open"


def test_a_suspended_member_decides_nothing(store: MongoStore, village: Village) -> None:
    do(store, Expel(village.nakato.id, village.umoja, village.akello.id, "took the box"))
    proposal = proposed(store, "expulsion", village.akello)
    store.memberships.change(membership_id(village.umoja, village.okot.id), status="suspended")
    with pytest.raises(NotAllowed):
        vote(store, village.okot, proposal)
    assert vote(store, village.wanjiru, proposal)["state"] == "open"


def test_an_officer_with_a_new_pin_agrees_to_no_money_for_a_day(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    proposal = ask_to_leave(store, village, village.akello)
    store.people.change(village.nakato.id, pin_reset_at=clock())
    clock.forward(hours=23, minutes=30)
    (waiting,) = waiting_for(store, village.umoja, village.nakato.id)
    assert (waiting.held, waiting.votes) == (1, True), "said before the PIN, and the vote is theirs still"
    with pytest.raises(VoteHeld) as refused:
        vote(store, village.nakato, proposal)
    assert refused.value.details == {"hours": 1}
    assert store.proposals.get(proposal.id).yes == ()
    assert vote(store, village.wanjiru, proposal)["state"] == "open", "another officer's PIN is not new"
    clock.forward(minutes=30)
    assert vote(store, village.nakato, proposal)["state"] == "approved"


def test_with_a_new_pin_an_officer_still_says_no_and_decides_on_what_is_no_money(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    leaving = ask_to_leave(store, village, village.akello)
    store.people.change(village.nakato.id, pin_reset_at=clock())
    assert vote(store, village.nakato, leaving, yes=False, reason="She owes")["state"] == "open"
    do(store, Suspend(village.wanjiru.id, village.umoja, village.akello.id, "suspended"))
    suspension = proposed(store, "suspension", village.akello)
    assert vote(store, village.nakato, suspension)["state"] in ("open", "approved")

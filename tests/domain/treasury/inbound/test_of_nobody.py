"""Money whose account says nothing: it waits in sight, until officers or an operator say whose it is."""

from dataclasses import replace
from datetime import date

import pytest

from domain.books.ledger import InsufficientFunds
from domain.decisions.voting import Vote
from domain.groups.own_money import Enter
from domain.money import Money
from domain.records.group import Constitution
from domain.records.person import AlreadyDecided, NoSuchGroup, NotAllowed, membership_id
from domain.treasury.inbound import receive
from domain.treasury.unidentified import place, unidentified
from tests.domain.savers import Savers
from tests.domain.treasury.inbound.arriving import account, came, comes
from tests.money import ugx


@pytest.mark.parametrize("typed", ["10101-0999", "10101 0053", "10101", "10101-GRACE"])
def test_a_wrong_account_of_a_group_is_in_its_book_and_its_treasurer_hears_of_it(
    savers: Savers, typed: str
) -> None:
    inbound = comes(savers, 2_000, typed, payer_name="EVE O")
    assert (inbound.state, inbound.group, inbound.person, inbound.why) == (
        "unidentified",
        savers.group,
        "",
        "account",
    )
    assert savers.totals == {"1020": 2_000, "2070": -2_000}
    (said,) = savers.told("cy", "unasked_unknown")
    assert said | {"amount": 0} == {
        "amount": 0,
        "group": "Umoja",
        "typed": typed,
        "name": "Eve",
        "at": "2026-10-05T09:00",
    }
    assert savers.told("ada", "unasked_unknown") == []
    assert [*unidentified(savers.store, savers.group)] == [inbound]


def test_without_a_treasurer_all_officers_hear_of_it(savers: Savers) -> None:
    savers.store.memberships.change(membership_id(savers.group, "cy"), status="exited")
    comes(savers, 2_000, "10101-9999")
    assert [len(savers.told(each, "unasked_unknown")) for each in ("ada", "ben", "cy", "eve")] == [1, 1, 0, 0]


def test_what_was_typed_is_kept_so_that_it_can_be_shown(savers: Savers) -> None:
    assert comes(savers, 2_000, "rent\x1b[2J\u202e\0 é").account == "rent?[2J?? é"


@pytest.mark.parametrize("typed", ["", "rent", "20202-0014", "0772000105"])
def test_where_not_even_the_group_can_be_read_it_waits_for_an_operator(savers: Savers, typed: str) -> None:
    inbound = comes(savers, 2_000, typed)
    assert (inbound.state, inbound.group, inbound.why) == ("unidentified", "", "account")
    assert savers.totals == {} and [*unidentified(savers.store, "")] == [inbound]
    placed = place(savers.store, inbound.id, "10101")
    assert placed.group == savers.group and not unidentified(savers.store, "")
    assert savers.totals == {"1020": 2_000, "2070": -2_000}
    assert len(savers.told("cy", "unasked_unknown")) == 1
    with pytest.raises(AlreadyDecided):
        place(savers.store, inbound.id, "10101")
    with pytest.raises(NoSuchGroup):
        place(savers.store, inbound.id, "99999")


def test_an_operator_moves_it_from_the_wrong_group_to_the_right_one(savers: Savers) -> None:
    store = savers.store
    group = store.groups.get(savers.group)
    store.groups.insert(replace(group, id="other", code="20202"))
    kenyan = Constitution(share_price=Money(100, "KES"), first_meeting=date(2026, 9, 7))
    store.groups.insert(replace(group, id="kenyan", code="30303", currency="KES", constitution=kenyan))
    inbound = comes(savers, 2_000, "10101-9999")
    with pytest.raises(NotAllowed):
        place(store, inbound.id, "30303")
    place(store, inbound.id, "20202")
    assert savers.totals == {}
    assert store.books.totals("other") == {"1020": 2_000, "2070": -2_000}
    place(store, inbound.id, "10101")
    assert savers.totals == {"1020": 2_000, "2070": -2_000}
    assert {code: minor for code, minor in store.books.totals("other").items() if minor} == {}


def test_money_in_another_currency_is_in_no_book_of_the_group(savers: Savers) -> None:
    inbound = receive(savers.store, replace(came(savers, 1, account(savers, "eve")), amount=Money(500, "KES")))
    assert (inbound.state, inbound.group, inbound.why) == ("unidentified", "", "currency")
    assert savers.totals == {}


def test_officers_say_whose_it_is_and_it_is_their_credit(savers: Savers) -> None:
    inbound = comes(savers, 2_000, "10101-9999")
    known = Enter(
        "cy", savers.group, "known", ugx(2_000), "she showed the message", person="dan", inbound=inbound.id
    )
    with pytest.raises(NotAllowed):
        savers.do(replace(known, amount=ugx(1_000)))
    assert savers.do(known) == 1
    assert [*unidentified(savers.store, savers.group)] == [inbound], "one has said so; another one has to"
    savers.decide("own_money", "ada")
    assert savers.held("dan") == {"2030": -2_000} and savers.totals == {"1020": 2_000, "2030": -2_000}
    assert not unidentified(savers.store, savers.group)
    after = savers.store.inbound.get(inbound.id)
    assert (after.state, after.person, after.payer_hint) == ("attributed", "dan", "")
    assert len(savers.told("dan", "money_is_yours")) == 1
    with pytest.raises(AlreadyDecided):
        savers.do(replace(known, person="eve"))


def test_two_requests_for_the_same_money_give_it_once(savers: Savers) -> None:
    inbound = comes(savers, 2_000, "10101-9999")
    comes(savers, 2_000, "10101-9999", "R2")
    for person in ("dan", "eve"):
        savers.do(Enter("cy", savers.group, "known", ugx(2_000), "theirs", person=person, inbound=inbound.id))
    first, second = savers.store.proposals.find(group=savers.group, state="open", sort="created_at")
    savers.do(Vote("ada", first.id, first.digest, yes=True))
    with pytest.raises(AlreadyDecided):
        savers.do(Vote("ada", second.id, second.digest, yes=True))
    assert savers.totals == {"1020": 4_000, "2030": -2_000, "2070": -2_000}


def test_officers_give_back_what_nobody_knows_the_owner_of(savers: Savers) -> None:
    inbound = comes(savers, 2_000, "10101-9999")
    back = Enter(
        "cy", savers.group, "given_back", ugx(2_000), "he paid us by mistake", "wallet", inbound=inbound.id
    )
    with pytest.raises(NotAllowed):
        savers.do(replace(back, event="cost"))
    with pytest.raises(InsufficientFunds):
        savers.do(replace(back, purse="box"))
    assert savers.do(back) == 1
    savers.decide("own_money", "ada")
    assert savers.totals == {}
    assert savers.store.inbound.get(inbound.id).state == "returned"
    assert not unidentified(savers.store, savers.group)
    with pytest.raises(AlreadyDecided):
        savers.do(back)

"""What officers enter of the group's own money: each event by its accounts, with a wrong one beside it."""

import pytest

from domain.books.ledger import Draft, InsufficientFunds, Posting
from domain.decisions.rights import GroupIsClosing
from domain.errors import DomainError
from domain.groups.own_money import Enter, Event, MoreThanThere, Purse, own_money, targets
from domain.mongo.store import MongoStore
from domain.mongo.verify import verify_book
from domain.records.person import NotAllowed
from tests.domain.savers import Savers, found
from tests.money import ugx

OPENING = {"1010": 500_000, "1020": 200_000, "1030": 50_000, "1040": 30_000, "1025": 20_000, "2020": -50_000}


@pytest.fixture
def savers(store: MongoStore) -> Savers:
    savers = found(store, saved=0)
    legs = (*(Posting(code, minor) for code, minor in OPENING.items()), Posting("3010", -750_000, "dan"))
    store.post(Draft(savers.group, "UGX", "opening", "as it was", store.now(), legs))
    return savers


def enter(
    savers: Savers, event: Event, purse: str = "", to: str = "", minor: int = 10_000, person: str = ""
) -> int:
    needed: int = savers.do(Enter("ada", savers.group, event, ugx(minor), "as it was", purse, to, person))  # type: ignore[arg-type]
    return needed


def changed(savers: Savers) -> dict[str, int]:
    """What every account has more or less than at the opening."""
    now, before = savers.totals, OPENING | {"3010": -750_000}
    return {
        code: now.get(code, 0) - before.get(code, 0)
        for code in sorted({*now, *before})
        if now.get(code) != before.get(code)
    }


@pytest.mark.parametrize(
    ("event", "purse", "to", "posted"),
    [
        ("move", "box", "bank", {"1010": -10_000, "1030": 10_000}),
        ("move", "bank", "box", {"1010": 10_000, "1030": -10_000}),
        ("move", "box", "wallet", {"1010": -10_000, "1020": 10_000}),
        ("move", "social_box", "social_wallet", {"1025": 10_000, "1040": -10_000}),
        ("move", "box", "social_box", {"1010": -10_000, "1020": 10_000, "1025": -10_000, "1040": 10_000}),
        ("move", "social_box", "box", {"1010": 10_000, "1020": -10_000, "1025": 10_000, "1040": -10_000}),
        ("move", "wallet", "social_wallet", {"1010": 10_000, "1020": -10_000, "1025": 10_000, "1040": -10_000}),
        ("move", "social_wallet", "wallet", {"1010": -10_000, "1020": 10_000, "1025": -10_000, "1040": 10_000}),
        ("cost", "bank", "", {"1030": -10_000, "5030": 10_000}),
        ("income", "box", "", {"1010": 10_000, "4030": -10_000}),
        ("fee", "wallet", "", {"1020": -10_000, "5020": 10_000}),
        ("borrowed", "bank", "", {"1030": 10_000, "2050": -10_000}),
        ("unknown", "wallet", "", {"1020": 10_000, "2070": -10_000}),
        ("less", "wallet", "", {"1020": -10_000, "5060": 10_000}),
        ("more", "wallet", "", {"1020": 10_000, "5060": -10_000}),
        ("less", "social_wallet", "", {"1025": -10_000, "2020": 10_000}),
    ],
)
def test_an_event_is_in_the_book_when_another_officer_agrees(
    savers: Savers, event: Event, purse: Purse, to: str, posted: dict[str, int]
) -> None:
    assert enter(savers, event, purse, to) == 1
    assert changed(savers) == {}
    with pytest.raises(NotAllowed):
        savers.decide("own_money", "ada")
    savers.decide("own_money", "ben")
    assert changed(savers) == posted
    assert verify_book(savers.store.books, savers.group) == []


@pytest.mark.parametrize(
    ("event", "purse", "to", "minor", "refused"),
    [
        ("move", "box", "social_wallet", 10_000, NotAllowed),  # neither a move nor a swap
        ("move", "bank", "social_box", 10_000, NotAllowed),
        ("move", "box", "box", 10_000, NotAllowed),
        ("move", "box", "", 10_000, NotAllowed),
        ("cost", "social_box", "", 10_000, NotAllowed),  # the social fund pays grants only
        ("fee", "box", "", 10_000, NotAllowed),
        ("cost", "", "", 10_000, NotAllowed),
        ("cost", "box", "", 0, NotAllowed),
        ("cost", "bank", "", 50_001, InsufficientFunds),
        ("move", "social_box", "social_wallet", 30_001, InsufficientFunds),
        ("move", "box", "social_box", 20_001, InsufficientFunds),  # the fund's wallet has not so much to give
        ("paid_back", "box", "", 10_000, MoreThanThere),
        ("known", "", "", 10_000, NotAllowed),
    ],
)
def test_what_cannot_be_is_refused(
    savers: Savers, event: Event, purse: str, to: str, minor: int, refused: type[DomainError]
) -> None:
    with pytest.raises(refused):
        enter(savers, event, purse, to, minor)
    assert changed(savers) == {} and not savers.store.proposals.count(group=savers.group)


def test_who_lent_to_the_group_is_paid_back_no_more_than_that(savers: Savers) -> None:
    enter(savers, "borrowed", "bank", minor=40_000)
    savers.decide("own_money", "ben")
    with pytest.raises(MoreThanThere) as refused:
        enter(savers, "paid_back", "box", minor=40_001)
    assert refused.value.details == {"most": 40_000, "currency": "UGX"}
    enter(savers, "paid_back", "box", minor=40_000)
    savers.decide("own_money", "cy")
    assert changed(savers) == {"1010": -40_000, "1030": 40_000}


def test_money_of_an_unknown_payer_is_theirs_once_somebody_says_who_it_was(savers: Savers) -> None:
    enter(savers, "unknown", "wallet", minor=7_000)
    savers.decide("own_money", "ben")
    with pytest.raises(MoreThanThere):
        enter(savers, "known", minor=7_001, person="eve")
    with pytest.raises(NotAllowed):
        enter(savers, "known", minor=7_000, person="nobody")
    enter(savers, "known", minor=700, person="eve")
    savers.decide("own_money", "ben")
    assert savers.held("eve") == {"2030": -700}
    assert own_money(savers.store, savers.group).unknown == ugx(6_300)
    assert savers.told("eve", "money_is_yours") == [{"amount": ugx(700), "group": "Umoja"}]


def test_what_one_officer_may_spend_alone_is_entered_at_once_and_the_others_are_told(store: MongoStore) -> None:
    savers = found(store, alone_max=ugx(5_000))
    assert enter(savers, "cost", "box", minor=5_000) == 0
    assert savers.totals["5030"] == 5_000
    assert [len(savers.told(officer, "entered_alone")) for officer in savers.officers] == [0, 1, 1]
    assert enter(savers, "cost", "box", minor=5_001) == 1
    assert enter(savers, "move", "box", "bank", minor=1) == 1, "money between purses is always for two"


def test_what_is_gone_by_the_vote_is_not_paid_twice(savers: Savers) -> None:
    enter(savers, "cost", "bank", minor=50_000)
    savers.store.post(
        Draft(savers.group, "UGX", "x", "x", savers.store.now(), (Posting("1030", -1), Posting("5030", 1)))
    )
    with pytest.raises(InsufficientFunds):
        savers.decide("own_money", "ben")


def test_while_a_share_out_is_decided_money_moves_but_neither_costs_nor_earns(savers: Savers) -> None:
    savers.store.groups.change(savers.group, closing=True)
    for event in ("cost", "income", "fee", "less", "more"):
        with pytest.raises(GroupIsClosing):
            enter(savers, event, "wallet")
    enter(savers, "move", "box", "wallet")
    savers.decide("own_money", "ben")
    assert changed(savers) == {"1010": -10_000, "1020": 10_000}


def test_money_goes_to_the_other_purses_of_its_fund_or_is_swapped() -> None:
    assert targets("box") == ("wallet", "bank", "social_box")
    assert targets("bank") == ("box", "wallet")
    assert targets("social_wallet") == ("social_box", "wallet")


def test_what_an_officer_writes_names_nobody_in_the_book(savers: Savers) -> None:
    store, group = savers.store, savers.group
    store.people.change("dan", name="Okot Dan")
    words = "Transport for OKOT (+256 772 000104) to the bank, 2 danish books"
    savers.do(Enter("ada", group, "cost", ugx(10_000), words, "box"))
    savers.decide("own_money", "ben")
    newest = list(store.books.entries(group))[-1]
    assert newest.text == "cost: Transport for member 4 () to the bank, 2 danish books"
    assert verify_book(store.books, group) == []

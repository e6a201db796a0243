"""Groups name who looks after them: what an agent sees follows at once, and each hand-over is written down."""

from dataclasses import replace
from typing import Final

import pytest

from domain.access.accounts import BadAccount, disable_account, make_account
from domain.access.agents import (
    BadProgramme,
    NoAgent,
    add_programme,
    agent_with_code,
    groups_of_agent,
    hand_groups_over,
    look_after,
    programme_with,
    put_in_programme,
)
from domain.access.audit import audit_entries
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.records.account import StaffAccount
from domain.records.group import Group
from domain.records.pin import Secret
from tests.people import Village, found_group

GOOD: Final = Secret("a river runs past seven huts")


@pytest.fixture
def groups(store: MongoStore, village: Village) -> list[Group]:
    other = found_group(store, "20202", "Tujenge", Money(1_000, "UGX"), {village.okot: "chairperson"})
    return [store.groups.get(village.umoja), store.groups.get(other)]


def agent(store: MongoStore, email: str = "amos@example.org", code: str = "") -> StaffAccount:
    return make_account(store, email, "Amos", "agent", GOOD, code=code)


def test_a_group_has_one_agent(store: MongoStore, groups: list[Group]) -> None:
    amos, grace = agent(store), agent(store, "grace@example.org")
    assert look_after(store, groups, amos) == 2
    assert groups_of_agent(store, amos) == {each.id for each in groups}
    assert look_after(store, [store.groups.get(groups[0].id)], grace) == 1
    assert groups_of_agent(store, amos) == {groups[1].id}
    assert groups_of_agent(store, grace) == {groups[0].id}
    assert look_after(store, [store.groups.get(groups[0].id)], grace) == 0, "it is hers already"
    look_after(store, [store.groups.get(groups[0].id)], None)
    assert groups_of_agent(store, grace) == frozenset()


def test_groups_are_handed_over_and_each_is_written_down(store: MongoStore, groups: list[Group]) -> None:
    amos, grace = agent(store), agent(store, "grace@example.org")
    look_after(store, groups, amos)
    assert hand_groups_over(store, amos, grace, [groups[0].code]) == 1
    assert groups_of_agent(store, grace) == {groups[0].id}
    assert hand_groups_over(store, amos, grace) == 1
    assert hand_groups_over(store, amos, grace) == 0, "nothing is left"
    for each in groups:
        acts = [(act.did, act.about, act.why) for act in audit_entries(store, group=each.id)]
        assert sorted(acts) == sorted(
            [("group.agent", amos.id, ""), ("group.agent", grace.id, "from amos@example.org")]
        )


def test_nobody_looks_after_groups_who_is_no_agent_or_may_not_sign_in(
    store: MongoStore, groups: list[Group]
) -> None:
    amos, ruth = agent(store), make_account(store, "ruth@example.org", "Ruth", "operator", GOOD)
    disable_account(store, amos, True)
    for account in (ruth, store.accounts.get(amos.id)):
        with pytest.raises(NoAgent):
            look_after(store, groups, account)
    assert {store.groups.get(each.id).agent for each in groups} == {""}


def test_an_account_of_before_sees_what_it_holds_until_the_group_names_somebody(
    store: MongoStore, groups: list[Group]
) -> None:
    amos, grace = agent(store), agent(store, "grace@example.org")
    store.database["staff"].update_one({"_id": amos.id}, {"$set": {"groups": [each.id for each in groups]}})
    store.database["groups"].update_many({}, {"$unset": {"agent": ""}})
    amos = store.accounts.get(amos.id)
    assert groups_of_agent(store, amos) == {each.id for each in groups}
    assert hand_groups_over(store, amos, grace, [groups[0].code]) == 1
    assert groups_of_agent(store, amos) == {groups[1].id}
    assert groups_of_agent(store, replace(amos, groups=())) == frozenset()


def test_the_groups_of_an_agent_are_read_from_the_index_alone(store: MongoStore, groups: list[Group]) -> None:
    amos = agent(store)
    look_after(store, groups, amos)
    plan = store.database["groups"].find({"agent": amos.id}, {"_id": 1}).explain()
    assert "FETCH" not in str(plan["queryPlanner"]["winningPlan"])
    assert "COLLSCAN" not in str(plan["queryPlanner"]["winningPlan"])


def test_sheets_name_an_agent_by_a_code_or_an_address(store: MongoStore) -> None:
    amos = agent(store, code="A-12")
    make_account(store, "ruth@example.org", "Ruth", "operator", GOOD)
    table = {
        "A-12": amos,
        " A-12 ": amos,
        "Amos@example.org": amos,
        "A-13": None,
        "": None,
        "ruth@example.org": None,
    }
    assert {said: agent_with_code(store, said) for said in table} == table
    with pytest.raises(BadAccount):
        agent(store, "grace@example.org", code="A-12")
    with pytest.raises(BadAccount):
        make_account(store, "rose@example.org", "Rose", "operator", GOOD, code="A-14")


def test_a_programme_has_a_code_of_its_own_and_a_group_one_programme(
    store: MongoStore, groups: list[Group]
) -> None:
    north, south = (
        add_programme(store, "North-1", "  Savings in  the north "),
        add_programme(store, "south", "South"),
    )
    assert (north.code, north.name) == ("north-1", "Savings in the north")
    assert programme_with(store, "NORTH-1") == north and programme_with(store, "east") is None
    for code, name in (("north-1", "Again"), ("", "X"), ("a b", "X"), ("-a", "X"), ("ok", " "), ("ok", "x" * 61)):
        with pytest.raises(BadProgramme):
            add_programme(store, code, name)
    assert put_in_programme(store, groups, north) == 2
    assert put_in_programme(store, [store.groups.get(groups[0].id)], south) == 1
    assert (store.groups.count(programme=north.id), store.groups.count(programme=south.id)) == (1, 1)
    assert put_in_programme(store, [store.groups.get(groups[0].id)], south) == 0

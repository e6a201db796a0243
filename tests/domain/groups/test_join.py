"""Registering, asking to join, being let in: who may, and what happens when two do it at once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from domain.commands import execute
from domain.errors import DomainError
from domain.groups.found import FoundGroup
from domain.groups.join import Applicant, Decide, GroupFull, JoinGroup, applicants, group_with_code
from domain.groups.register import Register
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.people.chats import stop_messages_to
from domain.people.phones import NoSuchMember, normal_phone, person_with
from domain.people.profile import SetLanguage, member
from domain.records.group import Constitution
from domain.records.person import (
    AlreadyDecided,
    AlreadyInGroup,
    AlreadyRegistered,
    MembershipStatus,
    NoSuchGroup,
    NotAllowed,
    membership_id,
)
from domain.records.pin import Secret
from tests.conftest import Clock
from tests.people import Village, Villager, do, found_group, found_village, register
from tests.together import at_once


@pytest.fixture
def opio(store: MongoStore, village: Village) -> Villager:
    """Waits to be let into Umoja."""
    opio = register(store, "Opio Peter", "+256772000110", "4826")
    do(store, JoinGroup(opio.id, village.code))
    return opio


ASKED = {"group": "Umoja", "active": False}


def status(store: MongoStore, group: str, who: Villager) -> MembershipStatus:
    return store.memberships.get(membership_id(group, who.id)).status


def told(store: MongoStore, kind: str) -> list[str]:
    return sorted(notice.person for notice in store.notices.find(kind=kind))


# Registering


def stranger(phone: str = "+256772000199", code: str = "") -> Register:
    return Register(phone, "Achieng Mary", "sw", "hash", code)


def test_who_registers_with_a_group_s_code_waits_to_be_let_in(store: MongoStore, village: Village) -> None:
    assert do(store, stranger(code=village.code)) == ASKED
    id = person_with(store, "+256772000199")
    assert id is not None
    achieng = member(store, id)
    assert (achieng.name, achieng.language, achieng.groups, achieng.waiting) == (
        "Achieng Mary", "sw", (), ("Umoja",),
    )  # fmt: skip
    assert [*applicants(store, village.umoja)] == [Applicant(id, "Achieng Mary", "+256772000199")]
    notices = store.notices.find(kind="somebody_wants_to_join")
    of_this = {n.person for n in notices if n.values == {"name": "Achieng Mary", "group": "Umoja"}}
    assert of_this == {village.nakato.id, village.wanjiru.id}


def test_who_has_no_code_registers_all_the_same(store: MongoStore) -> None:
    assert do(store, stranger()) is None
    assert person_with(store, "+256772000199") is not None


def test_a_wrong_code_registers_nobody(store: MongoStore) -> None:
    with pytest.raises(NoSuchGroup):
        do(store, stranger(code="99999"))
    assert person_with(store, "+256772000199") is None


def test_a_number_registers_once(store: MongoStore, village: Village) -> None:
    do(store, stranger(code=village.code))
    with pytest.raises(AlreadyRegistered):
        do(store, stranger())
    assert len(store.people.find(phone="+256772000199")) == 1


def test_a_number_that_registers_twice_at_once_does_so_once(store: MongoStore, village: Village) -> None:
    works = [lambda: do(store, stranger(code=village.code))] * 4
    assert at_once(*works) == ["already_registered"] * 3 + ["done"]
    assert len(store.people.find(phone="+256772000199")) == 1
    assert len(applicants(store, village.umoja)) == 1


def test_a_repeated_key_gives_the_first_answer_and_changes_nothing(store: MongoStore, village: Village) -> None:
    assert execute(store, "key", stranger(code=village.code)) == ASKED
    assert execute(store, "key", stranger(phone="+256772000198")) == ASKED
    assert person_with(store, "+256772000198") is None
    assert len(told(store, "somebody_wants_to_join")) == 2 + 2 * 2, "two for each who asked, none for the repeat"


def test_a_key_given_twice_at_once_is_one_command_with_two_equal_answers(
    store: MongoStore, village: Village
) -> None:
    with ThreadPoolExecutor(8) as threads:
        register = stranger(code=village.code)
        assert [*threads.map(lambda _: execute(store, "key", register), range(8))] == [ASKED] * 8
    assert len(applicants(store, village.umoja)) == 1


def test_a_refused_command_may_be_tried_again_under_its_key(store: MongoStore) -> None:
    with pytest.raises(NoSuchGroup):
        execute(store, "key", stranger(code="10101"))
    village = found_village(store)
    assert execute(store, "key", stranger(code=village.code)) == ASKED


# Asking to join


def test_who_waits_or_is_in_asks_no_second_time(store: MongoStore, village: Village, opio: Villager) -> None:
    for who in (opio, village.akello, village.nakato):
        with pytest.raises(AlreadyInGroup) as refused:
            do(store, JoinGroup(who.id, village.code))
        assert refused.value.details == {"group": "Umoja"}
    assert [applicant.id for applicant in applicants(store, village.umoja)] == [opio.id]


def test_asking_four_times_at_once_is_asking_once(store: MongoStore, village: Village) -> None:
    atim = register(store, "Atim Rose", "+256772000111", "4827")
    works = [lambda: do(store, JoinGroup(atim.id, village.code))] * 4
    assert at_once(*works) == ["already_in_group"] * 3 + ["done"]
    assert len(applicants(store, village.umoja)) == 1


def test_those_who_ask_at_once_get_a_number_each(store: MongoStore, village: Village) -> None:
    people = [register(store, f"Atim {n}", f"+25677200012{n}", "4827") for n in range(4)]
    works = [lambda who=who: do(store, JoinGroup(who.id, village.code)) for who in people]
    assert at_once(*works) == ["done"] * 4
    numbers = [each.number for each in store.memberships.find(group=village.umoja)]
    assert sorted(numbers) == list(range(1, 9))


def test_a_code_that_no_group_has_is_refused(store: MongoStore, village: Village) -> None:
    assert group_with_code(store, village.code, "+256772000110") == "Umoja"
    for code in ("99999", "", "10101 "):
        with pytest.raises(NoSuchGroup):
            group_with_code(store, code, "+256772000110")
        with pytest.raises(NoSuchGroup):
            do(store, JoinGroup(village.akello.id, code))


def test_who_was_refused_may_ask_again_and_keeps_the_number(
    store: MongoStore, village: Village, opio: Villager, clock: Clock
) -> None:
    id = membership_id(village.umoja, opio.id)
    first = store.memberships.get(id)
    do(store, Decide(village.nakato.id, village.umoja, opio.id, welcome=False))
    assert not applicants(store, village.umoja)
    clock.forward(hours=1)
    do(store, JoinGroup(opio.id, village.code))
    again = store.memberships.get(id)
    assert (again.status, again.number) == ("pending", first.number)
    assert again.asked_at == clock() > first.asked_at


def test_who_waits_longest_is_shown_first(
    store: MongoStore, village: Village, opio: Villager, clock: Clock
) -> None:
    clock.forward(minutes=1)
    atim = register(store, "Atim Rose", "+256772000111", "4827")
    do(store, JoinGroup(atim.id, village.code))
    assert [applicant.name for applicant in applicants(store, village.umoja)] == ["Opio Peter", "Atim Rose"]


# Letting in


@pytest.mark.parametrize(
    ("welcome", "then", "notice"),
    [(True, "active", "welcome_to_group"), (False, "refused", "refused_by_group")],
)
def test_an_officer_decides_and_the_applicant_is_told(
    store: MongoStore, village: Village, opio: Villager, welcome: bool, then: str, notice: str
) -> None:
    before = told(store, notice)
    do(store, Decide(village.wanjiru.id, village.umoja, opio.id, welcome))
    decided = store.memberships.get(membership_id(village.umoja, opio.id))
    assert (decided.status, decided.decided_by) == (then, village.wanjiru.id)
    assert decided.joined_at == (store.now() if welcome else None)
    assert told(store, notice) == sorted([*before, opio.id])
    assert [group.name for group in member(store, opio.id).groups] == (["Umoja"] if welcome else [])


def test_only_an_active_officer_of_this_group_decides_and_never_about_themselves(
    store: MongoStore, village: Village, opio: Villager
) -> None:
    nobody = register(store, "Atim Rose", "+256772000111", "4827")
    chair_elsewhere = register(store, "Ouma Paul", "+256772000112", "4828")
    found_group(store, "20202", "Tujenge", Money(1_000, "UGX"), {chair_elsewhere: "chairperson"})
    suspended = village.wanjiru
    store.memberships.change(membership_id(village.umoja, suspended.id), status="suspended")
    for who in (opio, village.akello, nobody, chair_elsewhere, suspended):
        with pytest.raises(NotAllowed):
            do(store, Decide(who.id, village.umoja, opio.id, welcome=True))
    assert status(store, village.umoja, opio) == "pending"


def test_an_officer_who_asks_to_join_another_group_does_not_let_themselves_in(
    store: MongoStore, village: Village
) -> None:
    """Not even as an officer: being one of the group that is asked is what counts, and it takes another."""
    ouma = register(store, "Ouma Paul", "+256772000112", "4828")
    tujenge = found_group(store, "20202", "Tujenge", Money(1_000, "UGX"), {ouma: "chairperson"})
    do(store, JoinGroup(village.nakato.id, "20202"))
    store.memberships.change(membership_id(tujenge, village.nakato.id), role="secretary")
    with pytest.raises(NotAllowed):
        do(store, Decide(village.nakato.id, tujenge, village.nakato.id, welcome=True))
    do(store, Decide(ouma.id, tujenge, village.nakato.id, welcome=True))
    assert status(store, tujenge, village.nakato) == "active"


def test_a_request_is_answered_once(store: MongoStore, village: Village, opio: Villager) -> None:
    do(store, Decide(village.nakato.id, village.umoja, opio.id, welcome=True))
    for officer in (village.nakato, village.wanjiru):
        with pytest.raises(AlreadyDecided):
            do(store, Decide(officer.id, village.umoja, opio.id, welcome=False))
    assert status(store, village.umoja, opio) == "active"


def test_of_two_officers_at_once_one_decides(store: MongoStore, village: Village, opio: Villager) -> None:
    yes = Decide(village.nakato.id, village.umoja, opio.id, welcome=True)
    no = Decide(village.wanjiru.id, village.umoja, opio.id, welcome=False)
    assert at_once(lambda: do(store, yes), lambda: do(store, no)) == ["already_decided", "done"]
    decided = store.memberships.get(membership_id(village.umoja, opio.id))
    assert decided.decided_by == (village.nakato.id if decided.status == "active" else village.wanjiru.id)
    answers = [n.kind for n in store.notices.find(person=opio.id)]
    assert answers == ["welcome_to_group" if decided.status == "active" else "refused_by_group"]


def test_nobody_is_let_in_who_did_not_ask(store: MongoStore, village: Village) -> None:
    atim = register(store, "Atim Rose", "+256772000111", "4827")
    with pytest.raises(AlreadyDecided):
        do(store, Decide(village.nakato.id, village.umoja, atim.id, welcome=True))
    assert store.memberships.one(id=membership_id(village.umoja, atim.id)) is None


@pytest.mark.parametrize(
    ("was", "code"),
    [
        ("suspended", "already_in_group"),
        ("leaving", "already_in_group"),
        ("expelled", "not_allowed"),
        ("deceased", "not_allowed"),
    ],
)
def test_who_has_left_may_ask_again_and_who_was_expelled_may_not(
    store: MongoStore, village: Village, was: MembershipStatus, code: str
) -> None:
    id = membership_id(village.umoja, village.okot.id)
    number = store.memberships.get(id).number
    store.memberships.change(id, status=was)
    with pytest.raises(DomainError) as refused:
        do(store, JoinGroup(village.okot.id, village.code))
    assert refused.value.code == code
    store.memberships.change(id, status="exited")
    do(store, JoinGroup(village.okot.id, village.code))
    assert (store.memberships.get(id).status, store.memberships.get(id).number) == ("pending", number)


def full(store: MongoStore, village: Village) -> None:
    """Umoja has room for one more than its four."""
    rules = replace(store.groups.get(village.umoja).constitution, members_max=5)
    store.groups.change(village.umoja, constitution=rules)


def test_a_group_takes_as_many_as_its_rules_allow(store: MongoStore, village: Village, opio: Villager) -> None:
    full(store, village)
    atim = register(store, "Atim Rose", "+256772000111", "4827")
    do(store, JoinGroup(atim.id, village.code))
    do(store, Decide(village.nakato.id, village.umoja, opio.id, welcome=True))
    with pytest.raises(GroupFull):
        do(store, Decide(village.nakato.id, village.umoja, atim.id, welcome=True))
    assert status(store, village.umoja, atim) == "pending"
    with pytest.raises(GroupFull):
        group_with_code(store, village.code, "+256772000110")
    with pytest.raises(GroupFull):
        do(store, stranger(code=village.code))
    # A suspended member keeps their place, and one who left gives it up.
    store.memberships.change(membership_id(village.umoja, village.okot.id), status="suspended")
    with pytest.raises(GroupFull):
        do(store, Decide(village.nakato.id, village.umoja, atim.id, welcome=True))
    store.memberships.change(membership_id(village.umoja, village.okot.id), status="exited")
    do(store, Decide(village.nakato.id, village.umoja, atim.id, welcome=True))
    assert status(store, village.umoja, atim) == "active"


def test_of_two_let_in_at_once_to_one_place_one_is(store: MongoStore, village: Village, opio: Villager) -> None:
    full(store, village)
    atim = register(store, "Atim Rose", "+256772000111", "4827")
    do(store, JoinGroup(atim.id, village.code))
    one = Decide(village.nakato.id, village.umoja, opio.id, welcome=True)
    other = Decide(village.wanjiru.id, village.umoja, atim.id, welcome=True)
    assert at_once(lambda: do(store, one), lambda: do(store, other)) == ["done", "group_full"]


# Founding, and what members change


def test_a_group_is_led_from_its_first_day(store: MongoStore, village: Village) -> None:
    rules = Constitution(Money(1_000, "UGX"), Clock()().date())
    with pytest.raises(NotAllowed):
        do(store, FoundGroup("30303", "Nobody's", "vsla", rules, ()))
    with pytest.raises(NotAllowed):
        do(store, FoundGroup("30303", "Nobody's", "vsla", rules, ((village.akello.id, "member"),)))
    assert store.groups.one(code="30303") is None


def test_a_member_sees_every_group_in_the_order_of_joining(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    clock.forward(minutes=1)
    found_group(store, "20202", "Tujenge", Money(1_000, "UGX"), {village.akello: "treasurer"})
    akello = member(store, village.akello.id)
    assert [(group.name, group.role) for group in akello.groups] == [("Umoja", "member"), ("Tujenge", "treasurer")]
    assert [group.name for group in akello.groups_led] == ["Tujenge"]
    assert akello.groups[1].cap == Money(5_100, "UGX")


def test_a_language_is_kept(store: MongoStore, village: Village) -> None:
    do(store, SetLanguage(village.akello.id, "fr"))
    assert member(store, village.akello.id).language == "fr"


def test_stop_is_obeyed_until_start_and_only_for_a_number_we_know(store: MongoStore, village: Village) -> None:
    for stopped in (True, True, False):
        stop_messages_to(store, village.akello.phone, stopped)
        assert store.people.get(village.akello.id).messages_stopped is stopped
    with pytest.raises(NoSuchMember):
        stop_messages_to(store, "+256772000999", True)


@pytest.mark.parametrize(
    ("typed", "country", "number"),
    [
        ("0772 000 101", "UG", "+256772000101"),
        ("+256772000101", "KE", "+256772000101"),
        ("0711000999", "KE", "+254711000999"),
        ("٠٧٧٢٠٠٠١٠١", "UG", "+256772000101"),
        ("hello", "UG", None),
        ("12", "UG", None),
        ("", "UG", None),
        ("0772000101" * 5, "UG", None),
    ],
)
def test_a_phone_number_is_kept_with_its_country(typed: str, country: str, number: str | None) -> None:
    assert normal_phone(typed, country) == number


def test_a_pin_of_the_village_is_not_in_the_store(store: MongoStore, village: Village) -> None:
    stored = [person.pin.hash for person in store.people.find()]
    assert all(hashed.startswith("$argon2id$") for hashed in stored)
    assert store.pins.matches(store.people.get(village.akello.id).pin.hash, Secret(village.akello.pin))

"""A phone number is read in one way, however it is written, and its two forms are one person."""

import re
from pathlib import Path
from typing import Final

import phonenumbers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.groups.register import Register
from domain.mongo.store import MongoStore
from domain.people.chats import heard_from, name_of_holder, stop_messages_to
from domain.people.find import find_members
from domain.people.phones import (
    NotServed,
    country_of,
    holders_of,
    is_of_no_country,
    network_phone,
    normal_phone,
    person_with,
    served_country,
)
from domain.people.profile import member
from domain.records.person import AlreadyRegistered
from domain.records.phone import forms_of, todays_form
from flows.groups.countries import currencies_of, time_zone_of
from tests.people import Village, do, found_village

ROOT: Final = Path(__file__).parents[3]
MOBILES: Final = [
    phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    if (number := phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE))
]

CHANGED: Final = {
    "+22997123456": "+2290197123456",
    "+22921312345": "+2290121312345",
    "+22507123456": "+2250707123456",
    "+22501123456": "+2250101123456",
    "+22505123456": "+2250505123456",
    "+22540123456": "+2250140123456",
    "+22544123456": "+2250544123456",
    "+22588123456": "+2250788123456",
    "+22596123456": "+2250596123456",
}
SAME: Final = [
    "+2290197123456", "+2250707123456", "+2252720123456", "+22520123456", "+22580123456", "+22590123456",
    "+229", "+225", "+2299712345", "+256772000101", "+22890123456", "",
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), CHANGED.items())
def test_an_old_form_is_the_new_number(old: str, new: str) -> None:
    assert todays_form(old) == todays_form(new) == new
    assert forms_of(old) == forms_of(new) == (new, old)
    assert phonenumbers.is_valid_number(phonenumbers.parse(new))
    assert normal_phone(old) == normal_phone(new) == network_phone(old) == network_phone(new) == new


@pytest.mark.parametrize("phone", SAME)
def test_a_number_that_did_not_change_is_itself(phone: str) -> None:
    assert todays_form(phone) == phone


@pytest.mark.parametrize(("typed", "country", "phone"), [
    ("97123456", "BJ", "+2290197123456"),
    ("01 97 12 34 56", "BJ", "+2290197123456"),
    ("07123456", "CI", "+2250707123456"),
    ("07 07 12 34 56", "CI", "+2250707123456"),
    ("0022507123456", "UG", "+2250707123456"),
])  # fmt: skip
def test_a_number_typed_at_home_is_read_in_both_forms(typed: str, country: str, phone: str) -> None:
    assert normal_phone(typed, country) == phone


@pytest.mark.parametrize("country", ["UG", "KE", "US", ""])
@pytest.mark.parametrize("written", [
    "+256772000101", "00256772000101", "00 256 772 000 101", "(00256) 772 000 101",
    "+٢٥٦٧٧٢٠٠٠١٠١", "٠٠٢٥٦٧٧٢٠٠٠١٠١",
])  # fmt: skip
def test_two_noughts_are_a_plus_everywhere(written: str, country: str) -> None:
    assert normal_phone(written, country) == "+256772000101"


@pytest.mark.parametrize("written", [
    "+88801234567", "88801234567", "0772000199", "+8831234567890", "+870773111632", "+999123456789",
    "00", "+", "0", "+0", "00999123456789", "hello", "", " ", "+256", "+25677", "1" * 500,
])  # fmt: skip
def test_what_is_of_no_country_is_no_number(written: str) -> None:
    """A Telegram contact may hold a number that Telegram sells, or one without its country."""
    assert normal_phone(written, "") is None
    assert is_of_no_country(written) is (re.sub(r"^00|[+]", "", written)[:3] in ("888", "883", "870", "999"))


@pytest.mark.parametrize("phone", MOBILES)
def test_every_door_reads_a_mobile_number_of_every_country_alike(phone: str) -> None:
    digits = phone[1:]
    spaced = f"+{digits[:3]} {digits[3:6]} {digits[6:]}"
    for typed in (phone, f"00{digits}", spaced):
        assert normal_phone(typed, "UG") == normal_phone(typed, "") == phone
    assert normal_phone(digits, "") == phone
    for said in (phone, digits, f" {digits}", f"00{digits}"):
        assert network_phone(said) == phone


@example(text="4900")
@example(text="43000000")
@example(text="811000000000000000")
@given(text=st.text(max_size=60) | st.from_regex(r"\+?(00)?[0-9]{0,18}", fullmatch=True))
def test_whatever_is_typed_ends_in_a_number_or_none(text: str) -> None:
    for country in ("", "UG", "BJ", "CI"):
        phone = normal_phone(text, country)
        if phone is not None:
            assert re.fullmatch(r"\+[1-9][0-9]{6,14}", phone)
            assert normal_phone(phone, country) == todays_form(phone) == phone
    said = network_phone(text)
    assert said is None or network_phone(said) == said
    for any_text in (text, f"+{text}", said or ""):
        assert re.fullmatch("[A-Z]{0,2}", country_of(any_text))
        assert time_zone_of(any_text)
        currencies_of(any_text)


@pytest.mark.parametrize("phone", ["+99912345678", "+88801234567", "", "+", "+0", "+870773111632"])
def test_a_number_of_no_country_is_served_by_none(store: MongoStore, phone: str) -> None:
    assert country_of(phone) == ""
    with pytest.raises(NotServed):
        served_country(store, phone)


# Who has it


@pytest.fixture(params=["written down before", "written down now"])
def village(store: MongoStore, request: pytest.FixtureRequest) -> Village:
    """Akello's number is from Ivory Coast, as one version or the other wrote it down."""
    village = found_village(store)
    kept = OLD if request.param == "written down before" else NEW
    store.database["people"].update_one({"_id": village.akello.id}, {"$set": {"phone": kept}})
    return village


OLD, NEW = "+22507123456", "+2250707123456"


@pytest.mark.parametrize("phone", [OLD, NEW])
def test_both_forms_lead_to_one_person_and_the_new_one_is_kept(
    store: MongoStore, village: Village, phone: str
) -> None:
    akello = village.akello
    assert person_with(store, phone) == akello.id
    assert name_of_holder(store, phone) == "Akello Grace"
    assert [(found.id, found.phone, found.seat) for found in holders_of(store, phone)] == [(akello.id, NEW, 0)]
    assert member(store, akello.id).speaks_from(NEW)
    assert [each.id for each in find_members(store, village.umoja, phone, "UG")] == [akello.id]
    assert stop_messages_to(store, phone, True) == [akello.id]
    with pytest.raises(AlreadyRegistered):
        do(store, Register(phone, "Somebody Else", "en", "hash"))


@pytest.mark.parametrize("phone", [OLD, NEW])
def test_a_chat_under_either_form_is_theirs_and_keeps_its_own_name(
    store: MongoStore, village: Village, phone: str
) -> None:
    address = heard_from(store, f"chat:{phone}", "chat", todays_form(phone), "")
    assert address is not None
    assert (address.id, address.person) == (f"chat:{phone}", village.akello.id)


def test_who_registers_is_kept_under_the_new_form(store: MongoStore) -> None:
    do(store, Register("+22997123456", "Afi Dossou", "fr", "hash"))
    assert [each["phone"] for each in store.database["people"].find()] == ["+2290197123456"]


@pytest.mark.parametrize("room", ["domain", "flows", "channels", "bot"])
def test_nobody_is_looked_for_by_a_number_but_in_one_place(room: str) -> None:
    """Else somebody would be two people again."""
    found = [
        path.name
        for path in (ROOT / room).rglob("*.py")
        if re.search(r"people\.(one|find)\(phone=", path.read_text())
    ]
    assert found == (["phones.py"] if room == "domain" else [])

"""Signing in, and staying so: what is right, beside what is wrong."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.access.accounts import WrongSignIn
from domain.access.caller import NotSignedIn
from domain.access.sign_in import (
    RENEWED_TWICE,
    SIGN_IN_CODE_DIGITS,
    SIGN_IN_CODE_VALID,
    SignedIn,
    caller_of_page,
    caller_of_session,
    close_session,
    refresh,
    send_sign_in_code,
    sessions_of,
    sign_in_by_code,
    sign_out,
)
from domain.mongo.store import MongoStore
from domain.people.chats import CODE_TRIES, CodeExpired, WrongCode
from domain.people.freeze import Freeze, Unfreeze
from domain.people.limits import (
    SIGN_IN_CODES_DAY,
    SIGN_IN_CODES_TO_NUMBER,
    SIGN_IN_CODES_TO_NUMBER_DAY,
    TooManyCodes,
)
from domain.people.phones import NotServed
from domain.people.pins import SetPin
from domain.people.shared_phone import SharePhone
from domain.records.person import Pin
from domain.records.pin import Secret
from domain.records.session import API_VALID_MAX, PAGE_IDLE, PAGE_VALID, SESSIONS_MAX, TokenKeys
from tests.conftest import Clock, on_one_store
from tests.people import Village, Villager, do

NOBODY: Final = "+256772999999"


def code_sent(store: MongoStore, who: Villager) -> str:
    """The code in the newest message to somebody."""
    newest = max(store.notices.find(person=who.id, kind="sign_in_code"), key=lambda each: each.created_at)
    return str(newest.values["code"])


def sign_in(store: MongoStore, who: Villager, kind: str = "api") -> SignedIn:
    assert isinstance(store.now, Clock)
    store.now.forward(seconds=1)
    send_sign_in_code(store, who.phone)
    return sign_in_by_code(
        store, who.phone, code_sent(store, who), "203.0.113.7", kind="page" if kind == "page" else "api"
    )


def is_out(store: MongoStore, signed: SignedIn) -> bool:
    """Whether neither the session nor its token is good for anything."""
    refused = 0
    for ask in (
        lambda: caller_of_session(store, signed.session.id),
        lambda: refresh(store, signed.refresh_token),
        lambda: caller_of_page(store, signed.refresh_token),
    ):
        try:
            ask()
        except NotSignedIn:
            refused += 1
    return refused == 3


def test_a_code_lets_its_person_in_once(store: MongoStore, village: Village) -> None:
    send_sign_in_code(store, village.nakato.phone, "203.0.113.7")
    code = code_sent(store, village.nakato)
    assert re.fullmatch(rf"\d{{{SIGN_IN_CODE_DIGITS}}}", code)
    signed = sign_in_by_code(store, village.nakato.phone, f" {code[:4]} {code[4:]} ", "203.0.113.7")
    assert (signed.caller.id, signed.caller.role) == (village.nakato.id, "member")
    assert caller_of_session(store, signed.session.id, f"person:{village.nakato.id}") == signed.caller
    with pytest.raises(NotSignedIn):
        caller_of_session(store, signed.session.id, f"person:{village.akello.id}")
    with pytest.raises(CodeExpired):
        sign_in_by_code(store, village.nakato.phone, code)


def test_what_is_kept_of_a_code_is_none(store: MongoStore, village: Village) -> None:
    send_sign_in_code(store, village.nakato.phone)
    (kept,) = store.codes.find(phone=village.nakato.phone)
    assert code_sent(store, village.nakato) not in repr(kept)
    with pytest.raises(WrongCode):
        sign_in_by_code(store, village.nakato.phone, kept.code)


def test_of_two_who_type_one_code_at_one_moment_one_is_in(store: MongoStore, village: Village) -> None:
    send_sign_in_code(store, village.nakato.phone)
    code = code_sent(store, village.nakato)

    def type_it(_: int) -> bool:
        try:
            sign_in_by_code(store, village.nakato.phone, code)
        except (WrongSignIn, CodeExpired):
            return False
        return True

    with ThreadPoolExecutor(4) as four:
        assert sum(four.map(type_it, range(4))) == 1


def test_a_code_is_good_for_five_minutes_and_five_tries(store: MongoStore, village: Village, clock: Clock) -> None:
    send_sign_in_code(store, village.nakato.phone)
    clock.forward(seconds=SIGN_IN_CODE_VALID.total_seconds() + 1)
    with pytest.raises(CodeExpired):
        sign_in_by_code(store, village.nakato.phone, code_sent(store, village.nakato))
    send_sign_in_code(store, village.nakato.phone)
    code = code_sent(store, village.nakato)
    wrong = f"{(int(code) + 1) % 10**SIGN_IN_CODE_DIGITS:08}"
    for left in (4, 3, 2, 1):
        with pytest.raises(WrongCode) as refused:
            sign_in_by_code(store, village.nakato.phone, wrong)
        assert refused.value.details == {"left": left}
    for typed in (wrong, code):
        with pytest.raises(CodeExpired):
            sign_in_by_code(store, village.nakato.phone, typed)


def test_who_is_nobody_hears_what_a_member_hears(store: MongoStore, village: Village) -> None:
    def heard(phone: str) -> list[str]:
        said = []
        acts: list[Callable[[], object]] = [
            *[partial(send_sign_in_code, store, phone)] * (SIGN_IN_CODES_TO_NUMBER.most + 1),
            *[partial(sign_in_by_code, store, phone, "wrong")] * (CODE_TRIES + 1),
        ]
        for act in acts:
            try:
                said.append(str(act()))
            except (TooManyCodes, WrongCode, CodeExpired) as refused:
                said.append(str(refused))
        return said

    assert heard(NOBODY) == heard(village.akello.phone)
    # And as much was written for both, so that it took as long.
    told = store.notices.count(kind="sign_in_code")
    assert store.codes.count(phone=NOBODY) == store.codes.count(phone=village.akello.phone) == told
    assert store.codes.count(address="nobody") == told
    assert not [each for each in store.notices.find(kind="sign_in_code") if each.person != village.akello.id]


@pytest.mark.parametrize("typed", ["", "12", "nobody", "+870776123456", "a@b", "x" * 500])
def test_what_is_no_number_and_no_address_gets_no_code(store: MongoStore, typed: str) -> None:
    with pytest.raises(NotServed):
        send_sign_in_code(store, typed)
    with pytest.raises(NotServed):
        sign_in_by_code(store, typed, "1")


def test_a_code_cannot_be_guessed() -> None:
    """Whoever guesses at one number all day, every day for a year: less than one in two thousand."""
    guesses = CODE_TRIES * SIGN_IN_CODES_TO_NUMBER_DAY.most
    assert guesses * 365 / 10**SIGN_IN_CODE_DIGITS < 1 / 2_000
    # With every code of a day that goes out to whomever, from as many addresses as it takes.
    assert CODE_TRIES * SIGN_IN_CODES_DAY.most / 10**SIGN_IN_CODE_DIGITS < 1 / 3_000


def test_who_gets_in_holds_nobody_up(store: MongoStore, village: Village) -> None:
    """A page is left after twenty minutes, and thousands have one address: only what fails is counted for long."""
    for _ in range(SIGN_IN_CODES_TO_NUMBER.most + 2):
        sign_in(store, village.nakato)
    for _ in range(SIGN_IN_CODES_TO_NUMBER.most):
        send_sign_in_code(store, village.nakato.phone)
    with pytest.raises(TooManyCodes):
        send_sign_in_code(store, village.nakato.phone)


def test_nobody_signs_in_by_a_number_that_is_shared_or_whose_account_is_frozen(
    store: MongoStore, village: Village
) -> None:
    do(store, Freeze(village.okot.id))
    do(store, SharePhone(village.akello.id, "Apio Grace", store.pins.hash(Secret("2581"))))
    for each in (village.okot, village.akello):
        send_sign_in_code(store, each.phone)
    assert store.notices.count(kind="sign_in_code") == 0


def test_a_proved_address_does_as_well_as_a_number(store: MongoStore, village: Village, clock: Clock) -> None:
    by_email = "ruth@example.org"
    store.people.change(village.nakato.id, email=by_email, email_at=store.now())
    send_sign_in_code(store, by_email)
    assert store.notices.count(kind="sign_in_email") == 0, "no e-mail is sent here"
    clock.forward(seconds=1)
    store.offered = replace(store.offered, features=frozenset({"email"}))
    send_sign_in_code(store, " Ruth@Example.org ")
    (notice,) = store.notices.find(kind="sign_in_email")
    assert (notice.email, notice.person) == (by_email, village.nakato.id)
    assert sign_in_by_code(store, by_email, str(notice.values["code"])).caller.id == village.nakato.id
    # Of two who have one address, a code would let the one in as the other.
    store.people.change(village.akello.id, email=by_email, email_at=store.now())
    send_sign_in_code(store, by_email)
    assert store.notices.count(kind="sign_in_email") == 1


def test_a_page_is_open_for_half_a_day_and_shut_when_nobody_is_there(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    left = sign_in(store, village.nakato, "page")
    signed = sign_in(store, village.nakato, "page")
    with pytest.raises(NotSignedIn):  # a page's token renews nothing
        refresh(store, signed.refresh_token)
    step = PAGE_IDLE - timedelta(minutes=1)
    for _ in range(PAGE_VALID // step):
        clock.forward(seconds=step.total_seconds())
        assert caller_of_page(store, signed.refresh_token).id == village.nakato.id
    assert is_out(store, left)
    clock.forward(seconds=step.total_seconds())
    assert is_out(store, signed)


@pytest.mark.parametrize(
    "spoilt",
    ["", "x", "a.b.c", ".0.", "{id}.0.", "{id}.00.{proof}", "{id}.1.{proof}", "{id}.-1.{proof}", "{id}.²."],
)
def test_what_we_never_made_is_no_token_and_ends_nothing(store: MongoStore, village: Village, spoilt: str) -> None:
    """Who knows a session's id, which is no secret, can neither renew it nor end it."""
    signed = sign_in(store, village.nakato)
    id, _, proof = signed.refresh_token.split(".")
    with pytest.raises(NotSignedIn):
        refresh(store, spoilt.format(id=id, proof=proof))
    assert refresh(store, signed.refresh_token)


def test_a_stolen_token_ends_the_session_whoever_comes_second(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    """The thief or the owner first: once the other comes, both are out, with every token of the session."""
    for _ in range(2):
        signed = sign_in(store, village.nakato)
        one = refresh(store, signed.refresh_token)
        two = refresh(store, one.refresh_token)
        clock.forward(seconds=RENEWED_TWICE.total_seconds() + 1)
        with pytest.raises(NotSignedIn):
            refresh(store, one.refresh_token)
        assert [is_out(store, each) for each in (signed, one, two)] == [True] * 3
    other = sign_in(store, village.nakato)
    old = refresh(store, other.refresh_token)
    refresh(store, old.refresh_token)
    with pytest.raises(NotSignedIn):  # two before now is old however soon it comes
        refresh(store, other.refresh_token)
    assert is_out(store, old)
    assert [each.outcome for each in store.audit.find(did="token.reused")] == ["refused"] * 3


def test_an_answer_that_was_lost_or_two_at_one_moment_sign_nobody_out(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    signed = sign_in(store, village.nakato)
    with ThreadPoolExecutor(4) as four:
        at_once = [*four.map(lambda _: refresh(store, signed.refresh_token), range(4))]
    assert len({each.refresh_token for each in at_once}) == 1
    clock.forward(seconds=RENEWED_TWICE.total_seconds())
    again = refresh(store, signed.refresh_token)
    assert again.refresh_token == at_once[0].refresh_token != signed.refresh_token
    assert refresh(store, again.refresh_token)


def test_a_session_that_is_renewed_ends_all_the_same(store: MongoStore, village: Village, clock: Clock) -> None:
    signed = sign_in(store, village.nakato)
    for _ in range(3 * API_VALID_MAX.days):
        clock.forward(days=20)
        try:
            signed = refresh(store, signed.refresh_token)
        except NotSignedIn:
            break
    assert store.now() - signed.session.began_at < API_VALID_MAX + timedelta(days=20)
    late = sign_in(store, village.akello)
    clock.forward(days=31)
    assert is_out(store, late)


def test_keys_are_replaced_without_signing_anybody_out(store: MongoStore, village: Village) -> None:
    store.token_keys = TokenKeys(("old" * 20,))
    signed = sign_in(store, village.nakato)
    store.token_keys = TokenKeys(("new" * 20, "old" * 20))
    renewed = refresh(store, signed.refresh_token)
    store.token_keys = TokenKeys(("new" * 20,))
    assert refresh(store, renewed.refresh_token)
    old = sign_in(store, village.akello)
    store.token_keys = TokenKeys(("other" * 20,))
    assert is_out(store, replace(old, session=replace(old.session, id="none")))


def _refrozen(store: MongoStore, who: Villager, village: Village) -> None:
    do(store, Freeze(who.id))
    do(store, Unfreeze(village.nakato.id, village.umoja, who.id))


ENDS: Final[dict[str, Callable[[MongoStore, Villager, Village], object]]] = {
    "a new PIN": lambda store, who, _: do(store, SetPin(who.id, store.pins.hash(Secret("8052")))),
    "a new number": lambda store, who, _: store.people.change(who.id, phone="+256772000888"),
    "no number": lambda store, who, _: store.people.change(who.id, phone="", phone_before=who.phone),
    "another e-mail": lambda store, who, _: store.people.change(who.id, email="x@example.org"),
    "frozen": lambda store, who, _: do(store, Freeze(who.id)),
    "frozen and opened again": _refrozen,
    "frozen by another way": lambda store, who, _: store.people.change(who.id, frozen=True),
    "a PIN that was changed by another way": lambda store, who, _: store.people.change(who.id, pin=Pin("other")),
}


def test_what_changes_who_they_are_ends_their_sessions_at_once(store: MongoStore, village: Village) -> None:
    for what, change in ENDS.items():
        before = store.people.get(village.okot.id)
        signed, page = sign_in(store, village.okot), sign_in(store, village.okot, "page")
        other = sign_in(store, village.akello)
        change(store, village.okot, village)
        assert is_out(store, signed), what
        assert is_out(store, page), what
        assert caller_of_session(store, other.session.id), what
        # And it does not come back when all is as it was.
        store.people.change(before.id, phone=before.phone, pin=before.pin, email="", frozen=False, phone_before="")
        assert is_out(store, signed), what
        store.database["limits"].delete_many({})


def test_sessions_are_listed_closed_and_not_too_many(store: MongoStore, village: Village, clock: Clock) -> None:
    signed = []
    for _ in range(SESSIONS_MAX + 1):
        clock.forward(days=1)
        signed.append(sign_in(store, village.nakato))
    assert is_out(store, signed[0]), "the oldest"
    listed = sessions_of(store, "person", village.nakato.id)
    assert [each.id for each in listed] == [each.session.id for each in reversed(signed[1:])]
    assert not close_session(store, "person", village.akello.id, signed[1].session.id), "another's"
    assert not close_session(store, "account", village.nakato.id, signed[1].session.id)
    assert close_session(store, "person", village.nakato.id, signed[1].session.id)
    assert not close_session(store, "person", village.nakato.id, signed[1].session.id), "again"
    sign_out(store, signed[2].session.id)
    assert is_out(store, signed[1]) and is_out(store, signed[2])
    assert len(sessions_of(store, "person", village.nakato.id)) == SESSIONS_MAX - 2


@settings(on_one_store, max_examples=15)
@given(steps=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 45)), min_size=1, max_size=12))
def test_whoever_has_which_token_one_is_good_at_a_time(
    store: MongoStore, village: Village, steps: list[tuple[int, int]]
) -> None:
    """
    Owner and thieves hold any of the tokens that were ever given, and come with one after some seconds: the newest
    renews, the one before it is answered with the newest for half a minute, any other ends the session for all.
    """
    assert isinstance(store.now, Clock)
    store.database["limits"].delete_many({})
    store.database["codes"].delete_many({})
    given_out = [sign_in(store, village.nakato).refresh_token]
    renewed_at, good = store.now(), True
    for which, seconds in steps:
        store.now.forward(seconds=seconds)
        place = max(0, len(given_out) - 1 - which)
        newest = place == len(given_out) - 1
        lately = place == len(given_out) - 2 and store.now() - renewed_at <= RENEWED_TWICE
        try:
            answered = refresh(store, given_out[place]).refresh_token
        except NotSignedIn:
            assert not (good and (newest or lately))
            good = False
            continue
        assert good and (newest or lately)
        if newest:
            renewed_at = store.now()
            given_out.append(answered)
        assert answered == given_out[-1]
    assert len({*given_out}) == len(given_out)

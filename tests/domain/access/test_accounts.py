"""Accounts of the operator's people: a password and a code of an app, and what becomes of who has neither."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Final

import pytest

from domain.access.accounts import (
    BadAccount,
    WrongSignIn,
    account_with,
    disable_account,
    make_account,
    otp_of,
    reset_account,
    set_account_scope,
)
from domain.access.caller import Caller, NotSignedIn, groups_seen, standing
from domain.access.passwords import PASSWORD_LENGTH_MIN, WeakPassword, check_password
from domain.access.sign_in import SignedIn, caller_of_session, refresh, sign_in_by_password
from domain.mongo.store import MongoStore
from domain.people.limits import PASSWORDS_FROM_PLACE, TooManyTries
from domain.records.account import StaffAccount
from domain.records.pin import LOCKED_FOR, TRIES, Secret, mark_of
from tests.conftest import Clock
from tests.people import Village

GOOD: Final = Secret("a river runs past seven huts")
EMAIL: Final = "ruth@example.org"


@pytest.fixture
def ruth(store: MongoStore) -> StaffAccount:
    return make_account(store, f" {EMAIL.upper()} ", "Ruth", "operator", GOOD)


def code(store: MongoStore, account: StaffAccount, steps: int = 0) -> str:
    return otp_of(store, account).at(store.now() + timedelta(seconds=30 * steps))


def sign_in(store: MongoStore, account: StaffAccount, password: Secret = GOOD, steps: int = 0) -> SignedIn:
    return sign_in_by_password(store, account.email, password.value, code(store, account, steps))


def is_refused(store: MongoStore, email: str, password: str, totp: str) -> bool:
    try:
        sign_in_by_password(store, email, password, totp)
    except WrongSignIn as refused:
        return str(refused) == "wrong_sign_in"  # and which of them is wrong is not said
    return False


def test_all_three_have_to_be_right(store: MongoStore, ruth: StaffAccount, clock: Clock) -> None:
    right = code(store, ruth)
    for email, password, totp in (
        ("nobody@example.org", GOOD.value, right),
        (EMAIL, GOOD.value[:-1], right),
        (EMAIL, "", right),
        (EMAIL, GOOD.value, ""),
        (EMAIL, GOOD.value, f"{(int(right) + 1) % 1_000_000:06}"),
        (EMAIL, GOOD.value, "²" * 6),
        (f"{EMAIL}\ud800", GOOD.value, right),
        (EMAIL, f"{GOOD.value}\ud800", right),
        (EMAIL, GOOD.value, "\ud800"),
        ("", "", ""),
    ):
        store.accounts.change(ruth.id, password=ruth.password)  # no lock: each is refused for itself
        assert is_refused(store, email, password, totp), (email, password, totp)
    signed = sign_in_by_password(store, f" {EMAIL.upper()}", GOOD.value, f"{right} ", "203.0.113.7")
    assert (signed.caller.name, signed.caller.role, signed.caller.everywhere) == ("Ruth", "operator", True)
    assert caller_of_session(store, signed.session.id, f"account:{ruth.id}") == signed.caller


def test_a_code_of_the_app_serves_once_and_its_clock_may_be_a_little_wrong(
    store: MongoStore, ruth: StaffAccount, clock: Clock
) -> None:
    assert sign_in(store, ruth, steps=-1)
    assert is_refused(store, EMAIL, GOOD.value, code(store, ruth, -1)), "again"
    assert sign_in(store, ruth, steps=1)
    assert is_refused(store, EMAIL, GOOD.value, code(store, ruth)), "older than one that was used"
    clock.forward(minutes=2)
    for steps in (-2, 2):
        assert is_refused(store, EMAIL, GOOD.value, code(store, ruth, steps))
    clock.forward(minutes=20)
    with ThreadPoolExecutor(4) as four:
        refused = [*four.map(lambda _: is_refused(store, EMAIL, GOOD.value, code(store, ruth)), range(4))]
    assert sorted(refused) == [False, True, True, True], "one use, at one moment too"


def test_wrong_tries_lock_it_longer_each_time(store: MongoStore, ruth: StaffAccount, clock: Clock) -> None:
    for times in range(3):
        for _ in range(TRIES):
            assert is_refused(store, EMAIL, "wrong", code(store, ruth))
        assert is_refused(store, EMAIL, GOOD.value, code(store, ruth)), "locked, and said as anything wrong is"
        clock.forward(seconds=LOCKED_FOR.total_seconds() * 2**times - 1)
        assert is_refused(store, EMAIL, GOOD.value, code(store, ruth))
        clock.forward(seconds=1)
    assert sign_in(store, ruth)
    locked = account_with(store, EMAIL)
    assert locked is not None
    assert (locked.password.wrong, locked.password.lockouts) == (0, 0)


def test_guesses_at_one_moment_are_as_many_tries(store: MongoStore, ruth: StaffAccount) -> None:
    with ThreadPoolExecutor(8) as eight:
        assert all(eight.map(lambda _: is_refused(store, EMAIL, "wrong", "000000"), range(8)))
    assert is_refused(store, EMAIL, GOOD.value, code(store, ruth))


def test_one_address_tries_so_many_passwords_of_whomever(store: MongoStore) -> None:
    for _ in range(PASSWORDS_FROM_PLACE.most - 1):
        store.limits.take(PASSWORDS_FROM_PLACE.of("203.0.113.7"))
    with pytest.raises(WrongSignIn):
        sign_in_by_password(store, "other@example.org", "wrong", "1", "203.0.113.7")
    with pytest.raises(TooManyTries):
        sign_in_by_password(store, EMAIL, "wrong", "1", "203.0.113.7")
    with pytest.raises(WrongSignIn):
        sign_in_by_password(store, EMAIL, "wrong", "1", "203.0.113.8")


def test_who_has_no_account_waits_as_long(store: MongoStore, ruth: StaffAccount) -> None:
    """What is compared for nobody costs what a password of theirs does: it is a hash of the same make."""
    theirs, nobodys = ruth.password.hash, store.pins.nobodys
    assert nobodys.split("$")[:4] == theirs.split("$")[:4]
    assert mark_of(nobodys) == mark_of(theirs), "it is compared with one pepper too"
    assert not store.pins.matches(nobodys, Secret(""))


def test_neither_password_nor_the_secret_of_the_app_is_in_the_store(store: MongoStore, ruth: StaffAccount) -> None:
    kept = str(store.database["staff"].find_one())
    assert GOOD.value not in kept
    assert otp_of(store, ruth).secret not in kept
    other = make_account(store, "b@example.org", "B", "operator", GOOD)
    assert otp_of(store, other).secret != otp_of(store, ruth).secret
    assert otp_of(store, ruth).provisioning_uri().startswith("otpauth://totp/ruth%40example.org?secret=")


def test_what_is_changed_ends_their_sessions_at_once(store: MongoStore, ruth: StaffAccount, clock: Clock) -> None:
    def is_out(signed: SignedIn) -> bool:
        with pytest.raises(NotSignedIn):
            caller_of_session(store, signed.session.id)
        with pytest.raises(NotSignedIn):
            refresh(store, signed.refresh_token)
        return True

    signed = sign_in(store, ruth)
    disable_account(store, ruth, True)
    assert is_out(signed)
    clock.forward(minutes=1)
    assert is_refused(store, EMAIL, GOOD.value, code(store, ruth))
    disable_account(store, ruth, False)
    assert is_out(signed)
    again = sign_in(store, ruth)
    other = Secret("nine goats under a mango tree")
    changed = reset_account(store, ruth, other)
    assert is_out(again)
    clock.forward(minutes=1)
    assert is_refused(store, EMAIL, other.value, code(store, ruth)), "the app of before"
    assert is_refused(store, EMAIL, GOOD.value, code(store, changed)), "the password of before"
    assert sign_in(store, changed, other)


def test_an_agent_sees_the_groups_that_are_named_from_the_next_request_on(
    store: MongoStore, village: Village, ruth: StaffAccount
) -> None:
    agent = make_account(store, "agent@example.org", "Amos", "agent", GOOD)
    session = sign_in(store, agent).session.id

    def seen() -> tuple[Caller, list[str]]:
        caller = caller_of_session(store, session)
        return caller, [each.id for each in groups_seen(store, caller)]

    assert seen()[1] == []
    set_account_scope(store, agent, [village.umoja])
    caller, groups = seen()
    assert groups == [village.umoja]
    assert standing(store, caller, village.umoja) == "agent"
    assert "messages:send" not in caller.scopes
    set_account_scope(store, agent, [])
    assert standing(store, seen()[0], village.umoja) is None
    # A role that is changed counts at once too.
    store.accounts.change(agent.id, role="operator")
    assert seen()[1] == [village.umoja]
    with pytest.raises(BadAccount):
        set_account_scope(store, ruth, [village.umoja])


def test_an_account_has_an_address_of_its_own(store: MongoStore, ruth: StaffAccount) -> None:
    for email in ("", "ruth", "@", "a@b", "a b@c.de", "a@b@c.de", "a@b.c\nx", f"{'a' * 65}@b.cd", EMAIL):
        with pytest.raises(BadAccount):
            make_account(store, email, "B", "operator", GOOD)


@pytest.mark.parametrize(
    "weak",
    [
        "",
        "short",
        "x" * 200,
        "aaaaaaaaaaaaaaaa",
        "abababababababab",
        "password1234",
        "Passw0rd!2026",
        "qwertyuiop12",
        "123456789012",
        "iloveyou1234567",
        "ruth@example.org",
        "RuthRuthRuth1",
        "changemechangeme",
    ],
)
def test_what_everybody_tries_first_is_no_password(weak: str) -> None:
    with pytest.raises(WeakPassword):
        check_password(Secret(weak), EMAIL, "Ruth")


@pytest.mark.parametrize("good", [GOOD.value, "kibo-9-mawe-nyota", "T7!vq-Zp0w_Lm", "mvua inanyesha usiku"])
def test_a_long_password_of_ones_own_is_taken(good: str) -> None:
    assert len(good) >= PASSWORD_LENGTH_MIN
    check_password(Secret(good), EMAIL, "Ruth")

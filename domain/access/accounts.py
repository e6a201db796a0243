"""
Accounts of the operator's people: made and changed by whoever runs the service, checked at sign-in.

A password is stored as a PIN is. The secret of the app that shows codes is made anew from the pepper each time it
is needed, so that who has the store alone has no codes.
"""

import hmac
import re
import secrets
from base64 import b32encode
from collections.abc import Sequence
from typing import Final

import pyotp

from domain.access.agents import look_after
from domain.access.audit import SIGN_IN_REFUSED, note
from domain.access.passwords import check_password
from domain.errors import DomainError
from domain.people.limits import PASSWORDS_FROM_PLACE, take
from domain.people.web_sessions import end_sessions
from domain.records.account import AccountRole, StaffAccount
from domain.records.person import Language, Pin
from domain.records.pin import Secret, after_try, minutes_locked
from domain.store import Duplicate, Store

_STEP_SECONDS: Final = 30  # for so long the app shows one code
_SKEW_STEPS: Final = 1  # so much may a phone's clock be wrong
_EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")


class WrongSignIn(DomainError):
    """E-mail, password or code is wrong, or there were too many wrong ones: which of them is not said."""

    code = "wrong_sign_in"


class BadAccount(DomainError):
    """An account that cannot be made: its address is none, or another account's, or a group has no such code."""

    code = "bad_account"


def make_account(
    store: Store,
    email: str,
    name: str,
    role: AccountRole,
    password: Secret,
    *,
    language: Language = "en",
    groups: Sequence[str] = (),
    code: str = "",
) -> StaffAccount:
    """
    A new account; `groups` are ids, and `code` what sheets call them, for an agent: whoever looked after these
    groups does so no more. Raises BadAccount, WeakPassword.
    """
    email = email.strip().lower()
    if not _EMAIL.fullmatch(email) or not name.strip() or ((groups or code) and role != "agent"):
        raise BadAccount
    check_password(password, email, name)
    made = StaffAccount(
        id=store.new_id(),
        email=email,
        name=name.strip(),
        role=role,
        language=language,
        password=Pin(store.pins.hash_password(password)),
        app=_fresh_app(store),
        created_at=store.now(),
        code=code.strip(),
    )
    try:
        store.accounts.insert(made)
    except Duplicate as error:
        raise BadAccount from error
    if groups:
        look_after(store, store.groups.among(sorted(set(groups))), made)
    return made


def account_with(store: Store, email: str) -> StaffAccount | None:
    """The account with this address."""
    return store.accounts.one(email=email.strip().lower())


def reset_account(store: Store, account: StaffAccount, password: Secret) -> StaffAccount:
    """A new password and a new secret for the app: no more locked, nowhere signed in. Raises WeakPassword."""
    check_password(password, account.email, account.name)
    fresh = Pin(store.pins.hash_password(password))
    changed = store.accounts.change(account.id, password=fresh, app=_fresh_app(store), step_used=0)
    assert changed is not None, "no account is ever deleted"
    return changed


def disable_account(store: Store, account: StaffAccount, disabled: bool) -> None:
    """Nobody gets in with it from now on, and who is in is out; or they may again."""
    store.accounts.change(account.id, disabled=disabled)
    end_sessions(store, "account", account.id)


def set_account_scope(store: Store, account: StaffAccount, groups: Sequence[str]) -> None:
    """
    An agent looks after the groups of these ids, and no others, from the next request on. Raises BadAccount for an
    operator.
    """
    if account.role != "agent":
        raise BadAccount
    wanted = sorted(set(groups))
    others = [each for each in store.groups.find(agent=account.id) if each.id not in wanted]
    look_after(store, others, None)
    look_after(store, store.groups.among(wanted), account)
    if account.groups:
        store.accounts.change(account.id, groups=())


def accounts_of_staff(store: Store) -> list[StaffAccount]:
    """All of them, by their addresses."""
    return store.accounts.find(sort="email")


def otp_of(store: Store, account: StaffAccount, issuer: str = "") -> pyotp.TOTP:
    """The codes of an account's app; its `provisioning_uri` is what the app scans."""
    return _apps_of(store, account, issuer)[0]


def _apps_of(store: Store, account: StaffAccount, issuer: str = "") -> list[pyotp.TOTP]:
    """The same, and what an app shows that was set up with a pepper of before."""
    seals = store.pins.seals(f"app\n{account.id}\n{account.app}")
    secret_of_each = [b32encode(seal[:20]).decode() for seal in seals]
    return [
        pyotp.TOTP(each, name=account.email, issuer=issuer or None, interval=_STEP_SECONDS)
        for each in secret_of_each
    ]


def _fresh_app(store: Store) -> str:
    """What a new secret of an app is made of. It says which pepper, so that those on one of before are known."""
    return f"{store.pins.marks[0]}:{secrets.token_hex(16)}"


def app_on_pepper(account: StaffAccount) -> str:
    """The mark of the pepper that the secret of an account's app was made with; "" where it is not known."""
    return account.app.rpartition(":")[0]


def check_staff_account(store: Store, email: str, password: Secret, totp: str, where: str) -> StaffAccount:
    """
    Whose this is; each wrong try counts, and the third locks for longer each time. Raises WrongSignIn, whatever is
    wrong and after as long, and TooManyTries.
    """
    take(store, PASSWORDS_FROM_PLACE.of(where))
    account = account_with(store, email)
    known = account is not None and not account.disabled
    hashed = account.password.hash if account else store.pins.nobodys
    matches = store.pins.matches(hashed, password)
    renewed = store.pins.renewed(hashed, password) if matches and known else ""
    while account is not None and known and not minutes_locked(account.password.locked_until, store.now()):
        if account.password.hash != hashed:  # it was changed meanwhile: what was typed is of before
            break
        step = _step_of(store, account, totp)
        right = matches and step > account.step_used
        tried = after_try(account.password, right, store.now(), renewed)
        seen = {"password": account.password, "step_used": account.step_used, "disabled": False}
        used = {"step_used": step} if right else {}
        # Eight guesses at once are eight tries, and of two who type one code at one moment one is in.
        if changed := store.accounts.change(account.id, when=seen, password=tried, **used):
            if right:
                store.limits.give_back(PASSWORDS_FROM_PLACE.of(where))
                return changed
            break
        account = store.accounts.get(account.id)
        known = not account.disabled
    note(store, None, SIGN_IN_REFUSED, about=account.id if account else "", outcome="refused", where=where)
    raise WrongSignIn


def _step_of(store: Store, account: StaffAccount, typed: str) -> int:
    """Which half minute the code is of, counted from 1970, with a little skew; 0 for none."""
    apps = _apps_of(store, account)
    step = int(store.now().timestamp()) // _STEP_SECONDS
    near = range(step - _SKEW_STEPS, step + _SKEW_STEPS + 1)
    said = typed.strip().encode()
    found = [each for each in near for app in apps if hmac.compare_digest(app.generate_otp(each).encode(), said)]
    return max(found, default=0)

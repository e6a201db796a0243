"""Signing in, and staying so: what is right beside what is wrong."""

from datetime import timedelta

import pytest

from domain.access.accounts import WrongSignIn, make_account, otp_of
from domain.access.audit import audit_entries, note, seal_audit, verify_audit
from domain.access.caller import NotSignedIn, groups_seen
from domain.access.sign_in import (
    caller_of_session,
    refresh,
    send_sign_in_code,
    sign_in_by_code,
    sign_in_by_password,
)
from domain.access.tokens import caller_by_token, make_api_token
from domain.mongo.store import MongoStore
from domain.people.chats import newest_code
from domain.records.pin import Secret
from tests.conftest import Clock
from tests.people import Village

GOOD = Secret("a river runs past seven huts")


def test_a_first_look(store: MongoStore, clock: Clock, village: Village) -> None:
    asha = store.people.find(limit=1)[0]
    send_sign_in_code(store, asha.phone, "10.0.0.1")
    sent = newest_code(store, "sign-in", asha.phone)
    assert sent
    signed = sign_in_by_code(store, asha.phone, sent.code, "10.0.0.1")
    assert caller_of_session(store, signed.session.id).id == asha.id
    nxt = refresh(store, signed.refresh_token)
    assert refresh(store, signed.refresh_token).refresh_token == nxt.refresh_token
    clock.forward(seconds=31)
    with pytest.raises(NotSignedIn):
        refresh(store, signed.refresh_token)
    with pytest.raises(NotSignedIn):
        refresh(store, nxt.refresh_token)
    account = make_account(store, "Op@example.org", "Op", "operator", GOOD)
    code = otp_of(store, account).at(clock())
    signed = sign_in_by_password(store, "op@example.org", GOOD.value, code)
    with pytest.raises(WrongSignIn):
        sign_in_by_password(store, "op@example.org", GOOD.value, code)
    assert groups_seen(store, signed.caller)
    token, _ = make_api_token(store, "n", ["groups:read"], timedelta(days=1), everywhere=True)
    assert caller_by_token(store, token, "10.0.0.1").role == "operator"
    note(store, signed.caller, "member.seen", about=asha.id)
    note(store, None, "x")
    verify_audit(store)
    assert seal_audit(store) == 2
    assert verify_audit(store) == 2
    assert len(audit_entries(store, about=asha.id)) == 1

"""Signatures of pawaPay's messages: published vectors in both spellings, and whatever must not pass."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from payments.pawapay import SPELLINGS, Signer, Spelling
from payments.pawapay.signatures import BadSignature, Verifier
from tests.payments.pawapay.keys import KEY, Private, one_line, public

KEY_ID = "CUSTOMER_TEST_KEY"
AT = datetime(2026, 10, 1, 9, 30, tzinfo=UTC)
URL = "https://api.sandbox.pawapay.io/v2/deposits"
# The signatures over this body were made apart from our code, with the key that RFC 6979 publishes.
BODY = (
    b'{"depositId":"f4401bd2-1568-4140-bf2d-eb77d2b2b639","amount":"500","currency":"KES","payer":{"type":"MMO",'
    b'"accountDetails":{"phoneNumber":"254703456789","provider":"MPESA_KEN"}}}'
)
DIGEST = "sha-512=:Wt7LaInm+DlsQI6PwmbNkuTYuCy8vdFWBDpdpJf6GCQtWBsDvG7ERb+0kYSv92BmVKrHCJaGDPTjMHxDlmuefg==:"
HEADERS = {
    "Content-Type": "application/json; charset=UTF-8",
    "Signature-Date": "2026-10-01T09:30:00Z",
    "Content-Digest": DIGEST,
    "Signature-Input": (
        'sig-pp=("@method" "@authority" "@path" "signature-date" "content-digest" "content-type")'
        ';alg="ecdsa-p256-sha256";keyid="CUSTOMER_TEST_KEY";created=1790847000;expires=1790847060'
    ),
}
RAW = "x6vWM8R2GV+lX04dY9RxcsgXHy2izMTMG+dePLYjh4aWqisiBZE4AyTGYngkbUNnZqKMmNtEufHKV3qGuvA0eg=="
DER = "MEYCIQDHq9YzxHYZX6VfTh1j1HFyyBcfLaLMxMwb5148tiOHhgIhAJaqKyIFkTgDJMZieCRtQ2dmooyY20S58cpXeoa68DR6"
PUBLIC = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEYP7UuiVanTHJYet0xjVtaMBJuJI7Yfps5mliLmDyn7Z5A/4QCLi8maQa6elWKLxk8vGyDC1+"
    "n1F3o8KU1EYimQ=="
)


def verifier(key: Private = KEY, at: datetime = AT) -> Verifier:
    return Verifier(lambda id: public(key) if id == KEY_ID else None, lambda: at)


def signed(signature: str) -> dict[str, str]:
    return HEADERS | {"Signature": f"sig-pp=:{signature}:"}


def test_the_vectors_are_those_that_were_published() -> None:
    assert len(BODY) == 178
    assert "".join(public(KEY).split("\n")[1:-2]) == PUBLIC


@pytest.mark.parametrize("signature", [RAW, DER], ids=["r and s", "DER"])
def test_both_spellings_of_a_signature_are_read(signature: str) -> None:
    verifier().check("POST", URL, signed(signature), BODY)


def named(before: str, after: str) -> dict[str, str]:
    """The input of the signature with a part of it changed."""
    assert before in HEADERS["Signature-Input"]
    return {"Signature-Input": HEADERS["Signature-Input"].replace(before, after)}


CHANGED: dict[str, dict[str, str]] = {
    "date": {"Signature-Date": "2026-10-01T09:30:01Z"},
    "type": {"Content-Type": "application/json"},
    "the host is not covered": named('"@authority" ', ""),
    "the body is not covered": named('"content-digest" ', ""),
    "good for longer": named("expires=1790847060", "expires=1990847060"),
    "another key": named("CUSTOMER", "NOBODYS"),
    "no algorithm of theirs": named("ecdsa-p256-sha256", "hmac-sha256"),
    "another algorithm": named("ecdsa-p256-sha256", "rsa-pss-sha512"),
    "not signed": {"Signature-Input": ""},
    "a number": {"Signature-Input": "sig-pp=1"},
    "no list": {"Signature-Input": "((("},
    "no signature": {"Signature": ""},
    "a short one": {"Signature": "sig-pp=:AAAA:"},
}


@pytest.mark.parametrize("spelling", [RAW, DER], ids=["r and s", "DER"])
@pytest.mark.parametrize("changed", CHANGED.values(), ids=list(CHANGED))
def test_whatever_is_changed_in_the_headers_is_seen(spelling: str, changed: dict[str, str]) -> None:
    with pytest.raises(BadSignature):
        verifier().check("POST", URL, signed(spelling) | changed, BODY)


@pytest.mark.parametrize("spelling", [RAW, DER], ids=["r and s", "DER"])
@pytest.mark.parametrize(
    ("method", "url", "body"),
    [
        ("POST", URL, BODY[:-2] + b" }"),
        ("POST", "https://api.pawapay.io/v2/deposits", BODY),
        ("POST", "https://api.sandbox.pawapay.io/v2/payouts", BODY),
        ("PUT", URL, BODY),
    ],
    ids=["body", "host", "path", "method"],
)
def test_a_signature_is_good_for_one_message(spelling: str, method: str, url: str, body: bytes) -> None:
    with pytest.raises(BadSignature):
        verifier().check(method, url, signed(spelling), body)


@pytest.mark.parametrize("length", [63, 65, 71])
def test_a_signature_of_another_length_is_none(length: int) -> None:
    cut = (base64.b64decode(DER) + b"\0")[:length]
    with pytest.raises(BadSignature):
        verifier().check("POST", URL, signed(base64.b64encode(cut).decode()), BODY)


@pytest.mark.parametrize(
    ("later", "good"),
    [(-120, False), (-30, True), (0, True), (100, True), (121, False), (7_200, False)],
)
def test_a_signature_runs_out_but_two_clocks_may_differ_by_a_minute(later: int, good: bool) -> None:
    at = verifier(at=AT + timedelta(seconds=later))
    if good:
        at.check("POST", URL, signed(RAW), BODY)
        return
    with pytest.raises(BadSignature):
        at.check("POST", URL, signed(RAW), BODY)


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize(
    "make",
    [lambda: KEY, lambda: ec.generate_private_key(ec.SECP384R1()), lambda: rsa.generate_private_key(65537, 2048)],
    ids=["P-256", "P-384", "RSA"],
)
def test_what_we_sign_is_read_whatever_the_key(make: Callable[[], Private], spelling: Spelling) -> None:
    key, kind = make(), "application/json; charset=UTF-8"
    headers = Signer(one_line(key), KEY_ID, spelling, lambda: AT).headers("POST", URL, BODY, kind)
    assert headers["Content-Digest"] == DIGEST
    verifier(key).check("POST", URL, headers, BODY)
    with pytest.raises(BadSignature):
        verifier(key).check("POST", URL, headers, BODY + b" ")


@pytest.mark.parametrize(("spelling", "lengths"), [("raw", {64}), ("der", set(range(68, 73)))])
def test_our_signature_has_the_spelling_that_was_chosen(spelling: Spelling, lengths: set[int]) -> None:
    headers = Signer(one_line(KEY), KEY_ID, spelling, lambda: AT).headers("POST", URL, BODY, "application/json")
    assert len(base64.b64decode(headers["Signature"].removeprefix("sig-pp=:").removesuffix(":"))) in lengths


@pytest.mark.parametrize(
    "key",
    ["", "none", "AAAA", PUBLIC, one_line(ec.generate_private_key(ec.SECP521R1()))],
    ids=["empty", "no base64", "no key", "a public key", "another curve"],
)
def test_what_is_no_private_key_of_theirs_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        Signer(key, KEY_ID)
    assert not key or key not in str(refused.value)


def test_a_signer_does_not_show_its_key() -> None:
    assert repr(Signer(one_line(KEY), KEY_ID)) == "Signer('CUSTOMER_TEST_KEY')"

"""What Airtel Money has sealed: the published vector and ours, the PIN's paddings, a callback's hash."""

import base64
import hashlib
import hmac
import json
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from payments.addresses import Addresses
from payments.airtel import AirtelApp, AirtelCollections
from payments.airtel.sealed import (
    PADDINGS,
    BadPublicKey,
    SignedCallback,
    key_and_iv,
    matches,
    read_public_key,
    seal_pin,
    sign,
    signature_headers,
)
from payments.port import Hint
from tests.payments.airtel.conftest import ID, PEM, PRIVATE_KEY, PUBLIC_KEY, REFERENCE, Call

PUBLIC = PRIVATE_KEY.public_key()
KEY, IV = bytes(range(32)), bytes(range(16))
BODY = (
    b'{"reference":"C1","subscriber":{"country":"ZM","currency":"ZMW","msisdn":"971234567"},'
    b'"transaction":{"amount":50,"country":"ZM","currency":"ZMW","id":"ctr1"}}'
)
SIGNATURE = (
    "Gg+HRSMOrOA6ab+dpmgSXIUM3xGn1CnxyUcQgcHDjFfyiLu1QWJwJFbe3rzVWuDiUu7p8Ph54wWnVzIuCijezGnPrlxSNBAyS2VpCOyh4OzU4aPg"
    "zrbIEECcQf/XvLC5TW/9wz+/lJ+txIvB/uipMKAU3H2W4fcrD+i0FkcqFWdlJB/RXcw6+TWmvNxKrAHa+sEYll5TjY4OH1jVGePR1w=="
)


def test_a_body_is_signed_as_computed_by_hand() -> None:
    assert sign(BODY, KEY, IV) == SIGNATURE
    assert sign(BODY + b" ", KEY, IV) != SIGNATURE


def test_the_key_and_the_vector_fit_a_key_of_1024_bits() -> None:
    assert key_and_iv(KEY, IV) == b"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=:AAECAwQFBgcICQoLDA0ODw=="
    assert len(key_and_iv(KEY, IV)) == 69


def test_each_request_has_a_key_of_its_own() -> None:
    made = [signature_headers(BODY, PUBLIC) for _ in range(2)]
    assert len({each["x-signature"] for each in made}) == 2
    key, iv = PRIVATE_KEY.decrypt(base64.b64decode(made[0]["x-key"]), PKCS1v15()).split(b":")
    assert sign(BODY, base64.b64decode(key), base64.b64decode(iv)) == made[0]["x-signature"]


@pytest.mark.parametrize("padding", list(PADDINGS))
def test_a_pin_is_padded_as_the_country_has_it(padding: Any) -> None:
    sealed = [seal_pin("1234", PUBLIC, padding) for _ in range(2)]
    assert sealed[0] != sealed[1]
    assert PRIVATE_KEY.decrypt(base64.b64decode(sealed[0]), PADDINGS[padding]) == b"1234"


@pytest.mark.parametrize(
    "written", [PUBLIC_KEY, f" {PUBLIC_KEY}\n", PEM, PUBLIC_KEY[:64] + "\n" + PUBLIC_KEY[64:]]
)
def test_a_public_key_is_read_however_a_portal_shows_it(written: str) -> None:
    assert read_public_key(written).public_numbers() == PUBLIC.public_numbers()


@pytest.mark.parametrize("written", ["", "none", PUBLIC_KEY[:-8], "AAAA", "é"])
def test_what_is_no_key_is_refused_unshown(written: str) -> None:
    with pytest.raises(BadPublicKey) as refused:
        read_public_key(written)
    assert not written or written not in str(refused.value)


# A callback's hash: the vectors are computed by hand, over the key "client-secret".

INNER = '{"id":"ctr1","message":"ok","status_code":"TS","airtel_money_id":"MP1"}'


def hint(body: str | bytes, key: str = "") -> object:
    raw = body.encode() if isinstance(body, str) else body
    app = AirtelApp("https://openapi.airtel.africa", "app", "hush", "UG", callback_key=key)
    addresses = Addresses("airtel", "https://pay.example.org", "hook", ("key",))
    (callback,) = AirtelCollections(app, addresses).callbacks
    assert callback.path == "/hooks/airtel/hook/payment"
    return callback.read(Call(raw))


def about(id: object) -> str:
    return json.dumps(
        {"transaction": {"id": id, "message": "paid", "status_code": "TS", "airtel_money_id": "MP1"}}
    )


def test_a_callback_is_a_hint_to_ask_about_the_payment_in_it() -> None:
    assert hint(about(ID)) == Hint(REFERENCE)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "paid",
        b"\xff",
        '{"transaction":null}',
        '{"transaction":[]}',
        '{"transaction":{}}',
        "[" * 100_000,
        '{"transaction":' + "[" * 100_000,
        about("ctr1"),
        about(None),
        about(REFERENCE),
        about([ID]),
    ],
)
def test_a_callback_that_names_no_payment_of_ours_is_nothing(body: str | bytes) -> None:
    assert hint(body) is None


def signed(hash: str, inner: str = INNER) -> str:
    return f'{{"transaction":{inner},"hash":"{hash}"}}'


@pytest.mark.parametrize(
    ("hash", "what"),
    [
        ("KuIUfp3jRXSzvJ+eaRCjDO50znBme0J7P1xNpOnKWPU=", "transaction"),
        ("/OUEdWHhH+GlnUUt+kh8awHJia/JG2QWR6sTo4S7Cxw=", "body"),
        ("KuIUfp3jRXSzvJ+eaRCjDO50znBme0J7P1xNpOnKWPV=", ""),
        ("", ""),
        ("é", ""),
    ],
)
def test_a_hash_is_of_the_transaction_or_of_the_body(hash: str, what: str) -> None:
    callback = msgspec.json.decode(signed(hash), type=SignedCallback)
    assert matches(callback, "client-secret") == what
    assert matches(callback, "another-secret") == ""


def test_with_a_key_only_what_has_a_hash_that_fits_is_a_hint() -> None:
    inner = INNER.replace("ctr1", ID)
    right = base64.b64encode(hmac.new(b"private", inner.encode(), hashlib.sha256).digest()).decode()
    assert hint(signed(right, inner), "private") == Hint(REFERENCE)
    assert hint(signed(right, inner), "another") is None
    assert hint(signed(right, inner.replace("TS", "TF")), "private") is None
    assert hint(f'{{"transaction":{inner}}}', "private") is None

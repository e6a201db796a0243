"""The MTN MoMo client byte for byte: what it sends, and how it reads every answer."""

import gc
from itertools import repeat
from pathlib import Path
from typing import Any, get_args

import pytest
from werkzeug import Response

from domain.money import Money
from domain.records.payment import FailureReason
from payments.answers import read_seconds
from payments.momo import MomoCollections
from payments.momo.answers import FAILURES
from payments.momo.client import clean_note
from payments.port import Asked, Collection, OutcomeUnknown, ProviderStatus, Refused
from tests.momo_server import GRACE, REFERENCE
from tests.payments.conftest import ADDRESSES, FIVE_THOUSAND, Wire, ask, coded, said
from tests.payments.momo.conftest import client_at

# What it sends


def test_a_request_to_pay_is_sent_as_mtn_writes_it(wire: Wire) -> None:
    wire.answers.append(said(202))
    client = client_at(wire, "https://pay.example.org")
    client.collect(Collection(REFERENCE, "ctr-2026-00042", FIVE_THOUSAND, GRACE, "Épargne d'Akello", "Group & 12"))
    token, request = wire.seen
    assert (token.method, token.path, token.headers["Content-Length"]) == ("POST", "/collection/token/", "0")
    assert token.headers["Authorization"] == "Basic dXNlcjprZXk="
    assert token.headers["Ocp-Apim-Subscription-Key"] == "sub-coll"
    assert (request.method, request.path) == ("POST", "/collection/v1_0/requesttopay")
    names = (
        "Authorization",
        "X-Reference-Id",
        "X-Target-Environment",
        "Ocp-Apim-Subscription-Key",
        "Content-Type",
    )
    assert [request.headers[name] for name in names] == [
        "Bearer t1",
        REFERENCE,
        "mtnuganda",
        "sub-coll",
        "application/json",
    ]
    assert request.headers["X-Callback-Url"] == ADDRESSES.of("payment", REFERENCE)
    assert request.json == {
        "amount": "5000",
        "currency": "UGX",
        "externalId": "ctr-2026-00042",
        "payer": {"partyIdType": "MSISDN", "partyId": "256772000101"},
        "payerMessage": "Epargne d Akello",
        "payeeNote": "Group 12",
    }


def test_without_an_address_for_it_no_callback_is_asked_for(wire: Wire) -> None:
    wire.answers.append(said(202))
    client_at(wire).collect(ask())
    assert "X-Callback-Url" not in wire.seen[-1].headers


@pytest.mark.parametrize(
    ("amount", "sent"), [(Money(5_000, "GHS"), "50.00"), (Money(5, "ZMW"), "0.05"), (Money(5_000, "XAF"), "5000")]
)
def test_an_amount_has_the_decimals_of_its_currency(wire: Wire, amount: Money, sent: str) -> None:
    wire.answers.append(said(202))
    client_at(wire).collect(ask(amount=amount))
    assert wire.seen[-1].json["amount"] == sent


@pytest.mark.parametrize(
    ("note", "clean"),
    [
        ("Week 40, group 12 - paid.", "Week 40, group 12 - paid."),
        ("Côte d'Ivoire & Cie", "Cote d Ivoire Cie"),
        ("N’Djaména", "N Djamena"),
        ("💰 saving\n*", "saving"),
        ("é" * 200, "e" * 160),
        ("a" * 159 + " b", "a" * 159),
        ("٥", ""),
    ],
)
def test_a_note_holds_only_what_mtn_takes(note: str, clean: str) -> None:
    assert clean_note(note) == clean


def test_a_login_in_netrc_does_not_replace_the_token(
    wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    wire.answers.append(said(202))
    client_at(wire).collect(ask())
    assert wire.seen[-1].headers["Authorization"] == "Bearer t1"


# How it reads an answer


@pytest.mark.parametrize("answer", [said(202), coded(409, "RESOURCE_ALREADY_EXIST"), said(409)])
def test_accepted_now_or_before_is_accepted(wire: Wire, answer: Response) -> None:
    wire.answers.append(answer)
    client_at(wire).collect(ask())
    assert not wire.answers


@pytest.mark.parametrize(
    ("answer", "word", "reason"),
    [
        (coded(400, "BAD_REQUEST"), "BAD_REQUEST", "refused"),
        (coded(400, "PAYER_NOT_FOUND"), "PAYER_NOT_FOUND", "no_account"),
        (said(400), "HTTP_400", "refused"),
        (said(400, "<html>Bad Request</html>"), "HTTP_400", "refused"),
        (coded(403, "FORBIDDEN_IP"), "FORBIDDEN_IP", "refused"),
        (said(411, "<html>Length Required</html>"), "HTTP_411", "refused"),
        (coded(500, "NOT_ALLOWED"), "NOT_ALLOWED", "not_possible"),
        (coded(500, "NOT_ALLOWED_TARGET_ENVIRONMENT"), "NOT_ALLOWED_TARGET_ENVIRONMENT", "not_possible"),
        (coded(500, "INVALID_CALLBACK_URL_HOST"), "INVALID_CALLBACK_URL_HOST", "not_possible"),
        (coded(500, "INVALID_CURRENCY"), "INVALID_CURRENCY", "not_possible"),
        (coded(500, "PAYER_NOT_FOUND"), "PAYER_NOT_FOUND", "no_account"),
        (coded(500, "PAYEE_NOT_FOUND"), "PAYEE_NOT_FOUND", "no_account"),
        (coded(500, "NOT_ENOUGH_FUNDS"), "NOT_ENOUGH_FUNDS", "not_enough_money"),
        (coded(500, "PAYER_LIMIT_REACHED"), "PAYER_LIMIT_REACHED", "limit_reached"),
        (coded(500, "PAYEE_NOT_ALLOWED_TO_RECEIVE"), "PAYEE_NOT_ALLOWED_TO_RECEIVE", "not_possible"),
    ],
)
def test_a_client_error_is_a_refusal_whatever_its_status(
    wire: Wire, answer: Response, word: str, reason: FailureReason
) -> None:
    wire.answers.append(answer)
    with pytest.raises(Refused) as refused:
        client_at(wire).collect(ask())
    assert (refused.value.provider_reason, refused.value.reason) == (word, reason)


@pytest.mark.parametrize(
    "answer",
    [
        said(200, {"status": "PENDING"}),
        said(200, "<html>Sign in to the Wi-Fi</html>"),
        coded(404, "RESOURCE_NOT_FOUND"),
        said(408),
        said(429, {"statusCode": 429, "message": "Rate limit is exceeded."}),
        coded(500, "INTERNAL_PROCESSING_ERROR"),
        coded(500, "SOMETHING_NEW"),
        said(500),
        said(500, "<html>Internal Server Error</html>"),
        said(500, ["INVALID_CURRENCY"]),
        said(500, {"code": ["INVALID_CURRENCY"]}),
        said(500, "[" * 100_000),
        said(502, "<html>Bad Gateway</html>"),
        coded(503, "SERVICE_UNAVAILABLE"),
        coded(503, "NOT_ALLOWED"),
        said(504),
    ],
)
def test_any_other_answer_leaves_it_open(wire: Wire, answer: Response) -> None:
    gc.collect()  # else what earlier tests left is swept up deep inside of the brackets, with no room for it
    wire.answers.append(answer)
    with pytest.raises(OutcomeUnknown):
        client_at(wire).collect(ask())


def test_a_redirect_is_not_followed(wire: Wire) -> None:
    wire.answers.append(Response(status=307, headers={"Location": f"{wire.url}/elsewhere"}))
    with pytest.raises(OutcomeUnknown, match="HTTP 307"):
        client_at(wire).collect(ask())
    assert [request.path for request in wire.seen] == ["/collection/token/", "/collection/v1_0/requesttopay"]


def test_no_answer_in_time_leaves_it_open(wire: Wire) -> None:
    with pytest.raises(OutcomeUnknown, match="ReadTimeout"):
        client_at(wire, seconds=0.2).collect(ask())


def test_nobody_at_the_address_leaves_it_open() -> None:
    client = MomoCollections(
        base_url="http://127.0.0.1:9",
        subscription_key="s",
        api_user="u",
        api_key="k",
        environment="sandbox",
    )
    with pytest.raises(OutcomeUnknown, match="ConnectionError"):
        client.status(Asked(REFERENCE))


ECHOED = {"externalId": "ctr-2026-00042", "amount": "5000", "currency": "UGX"}


@pytest.mark.parametrize(
    ("body", "state", "word"),
    [
        ({"status": "PENDING"}, "pending", ""),
        ({"status": "CREATED"}, "pending", ""),
        ({"status": "SUCCESSFUL"}, "succeeded", ""),
        ({"status": "FAILED", "reason": "EXPIRED"}, "failed", "EXPIRED"),
        (
            {"status": "FAILED", "reason": {"code": "PAYER_NOT_FOUND", "message": ".."}},
            "failed",
            "PAYER_NOT_FOUND",
        ),
        ({"status": "FAILED", "reason": "NEVER_HEARD_OF"}, "failed", "NEVER_HEARD_OF"),
        ({"status": "FAILED", "reason": "Payer has +256772000101 and no funds."}, "failed", "NO_REASON"),
        ({"status": "FAILED", "reason": {"message": "no code"}}, "failed", "NO_REASON"),
        ({"status": "FAILED", "reason": 7}, "failed", "NO_REASON"),
        ({"status": "FAILED", "reason": ""}, "failed", "NO_REASON"),
        ({"status": "FAILED"}, "failed", "NO_REASON"),
        ({"status": "FAILED", "reason": "ONGOING"}, "pending", "ONGOING"),
        ({"status": "FAILED", "reason": {"code": "PAYER_DELAYED"}}, "pending", "PAYER_DELAYED"),
        ({"status": "REJECTED", "reason": "APPROVAL_REJECTED"}, "pending", "APPROVAL_REJECTED"),
        ({"status": "REVERSED"}, "pending", "REVERSED"),
        ({"status": {"SUCCESSFUL": 1}}, "pending", "UNREADABLE"),
        ({"status": None}, "pending", "UNREADABLE"),
        ({}, "pending", "UNREADABLE"),
    ],
)
def test_only_what_is_known_to_be_the_end_decides(wire: Wire, body: Any, state: str, word: str) -> None:
    wire.answers.append(said(200, ECHOED | body))
    found = client_at(wire).status(Asked(REFERENCE))
    assert (found.state, found.provider_reason, found.external_id) == (state, word, "ctr-2026-00042")
    assert found.amount == FIVE_THOUSAND


@pytest.mark.parametrize("seconds", [3600, 3600.0, "3600", "3600.5"])
def test_how_long_a_token_is_good_is_read_as_every_gateway_writes_it(seconds: object) -> None:
    assert 3_600 <= read_seconds(seconds) < 3_601


@pytest.mark.parametrize("seconds", [None, "", "soon", True, [3600], -3600, "1e9", "٣٦٠٠"])
def test_a_token_whose_time_cannot_be_read_is_asked_for_anew(seconds: object) -> None:
    assert read_seconds(seconds) == 0


def test_each_word_for_a_failure_has_one_of_ours(wire: Wire) -> None:
    assert set(FAILURES.values()) < set(get_args(FailureReason))
    for word, reason in FAILURES.items():
        wire.answers.append(said(200, ECHOED | {"status": "FAILED", "reason": word}))
        found = client_at(wire).status(Asked(REFERENCE))
        assert (found.state, found.reason, found.provider_reason) == ("failed", reason, word)


@pytest.mark.parametrize("body", ["", "<html>OK</html>", "[]", '"SUCCESSFUL"', "null", "[" * 100_000, "\xff"])
def test_a_status_that_cannot_be_read_decides_nothing(wire: Wire, body: str) -> None:
    wire.answers.append(said(200, body))
    assert client_at(wire).status(Asked(REFERENCE)) == ProviderStatus("pending", provider_reason="UNREADABLE")


def test_an_answer_without_an_end_is_none(wire: Wire) -> None:
    wire.answers.append(Response(repeat(b" "), 200))
    with pytest.raises(OutcomeUnknown):
        client_at(wire, seconds=0.2).status(Asked(REFERENCE))


def test_an_answer_that_breaks_off_is_none(wire: Wire) -> None:
    wire.answers.append(Response(iter([b'{"status": "FAILED"}']), 200, {"Content-Length": "50"}))
    with pytest.raises(OutcomeUnknown):
        client_at(wire).status(Asked(REFERENCE))


@pytest.mark.parametrize(
    ("amount", "currency", "money"),
    [
        ("5000", "UGX", FIVE_THOUSAND),
        (5000, "UGX", FIVE_THOUSAND),
        ("5000.00", "UGX", FIVE_THOUSAND),
        (50.1, "GHS", Money(5_010, "GHS")),
        ("5000.5", "UGX", None),
        ("5,000", "UGX", FIVE_THOUSAND),
        ("5,00", "UGX", None),
        ("5000", "ugx", None),
        ("5000", ["UGX"], None),
        ("5000", None, None),
        (True, "UGX", None),
        (1e300, "UGX", None),
        (None, "UGX", None),
    ],
)
def test_an_amount_is_read_in_one_way_or_not_at_all(
    wire: Wire, amount: object, currency: object, money: Money | None
) -> None:
    wire.answers.append(said(200, {"status": "SUCCESSFUL", "amount": amount, "currency": currency}))
    assert client_at(wire).status(Asked(REFERENCE)).amount == money


@pytest.mark.parametrize(("sent", "read"), [("600198217", "600198217"), (600198217, "600198217"), (None, "")])
def test_the_providers_id_is_text(wire: Wire, sent: object, read: str) -> None:
    wire.answers.append(said(200, ECHOED | {"status": "SUCCESSFUL", "financialTransactionId": sent}))
    assert client_at(wire).status(Asked(REFERENCE)).provider_id == read


def test_only_mtns_own_404_means_not_found(wire: Wire) -> None:
    wire.answers += [coded(404, "RESOURCE_NOT_FOUND"), said(404, "<html>Not Found</html>")]
    client = client_at(wire)
    assert client.status(Asked(REFERENCE)) == ProviderStatus("not_found")
    with pytest.raises(OutcomeUnknown):
        client.status(Asked(REFERENCE))


@pytest.mark.parametrize(
    "answer", [said(400), said(500), coded(503, "SERVICE_UNAVAILABLE"), coded(500, "NOT_ALLOWED")]
)
def test_a_status_query_that_fails_leaves_it_open(wire: Wire, answer: Response) -> None:
    wire.answers.append(answer)
    with pytest.raises(OutcomeUnknown):
        client_at(wire).status(Asked(REFERENCE))


@pytest.mark.parametrize("held", ["1000", 1000, 1000.0, "1000.00"])
def test_a_balance_is_a_number_or_a_string(wire: Wire, held: object) -> None:
    wire.answers.append(said(200, {"availableBalance": held, "currency": "UGX"}))
    assert client_at(wire).balance() == Money(1_000, "UGX")


HELD = {"availableBalance": "1000", "currency": "UGX"}


@pytest.mark.parametrize(
    "answer",
    [
        said(200),
        said(200, {"availableBalance": "1"}),
        *(said(status, HELD) for status in (202, 400, 404, 500, 503)),
    ],
)
def test_a_balance_that_cannot_be_read_is_none(wire: Wire, answer: Response) -> None:
    wire.answers.append(answer)
    with pytest.raises(OutcomeUnknown):
        client_at(wire).balance()

"""Airtel Money's client on the wire: what it sends, and what it makes of an answer, case by case."""

import json
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from werkzeug import Response

from domain.money import Money
from domain.records.payment import FailureReason
from payments.airtel import AirtelApp, AirtelListed
from payments.airtel.answers import DUPLICATES, FAILURES, NOT_FOUND, REFUSALS
from payments.airtel.client import amount_of, id_of, label_of, reference_of
from payments.port import Asked, Movement, NotSent, OutcomeUnknown, ProviderStatus, Refused
from tests.payments.airtel.conftest import (
    ID,
    PUBLIC_KEY,
    REFERENCE,
    app_at,
    ask_aisha,
    client_at,
    payer_at,
    send_aisha,
)
from tests.payments.conftest import Wire, said

FIFTY, TWELVE_HUNDRED = Money(50_00, "ZMW"), Money(1_200_00, "ZMW")
ZAMBIAN = "+260971234567"
DONE: dict[str, Any] = {
    "response_code": "DP00800001001",
    "code": "200",
    "success": True,
    "result_code": "ESB000010",
    "message": "SUCCESS",
}
ACCEPTED = {
    "data": {"transaction": {"id": ID, "status": "SUCCESS"}},
    "status": DONE | {"response_code": "DP00800001006"},
}
TWICE = {
    "status": {
        "response_code": "DP00800001000",
        "code": "500",
        "success": False,
        "result_code": "ESB000041",
        "message": "External Transaction ID already exists.",
    }
}


def ended(word: object, code: str = "DP00800001001", **changed: Any) -> Response:
    transaction = {"airtel_money_id": "MP261001.0930.L06941", "id": ID, "message": "success", "status": word}
    return said(200, {"data": {"transaction": transaction | changed}, "status": DONE | {"response_code": code}})


def refused(code: str, result: str = "ESB000011", http: int = 200) -> Response:
    status = {"response_code": code, "code": "500", "success": False, "result_code": result, "message": "prose"}
    return said(http, {"status": status})


def posted(wire: Wire, path: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(next(each for each in wire.seen if each.path == path).get_data())
    return body


# The golden exchanges


def test_a_payer_is_asked_as_the_papers_have_it(wire: Wire) -> None:
    wire.answers.append(said(200, ACCEPTED))
    client_at(wire).collect(ask_aisha(amount=FIFTY, phone=ZAMBIAN))
    assert posted(wire, "/merchant/v1/payments/") == {
        "reference": "CWWWWWW",
        "subscriber": {"country": "ZM", "currency": "ZMW", "msisdn": "971234567"},
        "transaction": {"amount": 50, "country": "ZM", "currency": "ZMW", "id": ID},
    }
    asked = wire.seen[-1].headers
    assert [asked[name] for name in ("Authorization", "X-Country", "X-Currency", "Accept")] == [
        "Bearer t1",
        "ZM",
        "ZMW",
        "*/*",
    ]
    assert posted(wire, "/auth/oauth2/token") == {
        "client_id": "app",
        "client_secret": "hush",
        "grant_type": "client_credentials",
    }


@pytest.mark.parametrize("answer", [ACCEPTED, TWICE])
def test_what_they_have_from_before_is_taken_too(wire: Wire, answer: Any) -> None:
    wire.answers.append(said(200, answer))
    assert client_at(wire).collect(ask_aisha(amount=FIFTY, phone=ZAMBIAN)) == ""


def test_a_payee_is_paid_as_the_papers_have_it(wire: Wire) -> None:
    done = {"reference_id": "APC1", "airtel_money_id": "disburs-X1-6009", "id": ID, "status": "TS"}
    wire.answers += [
        said(200, {"data": {"is_barred": False}, "status": DONE}),
        said(200, {"data": {"transaction": done}, "status": DONE | {"response_code": "DP00900001001"}}),
    ]
    payer_at(wire, PUBLIC_KEY).pay(send_aisha(amount=TWELVE_HUNDRED, phone=ZAMBIAN))
    sent = posted(wire, "/standard/v1/disbursements/")
    assert len(sent.pop("pin")) == 344
    assert sent == {
        "payee": {"msisdn": "971234567"},
        "reference": "SHAREOUT3",
        "transaction": {"amount": 1200, "id": ID},
    }
    assert [each.path for each in wire.seen][1] == "/standard/v1/users/971234567"


def test_a_signed_application_calls_the_second_version(wire: Wire) -> None:
    keys = {"data": {"key_id": "1", "key": PUBLIC_KEY, "valid_upto": "12-08-2024 21:29:26"}, "status": DONE}
    wire.answers += [said(200, keys), said(200, ACCEPTED), ended("TS")]
    client_at(wire, signed=True).collect(ask_aisha(amount=FIFTY, phone=ZAMBIAN))
    asked = next(each for each in wire.seen if each.path == "/merchant/v2/payments/")
    assert len(asked.headers["x-key"]) == 344
    payer_at(wire, PUBLIC_KEY, signed=True).status(Asked(REFERENCE))
    assert wire.seen[-1].full_path == f"/standard/v2/disbursements/{ID}?transactionType=B2C"


# What became of it


@pytest.mark.parametrize(
    ("word", "code", "state", "reason", "shown"),
    [
        ("TS", "DP00800001001", "succeeded", "refused", ""),
        ("TS", "DP00800001006", "succeeded", "refused", ""),  # "in process", beside what is paid: seen
        ("TS", "DP00800001008", "succeeded", "refused", ""),
        ("TF", "DP00800001001", "failed", "refused", "TF"),
        ("TF", "DP00800001007", "failed", "not_enough_money", "DP00800001007"),
        ("TF", "DP00800001008", "failed", "declined", "DP00800001008"),
        ("TF", "DP00800001005", "failed", "not_approved_in_time", "DP00800001005"),
        ("TE", "DP00800001029", "failed", "not_approved_in_time", "DP00800001029"),
        ("TA", "DP00800001000", "pending", "refused", ""),
        ("TIP", "DP00800001001", "pending", "refused", ""),
        ("TI", "DP00800001001", "pending", "refused", ""),
        ("TQ", "DP00800001001", "pending", "refused", "TQ"),
        ("paid by +260971234567", "DP00800001001", "pending", "refused", "UNREADABLE"),
        ("", "DP00800001001", "pending", "refused", "UNREADABLE"),
        (None, "DP00800001001", "pending", "refused", "UNREADABLE"),
        (["TS"], "DP00800001001", "pending", "refused", "UNREADABLE"),
    ],
)
def test_only_the_status_of_the_transaction_decides(
    wire: Wire, word: object, code: str, state: str, reason: str, shown: str
) -> None:
    wire.answers.append(ended(word, code))
    found = client_at(wire).status(Asked(REFERENCE))
    assert (found.state, found.reason, found.provider_reason) == (state, reason, shown)
    assert found.provider_id == "MP261001.0930.L06941"


@pytest.mark.parametrize(
    "answer",
    [
        ended("TS", id="another"),
        ended("TS", id=None),
        said(200, ""),
        said(200, "<html>OK</html>"),
        said(200, "[]"),
        said(200, {"data": {"transaction": "TS"}}),
        said(200, {"data": []}),
        said(404, "<html>Not Found</html>"),
        said(408, {"status_code": "CONNECTION_TIMEOUT", "status_message": "I/O Exception"}),
        said(429, ""),
        said(500, {"data": {"transaction": {"id": ID, "status": "TS"}}}),
        said(503, ""),
        refused("DP00800001000"),
        refused("ESB000014"),
    ],
)
def test_an_enquiry_that_cannot_be_read_decides_nothing(wire: Wire, answer: Response) -> None:
    wire.answers.append(answer)
    with pytest.raises(OutcomeUnknown):
        client_at(wire).status(Asked(REFERENCE))


@pytest.mark.parametrize(("code", "result"), [("DP00800001025", "ESB000045"), ("DP00900001015", "")])
@pytest.mark.parametrize("http", [200, 404])
def test_their_own_word_says_that_they_do_not_know_it(wire: Wire, code: str, result: str, http: int) -> None:
    wire.answers.append(refused(code, result, http))
    assert client_at(wire).status(Asked(REFERENCE)) == ProviderStatus("not_found")


def test_an_amount_in_a_status_is_read_as_a_decimal(wire: Wire) -> None:
    wire.answers += [ended("TS", amount=amount) for amount in (1200, "1,200.00", 1200.0, "1200.0000", "12,00.00")]
    client = client_at(wire)
    found = [client.status(Asked(REFERENCE)).amount for _ in range(5)]
    assert found == [TWELVE_HUNDRED] * 4 + [None]


# Whether it was taken


@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_a_documented_refusal_with_http_200_is_one(wire: Wire, code: str) -> None:
    wire.answers.append(refused(code))
    with pytest.raises(Refused) as failed:
        client_at(wire).collect(ask_aisha(amount=FIFTY, phone=ZAMBIAN))
    assert (failed.value.provider_reason, failed.value.reason) == (code, FAILURES[code])


@pytest.mark.parametrize(
    "answer",
    [
        refused("DP00800001000"),
        refused("DP00800001005"),  # no PIN was typed, or the id is wrong: it says both
        refused("DP00800001006"),
        refused("DP00800001024"),
        refused("DP00900001011"),  # something similar is known: this one, or another
        refused("DP00900001014"),
        refused("ESB000001"),
        refused("DP00800001007", "ESB000045"),
        refused("DP09999999999"),
        refused("not enough money of 260971234567"),
        refused("DP00800001007", http=500),
        said(200, ""),
        said(200, {"data": {"transaction": {"id": ID, "status": "SUCCESS"}}}),
        said(200, {"status": {"success": "true"}}),
        said(202, ACCEPTED),
        said(403, ""),
        said(408, {"status_code": "CONNECTION_TIMEOUT", "status_message": "I/O Exception"}),
        said(429, ""),
        said(400, {"status_code": "ROUTER117", "status_message": "Timeout"}),
        said(503, ""),
    ],
)
def test_what_is_not_in_the_list_leaves_it_open(wire: Wire, answer: Response) -> None:
    wire.answers.append(answer)
    with pytest.raises(OutcomeUnknown):
        client_at(wire).collect(ask_aisha(amount=FIFTY, phone=ZAMBIAN))


@pytest.mark.parametrize(
    "answer",
    [
        said(400, {"status_code": "400", "status_message": "Msisdn Not Found"}),
        said(400, {"error": "Msisdn Not Found"}),
        said(400, "Msisdn Not Found"),
    ],
)
def test_a_gateway_refuses_in_prose(wire: Wire, answer: Response) -> None:
    wire.answers.append(answer)
    with pytest.raises(Refused, match="HTTP_400"):
        client_at(wire).collect(ask_aisha(amount=FIFTY, phone=ZAMBIAN))


def test_each_code_has_a_reason_of_ours_and_one_meaning() -> None:
    assert set(FAILURES.values()) < set(get_args(FailureReason))
    assert not (REFUSALS & DUPLICATES) and not (REFUSALS & NOT_FOUND)


# Token, settings, forms


@pytest.mark.parametrize("seconds", [180, "180"])
def test_a_token_is_good_for_three_minutes_however_it_is_written(wire: Wire, seconds: object) -> None:
    wire.seconds = seconds
    wire.answers += [ended("TS"), ended("TS")]
    client = client_at(wire)
    client.status(Asked(REFERENCE))
    client.status(Asked(REFERENCE))
    assert wire.tokens == 1


def test_a_refused_token_is_renewed_once_under_the_same_id(wire: Wire) -> None:
    wire.answers += [said(401, {"error": "invalid_token"}), said(200, ACCEPTED)]
    client_at(wire).collect(ask_aisha(amount=FIFTY, phone=ZAMBIAN))
    asked = [each for each in wire.seen if each.path == "/merchant/v1/payments/"]
    assert [each.headers["Authorization"] for each in asked] == ["Bearer t1", "Bearer t2"]
    assert len({each.get_data() for each in asked}) == 1
    wire.answers += [said(401, {"error": "invalid_token"})] * 2
    with pytest.raises(OutcomeUnknown, match="HTTP 401 invalid_token"):
        client_at(wire).collect(ask_aisha(amount=FIFTY, phone=ZAMBIAN))


def test_a_key_that_cannot_be_had_sends_nothing(wire: Wire) -> None:
    wire.answers += [said(200, {"data": {"key": "none"}, "status": DONE})]
    with pytest.raises(NotSent, match="no key"):
        client_at(wire, signed=True).collect(ask_aisha(amount=FIFTY, phone=ZAMBIAN))
    assert [each.path for each in wire.seen] == ["/auth/oauth2/token", "/v1/rsa/encryption-keys"]


@pytest.mark.parametrize(
    ("country", "numbers", "first"),
    [
        ("UG", (), ("+25670", "+256730", "+256731", "+256732", "+25674", "+25675")),
        ("UG", ("+25620",), ("+25620",)),
        ("TD", (), ("+2356", "+2358")),
    ],
)
def test_a_country_has_its_currency_and_its_numbers(
    wire: Wire, country: str, numbers: tuple[str, ...], first: tuple[str, ...]
) -> None:
    (carried,) = client_at(wire, country=country, numbers=numbers).carries
    assert carried.numbers == first
    assert carried.currency == {"UG": "UGX", "TD": "XAF"}[country]


def test_a_country_that_is_none_is_refused_by_naming_the_others() -> None:
    with pytest.raises(ValueError, match=r"'GH': one of CD, .*UG, ZM"):
        AirtelApp("https://openapi.airtel.africa", "app", "hush", "GH")


def test_no_secret_is_shown(wire: Wire) -> None:
    app = AirtelApp(wire.url, "app", "hush", "ZM", callback_key="private")
    assert "hush" not in repr(app) and "private" not in repr(app)
    assert repr(client_at(wire)) == f"AirtelCollections({wire.url!r}, 'ZM')"


def test_our_reference_is_their_id_without_hyphens() -> None:
    assert (id_of(REFERENCE), reference_of(ID)) == (ID, REFERENCE)


@pytest.mark.parametrize("id", [None, 7, "", ID.upper(), ID[1:], REFERENCE, f"{ID}\n", "g" * 32, ["x"]])
def test_an_id_that_is_not_of_ours_is_none(id: object) -> None:
    assert reference_of(id) == ""


@pytest.mark.parametrize(
    ("money", "number"), [(FIFTY, "50"), (Money(50_50, "ZMW"), "50.50"), (Money(10**12, "UGX"), "1000000000000")]
)
def test_an_amount_is_a_number_to_the_last_cent(money: Money, number: str) -> None:
    assert str(amount_of(money)) == number


@pytest.mark.parametrize(
    ("ref", "label"), [("CWWWWWW", "CWWWWWW"), ("C-1 é", "00C1"), ("x" * 70, "x" * 64), ("", "0000")]
)
def test_a_reference_has_four_letters_or_more(ref: str, label: str) -> None:
    assert label_of(ref) == label


# The list of what moved

SINCE, UNTIL = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 2, tzinfo=UTC)
NINE_THIRTY = int(datetime(2026, 10, 1, 9, 30, tzinfo=UTC).timestamp())


def line(**changed: Any) -> dict[str, Any]:
    transaction = {
        "airtel_money_id": "MP261001.0930.L06941",
        "amount": 50,
        "created_at": NINE_THIRTY,
        "id": ID,
        "reference_number": "CWWWWWW",
        "status": "Transaction Success",
    }
    parts = {
        "charges": {"service": 0.5},
        "payer": {"msisdn": 971234567, "name": "Mwansa"},
        "service": {"type": "X"},
    }
    return {"transaction": transaction | changed} | parts


def listed(wire: Wire, *rows: Any) -> list[Movement]:
    wire.answers.append(said(200, {"data": {"count": len(rows), "transactions": list(rows)}, "status": DONE}))
    client = AirtelListed(app_at(wire), timeout=(60, 60))
    return list(client.movements(SINCE, UNTIL))


@pytest.mark.parametrize("at", [NINE_THIRTY, NINE_THIRTY * 1_000])
def test_a_line_of_the_list_is_read_with_its_fee_and_its_time_in_either_unit(wire: Wire, at: int) -> None:
    (found,) = listed(wire, line(created_at=at))
    assert (found.direction, found.reference, found.amount, found.fee) == (
        "in",
        REFERENCE,
        FIFTY,
        Money(50, "ZMW"),
    )
    assert (found.at, found.account, found.payer) == (SINCE.replace(hour=9, minute=30), "CWWWWWW", "971234567")


def test_only_what_moved_in_that_time_is_passed_on_and_each_once(wire: Wire) -> None:
    before = line(airtel_money_id="MP0", created_at=NINE_THIRTY - 86_400)
    failed = line(airtel_money_id="MP1", status="Transaction Failed")
    assert [each.receipt for each in listed(wire, before, line(), line(), failed)] == ["MP261001.0930.L06941"]


def test_a_payment_that_went_back_is_money_out(wire: Wire) -> None:
    (found,) = listed(wire, line() | {"service": {"type": "MERCHANT_REFUND"}})
    assert found.direction == "out"


@pytest.mark.parametrize(
    "row",
    [
        line(amount="5,0"),
        line(amount=None),
        line(created_at=None),
        line(created_at="today"),
        line(airtel_money_id=""),
    ],
)
def test_a_line_that_cannot_be_read_makes_no_list(wire: Wire, row: Any) -> None:
    with pytest.raises(OutcomeUnknown, match="a line of the list"):
        listed(wire, row)


@pytest.mark.parametrize("answer", [said(500), said(200, {"data": {}}), refused("DP00800001025"), said(200, "")])
def test_a_list_that_does_not_come_is_none(wire: Wire, answer: Response) -> None:
    wire.answers.append(answer)
    with pytest.raises(OutcomeUnknown):
        list(AirtelListed(app_at(wire), timeout=(60, 60)).movements(SINCE, UNTIL))

"""
The wire of Airtel Money: what the API takes and how it answers, and the faults of a connection.

Source: Airtel Africa Developers, "Collection APIs", "Disbursement APIs", "Account", "KYC"; where traffic differs,
the traffic.
"""

import json
import re
import socket
from decimal import Decimal
from typing import Any, Final

from flask import Blueprint, request

from domain.money import InvalidAmount, Money, from_major
from simulator.airtel.access import COUNTRIES, ApiError, Json, envelope, gateway, refused
from simulator.airtel.wallets import AirtelMoney, Kind, Transaction

REFERENCE: Final = re.compile(r"[A-Za-z0-9 ]{4,64}")
# Zambia's gateway takes letters and digits alone; libraries for other countries send a UUID with its hyphens.
IDS: Final = {"any": re.compile(r"[A-Za-z0-9-]{5,80}"), "alphanumeric": re.compile(r"[A-Za-z0-9]{5,80}")}
MSISDN: Final = re.compile(r"[1-9][0-9]{6,10}|0[0-9]{8}")  # in Congo the zero is a part of the number
PAGE_MAX: Final = 100
_INVALID: Final = "Invalid field in the request"


def airtel_api(airtel: AirtelMoney) -> Blueprint:
    """The API the bot calls: mounted at /airtel."""
    routes = Blueprint("airtel_api", __name__)
    airtel.access.add_routes(routes)
    _add_collection(routes, airtel)
    _add_disbursement(routes, airtel)
    _add_accounts(routes, airtel)
    _add_list(routes, airtel)
    return routes


def _add_collection(routes: Blueprint, airtel: AirtelMoney) -> None:
    @routes.post("/merchant/<any(v1, v2):version>/payments/")
    def collect(version: str) -> Json:
        country = _checked(airtel, version, "DP00800001026")
        sent = _body()
        who = sent.get("subscriber")
        phone = _phone(country, who)
        if isinstance(who, dict) and (who.get("country"), who.get("currency")) != _place(country):
            raise refused("DP00800001004", _INVALID, "ESB000008")
        if phone not in airtel.world.people:
            raise gateway(400, "400", "Msisdn Not Found")
        transaction = _read(airtel, "collection", country, phone)
        airtel.collect(transaction)
        _lose_answer(airtel)
        data = {"transaction": {"id": transaction.id, "status": "SUCCESS"}}
        return envelope(data, "DP00800001006", "ESB000010", "SUCCESS")

    @routes.get("/standard/v1/payments/<id>")
    def enquire(id: str) -> Json:
        return _enquiry(airtel, "collection", id, "DP00800001025")

    @routes.post("/standard/v1/payments/refund")
    def refund() -> Json:
        _checked(airtel, "v1", "DP00800001026")
        transaction = _body().get("transaction")
        money_id = transaction.get("airtel_money_id") if isinstance(transaction, dict) else None
        refunded = airtel.refund(str(money_id))
        _lose_answer(airtel)
        data = {"transaction": {"airtel_money_id": refunded, "status": "SUCCESS"}}
        return envelope(data, "DP00800001001", "ESB000010", "SUCCESS")


def _add_disbursement(routes: Blueprint, airtel: AirtelMoney) -> None:
    @routes.post("/standard/<any(v1, v2):version>/disbursements/")
    def pay(version: str) -> Json:
        country = _checked(airtel, version, "DP00900001016")
        sent = _body()
        airtel.access.check_pin(sent.get("pin"))
        transaction = _read(airtel, "disbursement", country, _phone(country, sent.get("payee")))
        airtel.pay(transaction)
        _lose_answer(airtel)
        done = {
            "reference_id": f"APC{transaction.id[:8]}",
            "airtel_money_id": transaction.money_id,
            "id": transaction.id,
            "status": transaction.status,
            "message": "Transaction Successful" if transaction.status == "TS" else "Transaction in progress",
        }
        code = transaction.code or "DP00900001006"
        return envelope({"transaction": done}, code, "ESB000010", done["message"])

    @routes.get("/standard/<any(v1, v2):version>/disbursements/<id>")
    def enquire_disbursement(version: str, id: str) -> Json:
        return _enquiry(airtel, "disbursement", id, "DP00900001015")


def _add_accounts(routes: Blueprint, airtel: AirtelMoney) -> None:
    @routes.get("/standard/v1/users/balance", defaults={"version": "v1"})
    @routes.get("/standard/v2/users/balance", defaults={"version": "v2"})
    def balance(version: str) -> Json:
        currency = COUNTRIES[airtel.access.country()].currency
        kinds: dict[str, Kind] = {"COLL": "collection", "DISB": "disbursement"}
        if version == "v2" and request.args.get("type") not in kinds:
            raise refused("DP02100000000", "Balance enquiry is failed.")
        asked = [kinds[request.args["type"]]] if version == "v2" else list(kinds.values())
        held = sum((airtel.account(kind, currency) for kind in asked), Money(0, currency))
        # As the papers have it: with commas, and cents that some of these currencies do not have.
        data = {"balance": f"{Decimal(held.major):,.2f}", "currency": currency, "account_status": "Active"}
        return envelope(data, "DP02100000001", "ESB000010", "SUCCESS")

    @routes.get("/standard/v1/users/<msisdn>")
    def user(msisdn: str) -> Json:
        phone = f"{COUNTRIES[airtel.access.country()].calling_code}{msisdn}"
        said = airtel.user(phone)
        if said == "unknown":
            raise refused("DP02200000000", "User enquiry is failed.")
        family, _, given = airtel.world.person(phone).name.partition(" ")
        data = {
            "first_name": given,
            "last_name": family,
            "grade": "SUBS",
            "is_barred": said == "barred",
            "is_pin_set": True,
            "msisdn": msisdn,
            "registration": {"id": "1", "status": "NOT_REGISTERED" if said == "unregistered" else "SUBS"},
        }
        return envelope(data, "DP02200000001", "ESB000010", "SUCCESS")


def _add_list(routes: Blueprint, airtel: AirtelMoney) -> None:
    @routes.get("/merchant/v1/transactions")
    def transactions() -> Json:
        airtel.access.country()
        asked = {name: request.args.get(name, "") for name in ("from", "to", "limit", "offset")}
        if not all(re.fullmatch(r"\d{1,13}", value) for value in asked.values()):
            raise refused("DP00800001004", _INVALID, "ESB000008")
        since, until, limit, offset = map(int, asked.values())
        found = [each for each in airtel.moved("collection") if since <= each.made <= until]
        page = found[offset : offset + min(limit, PAGE_MAX)]
        data = {"count": len(page), "transactions": [_row(airtel, each) for each in page]}
        return envelope(data, "DP00800001001", "ESB000010", "SUCCESS")


def _row(airtel: AirtelMoney, each: Transaction) -> Json:
    currency = each.amount.currency
    return {
        "charges": {"service": 0},
        "payee": {"currency": currency, "msisdn": 700000000, "name": "Community Savings"},
        "payer": {
            "currency": currency,
            "msisdn": int(each.phone[4:]),
            "name": airtel.world.person(each.phone).name,
        },
        "service": {"type": "MERCHANT_PAYMENT"},
        "transaction": {
            "airtel_money_id": each.money_id,
            "amount": _number(each.amount),
            "created_at": int(each.made),
            "id": each.id,
            "reference_number": each.reference,
            "status": "Transaction Success",
        },
    }


def _enquiry(airtel: AirtelMoney, kind: Kind, id: str, not_found: str) -> Json:
    airtel.access.country()
    if airtel.faults.take("status_503_on_query"):
        raise gateway(503, "SERVICE_UNAVAILABLE", "Service Unavailable")
    found = airtel.find(kind, id)
    if found is None or airtel.faults.take("status_404_on_query"):
        raise refused(not_found, "Transaction Not Found", "ESB000045")
    word, code = airtel.shown_status(found)
    shown: Json = {"id": id, "message": "success", "status": word}
    if word == "TS":
        shown = {"airtel_money_id": found.money_id} | shown
    in_process = "DP00900001006" if kind == "disbursement" else "DP00800001006"
    code = airtel.faults.get("says_code") or (code if word in ("TS", "TF", "TE") else in_process)
    return envelope({"transaction": shown}, code, "ESB000010", "SUCCESS")


def _checked(airtel: AirtelMoney, version: str, mismatch: str) -> str:
    """The country of a request that is well made, before anything is done."""
    country = airtel.access.country()
    must = airtel.faults.get("signatures") == "strict" and version == "v2"
    airtel.access.check_signature(mismatch, must=must)
    if airtel.faults.take("status_503_before_accept"):
        raise gateway(503, "SERVICE_UNAVAILABLE", "Service Unavailable")
    if airtel.faults.take("refused_with_200"):
        raise refused(airtel.faults.get("refuses_with"), "refused")
    return country


def _lose_answer(airtel: AirtelMoney) -> None:
    if airtel.faults.take("drop_after_accept"):
        # The answer is written to a connection that is closed, as if the line had been cut.
        request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    if airtel.faults.take("status_408_after_accept"):
        raise gateway(408, "CONNECTION_TIMEOUT", "I/O Exception")
    if airtel.faults.take("status_500_after_accept"):
        raise ApiError(500, {"error": "Internal Server Error"})


def _body() -> dict[str, Any]:
    try:
        sent = json.loads(request.get_data(), parse_float=Decimal)
    except (ValueError, RecursionError):
        sent = None
    if not isinstance(sent, dict):
        raise gateway(400, "400", "The body is not JSON")
    return sent


def _phone(country: str, who: object) -> str:
    msisdn = who.get("msisdn") if isinstance(who, dict) else None
    # A national number: one with the country's code, or a zero before it, is none.
    if not isinstance(msisdn, str) or not MSISDN.fullmatch(msisdn) or msisdn.startswith("0") != (country == "CG"):
        raise refused("DP00800001010", "Invalid msisdn", "ESB000033")
    return f"{COUNTRIES[country].calling_code}{msisdn}"


def _read(airtel: AirtelMoney, kind: Kind, country: str, phone: str) -> Transaction:
    """The request in the body. Raises ApiError."""
    sent = _body()
    invalid = refused("DP00800001004" if kind == "collection" else "DP00900001004", _INVALID, "ESB000008")
    reference, transaction = sent.get("reference"), sent.get("transaction")
    if not isinstance(reference, str) or not REFERENCE.fullmatch(reference) or not isinstance(transaction, dict):
        raise invalid
    id, amount = transaction.get("id"), transaction.get("amount")
    if not isinstance(id, str) or not IDS[airtel.faults.get("ids")].fullmatch(id):
        raise invalid
    if kind == "collection" and (transaction.get("country"), transaction.get("currency")) != _place(country):
        raise invalid
    if isinstance(amount, bool) or not isinstance(amount, int | Decimal | str):
        raise invalid
    try:
        money = from_major(str(amount), COUNTRIES[country].currency)
    except InvalidAmount:
        raise invalid from None
    if money.minor <= 0:
        raise invalid
    return Transaction(id, kind, phone, money, reference, made=airtel.world.now().timestamp())


def _place(country: str) -> tuple[str, str]:
    return country, COUNTRIES[country].currency


def _number(amount: Money) -> int | float:
    """As the list has an amount: a JSON number."""
    major = Decimal(amount.major)
    return int(major) if major == int(major) else float(major)

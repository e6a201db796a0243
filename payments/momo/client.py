"""
One product of MTN Mobile Money over HTTP: its token, one exchange, a request under a reference and its status.

Source: MTN MoMo Developer, "Bearer authentication token", "Collections", "Disbursements".
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from domain.money import Money
from payments.addresses import Addresses
from payments.answers import HttpAnswer, read_money, read_object
from payments.http import AGENT, TIMEOUT, HttpClient, Tokens, check_key, read_grant
from payments.momo.answers import failure, read_status, summary
from payments.momo.markets import CURRENCIES, NUMBERS
from payments.plain import plain_letters
from payments.port import (
    Asked,
    Callback,
    Capabilities,
    Carries,
    Collection,
    Hint,
    OutcomeUnknown,
    ProviderStatus,
    Request,
    Transfer,
)

NOTE_MAX: Final = 160
_TOLD: Final = "payment"  # what MTN calls us for


class MomoClient:
    """
    The client of one API user in one target environment; threads share its token.

    MTN has two gateways, which speak alike. A request is known to the one that it was made at and to no other, so
    each is a rail of its own, with a `name`. At the newer one the API user and its key are the System Credentials
    of its portal, and an agent that names the HTTP library is refused (public reports, 2026).

    A product says where it is: `product` begins its addresses, `resource` is what its requests make, and `party`
    the other side of them. Each product has a subscription key, an API user and tokens of its own.
    MTN may tell us about a reference at one of our `addresses`, whose host is the registered one; without them it
    does not.
    `agent` is what we are called in each request, `timeout` seconds to connect and seconds to wait for an answer.
    Raises ValueError for an environment that it does not know, or a key that no header can hold.
    """

    capabilities: Final = Capabilities(echoes_ref=True)
    product: ClassVar[str]
    resource: ClassVar[str]
    party: ClassVar[str]

    def __init__(
        self,
        *,
        base_url: str,
        subscription_key: str,
        api_user: str,
        api_key: str,
        environment: str,
        name: str = "momo",
        addresses: Addresses | None = None,
        agent: str = AGENT,
        timeout: tuple[float, float] = TIMEOUT,
    ) -> None:
        if environment not in CURRENCIES:
            raise ValueError(f"no MoMo environment {environment!r}: one of {', '.join(CURRENCIES)}")
        keys = {"subscription_key": subscription_key, "api_user": api_user, "api_key": api_key}
        for which, key in keys.items():
            check_key(f"the MoMo {which}", key)
        self.name: Final = name
        self.carries = [Carries(each, NUMBERS[environment]) for each in sorted(CURRENCIES[environment])]
        self._base_url, self._environment, self._addresses = base_url.rstrip("/"), environment, addresses
        self._login, self._tokens = (api_user, api_key), Tokens(self._grant)
        self._http = HttpClient(
            f"{self._base_url}/{self.product}",
            agent=agent,
            timeout=timeout,
            headers={"Ocp-Apim-Subscription-Key": subscription_key, "X-Target-Environment": environment},
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._base_url!r}, {self._environment!r})"

    @property
    def callbacks(self) -> Sequence[Callback]:
        """The body of a callback is not read: it is unsigned. MTN makes it with POST, or with PUT."""
        if not self._addresses:
            return []
        addresses = self._addresses

        def read(request: Request) -> Hint | None:
            names = addresses.names(_TOLD, request.rest)
            return Hint(names[0]) if names else None

        return [Callback(addresses.path(_TOLD), read, methods=("POST", "PUT"))]

    def status(self, asked: Asked) -> ProviderStatus:
        """What became of a request; "not_found" is MTN's own word that it never had it. Raises OutcomeUnknown."""
        answer = self._call("GET", f"/v1_0/{self.resource}/{asked.reference}")
        body = read_object(answer)
        # Only MTN's own word for it: a proxy that knows no such page answers 404 too.
        if answer.status_code == 404 and body.get("code") == "RESOURCE_NOT_FOUND":
            return ProviderStatus("not_found")
        if answer.status_code != 200:
            raise OutcomeUnknown(summary(answer))
        return read_status(body)

    def balances(self) -> Mapping[str, Money]:
        """By the product. Raises OutcomeUnknown."""
        return {self.product: self.balance()}

    def balance(self) -> Money:
        """What the product's account holds. Raises OutcomeUnknown."""
        answer = self._call("GET", "/v1_0/account/balance")
        body = read_object(answer)
        amount = read_money(body.get("availableBalance"), body.get("currency"))
        if answer.status_code != 200 or amount is None:
            raise OutcomeUnknown(summary(answer))
        return amount

    def _request(self, asked: Collection | Transfer, *, payer_message: str, payee_note: str) -> None:
        """Returns when MTN has the request, now or from before. Raises OutcomeUnknown, Refused."""
        headers = {"X-Reference-Id": asked.reference}
        if self._addresses:
            headers["X-Callback-Url"] = self._addresses.of(_TOLD, asked.reference)
        body = {
            "amount": asked.amount.major,
            "currency": asked.amount.currency,
            "externalId": asked.external_id,
            self.party: {"partyIdType": "MSISDN", "partyId": asked.phone.removeprefix("+")},
            "payerMessage": clean_note(payer_message),
            "payeeNote": clean_note(payee_note),
        }
        answer = self._call("POST", f"/v1_0/{self.resource}", headers, body)
        # 409: it has this reference already, from a call whose answer was lost.
        if answer.status_code not in (202, 409):
            raise failure(answer)

    def _call(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: object = None
    ) -> HttpAnswer:
        """One exchange; with a new token and the same reference once more when the token is refused."""
        return self._tokens.sent_with(lambda auth: self._http.send(method, path, auth, headers, json=body))

    def _grant(self) -> tuple[str, float]:
        answer = self._http.send("POST", "/token/", self._login)
        return read_grant(answer, summary(answer))


def clean_note(text: str) -> str:
    """A note as MTN takes it: accents folded, anything but letters, digits and " .,-" a space, cut at 160."""
    return plain_letters(text, "A-Za-z0-9 .,-", NOTE_MAX)

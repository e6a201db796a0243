"""Two groups, and one caller of each kind: whom the API is asked by in its tests."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from werkzeug.test import Client, TestResponse

from bot.app import App
from domain.access.accounts import account_with, make_account, otp_of
from domain.access.tokens import make_api_token
from domain.loans.borrow import RequestLoan
from domain.loans.pay_out import HandOverLoan
from domain.money import Money
from domain.records.account import AccountRole
from domain.records.api_token import API_SCOPES
from domain.records.group import LoanProduct
from domain.records.pin import Secret
from domain.savings.contribute import Contribute
from tests.conftest import Clock
from tests.domain.officers import cash, set_rules, vote
from tests.flows.loans.borrowers import EASY
from tests.money import ugx
from tests.people import Village, Villager, arrives, do, found_group, found_village, register
from tests.web import wsgi

PASSWORD = "a long way to Kampala by bus"
PAY = {"amount": {"minor": 1_000, "currency": "UGX"}}


@dataclass
class World:
    """
    Umoja (10101) with a loan of Akello's and letters, and Pamoja (20202), where Zawadi leads. `bearers` are the
    tokens of each kind of caller, None for nobody.
    """

    app: App
    clock: Clock
    village: Village
    zawadi: Villager
    web: Client
    loan: str = ""
    loan_elsewhere: str = ""
    payment: str = ""
    bearers: dict[str, str | None] = field(default_factory=dict)
    refreshes: dict[str, str] = field(default_factory=dict)

    def ask(self, who: str, method: str, path: str, **named: Any) -> TestResponse:
        """A request as this caller; a POST has a key of its own unless one is given."""
        headers = dict(named.pop("headers", {}))
        if bearer := self.bearers[who]:
            headers["Authorization"] = f"Bearer {bearer}"
        if method == "POST":
            headers.setdefault("Idempotency-Key", uuid.uuid4().hex)
        return self.web.open(path, method=method, headers=headers, **named)

    def get(self, who: str, path: str, **named: Any) -> Any:
        """The data of an answer that is good."""
        answer = self.ask(who, "GET", path, **named)
        assert answer.status_code == 200, (path, answer.text)
        return answer.get_json()["data"]

    def renew(self) -> None:
        """Access tokens of people are good for some minutes: the next ones."""
        for name, refresh_token in self.refreshes.items():
            self._take(name, self.web.post("/api/auth/refresh", json={"refresh_token": refresh_token}))

    def sign_in_people(self) -> None:
        """Those of the world, by the code on their phones."""
        for name, person in self.people().items():
            self.sign_in(name, person)

    def people(self) -> Mapping[str, Villager]:
        return {
            "member": self.village.akello,
            "officer": self.village.nakato,
            "treasurer": self.village.wanjiru,
            "outsider": self.zawadi,
        }

    def sign_in(self, name: str, who: Villager) -> None:
        sent = self.web.post("/api/auth/code", json={"phone": who.phone})
        assert sent.status_code == 202, sent.text
        (newest,) = self.app.store.notices.find(person=who.id, kind="sign_in_code", sort="-created_at", limit=1)
        said = {"phone": who.phone, "code": newest.values["code"]}
        self._take(name, self.web.post("/api/auth/login", json=said))

    def _take(self, name: str, answer: TestResponse) -> None:
        assert answer.status_code == 200, answer.text
        said = answer.get_json()
        self.bearers[name], self.refreshes[name] = said["token"], said["refresh_token"]

    def make_account(self, role: AccountRole, *groups: str) -> None:
        """An account, signed in."""
        make_account(
            self.app.store, f"{role}@example.org", role.capitalize(), role, Secret(PASSWORD), groups=groups
        )
        self.sign_in_account(role)

    def sign_in_account(self, role: AccountRole) -> None:
        """Half a minute later, for each code of the app is good once."""
        self.clock.forward(seconds=30)
        store, email = self.app.store, f"{role}@example.org"
        account = account_with(store, email)
        assert account is not None
        totp = otp_of(store, account).at(int(store.now().timestamp()))
        said = {"email": email, "password": PASSWORD, "totp": totp}
        self._take(role, self.web.post("/api/auth/login", json=said))


def make_world(app: App, clock: Clock) -> World:
    """In an empty store."""
    store = app.store
    village = found_village(store)
    set_rules(store, village)
    zawadi = register(store, "Zawadi Faith", "+256772000200", "2583")
    other = register(store, "Amani Joy", "+256772000201", "2584")
    found_group(store, "20202", "Pamoja", Money(5_000, "UGX"), {zawadi: "chairperson", other: "treasurer"})
    for group in store.groups.find():
        lends = LoanProduct(borrowing=EASY, method="declining-principal")
        store.groups.change(group.id, constitution=replace(group.constitution, loans=lends, referral=ugx(500)))
    for saver in (village.nakato, village.akello, village.okot):
        cash(store, village, saver, 25_500, village.wanjiru)
    asked: Any = do(store, RequestLoan(village.umoja, village.akello.id, ugx(20_000), 2, "cash"))
    vote(store, store.proposals.get(store.loans.get(asked["loan"]).proposal), village.nakato, village.wanjiru)
    do(store, HandOverLoan(village.wanjiru.id, asked["loan"]))
    web = Client(wsgi(app))
    world = World(app, clock, village, zawadi, web, loan=asked["loan"])
    clock.forward(days=7)
    paid: Any = do(store, Contribute(village.umoja, village.akello.id, Money(5_500, "UGX")))
    arrives(store, store.payments.get(paid["payment"]))
    world.payment = paid["payment"]
    world.bearers["nobody"] = None
    world.sign_in_people()
    world.make_account("agent", village.umoja)
    world.make_account("operator")
    for name, scopes in (("token", API_SCOPES), ("bare", API_SCOPES[:1])):
        world.bearers[name], _ = make_api_token(store, name, scopes, timedelta(days=1), groups=[village.umoja])
    return world


def code_of(answer: TestResponse) -> tuple[int, str]:
    """Status and code of an error, which always has the one shape."""
    body = answer.get_json()
    assert body.keys() == {"success", "error"} and body["success"] is False, body
    assert body["error"].keys() == {"code", "message", "request_id", "fields"}
    assert answer.headers["X-Request-Id"] == body["error"]["request_id"]
    return answer.status_code, body["error"]["code"]


def pay(world: World, key: str | None, body: Any = PAY, who: str = "member") -> TestResponse:
    headers = {"Idempotency-Key": key} if key is not None else {}
    bearer = {"Authorization": f"Bearer {world.bearers[who]}"}
    return world.web.post("/api/groups/10101/contributions", json=body, headers=headers | bearer)

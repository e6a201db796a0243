"""The operator's pages: where they are, who is signed in to them, and what is on them."""

from dataclasses import dataclass

from werkzeug.test import Client, TestResponse

from bot.app import App
from domain.board.daily import figure_group, groups_to_figure
from domain.money import Money
from domain.savings.contribute import Contribute
from domain.treasury.unclear import hand_to_person
from tests.bot.pages.leading import token
from tests.people import do

PASSWORD = "quiet harbour window 41"
ALL = (
    "",
    "/groups",
    "/groups/10101",
    "/agents",
    "/imports",
    "/imports/template.xlsx",
    "/exports",
    "/exports/definitions.csv",
    "/stuck",
    "/reconcile",
    "/unasked",
    "/people",
    "/messages",
    "/referrals",
    "/audit",
    "/read-only",
)


@dataclass
class Desk:
    """A browser in which an account is signed in."""

    web: Client

    def get(self, path: str) -> TestResponse:
        return self.web.get(f"/operator{path}", headers={"Accept": "text/html"})

    def post(self, path: str, **fields: str) -> TestResponse:
        data = fields | token(self.web, "/me")
        return self.web.post(f"/operator{path}", data=data, headers={"Accept": "text/html"})


def worked_out(app: App) -> None:
    for id in groups_to_figure(app.store, 100):
        figure_group(app.store, id)


def stuck_in(app: App, group: str, person: str) -> str:
    """A payment of which the provider does not tell the end."""
    asked = do(app.store, Contribute(group, person, Money(5_500, "UGX")))
    assert isinstance(asked, dict)
    payment = app.store.payments.get(asked["payment"])
    hand_to_person(app.store, payment, "in", when={"state": "created"}, state="unknown", provider_reason="TIMEOUT")
    return payment.id

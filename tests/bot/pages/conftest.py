"""Who opens our pages, by HTTP and in a browser."""

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser
from werkzeug.test import Client

from bot.app import App
from domain.access.accounts import make_account, otp_of
from domain.records.account import AccountRole
from domain.records.pin import Secret
from tests.bot.pages.leading import token
from tests.bot.pages.operating import PASSWORD, Desk
from tests.browsing import chromium_running
from tests.conftest import Clock
from tests.served import Served
from tests.web import wsgi


@pytest.fixture
def desk(app: App, clock: Clock) -> Callable[..., Desk]:
    def opened(name: str, role: AccountRole = "operator", groups: tuple[str, ...] = ()) -> Desk:
        email = f"{name.lower()}@example.org"
        account = make_account(app.store, email, name, role, Secret(PASSWORD), groups=groups)
        totp = otp_of(app.store, account).at(clock())
        web = Client(wsgi(app))
        given = {"email": email, "password": PASSWORD, "totp": totp, "to": ""} | token(web)
        entered = web.post("/sign-in/account", data=given)
        assert entered.status_code == 303, entered.text
        return Desk(web)

    return opened


@pytest.fixture
def browser() -> Iterator[Browser]:
    with chromium_running() as browser:
        yield browser


@pytest.fixture
def address(app: App) -> Iterator[str]:
    with closing(Served(wsgi(app))) as server:
        yield server.url

"""What is done on the phones page, and by the bot before it."""

from typing import Any, Final
from urllib.parse import quote
from uuid import uuid4

from playwright.sync_api import Page, ViewportSize, expect
from werkzeug import Request, Response

from domain.money import Money
from payments.momo import MomoCollections
from payments.port import Collection
from tests.simulator.conftest import GRACE, Bot, Phones, Start

AMINA = "+254711000101"
ACCOUNT, TOKEN = "AC00000000000000000000000000000001", "0123456789abcdef0123456789abcdef"
BOT_API = "telegram/bot123456:simulated"
WHATSAPP_HOOK = "/hooks/twilio/whatsapp"
WIDE: Final[ViewportSize] = {"width": 1280, "height": 800}
SMALL: Final[ViewportSize] = {"width": 390, "height": 844}

LIST = {
    "friendly_name": "menu",
    "language": "en",
    "types": {
        "twilio/list-picker": {
            "body": "What would you like?",
            "button": "Menu",
            "items": [
                {"id": "pay", "item": "Pay", "description": "Put money in"},
                {"id": "balance", "item": "Balance"},
            ],
        }
    },
}


def silent(_request: Request) -> Response:
    return Response("<Response/>", content_type="text/xml")


def whatsapp(phones: Phones, content: dict[str, Any]) -> str:
    """Send Akello Grace a message with buttons or a list; its id."""
    http, auth = phones.http, (ACCOUNT, TOKEN)
    created = http.post(f"{phones.sim.url}/twilio/v1/Content", json=content, auth=auth).json()
    form = {"To": f"whatsapp:{GRACE}", "From": "whatsapp:+14155238886", "ContentSid": created["sid"]}
    url = f"{phones.sim.url}/twilio/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    message: str = http.post(url, data=form, auth=auth).json()["sid"]
    return message


def telegram(phones: Phones, method: str, **fields: Any) -> Any:
    """Have the bot do something in Akello Grace's chat."""
    answer = phones.http.post(f"{phones.sim.url}/{BOT_API}/{method}", json=fields)
    assert answer.ok, answer.text
    return answer.json()["result"]


def keyboard(*labels: str) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": each, "callback_data": each.lower()} for each in labels]]}


def show_amina(page: Page, start: Start, bot: Bot) -> Phones:
    """The phones of somebody with M-Pesa in another simulator, to which the bot has said where it is told."""
    wallet = {"minor": 20_000_00, "currency": "KES"}
    person = {"name": "Amina Hassan", "phone": AMINA, "network": "63902", "wallet": wallet}
    phones = start(people=[person])
    phones.sim.daraja.paybill.register(
        {
            "ShortCode": "174379",
            "ResponseType": "Completed",
            "ConfirmationURL": f"{bot.url}/came",
            "ValidationURL": f"{bot.url}/asked",
        }
    )
    page.goto(f"{phones.sim.url}/static/index.html#{quote(AMINA)}")
    expect(page.get_by_test_id("tg-start")).to_be_visible()
    return phones


def no_sideways(page: Page) -> bool:
    fits: bool = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    return fits


def ask_grace(phones: Phones) -> None:
    mtn = MomoCollections(
        base_url=f"{phones.sim.url}/momo",
        subscription_key="any",
        api_user=str(uuid4()),
        api_key="any",
        environment="simulator",
    )
    mtn.collect(Collection(str(uuid4()), "C1", Money(5_500, "UGX"), GRACE, "Savings", "Savings"))

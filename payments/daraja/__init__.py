"""Safaricom Daraja: M-Pesa in Kenya."""

from payments.daraja.accounts import DarajaAccounts
from payments.daraja.api_user import ApiUser
from payments.daraja.client import DarajaClient
from payments.daraja.console import DarajaConsole
from payments.daraja.credential import Initiator
from payments.daraja.payouts import DarajaPayouts
from payments.daraja.prompts import DarajaCollections
from payments.daraja.receipts import DarajaReceipts

__all__ = [
    "ApiUser",
    "DarajaAccounts",
    "DarajaClient",
    "DarajaCollections",
    "DarajaConsole",
    "DarajaPayouts",
    "DarajaReceipts",
    "Initiator",
]

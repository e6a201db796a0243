"""Safaricom Daraja: M-Pesa in Kenya."""

from payments.daraja.client import DarajaClient
from payments.daraja.console import DarajaConsole
from payments.daraja.credential import Initiator
from payments.daraja.payouts import DarajaPayouts
from payments.daraja.prompts import DarajaCollections

__all__ = ["DarajaClient", "DarajaCollections", "DarajaConsole", "DarajaPayouts", "Initiator"]

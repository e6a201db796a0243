"""pawaPay: the networks of some twenty countries behind one contract."""

from dataclasses import dataclass

from payments.addresses import Addresses
from payments.http import AGENT, TIMEOUT
from payments.pawapay.callbacks import Callbacks, PublicKeys
from payments.pawapay.networks import Beside, Networks
from payments.pawapay.operations import PawapayDeposits, PawapayPayouts, Refunds
from payments.pawapay.signatures import SPELLINGS, Now, Signer, Spelling, utc_now
from payments.pawapay.wire import Wire

__all__ = [
    "SPELLINGS",
    "Now",
    "Pawapay",
    "PawapayDeposits",
    "PawapayPayouts",
    "Signer",
    "Spelling",
    "open_pawapay",
    "utc_now",
]


@dataclass(frozen=True, slots=True)
class Pawapay:
    """One account with pawaPay: its two rails, and what only an operator asks for."""

    deposits: PawapayDeposits
    payouts: PawapayPayouts
    refunds: Refunds
    networks: Networks


def open_pawapay(
    *,
    base_url: str,
    token: str,
    addresses: Addresses | None = None,
    signer: Signer | None = None,
    signed_callbacks: bool = False,
    agent: str = AGENT,
    timeout: tuple[float, float] = TIMEOUT,
    beside: Beside | None = None,
    now: Now = utc_now,
) -> Pawapay:
    """
    Nothing is asked before it is needed. With `signed_callbacks`, one that pawaPay has not signed is nobody's.

    Raises ValueError for a token that no header can hold.
    """
    wire = Wire(base_url, token, signer=signer, agent=agent, timeout=timeout)
    networks = Networks(wire, beside)
    callbacks = Callbacks(addresses, PublicKeys(wire) if signed_callbacks else None, now)
    return Pawapay(
        PawapayDeposits(wire, networks, callbacks),
        PawapayPayouts(wire, networks, callbacks),
        Refunds(wire),
        networks,
    )

"""MTN Mobile Money."""

from payments.momo.markets import CURRENCIES
from payments.momo.products import MomoCollections, MomoDisbursements
from payments.momo.sandbox import provision_sandbox

__all__ = ["CURRENCIES", "MomoCollections", "MomoDisbursements", "provision_sandbox"]

"""MTN Mobile Money."""

from payments.momo.answers import FAILURES
from payments.momo.client import CURRENCIES
from payments.momo.products import MomoCollections, MomoDisbursements
from payments.momo.sandbox import provision_sandbox

__all__ = ["CURRENCIES", "FAILURES", "MomoCollections", "MomoDisbursements", "provision_sandbox"]

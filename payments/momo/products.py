"""
The two products of MTN Mobile Money that we use: Collections asks a payer, Disbursements pays a payee.

Source: MTN MoMo Developer, "Collections", "Disbursements".
"""

from payments.momo.client import MomoClient
from payments.port import Collection, Transfer


class MomoCollections(MomoClient):
    """A Collector: requests to pay, which the payer approves on the phone."""

    product, resource, party = "collection", "requesttopay", "payer"

    def collect(self, collection: Collection) -> str:
        self._request(collection, payer_message=collection.message, payee_note=collection.note)
        return ""


class MomoDisbursements(MomoClient):
    """A Payer: transfers out of the disbursement account, which has to be funded; nobody approves them."""

    product, resource, party = "disbursement", "transfer", "payee"

    def pay(self, transfer: Transfer) -> str:
        self._request(transfer, payer_message=transfer.note, payee_note=transfer.message)
        return ""

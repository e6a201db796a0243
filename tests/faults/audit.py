"""What must hold once everything has had its time: nothing lost, nothing doubled, the books right."""

from collections import Counter
from collections.abc import Iterator

from bot.app import App
from domain.books.ledger import Entry
from domain.mongo.store import MongoStore
from domain.mongo.verify import verify_book
from domain.records.payment import OPEN, Payment
from payments.settle import ask_about
from simulator.server import Simulator

WALLETS = ("1020", "1025")
CASH = ("1010", "1020", "1025", "1030", "1040")


def problems(app: App, simulator: Simulator, *, one_sms: bool) -> list[str]:
    """
    Everything that is wrong in the store, beside what the providers have; empty when all is well.

    `one_sms`: nothing happened that may send a receipt twice, so each must have come exactly once.
    """
    store = app.store
    payments, books = store.payments.find(), [group.id for group in store.groups.find()]
    entries = [entry for book in books for entry in store.books.entries(book)]
    return [
        *(f"book {book}: {problem.text}" for book in books for problem in verify_book(store.books, book)),
        *of_books(store, books),
        *_of_commands(store, payments),
        *_of_money(store, simulator, payments, entries),
        *of_meetings(store, entries),
        *(problem for payment in payments for problem in _of_payment(app, simulator, payment, one_sms)),
        *of_outbox(store),
    ]


def of_books(store: MongoStore, books: list[str]) -> Iterator[str]:
    for book in books:
        totals = store.books.totals(book)
        yield from (f"book {book}: {code} is below zero" for code in CASH if totals.get(code, 0) < 0)
        if totals.get("2020", 0) > 0:
            yield f"book {book}: the social fund is below zero"


def _of_commands(store: MongoStore, payments: list[Payment]) -> Iterator[str]:
    """Each contribution that was answered made one payment, and each payment is of one that was answered."""
    answered = Counter(
        done.result["payment"]
        for done in store.commands.find()
        if isinstance(done.result, dict) and "payment" in done.result
    )
    made = Counter(payment.id for payment in payments)
    if answered != made:
        yield f"commands answered with {answered - made}, payments without a command {made - answered}"


def _of_money(
    store: MongoStore, simulator: Simulator, payments: list[Payment], entries: list[Entry]
) -> Iterator[str]:
    """What the provider took from each phone is what its owner's accounts got, payment by payment."""
    posted = Counter(entry.reference for entry in entries)
    yield from (f"{reference} is posted {times} times" for reference, times in posted.items() if times > 1)
    taken = {f"payment:{reference}": amount.minor for reference, amount in simulator.momo.settled().items()}
    wallets = {entry: [leg.amount for leg in entry.postings if leg.account in WALLETS] for entry in entries}
    got = {entry.reference: sum(amounts) for entry, amounts in wallets.items()}
    closed = {payment.reference: payment.amount.minor for payment in payments if payment.state == "succeeded"}
    if not taken == got == closed:
        yield f"the provider took {taken}, the books have {got}, succeeded are {closed}"
    credits: Counter[str] = Counter()
    for entry in entries:
        for leg in entry.postings:
            if leg.member:
                credits[leg.member] -= leg.amount
    for person in store.people.find():
        debits = sum(amount.minor for amount in simulator.momo.debits(person.phone))
        if debits != credits[person.id]:
            yield f"{person.name} was debited {debits} and credited {credits[person.id]}"


def of_meetings(store: MongoStore, entries: list[Entry]) -> Iterator[str]:
    """What is kept of a member's meetings is the sum of their postings."""
    kept: Counter[tuple[str, str, str]] = Counter()
    for each in store.database["paid"].find():
        kept[each["group"], each["person"], "3010"] += each["shares"]
        kept[each["group"], each["person"], "2020"] += each["social"]
    posted: Counter[tuple[str, str, str]] = Counter()
    for entry in entries:
        for leg in entry.postings:
            if leg.account in ("3010", "2020"):
                posted[entry.book, leg.member, leg.account] -= leg.amount
    if +kept != +posted:
        yield f"paid to meetings is {+kept}, posted {+posted}"


def _of_payment(app: App, simulator: Simulator, payment: Payment, one_sms: bool) -> Iterator[str]:
    """It is final, told once and never looked at again; or the provider has not ended it, and it is scheduled."""
    store = app.store
    told = {kind for kind in ("receipt", "failed") if store.notices.one(id=f"{kind}:{payment.id}") is not None}
    if payment.state in OPEN:
        if payment.next_at is None:
            yield f"{payment.ref} is {payment.state} and nobody will look at it"
        if told:
            yield f"{payment.ref} is {payment.state} and {told} was told"
        if (ended := app.collectors[payment.provider].status(ask_about(payment)).state) in ("succeeded", "failed"):
            yield f"{payment.ref} is {payment.state} and has {ended}"
        return
    if payment.next_at is not None:
        yield f"{payment.ref} is {payment.state} and still looked at"
    if told != {"receipt" if payment.state == "succeeded" else "failed"}:
        yield f"{payment.ref} is {payment.state} and {told or 'nothing'} was told"
    if payment.state != "succeeded":
        return
    receipt = store.notices.get(f"receipt:{payment.id}")
    inbox = simulator.sms.inbox(payment.phone)
    came = sum(f"Ref {payment.ref}" in message["text"] for message in inbox if "You paid" in message["text"])
    if (receipt.state in ("sent", "delivered", "read") and came == 0) or (one_sms and came != 1):
        yield f"the receipt of {payment.ref} is {receipt.state} and came {came} times"


def of_outbox(store: MongoStore) -> Iterator[str]:
    for notice in store.notices.find():
        if (notice.state in ("queued", "sending")) != (notice.next_at is not None):
            yield f"notice {notice.id} is {notice.state}, to be looked at {notice.next_at}"

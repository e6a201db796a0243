"""What must hold at the end of a run: nothing lost, doubled or without an end, and no difference left."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.board.differences import each_difference
from domain.books.accounts import WITH_PROVIDERS, Account
from domain.books.ledger import Entry
from domain.mongo.verify import verify_book
from domain.records.difference import Difference
from domain.records.payment import FAILED, OPEN, Direction, Payment
from payments.reconcile import CLOCKS_APART
from payments.settle import UNKNOWN_THERE
from simulator.airtel.wallets import Kind
from tests.faults.audit import of_books, of_meetings, of_outbox
from tests.faults.country import Land
from tests.faults.play import Play

# What a member hears in between, when it takes a day.
_NOT_YET: Final = "We do not know yet"
_NOT_PAID: Final = "Not paid: "


@dataclass(frozen=True)
class Moved:
    """What a provider's own side has. `name` is our id of the payment, or the receipt of what has none."""

    rail: str
    direction: Direction
    name: str
    minor: int
    phone: str
    at: datetime | None = None


def problems(play: Play) -> list[str]:
    """Everything that is wrong; empty when all is well."""
    return [*_Reckoning(play).problems()]


class _Reckoning:
    def __init__(self, play: Play) -> None:
        self.play, self.land = play, play.land
        self.store = play.land.app.store
        self.payments = self.store.payments.find()
        self.books = [group.id for group in self.store.groups.find()]
        self.entries = [entry for book in self.books for entry in self.store.books.entries(book)]
        self.moved = [*_moved(self.land)]

    def problems(self) -> Iterator[str]:
        for book in self.books:
            yield from (f"book {book}: {problem.text}" for problem in verify_book(self.store.books, book))
        yield from of_books(self.store, self.books)
        yield from of_meetings(self.store, self.entries)
        yield from of_outbox(self.store)
        yield from self._of_commands()
        yield from self._of_money()
        yield from self._of_groups()
        yield from self._of_payouts()
        yield from self._of_members()
        for payment in self.payments:
            yield from self._of_payment(payment)
        yield from self._of_differences()
        yield from (f"{each.task} of {each.subject} is stuck: {each.problem}" for each in self.store.stuck.find())

    def _of_commands(self) -> Iterator[str]:
        """What was answered stays so, and each command made one payment."""
        for key, answer in self.play.answers.items():
            if self.store.commands.get(key).result != answer:
                yield f"{key} is answered otherwise now"
        answered = Counter(
            done.result["payment"]
            for done in self.store.commands.find()
            if isinstance(done.result, dict) and "payment" in done.result
        )
        unasked = {each.payment for each in self.store.inbound.find(state="attributed")}
        made = Counter(each.id for each in self.payments if each.direction == "in" and each.id not in unasked)
        if answered != made:
            yield f"commands answered with {answered - made}, payments without a command {made - answered}"

    def _of_money(self) -> Iterator[str]:
        """What each provider moved is in the books, once, and nothing else is."""
        posted = Counter(entry.reference for entry in self.entries)
        yield from (f"{reference} is posted {times} times" for reference, times in posted.items() if times > 1)
        theirs = Counter((each.rail, each.direction, each.name, each.minor) for each in self.moved)
        prompts = {
            each.checkout: each.row.receipt for each in self.land.sim.daraja.express.all_prompts() if each.row
        }
        ours: Counter[tuple[str, Direction, str, int]] = Counter()
        for payment in self.payments:
            if payment.state != "succeeded":
                continue
            by_receipt = (payment.provider, payment.direction) == ("daraja", "in")
            name = prompts.get(payment.provider_id, payment.provider_id) if by_receipt else payment.id
            ours[payment.provider, payment.direction, name, payment.amount.minor] += 1
            if not posted[payment.reference]:
                yield f"{payment.ref} has succeeded and is in no book"
        for came in self.store.inbound.find(state="unidentified"):
            ours[came.rail, "in", came.receipt, came.amount.minor] += 1
            if came.group and not posted[came.entry]:
                yield f"what came as {came.receipt} is in no book"
        asked = Counter(each.callback_url for each in self.land.sim.daraja.express.all_prompts())
        yield from (f"{times} prompts of one payment" for times in asked.values() if times > 1)
        if theirs != ours:
            yield f"lost: {dict(theirs - ours)}; doubled or made up: {dict(ours - theirs)}"

    def _of_groups(self) -> Iterator[str]:
        """What a group has with each provider is what that one moved for it."""
        nowhere = {each.receipt for each in self.store.inbound.find(state="unidentified", group="")}
        elsewhere = {each.receipt: each.group for each in self.store.inbound.find() if each.group}
        group_of = {each.phone: each.group for each in self.land.members.values()}
        has: Counter[tuple[str, str]] = Counter()
        for each in self.moved:
            if each.name not in nowhere:
                book = elsewhere.get(each.name, group_of[each.phone])
                has[book, each.rail] += each.minor if each.direction == "in" else -each.minor
        held: Counter[tuple[str, str]] = Counter()
        for entry in self.entries:
            for leg in entry.postings:
                if leg.account in WITH_PROVIDERS:
                    held[entry.book, leg.provider] += leg.amount
                    if entry.reference.startswith("filled:"):
                        has[entry.book, leg.provider] += leg.amount
        for book, rail in {*has, *held}:
            if has[book, rail] != held[book, rail]:
                yield f"book {book} has {held[book, rail]} with {rail or 'nobody'}, who moved {has[book, rail]}"

    def _of_payouts(self) -> Iterator[str]:
        """What is set aside, and promised to members, is what is on its way to them."""
        left: Counter[tuple[str, str]] = Counter()
        for payment in self.payments:
            if payment.direction == "out" and payment.state in OPEN:
                for rail in (payment.provider, ""):
                    left[payment.group, rail] -= payment.amount.minor
        for entry in self.entries:
            for leg in entry.postings:
                if leg.account == Account.WALLET_OUT:
                    left[entry.book, leg.provider] += leg.amount
                elif leg.account == Account.PROMISED:
                    left[entry.book, ""] -= leg.amount
        for (book, rail), minor in left.items():
            if minor:
                yield f"book {book} has {minor} {rail or 'promised'} set aside that is not on its way"

    def _of_members(self) -> Iterator[str]:
        """What left a phone's wallet is what its rails took from it and gave to it."""
        for who, member in self.land.members.items():
            took = sum(
                each.minor if each.direction == "in" else -each.minor
                for each in self.moved
                if each.phone == member.phone
            )
            left = self.land.sim.world.person(member.phone).wallet - self.land.sim.world.wallet(member.phone)
            if left.minor != took:
                yield f"{who} has paid {left.minor}, and the rails took {took}"

    def _of_payment(self, payment: Payment) -> Iterator[str]:
        """It is final and told once; or its provider has not ended it, and it is looked at again."""
        told = {kind for kind in ("receipt", "failed") if self.store.notices.one(id=f"{kind}:{payment.id}")}
        if payment.state in OPEN:
            if payment.next_at is None:
                yield f"{payment.ref} is {payment.state} and nobody will look at it"
            if told:
                yield f"{payment.ref} is {payment.state} and {told} was told"
            if not _is_open_there(self.land, payment):
                yield f"{_named(payment)} has no end: {payment.state} {payment.provider_reason}"
            return
        if payment.next_at is not None:
            yield f"{_named(payment)} is {payment.state} and still looked at"
        # Who is asked in vain, and then pays from their own menu, has heard both.
        came_unasked = payment.state == "succeeded" and self.store.inbound.one(payment=payment.id) is not None
        heard_before = {"failed"} & told if came_unasked else set[str]()
        if told - heard_before != {"receipt" if payment.state == "succeeded" else "failed"}:
            yield f"{_named(payment)} is {payment.state} and {told or 'nothing'} was told"
        if payment.state in FAILED and payment.needs_person:
            yield f"{_named(payment)} has {payment.state} and waits for a person: {payment.provider_reason}"
        if payment.state == "succeeded" and "receipt" in told:
            receipt = self.store.notices.get(f"receipt:{payment.id}")
            inbox = self.land.sim.sms.inbox(payment.phone)
            texts = [message["text"] for message in inbox if payment.ref in message["text"]]
            came = sum(not text.startswith((_NOT_YET, _NOT_PAID)) for text in texts)
            was_sent = receipt.state in ("sent", "delivered", "read")
            if (was_sent and came == 0) or (self.play.one_sms and came != 1):
                yield f"the receipt of {_named(payment)} is {receipt.state} and came {came} times"

    def _of_differences(self) -> Iterator[str]:
        """Nothing is left for people but what the run made: money that was heard of half a day too late."""
        posted = {entry.reference: entry for entry in self.entries}
        for each in each_difference(self.store):
            if not self._is_explained(each, posted):
                yield f"a difference is left: {each.rail} {each.kind} {each.direction} {each.receipt}"

    def _is_explained(self, each: Difference, posted: dict[str, Entry]) -> bool:
        if each.kind != "other_time":
            return False
        payment = self.store.payments.get(each.payment)
        return abs(posted[payment.reference].at - each.at) > CLOCKS_APART


def _named(payment: Payment) -> str:
    return f"{payment.ref} ({payment.provider} {payment.direction})"


def _moved(land: Land) -> Iterator[Moved]:
    sim = land.sim
    numbers = {each.id: each.phone for each in land.app.store.payments.find()}
    for rail, direction, product in (
        ("momo", "in", sim.momo),
        ("momo", "out", sim.disbursements),
        ("momo_africa", "in", sim.momo_africa),
        ("momo_africa", "out", sim.disbursements_africa),
    ):
        way: Direction = "in" if direction == "in" else "out"
        for reference, amount in product.settled().items():
            yield Moved(rail, way, reference, amount.minor, numbers.get(reference, ""))
    undashed = {id.replace("-", ""): id for id in numbers}
    for transaction in sim.airtel.moved("collection"):
        yield _of_airtel(undashed, "in", transaction.id, transaction.amount.minor, transaction.phone)
    for transaction in sim.airtel.moved("disbursement"):
        yield _of_airtel(undashed, "out", transaction.id, transaction.amount.minor, transaction.phone)
    for operation in sim.pawapay.operations.ended():
        if operation.status == "COMPLETED":
            way = "in" if operation.kind == "DEPOSIT" else "out"
            yield Moved("pawapay", way, operation.id, operation.amount.minor, operation.phone)
    for row in sim.daraja.till.rows():
        way = "out" if row.way == "payout" else "in"
        yield Moved("daraja", way, row.reference or row.receipt, row.amount.minor, row.phone, row.at)


def _of_airtel(ids: dict[str, str], way: Direction, id: str, minor: int, phone: str) -> Moved:
    return Moved("airtel", way, ids.get(id.replace("-", ""), id), minor, phone)


def _is_open_there(land: Land, payment: Payment) -> bool:
    """Whether its provider has it, and has not ended it: it was told never to."""
    sim, id = land.sim, payment.id
    match payment.provider, payment.direction:
        case "daraja", "in":
            ended = {each.checkout for each in sim.daraja.express.all_prompts() if each.code}
            return bool(payment.provider_key) and payment.provider_key not in ended
        case "daraja", _:
            # Of a payout that failed, and nobody heard how, M-Pesa says that there is none: the statement that a
            # person takes from its portal a day later ends it, and nothing else.
            is_for_the_statement = payment.needs_person and payment.provider_reason == UNKNOWN_THERE
            return sim.daraja.payouts.is_open(id) or is_for_the_statement
        case "airtel", direction:
            kind: Kind = "collection" if direction == "in" else "disbursement"
            found = sim.airtel.find(kind, id) or sim.airtel.find(kind, id.replace("-", ""))
            return found is not None and found.is_open
        case "pawapay", direction:
            taken = sim.pawapay.operations.known("DEPOSIT" if direction == "in" else "PAYOUT", id)
            return taken is not None and taken.open
        case rail, direction:
            products = {
                ("momo", "in"): sim.momo,
                ("momo", "out"): sim.disbursements,
                ("momo_africa", "in"): sim.momo_africa,
                ("momo_africa", "out"): sim.disbursements_africa,
            }
            return products[rail, direction].is_open(id)

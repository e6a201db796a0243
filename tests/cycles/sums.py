"""What a member reads as lines with a sum adds up, whatever has happened; and so does the cash since a close."""

from contextlib import suppress
from datetime import timedelta

from domain.books.accounts import Account
from domain.books.statements import BookPlace, Span
from domain.errors import DomainError
from domain.groups.leave import settlement
from domain.loans.borrow import quoted
from domain.meetings.close import MOVED_MAX, last_closed, moved_since
from domain.meetings.count import cash_of_books
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.sacco.dividend import my_dividend
from domain.share_out.shown import expected_share_out
from flows.groups.leave import sum_of_leaving
from flows.loans.borrow import sums_of_terms
from flows.sacco.dividend import sum_of_dividend
from flows.share_out.shares import sum_of_part, sum_of_pot
from flows.words.news.savings import sum_of_shared_out
from flows.words.sums import Sum
from tests.sums import check_sum

_BOXES = (Account.CASH_BOX, Account.SOCIAL_CASH)


def check_sums(store: MongoStore, group: str, person: str) -> None:
    """Of each of their screens that shows a sum, and each message. Raises AssertionError."""
    sums: list[Sum] = []
    with suppress(DomainError):  # not in a group with shares, or nobody has any
        mine = expected_share_out(store, group, person)
        sums += [sum_of_part(mine), sum_of_pot(mine)]
    with suppress(DomainError):  # something keeps them
        sums.append(sum_of_leaving("Umoja", settlement(store, group, person)))
    for loan in store.loans.find(group=group, person=person):
        sums += sums_of_terms(quoted(loan.terms, loan.rules, loan.fee))
    if store.groups.get(group).kind == "sacco":
        with suppress(DomainError):
            if dividend := my_dividend(store, group, person):
                sums.append(sum_of_dividend(dividend))
    for told in store.notices.find(person=person, kind="shared_out"):
        values: dict[str, object] = dict(told.values)
        sums.append(sum_of_shared_out(**values))  # type: ignore[arg-type]  # as they were written down
    for added in sums:
        check_sum(added)


def check_moved(store: MongoStore, group_id: str) -> None:
    """What is listed as moved since the last close is the difference of the boxes. Raises AssertionError."""
    group, last = store.groups.get(group_id), last_closed(store, group_id)
    if last is None or last.closed_at is None:
        return
    for told in store.notices.find(kind="meeting_closed"):
        if told.id.startswith(f"closed:{last.id}:"):
            counted = Money(last.closing_cash + last.closing_social, group.currency)
            assert told.values["cash"] == counted, "members hear what was counted"
    moment = Span(BookPlace(last.closed_at), BookPlace(last.closed_at + timedelta(milliseconds=1)))
    moved, boxes = moved_since(store, group_id), cash_of_books(store, group)
    if len(moved) == MOVED_MAX or store.books.newest_that_touch(group_id, _BOXES, moment, 1):
        return
    change = sum(each.amount.minor if each.came_in else -each.amount.minor for each in moved)
    before = last.closing_cash + last.closing_social
    assert before + change == (boxes.cash + boxes.social).minor, "what is listed as moved is all that has moved"

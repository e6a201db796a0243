"""What a walk leaves behind that no group carries along: put in order before it moves."""

from dataclasses import replace

from domain.books.ledger import Draft, Posting
from domain.groups.rules import adopt, defaults
from domain.mongo.store import MongoStore
from domain.records.group import Group


def with_usual_lending(store: MongoStore, group: Group) -> None:
    """The tests' groups lend to anybody at once, and have other things that no group of the kind can decide."""
    rules = group.constitution
    usual = defaults(group.kind, rules.share_price, rules.first_meeting)
    if rules.loans is not None and usual.loans is not None:
        own = rules.loans
        rules = replace(rules, loans=replace(usual.loans, rate=own.rate, repayment=own.repayment))
    rules = replace(rules, loans=rules.loans if usual.loans else None)
    if group.kind == "vsla":
        rules = replace(rules, shares_max=5)
    if group.kind == "sacco":
        rules = replace(rules, members_max=0)
    adopt(store, group, rules, version=group.version + 1)


def into_the_box(store: MongoStore, group: str) -> None:
    """Out of the wallets, as officers do before they move; and whose some money is turns out."""
    totals = store.books.totals(group)
    for purse, box in (("1020", "1010"), ("1025", "1040"), ("2070", "4030")):
        if minor := totals.get(purse, 0):
            legs = (Posting(purse, -minor), Posting(box, minor))
            store.post(Draft(group, "UGX", store.new_id(), "into the box", store.now(), legs))

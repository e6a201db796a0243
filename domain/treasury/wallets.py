"""
Whose wallet a group's mobile money is in, where several providers carry it.

What each of them took and sent for a group is a part of its accounts of mobile money. An account is never below
zero; a part of it may be, where money came by one provider and went by another: the operator, whose accounts with
them hold the money of all groups, moves it from one to the other. No group decides that, and no entry says it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from domain.books.accounts import WITH_PROVIDERS, Account
from domain.books.ledger import Posting
from domain.money import Money
from domain.records.group import Group
from domain.store import Store

_IN_A_WALLET: Final = (Account.WALLET, Account.SOCIAL_WALLET)


@dataclass(frozen=True, slots=True)
class HeldBy:
    """
    What all groups together have with a provider, by account; `provider` "" is what no provider has: it was posted
    before the books knew of them.
    """

    provider: str
    currency: str
    by_account: Mapping[Account, Money]

    @property
    def total(self) -> Money:
        """What has to be in the operator's account with the provider, when nothing is on its way."""
        return sum(self.by_account.values(), Money(0, self.currency))


def held_by_providers(store: Store, group: str = "") -> list[HeldBy]:
    """
    For the operator, to compare with what the providers say; by currency and provider. Of one group, or of all.
    """
    if group:
        books = {store.groups.get(group).currency: store.books.wallets(group)}
    else:
        books = dict(store.books.wallets_of_all())
    found = []
    for currency, held in sorted(books.items()):
        for provider in sorted({provider for _, provider in held}):
            parts = {code: Money(held.get((code, provider), 0), currency) for code in WITH_PROVIDERS}
            found.append(HeldBy(provider, currency, parts))
    return found


def wallets_of(store: Store, group: Group) -> Mapping[str, str]:
    """
    The providers an officer may mean who speaks of the group's mobile money, by their names, as people call them:
    those who carry its currency, in the operator's order, and those who have something of it. Mostly it is one.
    """
    titles = {each.name: each.title or each.name for each in store.providers}
    carry = (each.name for each in store.providers if group.currency in each.currencies)
    have = (provider for code, provider in store.books.wallets(group.id) if code in _IN_A_WALLET)
    return {name: titles.get(name, name) for name in (*carry, *have) if name}


def meant(store: Store, group: Group, account: Account) -> str:
    """The provider who is meant where nobody says which: the only one, or who has most of the account; or ""."""
    held, providers = store.books.wallets(group.id), wallets_of(store, group)
    return max(providers, key=lambda each: held.get((account, each), 0), default="")


def moved_along(store: Store, book: str, source: Account, to: Account, minor: int) -> Iterable[Posting]:
    """The postings that move money from an account to another; mobile money stays with the provider who has it."""
    parts = _parts(store.books.wallets(book), source, minor) if source.by_provider else {"": minor}
    for provider, part in parts.items():
        yield Posting(to, part, provider=provider if to.by_provider else "")
        yield Posting(source, -part, provider=provider)


def _parts(held: Mapping[tuple[str, str], int], account: Account, minor: int) -> Mapping[str, int]:
    """Whose parts of an account make up an amount: as few of them as do. All of them together have it."""
    of_account = {provider: balance for (code, provider), balance in held.items() if code == account}
    parts, left = dict[str, int](), minor
    for provider in sorted(of_account, key=of_account.__getitem__, reverse=True):
        if part := min(left, max(0, of_account[provider])):
            parts[provider] = part
            left -= part
    assert not left, "no more is moved than an account has"
    return parts


def provider_in(postings: Iterable[Posting]) -> str:
    """The provider that an entry names; "" for none."""
    return next((leg.provider for leg in postings if leg.provider), "")

"""The chart of accounts, and the only place that spells an account's number."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Literal

AccountKind = Literal["asset", "liability", "equity", "income", "expense"]


class Account(StrEnum):
    """
    An account by what it holds. It is its number, "1010", wherever text is wanted: in the stores and in the hash
    of an entry.

    `by_member`: every posting names a member, so that the members' balances sum to the account's. `by_loan`: it
    names the loan too. `by_provider`: a posting may name the mobile-money provider who has the money; no posting
    of another account does.
    """

    label: str
    kind: AccountKind
    by_member: bool
    by_loan: bool
    by_provider: bool

    def __new__(
        cls, number: str, label: str, kind: AccountKind, by: Literal["", "member", "loan", "provider"] = ""
    ) -> "Account":
        account = str.__new__(cls, number)
        account._value_ = number
        account.label, account.kind = label, kind
        account.by_member, account.by_loan = by in ("member", "loan"), by == "loan"
        account.by_provider = by == "provider"
        return account

    CASH_BOX = "1010", "cash box", "asset"
    WALLET = "1020", "mobile-money wallet", "asset", "provider"
    SOCIAL_WALLET = "1025", "social-fund wallet", "asset", "provider"
    BANK = "1030", "bank", "asset"
    SOCIAL_CASH = "1040", "social-fund cash", "asset"
    WALLET_IN = "1050", "mobile-money in clearing", "asset", "provider"
    WALLET_OUT = "1060", "mobile-money out clearing", "asset", "provider"
    PRINCIPAL = "1100", "loan principal", "asset", "loan"

    DEPOSITS = "2010", "member deposits", "liability", "member"
    SOCIAL_FUND = "2020", "social fund", "liability"
    CREDIT = "2030", "member credit", "liability", "member"
    PAYABLE = "2040", "share-out payable", "liability", "member"
    PROMISED = "2045", "promised and on its way", "liability", "member"
    EXTERNAL_LOAN = "2050", "external loan", "liability"
    POT = "2060", "rotation pot", "liability", "member"
    UNIDENTIFIED = "2070", "unidentified receipts", "liability"
    TAX = "2080", "withholding tax payable", "liability"

    SHARES = "3010", "shares at par", "equity", "member"
    SURPLUS = "3020", "retained surplus", "equity"

    INTEREST = "4010", "interest", "income"
    FINES = "4020", "fines and penalties", "income"
    FEES = "4030", "fees", "income"
    RECOVERIES = "4040", "recoveries", "income"
    AUCTION_DISCOUNTS = "4050", "auction discounts", "income"
    ROUNDING = "4090", "rounding", "income"

    WRITE_OFF = "5010", "write-off", "expense"
    PROVIDER_FEES = "5020", "provider fees", "expense"
    RUNNING_COSTS = "5030", "running costs", "expense"
    REFERRAL_REWARD = "5050", "referral reward", "expense"
    SHORT_OR_OVER = "5060", "cash short or over", "expense"

    @property
    def is_result(self) -> bool:
        """Of the income statement: what it holds goes to the retained surplus when a cycle or a year is closed."""
        return self.kind in ("income", "expense")

    def shown(self, amount: int) -> int:
        """An amount of the books on the side where the account normally stands; the same turns it back."""
        return amount if self.kind in ("asset", "expense") else -amount


# The accounts by their numbers, as entries and balances have them.
ACCOUNTS: Final[Mapping[str, Account]] = {account.value: account for account in Account}

# Where the social fund's money lies, and nothing else: together they hold what the fund is owed.
SOCIAL_PURSES: Final = (Account.SOCIAL_CASH, Account.SOCIAL_WALLET)

# Mobile money. What all groups have in these with one provider is what it holds for them.
WITH_PROVIDERS: Final = tuple(account for account in Account if account.by_provider)

# What a member has saved and a loan is given on; a loan is taken from the first before the second.
SAVINGS: Final = (Account.SHARES, Account.DEPOSITS)
SAVED: Final = (*SAVINGS, Account.POT)  # in a group of whatever kind

"""A paper as a file, and in a few words for a phone that takes no files: always of what the books say now."""

from collections.abc import Iterator

from domain.books.accounts import SAVINGS, Account
from domain.papers.my_data import data_kept, kept_in_short
from domain.papers.of_group import GroupAccounts, group_accounts
from domain.papers.pictures import grown, paid_seen
from domain.records.paper import Paper
from domain.savings.receipts import sealed_statement
from domain.savings.statement import last_transactions
from domain.store import Store
from flows.engine.document import File
from flows.meetings.who_paid import said_missing
from flows.papers.drawn import growth_drawn, paid_picture, said_growth, said_paid
from flows.papers.group_report import group_file
from flows.papers.my_data_file import my_data_file, my_data_json
from flows.papers.ordering import said_kept
from flows.savings.statement_file import statement_file
from flows.words.lines import say_line
from flows.words.texts import Text, Words, joined, t

NAMED_MAX = 5  # of those who have not paid, in a message


def paper_file(store: Store, paper: Paper, says: Words) -> File:
    """In the words of a language. Raises NotAllowed, NoSuchPeriod, OutOfBalance."""
    days, who = (paper.first, paper.last), (paper.group, paper.person)
    match paper.kind:
        case "member_statement":
            return statement_file(sealed_statement(store, *who, *days), says)
        case "group_statement":
            return group_file(group_accounts(store, *who, *days), says, paper.form)
        case "who_paid":
            return paid_picture(paid_seen(store, *who), says)
        case "growth":
            return growth_drawn(grown(store, *who, *days), says)
        case "my_data":
            data = data_kept(store, paper.person)
            return my_data_json(data) if paper.form == "json" else my_data_file(data, says)


def paper_in_short(store: Store, paper: Paper) -> Text:
    """What matters of it, for a text message. Raises NotAllowed, NoSuchPeriod, OutOfBalance."""
    days, who = (paper.first, paper.last), (paper.group, paper.person)
    match paper.kind:
        case "member_statement":
            newest = last_transactions(store, *who)
            name = store.groups.get(paper.group).name
            if not newest:
                return t("Nothing yet in {group}.", group=name)
            return joined("\n", (name, *map(say_line, newest)))
        case "group_statement":
            return joined("\n", _of_group(group_accounts(store, *who, *days)))
        case "who_paid":
            seen = paid_seen(store, *who)
            missing = map(said_missing, seen.missing[:NAMED_MAX])
            not_yet = (t("Not yet:"), *missing) if seen.missing else (t("Nobody is missing."),)
            return joined("\n", (seen.group, said_paid(seen), *not_yet))
        case "growth":
            seen_days = grown(store, *who, *days)
            saved = t("Savings of {group}: {amount}.", group=seen_days.group, amount=seen_days.after)
            return joined(" ", (saved, said_growth(seen_days)))
        case "my_data":
            person = store.people.get(paper.person)
            return joined("\n", (person.name, person.phone, said_kept(kept_in_short(store, person.id))))


def _of_group(accounts: GroupAccounts) -> Iterator[Text]:
    """In one message: the whole of it is for a chat, or for paper."""
    held = {row.account: row.closing for row in accounts.rows}
    came, went = (
        sum(column) for column in zip(*((row.plus, row.minus) for row in accounts.sheets.cash), strict=True)
    )
    yield t("{group}, {first} to {last}", group=accounts.group, first=accounts.first, last=accounts.last)
    yield t(
        "Money {amount}: in {came}, out {went}",
        amount=accounts.amount(accounts.money),
        came=accounts.amount(came),
        went=accounts.amount(went),
    )
    yield t("Savings {amount}", amount=accounts.amount(sum(held.get(each, 0) for each in SAVINGS)))
    yield t("Loans {amount}", amount=accounts.amount(held.get(Account.PRINCIPAL, 0)))
    yield t("Social fund {amount}", amount=accounts.amount(held.get(Account.SOCIAL_FUND, 0)))
    yield t("Earned {amount}", amount=accounts.amount(accounts.sheets.surplus))
    before = accounts.before
    if before and before.by_their_book is not None and before.by_their_book != before.earned:
        yield t(
            "Moved in with {earned} earned; your own book said {theirs}",
            earned=before.earned,
            theirs=before.by_their_book,
        )

"""
Statements: a member's own, and a group's; as figures, as a file of commas and as a sheet. Each file is a receipt
that anybody in the group can check.
"""

from typing import Any, Final

from flask import Response
from marshmallow import fields

from bot.api.declare import NO_TOKEN, Call, Part
from bot.api.shapes import Amount, Reads, Writes
from domain.papers.of_group import GroupAccounts, accounts_of
from domain.people.limits import PAPERS, take
from domain.records.paper import PaperForm
from domain.savings.receipts import sealed_statement
from domain.savings.statement import statement_of
from flows.engine.document import File
from flows.papers.group_report import group_file
from flows.savings.statement_file import statement_csv, statement_file
from flows.words.accounts import ACCOUNT_NAMES
from flows.words.texts import Words

part = Part("statements", "Statements as figures, files of commas and sheets.")

CSV: Final = "text/csv"
PDF: Final = "application/pdf"


class Days(Reads):
    """Both days are included; by the group's clock."""

    first = fields.Date(required=True)
    last = fields.Date(required=True)


class StatementLine(Writes):
    on = fields.Date()
    what = fields.String()
    amount = Amount()
    ref = fields.String()
    way = fields.String()
    state = fields.String()
    about = fields.String()
    held = fields.Integer(metadata={"description": "What it changed of what you have, in minor units."})
    owed = fields.Integer(metadata={"description": "What it changed of the principal you owe."})


class Statement(Writes):
    group = fields.String()
    first = fields.Date()
    last = fields.Date()
    had = Amount()
    owed = Amount()
    has = Amount()
    owes = Amount()
    lines = fields.Nested(StatementLine, many=True)
    left_out = fields.Integer()


class AccountMoved(Writes):
    account = fields.String()
    name = fields.String()
    before = Amount()
    plus = Amount()
    minus = Amount()
    after = Amount()


class PartOfMember(Writes):
    number = fields.Integer()
    name = fields.String()
    had = Amount()
    came = Amount()
    went = Amount()
    has = Amount()
    owes = Amount()


class Accounts(Writes):
    group = fields.String()
    code = fields.String()
    currency = fields.String()
    first = fields.Date()
    last = fields.Date()
    entries = fields.Integer()
    money = Amount(metadata={"description": "All money of the group at the end, wherever it lies."})
    surplus = Amount()
    accounts = fields.Nested(AccountMoved, many=True)
    members = fields.Nested(PartOfMember, many=True)
    receipt = fields.String()
    seq = fields.Integer()
    hash = fields.String()


@part.endpoint("GET", "/groups/<code>/statement", who="person", scope=NO_TOKEN, answers=Statement, query=Days)
def statement(call: Call) -> Any:
    """Your own statement of some days; of more than a hundred lines, the newest."""
    return statement_of(call.store, call.group.id, call.caller.id, call.query["first"], call.query["last"])


@part.endpoint("GET", "/groups/<code>/statement.csv", who="person", scope=NO_TOKEN, query=Days, file=CSV)
def own_csv(call: Call) -> Response:
    """The same as a file of commas, with a receipt."""
    return _file(statement_csv(_sealed(call), call.says))


@part.endpoint("GET", "/groups/<code>/statement.pdf", who="person", scope=NO_TOKEN, query=Days, file=PDF)
def own_pdf(call: Call) -> Response:
    """The same as a sheet, with a receipt."""
    return _file(statement_file(_sealed(call), call.says))


@part.endpoint("GET", "/groups/<code>/accounts", who="officer", scope="exports", answers=Accounts, query=Days)
def accounts(call: Call) -> dict[str, Any]:
    """The statement of the whole group, with each member's part."""
    return _accounts(_of_group(call), call.says)


@part.endpoint("GET", "/groups/<code>/accounts.csv", who="officer", scope="exports", query=Days, file=CSV)
def group_csv(call: Call) -> Response:
    """The same as a file of commas."""
    return _group_file(call, "csv")


@part.endpoint("GET", "/groups/<code>/accounts.pdf", who="officer", scope="exports", query=Days, file=PDF)
def group_pdf(call: Call) -> Response:
    """The same as a sheet."""
    return _group_file(call, "pdf")


def _sealed(call: Call) -> Any:
    take(call.store, PAPERS.of(call.caller.id))
    call.note("statement.exported", about=call.caller.id)
    return sealed_statement(call.store, call.group.id, call.caller.id, call.query["first"], call.query["last"])


def _of_group(call: Call) -> GroupAccounts:
    take(call.store, PAPERS.of(call.caller.key if call.caller.kind != "person" else call.caller.id))
    call.note("accounts.exported")
    return accounts_of(call.store, call.group.id, call.query["first"], call.query["last"])


def _group_file(call: Call, form: PaperForm) -> Response:
    return _file(group_file(_of_group(call), call.says, form))


def _accounts(found: GroupAccounts, says: Words) -> dict[str, Any]:
    whole: dict[str, Any] = {
        name: getattr(found, name) for name in ("group", "code", "currency", "first", "last", "entries")
    }
    whole |= {"money": found.amount(found.money), "surplus": found.amount(found.sheets.surplus)}
    whole["accounts"] = [
        {
            "account": row.account,
            "name": says.say(ACCOUNT_NAMES[row.account]),
            "before": found.amount(row.opening),
            "plus": found.amount(row.plus),
            "minus": found.amount(row.minus),
            "after": found.amount(row.closing),
        }
        for row in found.rows
    ]
    whole["members"] = [
        {"number": each.number, "name": each.name}
        | {name: found.amount(getattr(each.part, name)) for name in ("had", "came", "went", "has", "owes")}
        for each in found.members
    ]
    return whole | {"receipt": found.seal.code, "seq": found.seal.entries, "hash": found.seal.hash}


def _file(file: File) -> Response:
    return Response(
        file.content,
        content_type=file.kind,
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="{file.name}"',
            "X-Content-Type-Options": "nosniff",
        },
    )

"""Accounts, tokens and the log of acts, as whoever runs the service types them."""

import re
from collections.abc import Callable
from typing import Final

import pyotp
import pytest
from click.testing import CliRunner, Result

from bot.app import App
from bot.cli.main import main
from domain.access.accounts import WrongSignIn, account_with
from domain.access.agents import groups_of_agent
from domain.access.audit import audit_entries
from domain.access.caller import NotSignedIn
from domain.access.sign_in import caller_of_session, sign_in_by_password
from domain.access.tokens import caller_by_token
from domain.money import Money
from domain.records.inbound import Came
from domain.treasury.inbound import receive
from tests.people import Village

Type = Callable[..., Result]
GOOD: Final = "a river runs past seven huts"
OTHER: Final = "nine goats under a mango tree"


@pytest.fixture
def type_(terminal: dict[str, str]) -> Type:
    """Types a command, and what it then asks for."""

    def run(*arguments: str, answers: tuple[str, ...] = ()) -> Result:
        return CliRunner().invoke(main, arguments, env=terminal, input="".join(f"{each}\n" for each in answers))

    return run


def app_of(printed: str) -> pyotp.TOTP:
    """The app of whoever scans what was printed."""
    (address,) = re.findall(r"otpauth://\S+", printed)
    found = pyotp.parse_uri(address)
    assert isinstance(found, pyotp.TOTP)
    return found


def test_an_operator_is_made_disabled_and_reset(app: App, type_: Type) -> None:
    add = ("operators", "add", "Ruth@example.org", "--name", "Ruth")
    made = type_(*add, answers=(GOOD, GOOD, ""))
    assert made.exit_code == 0, made.output
    assert GOOD not in made.output, "what is typed is not shown"
    assert re.search("[█▀▄]{10}", made.output), "a square for the app"
    assert made.output.splitlines()[-1] == "ruth@example.org can sign in as operator."
    code = app_of(made.output)

    def sign_in(password: str, codes: pyotp.TOTP, later: int) -> str:
        app.store.now.forward(seconds=30 * later)  # type: ignore[attr-defined]
        return sign_in_by_password(app.store, "ruth@example.org", password, codes.at(app.store.now())).session.id

    session = sign_in(GOOD, code, 1)
    assert type_("operators", "disable", "ruth@example.org").output == "ruth@example.org is disabled.\n"
    with pytest.raises(NotSignedIn):
        caller_of_session(app.store, session)
    with pytest.raises(WrongSignIn):
        sign_in(GOOD, code, 1)
    assert "ruth@example.org  operator  Ruth  disabled  all" in type_("operators", "list").output
    assert type_("operators", "disable", "ruth@example.org", "--undo").exit_code == 0
    assert sign_in(GOOD, code, 1)
    too_long = "0000000"  # by chance another one of six digits could be right
    again = type_("operators", "reset", "ruth@example.org", answers=(OTHER, OTHER, too_long, ""))
    assert "That is another code" in again.output
    with pytest.raises(WrongSignIn):
        sign_in(OTHER, code, 1)
    assert sign_in(OTHER, app_of(again.output), 1)
    ruth = account_with(app.store, "ruth@example.org")
    assert ruth is not None
    acts = [each.did for each in audit_entries(app.store, about=ruth.id)]
    assert sorted(acts) == [
        "account.disabled",
        "account.enabled",
        "account.made",
        "account.reset",
        *["sign_in.refused"] * 2,
    ]


@pytest.mark.parametrize(
    ("arguments", "answers", "said"),
    [
        (("add", "ruth", "--name", "R"), (), "ruth is no e-mail address"),
        (("add", "ruth@", "--name", "R"), (GOOD, GOOD), "ruth@ is no address"),
        (("add", "r@example.org", "--name", "R"), ("short", "short"), "the password is too easy to guess"),
        (("add", "r@example.org"), (), "Missing option '--name'"),
        (("add", "r@example.org", "--name", "R", "--role", "boss"), (), "Invalid value for '--role'"),
        (
            ("add", "r@example.org", "--name", "R", "--role", "agent", "--group", "99999"),
            (),
            "no group has the code 99999",
        ),
        (("add", "r@example.org", "--name", "R", "--group", "10101"), (), "an operator sees all groups"),
        (("disable", "nobody@example.org"), (), "nobody@example.org has no account"),
        (("reset", "nobody@example.org"), (), "nobody@example.org has no account"),
        (("scope", "nobody@example.org", "10101"), (), "nobody@example.org has no account"),
    ],
)
def test_a_mistake_is_one_line_and_makes_nothing(
    app: App, village: Village, type_: Type, arguments: tuple[str, ...], answers: tuple[str, ...], said: str
) -> None:
    refused = type_("operators", *arguments, answers=answers)
    assert refused.exit_code == 2
    assert refused.output.splitlines()[-1].startswith(f"Error: {said}")
    assert app.store.accounts.count() == 0


def test_an_agent_has_the_groups_that_are_typed(app: App, village: Village, type_: Type) -> None:
    add = ("operators", "add", "amos@example.org", "--name", "Amos", "--role", "agent", "--group", village.code)
    assert type_(*add, answers=(GOOD, GOOD, "")).exit_code == 0
    agent = account_with(app.store, "amos@example.org")
    assert agent is not None
    assert groups_of_agent(app.store, agent) == {village.umoja}
    assert f"amos@example.org  agent  Amos  good   {village.code}" in type_("operators", "list").output
    assert type_("operators", "scope", "amos@example.org").output == "amos@example.org sees 0 groups.\n"
    assert groups_of_agent(app.store, agent) == frozenset()


def test_a_token_is_shown_once_listed_and_revoked(app: App, village: Village, type_: Type) -> None:
    made = type_("tokens", "make", "figures", "--scope", "money:read", "--group", village.code, "--days", "30")
    assert made.exit_code == 0, made.output
    token = made.output.strip()
    caller = caller_by_token(app.store, token, "203.0.113.7")
    assert (caller.scopes, caller.groups) == (frozenset({"money:read"}), frozenset({village.umoja}))
    listed = type_("tokens", "list").output
    assert token not in listed
    assert re.search(
        rf"^{caller.id}  figures  until \d{{4}}-\d\d-\d\d  .*  money:read  {village.code}  ", listed, re.MULTILINE
    )
    assert type_("tokens", "revoke", caller.id).output == f"{caller.id} (figures) is good for nothing any more.\n"
    with pytest.raises(NotSignedIn):
        caller_by_token(app.store, token, "203.0.113.7")
    assert "  revoked  " in type_("tokens", "list").output
    for wrong, said in (
        (("revoke", "csb_x"), "no token begins like this"),
        (("make", "n", "--scope", "exports"), "a token is for some groups, or for all of them"),
        (("make", "n", "--scope", "all", "--all-groups"), "Invalid value for '--scope'"),
        (("make", "n", "--scope", "exports", "--all-groups", "--days", "366"), "Invalid value for '--days'"),
        (("make", "n", "--scope", "exports", "--all-groups", "--from", "here"), "'here' does not appear to be"),
    ):
        refused = type_("tokens", *wrong)
        assert (refused.exit_code, refused.output.startswith(f"Error: {said}")) == (2, True), refused.output


def test_the_log_is_shown_and_checked(app: App, village: Village, type_: Type) -> None:
    type_("tokens", "make", "figures", "--scope", "exports", "--all-groups")
    type_("tokens", "make", "others", "--scope", "exports", "--all-groups")
    shown = type_("audit", "show", "--limit", "1").output
    assert re.fullmatch(r"\S+ \S+  done  -  token\.made  -  -  terminal of \w+  csb_\S+ others  \S+\n", shown)
    older = type_("audit", "show", "--after", shown.split()[-1]).output
    assert [line.split()[-2] for line in older.splitlines()] == ["figures"]
    assert type_("audit", "show", "--phone", village.akello.phone).output == ""
    for which in (("--phone", "+256772999999"), ("--group", "99999"), ("--email", "x@example.org")):
        assert type_("audit", "show", *which).exit_code == 2
    checked = type_("audit", "verify")
    assert checked.stdout.startswith("2 lines, each as it was written. Head 2:")
    head = checked.output.split()[-1]
    assert type_("audit", "verify", "--known", head).exit_code == 0
    assert type_("audit", "verify", "--known", "2").exit_code == 2
    broken = type_("audit", "verify", "--known", f"3:{'0' * 64}")
    assert broken.exit_code == 1 and broken.stderr.endswith("Error: the log ends at line 2, and had line 3\n")
    app.store.database["audit"].update_one({"seq": 1}, {"$set": {"why": "nothing"}})
    broken = type_("audit", "verify")
    assert broken.exit_code == 1
    assert "Error: line 1 (" in broken.stderr


def test_each_explains_itself() -> None:
    for group, commands in {
        "operators": "add list disable reset scope",
        "tokens": "make list revoke",
        "audit": "verify show",
    }.items():
        for command in commands.split():
            shown = CliRunner().invoke(main, [group, command, "--help"])
            assert shown.exit_code == 0
            assert shown.output.startswith("Usage:")


def test_groups_are_assigned_and_handed_over_by_typing(app: App, village: Village, type_: Type) -> None:
    for name in ("amos", "grace"):
        add = ("operators", "add", f"{name}@example.org", "--name", name, "--role", "agent", "--code", f"A-{name}")
        assert type_(*add, answers=(GOOD, GOOD, "")).exit_code == 0
    assert type_("programmes", "add", "north", "--name", "North").output == "north is a programme.\n"
    assert "no code, or is a programme's" in type_("programmes", "add", "north", "--name", "Again").output
    said = type_(
        "programmes", "assign", village.code, "--programme", "north", "--agent", "amos@example.org"
    ).output
    assert said == "1 group given to amos@example.org.\n1 group put in north.\n"
    listed = type_("programmes", "list").output
    assert re.search(r"north +North +1\n", listed) and re.search(r"amos@example.org +A-amos +1\n", listed)
    refused = type_("programmes", "hand-over", "grace@example.org", "amos@example.org", village.code)
    assert (refused.exit_code, f"not looked after by grace@example.org: {village.code}" in refused.output) == (
        2,
        True,
    )
    done = type_("programmes", "hand-over", "amos@example.org", "grace@example.org").output
    assert done == "1 group handed from amos@example.org to grace@example.org.\n"
    acts = [each.did for each in audit_entries(app.store, group=village.umoja)]
    assert sorted(acts) == ["group.agent", "group.agent", "group.programme"]
    for wrong in (
        ("assign", village.code),
        ("assign", "99999", "--programme", "north"),
        ("assign", village.code, "--programme", "south"),
        ("assign", village.code, "--agent", "nobody@example.org"),
        ("assign", village.code, "--agent", "amos@example.org", "--no-agent"),
    ):
        assert type_("programmes", *wrong).exit_code == 2


def test_money_that_names_no_group_is_listed_and_put_into_the_book_of_one(
    app: App, type_: Type, village: Village
) -> None:
    assert type_("inbound", "list").exit_code == 0
    receive(app.store, Came("momo", "TJ1", Money(2_000, "UGX"), "rent", app.store.now(), payer_name="AMINA"))
    listed = type_("inbound", "list")
    assert listed.exit_code == 1 and "momo:TJ1" in listed.output and "rent" in listed.output
    put = ("inbound", "attribute", "momo:TJ1", "--reason", "she called", "--group")
    assert "cannot be that of 99999: no_such_group" in type_(*put, "99999").output
    assert (
        "nothing that came in" in type_("inbound", "attribute", "momo:TJ9", "--reason", "x", "--group", "1").output
    )
    assert (
        type_(*put, village.code).output == "UGX 2,000 is in the book of 10101 now, and its officers are told.\n"
    )
    assert type_(*put, village.code).exit_code == 2
    assert type_("inbound", "list").exit_code == 0
    assert "momo:TJ1" in type_("inbound", "list", "--group", village.code).output
    assert "no group has the code 1" in type_("inbound", "list", "--group", "1").output
    assert [each.did for each in audit_entries(app.store)][:1] == ["inbound.placed"]
    told = Came("momo", "TJ2", Money(2_000, "UGX"), "rent", app.store.now(), said_by="awaited")
    receive(app.store, told)
    assert "not confirmed" in type_("inbound", "list").output
    refused = type_("inbound", "attribute", "momo:TJ2", "--reason", "x", "--group", village.code)
    assert (refused.exit_code, "is not confirmed by its provider" in refused.output) == (2, True)

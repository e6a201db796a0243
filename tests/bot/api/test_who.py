"""Who may ask what: every endpoint, as every caller, about their own group and about another's."""

from collections.abc import Mapping
from typing import Any, Final

import pytest
from flask import Flask

import bot.api.serve  # noqa: F401 - every endpoint
from bot.api.declare import ENDPOINTS, NotDeclared, Part, check_declared
from domain.people.consents import SayConsent
from tests.bot.api.world import World
from tests.people import do

# What each caller finds: "in", or the status that stops them. First in Umoja, which is the group of the member,
# the officer, the agent and the tokens; then in Pamoja, which is the outsider's. `bare` is a token of groups:read.
CALLERS: Final = ("nobody", "member", "officer", "outsider", "agent", "operator", "token", "bare")
FOUND: Final[Mapping[str, tuple[str, str]]] = {
    "open": ("in  in  in  in  in  in  in  in", ""),
    # What is one's own.
    "mine": ("401 in  in  in  403 403 403 403", ""),
    "mine there": ("401 in  in  404 403 403 403 403", "401 404 404 in  403 403 403 403"),
    "signed in": ("401 in  in  in  in  in  403 403", ""),
    "mine, or leads": ("401 403 in  404 403 403 403 403", "401 404 404 in  403 403 403 403"),
    # What is a group's.
    "groups": ("401 in  in  in  in  in  in  in", ""),
    "group": ("401 in  in  404 in  in  in  in", "401 404 404 in  404 in  404 404"),
    "group, scoped": ("401 in  in  404 in  in  in  403", "401 404 404 in  404 in  404 403"),
    "officers": ("401 403 in  404 in  in  in  in", "401 404 404 in  404 in  404 404"),
    "officers, scoped": ("401 403 in  404 in  in  in  403", "401 404 404 in  404 in  404 403"),
    "leaders": ("401 403 in  404 403 403 403 403", "401 404 404 in  403 403 403 403"),
    "agents": ("401 403 403 403 in  in  in  403", ""),
    "imports": ("401 403 403 403 in  in  403 403", ""),
    "operator": ("401 403 403 403 403 in  403 403", ""),
}
WHO: Final = """
    open              GET    /health
    open              GET    /health/ready
    open              POST   /auth/code
    open              POST   /auth/login
    open              POST   /auth/refresh
    signed in         POST   /auth/logout
    signed in         GET    /auth/sessions
    signed in         DELETE /auth/sessions/<id>
    groups            GET    /groups
    group             GET    /groups/<code>
    officers, scoped  GET    /groups/<code>/members
    officers, scoped  GET    /groups/<code>/members/<int(max=999999):number>
    mine              GET    /savings
    mine there        GET    /groups/<code>/contributions
    mine there        POST   /groups/<code>/contributions
    officers, scoped  GET    /groups/<code>/meeting
    mine              GET    /payments
    mine              GET    /payments/<id>
    mine              POST   /loans/<id>/repayments
    group, scoped     GET    /loans/eligibility/<code>
    group             GET    /loans/quote/<code>
    mine              GET    /loans
    officers, scoped  GET    /groups/<code>/loans
    mine              GET    /loans/<id>/schedule
    officers, scoped  GET    /groups/<code>/loans/<id>/schedule
    mine              GET    /loans/prepared
    mine there        POST   /groups/<code>/loans
    mine              DELETE /loans/prepared/<id>
    mine there        GET    /groups/<code>/statement
    mine there        GET    /groups/<code>/statement.csv
    mine there        GET    /groups/<code>/statement.pdf
    officers, scoped  GET    /groups/<code>/accounts
    officers, scoped  GET    /groups/<code>/accounts.csv
    officers, scoped  GET    /groups/<code>/accounts.pdf
    leaders           POST   /groups/<code>/broadcasts/preview
    leaders           POST   /groups/<code>/broadcasts
    officers          GET    /groups/<code>/broadcasts
    officers          GET    /groups/<code>/broadcasts/<id>
    leaders           POST   /groups/<code>/broadcasts/<id>/stop
    mine there        GET    /groups/<code>/letters
    mine there        POST   /groups/<code>/letters
    mine, or leads    DELETE /groups/<code>/letters/<int(max=999999999):place>
    mine there        POST   /groups/<code>/referral-code
    mine              GET    /referrals
    officers, scoped  GET    /groups/<code>/books
    group, scoped     GET    /groups/<code>/books/head
    officers, scoped  GET    /groups/<code>/books/entries
    officers, scoped  GET    /groups/<code>/books/entries/<int(max=999999999):seq>
    operator          GET    /tokens
    operator          POST   /tokens
    operator          DELETE /tokens/<shown>
    operator          GET    /audit
    operator          GET    /audit/head
    agents            GET    /admin/dashboard
    agents            GET    /admin/visits
    operator          GET    /admin/programmes
    operator          POST   /admin/programmes
    operator          POST   /admin/assign
    operator          POST   /admin/hand-over
    imports           GET    /imports/template.xlsx
    imports           GET    /imports
    imports           POST   /imports
    imports           GET    /imports/<id>
    imports           GET    /imports/<id>/findings
    imports           GET    /imports/<id>/groups
    imports           POST   /imports/<id>/bring
    imports           GET    /arrivals
    imports           POST   /arrivals/send-back
    imports           POST   /arrivals/open
    agents            GET    /exports/definitions.csv
    agents            GET    /exports
    agents            POST   /exports
    agents            GET    /exports/<id>
"""


def rows() -> list[tuple[str, str, str]]:
    """Kind, method and rule of each line."""
    found = []
    for each in WHO.strip().splitlines():
        *kind, method, rule = each.split()
        found.append((" ".join(kind), method, f"/api{rule}"))
    return found


def path_of(rule: str, code: str) -> str:
    """An address of a rule, in a group; what else is in it is nobody's."""
    path = rule.replace("<code>", code)
    for place in ("<id>", "<shown>", "<int(max=999999):number>", "<int(max=999999999):seq>"):
        path = path.replace(place, "999999")
    return path.replace("<int(max=999999999):place>", "999999")


def found_by(world: World, who: str, method: str, path: str) -> str:
    """
    What stops them, or "in". Behind the gate nothing that is sent is good, so that nothing is done; a refusal
    there has other codes than the gate's.
    """
    answer = world.ask(who, method, path, json={"nothing": "of the sort"} if method == "POST" else None)
    code = answer.get_json()["error"]["code"] if answer.status_code >= 400 else ""
    assert answer.status_code < 500, (path, answer.text)
    if code in ("not_signed_in", "unauthorized", "no_such_group", "missing_scope", "not_allowed"):
        return str(answer.status_code)
    return "in"


def test_every_endpoint_is_in_the_table_and_no_other() -> None:
    assert sorted((each.method, each.rule) for each in ENDPOINTS) == sorted(row[1:] for row in rows())


def test_everybody_finds_what_the_table_says(world: World) -> None:
    differences = []
    ended = [row for row in rows() if row[2].endswith("/logout")]
    for kind, method, rule in [*(row for row in rows() if row not in ended), *ended]:
        for code, said in zip(("10101", "20202"), FOUND[kind], strict=True):
            if not said or (code == "20202" and "<code>" not in rule):
                continue
            for who, expected in zip(CALLERS, said.split(), strict=True):
                # About themselves nobody who is no person can ask; what they may see is a member's.
                path = path_of(rule, code)
                if "eligibility" in rule and who not in ("member", "outsider", "officer"):
                    path += f"?member={3 if code == '10101' else 1}"
                if (found := found_by(world, who, method, path)) != expected:
                    differences.append((method, path, who, found, expected))
    assert differences == []
    world.sign_in_people()
    world.sign_in_account("agent")
    world.sign_in_account("operator")


def test_an_endpoint_that_nobody_declared_stops_the_start() -> None:
    flask = Flask("other")
    flask.add_url_rule("/api/groups/all", "all", lambda: "everything")
    with pytest.raises(NotDeclared, match="GET /api/groups/all"):
        check_declared(flask)


def test_who_may_ask_and_the_scope_have_no_default() -> None:
    declare: Any = Part("another", "")
    with pytest.raises(TypeError, match="'who' and 'scope'"):
        declare.endpoint("GET", "/all")


def test_a_cookie_is_nobody_here(world: World) -> None:
    """A browser sends it whoever made it ask."""
    answer = world.web.get("/api/groups", headers={"Cookie": "session=anything"})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (401, "not_signed_in")


def test_what_somebody_is_in_a_group_is_read_at_each_request(world: World) -> None:
    store, okot = world.app.store, world.village.okot
    world.sign_in("okot", okot)
    assert world.ask("okot", "GET", "/api/groups/10101/members").status_code == 200
    membership = store.memberships.one(group=world.village.umoja, person=okot.id)
    assert membership is not None and membership.role == "secretary"
    store.memberships.change(membership.id, role="member")
    assert world.ask("okot", "GET", "/api/groups/10101/members").status_code == 403
    store.memberships.change(membership.id, status="exited")
    assert world.ask("okot", "GET", "/api/groups/10101").status_code == 404
    store.memberships.change(membership.id, role="secretary", status="active")


def test_phones_are_whole_for_whoever_may_see_them(world: World) -> None:
    path = "/api/groups/10101/members/3"
    assert world.get("officer", path)["phone"] == world.get("token", path)["phone"] == "+256772000101"
    assert world.get("agent", path)["phone"] == "…101"


def test_whether_a_member_agrees_is_shown_and_nothing_more_of_it(world: World) -> None:
    path, akello = "/api/groups/10101/members/3", world.village.akello.id
    for agrees, shown in ((True, ["lender"]), (False, [])):
        do(world.app.store, SayConsent(akello, "lender", agrees))
        for who in ("officer", "agent", "token"):
            assert world.get(who, path)["consents"] == shown

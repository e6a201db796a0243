"""What the API says is what is said elsewhere: figures are those of the rules."""

from domain.access.accounts import make_account
from domain.board.daily import books_checked, figure_group
from domain.records.pin import Secret
from domain.savings.contribute import savings
from tests.bot.api.world import World, code_of


def test_figures_are_those_of_the_rules(world: World) -> None:
    store, village = world.app.store, world.village
    mine = savings(store, village.akello.id)
    assert [each["total"]["minor"] for each in world.get("member", "/api/savings")] == [
        each.total.minor for each in mine
    ]
    eligible = world.get("member", "/api/loans/eligibility/10101")
    assert eligible["group"] == "Umoja" and {"failures", "limit", "score"} <= eligible.keys()
    quote = world.get("member", "/api/loans/quote/10101?minor=50000&periods=2")
    assert sum(line["principal"]["minor"] for line in quote["lines"]) == 50_000
    days = "first=2026-10-01&last=2026-10-31"
    statement = world.get("member", f"/api/groups/10101/statement?{days}")
    assert (
        statement["had"]["minor"] + sum(line["held"] for line in statement["lines"]) == statement["has"]["minor"]
    )
    whole = world.get("officer", f"/api/groups/10101/accounts?{days}")
    assert sum(each["has"]["minor"] for each in whole["members"]) > 0 and whole["hash"]
    files = {"statement.csv": b"\xef\xbb\xbf", "accounts.csv": b"\xef\xbb\xbf", "statement.pdf": b"%PDF"}
    for path, mark in files.items():
        file = world.ask("officer", "GET", f"/api/groups/10101/{path}?{days}")
        assert (file.status_code, file.data.startswith(mark)) == (200, True)
        assert file.headers["Content-Disposition"].startswith("attachment")


def test_a_broadcast_is_looked_at_sent_counted_and_stopped(world: World) -> None:
    said = {"kind": "words", "audience": "all", "words": "The meeting is at four"}
    path = "/api/groups/10101/broadcasts"
    seen = world.ask("officer", "POST", f"{path}/preview", json=said).get_json()["data"]
    assert (seen["people"], "The meeting is at four" in seen["reads"]) == (4, True)
    begun = world.ask("officer", "POST", path, json=said).get_json()["data"]
    (line,) = world.get("officer", path)
    assert (line["id"], line["state"]) == (begun["broadcast"], "waiting")
    one = f"{path}/{line['id']}"
    counts = world.ask("officer", "GET", one)
    assert counts.get_json()["data"]["can_stop"] is True
    stale = world.ask("officer", "POST", f"{one}/stop", headers={"If-Match": '"old"'})
    assert code_of(stale) == (412, "precondition_failed")
    stopped = world.ask("officer", "POST", f"{one}/stop", headers={"If-Match": counts.headers["ETag"]})
    assert stopped.status_code == 200
    assert world.get("officer", one)["state"] == "stopped"
    again = world.ask("officer", "POST", path, json=said | {"audience": "again"})
    assert code_of(again) == (422, "validation_failed")


def test_an_agent_sees_the_figures_of_their_groups_and_an_operator_all(world: World) -> None:
    for group in world.app.store.groups.find():
        figure_group(world.app.store, group.id)
    seen = {}
    for role in ("agent", "operator"):
        world.sign_in_account(role)
        seen[role] = world.get(role, "/api/admin/dashboard")
    assert (seen["agent"]["groups"], seen["operator"]["groups"]) == (1, 2)
    assert seen["agent"]["works"] is None and seen["operator"]["works"]["stuck"] == 0
    names = [each["metric"] for each in seen["operator"]["metrics"]]
    assert {"error_rate", "p95", "default_rate", "collection_rate", "cache_hits"} <= {*names}


def test_an_agent_has_a_list_of_whom_to_visit_and_an_operator_hands_groups_over(world: World) -> None:
    store = world.app.store
    for group in store.groups.find():
        figure_group(store, group.id)
        books_checked(store, group.id, whole=False)
    seen = {}
    for role in ("agent", "operator"):
        world.sign_in_account(role)
        seen[role] = world.get(role, "/api/admin/visits")
    assert ([each["code"] for each in seen["agent"]], len(seen["operator"])) == (["10101"], 2)
    first = seen["agent"][0]
    assert first["red"] == ["books"] and sum(first["parts"].values()) == first["health"]
    code, said = "north-1", {"code": "North-1", "name": "North"}
    made = world.ask("operator", "POST", "/api/admin/programmes", json=said)
    assert (made.status_code, made.get_json()["data"]["code"]) == (201, code)
    assert code_of(world.ask("operator", "POST", "/api/admin/programmes", json=said))[1] == "bad_programme"
    (agent,) = [each for each in store.accounts.find() if each.role == "agent"]
    given = {"groups": ["20202"], "programme": code, "agent": agent.email}
    assert world.ask("operator", "POST", "/api/admin/assign", json=given).get_json()["data"] == {"groups": 1}
    assert [each["groups"] for each in world.get("operator", "/api/admin/programmes")] == [1]
    assert len(world.get("agent", "/api/admin/visits")) == 2, "from their next request on"
    taker = make_account(store, "taker@example.org", "Taker", "agent", Secret("a long way to Kampala by bus"))
    handed = {"giver": agent.email, "taker": taker.email, "groups": ["10101"]}
    assert world.ask("operator", "POST", "/api/admin/hand-over", json=handed).get_json()["data"] == {"groups": 1}
    assert [each["code"] for each in world.get("agent", "/api/admin/visits")] == ["20202"]
    for path, wrong in (
        ("hand-over", handed),  # they are the taker's now
        ("hand-over", handed | {"taker": "nobody@example.org"}),
        ("assign", {"groups": ["20202"]}),
        ("assign", given | {"programme": "south"}),
        ("assign", given | {"groups": ["99999"]}),
    ):
        assert code_of(world.ask("operator", "POST", f"/api/admin/{path}", json=wrong))[0] == 422, wrong
    (operator,) = [each for each in store.accounts.find() if each.role == "operator"]
    refused = world.ask("operator", "POST", "/api/admin/assign", json=given | {"agent": operator.email})
    assert code_of(refused)[1] == "no_agent"


def test_whoever_brings_others_has_a_code(world: World) -> None:
    code = world.ask("member", "POST", "/api/groups/10101/referral-code").get_json()["data"]
    assert len(code["code"]) == 8 and code["reward"]["minor"] == 500
    assert world.get("member", "/api/referrals") == []

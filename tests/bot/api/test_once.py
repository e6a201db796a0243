"""A change is done once for a key: it is answered again as the first time, and to nobody else."""

import json
import threading

import pytest
from werkzeug.test import Client

from bot.api.once import CLAIM
from tests.bot.api.world import PAY, World, code_of, pay
from tests.web import wsgi


def asked_for(world: World) -> int:
    return world.app.store.payments.count(person=world.village.akello.id)


@pytest.mark.usefixtures("hour")
def test_the_same_key_and_body_is_the_same_answer_and_is_done_once(world: World) -> None:
    before = asked_for(world)
    first = pay(world, "one")
    again = pay(world, "one", {"again": False, **PAY} if False else PAY)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.get_json() == again.get_json()
    assert (first.headers.get("Idempotent-Replayed"), again.headers["Idempotent-Replayed"]) == (None, "true")
    assert asked_for(world) == before + 1


@pytest.mark.usefixtures("hour")
def test_the_same_key_with_another_body_is_refused(world: World) -> None:
    before = asked_for(world)
    assert pay(world, "two").status_code == 202
    other = {"amount": {"minor": 2_000, "currency": "UGX"}}
    assert code_of(pay(world, "two", other)) == (422, "key_used")
    assert asked_for(world) == before + 1


@pytest.mark.usefixtures("hour")
def test_a_key_is_of_one_caller_and_one_address(world: World) -> None:
    assert pay(world, "three").status_code == 202
    mine = pay(world, "three", who="officer")
    assert (mine.status_code, mine.headers.get("Idempotent-Replayed")) == (202, None)
    letter = world.ask(
        "member", "POST", "/api/groups/10101/letters", json={"text": "Hello"}, headers={"Idempotency-Key": "three"}
    )
    assert letter.status_code == 201


@pytest.mark.usefixtures("hour")
def test_while_the_first_is_under_way_the_second_is_told_to_come_again(world: World) -> None:
    """And where the process died in the middle of it, somebody goes on a minute later, and it is done once."""
    store, before = world.app.store, asked_for(world)
    first = pay(world, "four")
    (kept,) = [each for each in store.answered.find(status=202) if json.loads(each.body) == first.get_json()]
    store.answered.change(kept.id, status=0, body="", claimed_until=store.now() + CLAIM)
    waiting = pay(world, "four")
    assert code_of(waiting) == (409, "under_way")
    assert int(waiting.headers["Retry-After"]) > 0
    world.clock.forward(seconds=CLAIM.total_seconds())
    late = pay(world, "four")
    assert (late.status_code, late.get_json()) == (202, first.get_json()), (
        "the command was done, and says so again"
    )
    assert asked_for(world) == before + 1


@pytest.mark.usefixtures("hour")
def test_of_several_at_one_moment_one_is_done(world: World) -> None:
    before, heard = asked_for(world), list[int]()
    clients = [Client(wsgi(world.app)) for _ in range(3)]
    for client in clients:
        client.get("/api/health")
    headers = {"Authorization": f"Bearer {world.bearers['member']}", "Idempotency-Key": "five"}

    def one(client: Client) -> None:
        answer = client.post("/api/groups/10101/contributions", json=PAY, headers=headers)
        heard.append(answer.status_code)

    threads = [threading.Thread(target=one, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(heard) <= {202, 409} and 202 in heard
    assert asked_for(world) == before + 1


@pytest.mark.usefixtures("hour")
def test_what_was_refused_is_not_kept(world: World) -> None:
    """It may be mended and sent again under the same key: nothing was done."""
    wrong = {"amount": {"minor": "many", "currency": "UGX"}}
    assert code_of(pay(world, "six", wrong)) == (422, "validation_failed")
    too_much = {"amount": {"minor": 10**9, "currency": "UGX"}}
    assert code_of(pay(world, "six", too_much)) == (422, "too_much")
    assert pay(world, "six").status_code == 202


@pytest.mark.parametrize("key", [None, "", "x" * 65, "caf\xe9", "a\tb"])
def test_a_change_needs_a_key_that_can_be_one(world: World, key: str | None) -> None:
    answer = pay(world, key)
    assert code_of(answer) == (400, "key_needed")
    assert list(answer.get_json()["error"]["fields"]) == ["Idempotency-Key"]


def test_a_token_is_shown_once_and_kept_nowhere(world: World) -> None:
    world.sign_in_account("operator")
    said = {"name": "Reports", "scopes": ["books:read"], "groups": ["10101"]}
    answers = [
        world.ask("operator", "POST", "/api/tokens", json=said, headers={"Idempotency-Key": "token"})
        for _ in range(2)
    ]
    first, again = (answer.get_json()["data"] for answer in answers)
    assert first.pop("token").startswith("csb_") and again.pop("token") == ""
    assert first == again
    assert "csb_" not in "".join(each.body.replace(first["shown"], "") for each in world.app.store.answered.find())

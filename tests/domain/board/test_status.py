"""What the operator says in public: shown while it holds, and nothing that is not for anybody."""

from datetime import timedelta

import pytest

from domain.board.status import (
    RESOLVED_SHOWN,
    NoSuchIncident,
    NotForAnybody,
    NoTimeForWork,
    plan_work,
    public,
    resolve,
    say,
    worst_state,
)
from domain.mongo.store import MongoStore
from domain.records.incident import PUBLIC_WORDS_MAX
from tests.conftest import Clock


def test_an_incident_is_shown_until_a_week_after_its_last_word(store: MongoStore, clock: Clock) -> None:
    made = say(store, "Calls  end early\nsometimes.", ["ussd"])
    clock.forward(minutes=20)
    say(store, "We know why.", id=made.id)
    (shown,) = public(store).open
    assert [each.words for each in shown.said] == ["Calls end early sometimes.", "We know why."]
    assert public(store).state_of("ussd", store.now()) == "trouble"
    assert public(store).state_of("sms", store.now()) == "works"
    resolve(store, made.id, "It is put right.")
    assert public(store).open == []
    (past,) = public(store).resolved
    assert past.said[-1].words == "It is put right."
    assert public(store).state_of("ussd", store.now()) == "works"
    clock.forward(days=RESOLVED_SHOWN.days, seconds=1)
    assert public(store).resolved == []


def test_planned_work_counts_while_it_is_under_way(store: MongoStore, clock: Clock) -> None:
    begins = store.now() + timedelta(hours=2)
    plan_work(store, "The network's machines are changed.", begins, begins + timedelta(hours=1), ["mobile_money"])
    assert len(public(store).planned) == 1
    assert public(store).state_of("mobile_money", store.now()) == "works"
    clock.forward(hours=2, minutes=1)
    assert public(store).state_of("mobile_money", store.now()) == "away"
    assert public(store).state_of("web", store.now()) == "works"
    clock.forward(hours=1)
    assert public(store).planned == []


def test_what_is_about_nothing_is_about_all(store: MongoStore) -> None:
    say(store, "Nothing works.", state="away")
    assert {public(store).state_of(name, store.now()) for name in ("ussd", "web")} == {"away"}


@pytest.mark.parametrize(
    "words",
    [
        "",
        " \n",
        "w" * (PUBLIC_WORDS_MAX + 1),
        "Call +256 772 000 111.",
        "Call 0772-000-111",
        "mongo-2.internal is away",
        "10.0.3.17 is away",
        "see https://grafana.example.org",
    ],
)
def test_what_is_not_for_anybody_is_not_said(store: MongoStore, words: str) -> None:
    with pytest.raises(NotForAnybody):
        say(store, words)
    assert public(store).open == []


def test_what_is_over_is_not_said_more_of(store: MongoStore) -> None:
    made = say(store, "Since 18:40, 3 of 100 calls end early.")
    resolve(store, made.id)
    with pytest.raises(NoSuchIncident):
        resolve(store, made.id)
    with pytest.raises(NoSuchIncident):
        say(store, "More.", id=made.id)
    with pytest.raises(NoSuchIncident):
        resolve(store, "of-nobody")


def test_work_that_ends_before_it_begins_is_none(store: MongoStore) -> None:
    now = store.now()
    for begins, ends in ((now, now), (now - timedelta(hours=2), now - timedelta(hours=1))):
        with pytest.raises(NoTimeForWork):
            plan_work(store, "Work.", begins, ends)


def test_the_worst_of_all_is_how_the_whole_is() -> None:
    assert worst_state([]) == worst_state(["works"]) == "works"
    assert worst_state(["works", "trouble"]) == "trouble"
    assert worst_state(["works", "away", "trouble"]) == "away"

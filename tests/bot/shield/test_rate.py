"""How often one address may ask, in all processes together, and what it is told."""

from dataclasses import replace
from typing import Any, Final

from redis import Redis
from werkzeug.test import Client, TestResponse

from bot.app import App
from bot.config import Settings
from bot.web import pages_app

LIMIT: Final = 20
HERE: Final = {"REMOTE_ADDR": "203.0.113.7"}


def process(app: App, **changed: Any) -> Client:
    """One more process on the same stores."""
    return Client(pages_app(replace(app, settings=replace(app.settings, **changed))))


def told(response: TestResponse) -> tuple[int, str | None, str | None]:
    return (
        response.status_code,
        response.headers.get("RateLimit-Limit"),
        response.headers.get("RateLimit-Remaining"),
    )


def test_the_one_too_many_is_refused_whichever_process_it_asks(app: App) -> None:
    first, second = (process(app, rate_limit_max_requests=LIMIT) for _ in range(2))
    paths = ["/sign-in", "/nowhere", "/api/groups", "/hooks/at/ussd/guessed"]
    for number in range(LIMIT):
        found = (first, second)[number % 2].get(paths[number % 4], environ_base=HERE)
        assert told(found)[1:] == (f"{LIMIT}", f"{LIMIT - 1 - number}"), number
        assert 0 < int(found.headers["RateLimit-Reset"]) <= 900 and "Retry-After" not in found.headers
    for each in (first, second):
        refused = each.get("/api/groups", environ_base=HERE)
        assert told(refused) == (429, f"{LIMIT}", "0")
        assert refused.headers["Retry-After"] == refused.headers["RateLimit-Reset"]
        assert refused.get_json()["error"]["code"] == "too_many_requests"
    page = first.get("/sign-in", environ_base=HERE, headers={"Accept": "text/html"})
    assert page.status_code == 429 and "Please wait a little" in page.text
    # Another address is another client, of IPv6 another network.
    assert first.get("/sign-in", environ_base={"REMOTE_ADDR": "203.0.113.8"}).status_code == 200
    six = [{"REMOTE_ADDR": f"2001:db8:0:{network}::{host}"} for network, host in ((1, 1), (1, 2), (2, 1))]
    assert [told(first.get("/sign-in", environ_base=each))[2] for each in six] == ["19", "18", "19"]


def test_a_provider_and_who_asks_how_we_are_are_never_refused(app: App) -> None:
    web = process(app, rate_limit_max_requests=2)
    report = f"/hooks/at/dlr/{app.settings.hook_secret}"
    for _ in range(5):
        assert web.get("/health", environ_base=HERE).status_code == 200
        sent = web.post(report, data={"id": "ATXid_1", "status": "Success"}, environ_base=HERE)
        assert told(sent) == (200, None, None)
        assert (
            web.post(f"/hooks/momo/{app.settings.hook_secret}/payment/none", environ_base=HERE).status_code != 429
        )
    guesses = [web.post(f"/hooks/at/dlr/guess{n}", environ_base=HERE).status_code for n in range(3)]
    assert guesses == [404, 404, 429], "an address that nobody was told is no provider's"
    assert web.post(report, data={"id": "ATXid_1", "status": "Success"}, environ_base=HERE).status_code == 200


def test_what_signs_in_has_a_tenth_of_it(app: App) -> None:
    web = process(app, rate_limit_max_requests=30)
    sent = [web.post("/sign-in", data={"phone": "+1"}, environ_base=HERE) for _ in range(4)]
    assert [told(each)[2] for each in sent[:3]] == ["2", "1", "0"] and sent[3].status_code == 429
    assert told(web.get("/sign-in", environ_base=HERE)) == (200, "30", "25")


def test_the_default_is_a_thousand_in_a_quarter_of_an_hour(app: App) -> None:
    """Counted to its end in one step: an address's counter is moved to where 997 requests more leave it."""
    defaults = Settings()
    assert (defaults.rate_limit_max_requests, defaults.rate_limit_window_ms) == (1_000, 900_000)
    both = [process(app, rate_limit_max_requests=1_000) for _ in range(2)]
    assert told(both[0].get("/nowhere", environ_base=HERE)) == (404, "1000", "999")
    redis = Redis.from_url(app.settings.redis_url)
    (key,) = redis.keys("*web*203.0.113.7*")
    redis.incrby(key, 997)
    assert [told(both[n % 2].get("/nowhere", environ_base=HERE))[0] for n in range(3)] == [404, 404, 429]
    assert 0 < redis.ttl(key) <= 900


def test_without_redis_each_process_counts_by_itself(app: App) -> None:
    web = process(app, rate_limit_max_requests=3, redis_url="redis://127.0.0.1:9/0")
    found = [web.get("/nowhere", environ_base=HERE).status_code for _ in range(5)]
    assert found == [404, 404, 404, 429, 429]

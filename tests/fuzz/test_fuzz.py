"""A short part of what `make fuzz` does, and the document as another program reads it."""

import uuid
from typing import Any, Final

import hypothesis
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.bot.api.conftest import world  # noqa: F401 - the fixture
from tests.bot.api.world import World
from tests.fuzz.asks import Campaign, state_of
from tests.web import wsgi

REQUESTS: Final = 250
EXAMPLES: Final = 2  # of each endpoint
CHECKS: Final[list[Any]] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def test_nothing_that_is_sent_does_what_it_may_not(world: World) -> None:  # noqa: F811
    campaign, before = Campaign(world, uuid.uuid4().int), state_of(world)
    for _ in range(REQUESTS):
        campaign.step()
    assert campaign.found.wrong == []
    after = state_of(world)
    assert [name for name, was in before.items() if after[name] != was] == []


def test_every_answer_is_one_that_the_document_has(world: World) -> None:  # noqa: F811
    """As schemathesis reads it, and draws what it sends; every caller in turn, from another one in each run."""
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", wsgi(world.app))
    callers = [*world.bearers.values()]
    first = uuid.uuid4().int
    for number, found in enumerate(schema.get_all_operations(), start=first):
        assert isinstance(found, Ok), "the document can be read"
        operation, bearer = found.ok(), callers[number % len(callers)]
        if not operation.path.endswith("/logout"):
            _asked(operation, {"Authorization": f"Bearer {bearer}"} if bearer else {})


def _asked(operation: Any, headers: dict[str, str]) -> None:
    """An endpoint, with some of what can be sent to it."""

    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        answer = case.call(headers={**headers, "Idempotency-Key": uuid.uuid4().hex})
        case.validate_response(answer, checks=CHECKS)

    ask()

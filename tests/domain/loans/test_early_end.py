"""A loan that ends before its time, at the share-out or in another way."""

import pytest

from domain.mongo.store import MongoStore
from domain.share_out.agree import ProposeShareOut
from domain.share_out.shown import expected_share_out, planned
from tests.conftest import Clock
from tests.domain.savers import PRODUCT, found, ugx


@pytest.mark.parametrize("days", [0, 1, 28])
def test_the_share_out_nets_the_principal_and_the_period_that_has_begun(
    store: MongoStore, clock: Clock, days: int
) -> None:
    """90,000 over six periods at 10 %: 99,000 of Dan's 101,500 are netted, and 2,500 are paid out."""
    savers = found(store, PRODUCT)
    loan = savers.lend("dan", 90_000, 6)
    clock.forward(days=days)
    plan = planned(store, savers.group, ugx(0))
    assert plan.pot == ugx(609_000)
    savers.do(ProposeShareOut("ada", savers.group, ugx(0), plan.digest))
    savers.decide("share_out", "ben", "dan", "eve")
    assert savers.loan(loan).state == "closed"
    assert [each["pay"] for each in savers.told("dan", "shared_out")] == [ugx(2_500)]
    assert [each["netted"] for each in savers.told("dan", "shared_out")] == [ugx(99_000)]
    assert expected_share_out(store, savers.group, "eve").pay == ugx(101_500)
    savers.check()

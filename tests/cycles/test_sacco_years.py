"""Two years of a SACCO: each member is credited what the rule says of their deposits, less the tax."""

from fractions import Fraction

import pytest

from bot.demo.cycle import say_books
from bot.demo.sacco import BEGINS, NAMES, YEARS, SaccoYears
from domain.sacco.dividend import my_dividend
from tests.cycles.conftest import Open
from tests.cycles.invariants import Audit, check_book


def test_two_years_end_with_dividends_and_books_that_are_whole(
    open_stage: Open, capsys: pytest.CaptureFixture[str]
) -> None:
    stage = open_stage(BEGINS)
    story = SaccoYears(stage)
    story.run()
    books, group = stage.store.books, story.group
    Audit(stage.store, group).look()
    check_book(stage.store, group)
    totals = books.totals(group)

    # The tax is owed to the state, and what members were credited is all that the surplus gave.
    made = [stage.store.declarations.get(f"{group}:{year}") for year in YEARS]
    assert [each.state for each in made] == ["paid", "paid"]
    assert -totals["2080"] == sum(each.tax.minor for each in made) > 0
    credited = sum(amount.minor for year in story.dividends.values() for amount in year.values())
    assert credited == sum((each.gross - each.tax).minor for each in made)
    assert -totals.get("3020", 0) >= 0

    # Recomputed by hand for one: a month's deposit counts from the next month on.
    nakato = my_dividend(stage.store, group, story.people[0].id)
    assert nakato is not None and nakato.credited
    base = nakato.opening.minor + sum(
        Fraction(amount.minor * (13 - month), 12) for month, amount in enumerate(nakato.months, start=1)
    )
    assert abs(base * Fraction(nakato.deposits_rate) / 100 - nakato.on_deposits.minor) <= 1

    say_books(stage, story)
    said = capsys.readouterr().out
    assert "The books are whole" in said and all(name in said for name in NAMES)

"""Lines that a screen shows are the sum that it shows: what a test asks of each of them."""

from domain.records.person import LANGUAGES
from flows.words.sums import Sum
from flows.words.texts import say_money, words


def check_sum(added: Sum) -> None:
    """
    The lines add up to what they come to, and each one shows its amount, in every language; a line of nothing may
    say so in words. Raises AssertionError.
    """
    lines = (*added.lines, *added.comes_to)
    assert added.is_right, [str(line.amount) for line in lines]
    for line in lines:
        amount = line.amount if line.amount.minor > 0 else -line.amount
        for language in LANGUAGES:
            said = words(language).say(line.text)
            assert not amount or say_money(amount, language) in said, f"{amount} is in {said!r}"

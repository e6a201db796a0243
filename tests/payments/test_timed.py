"""A provider that is watched: each question to it is told once, with how it came out."""

import pytest

from domain.money import Money
from payments.port import (
    Asked,
    Capabilities,
    Carries,
    Collection,
    Collector,
    OutcomeUnknown,
    Payer,
    ProviderStatus,
    Refused,
    Transfer,
)
from payments.timed import TimedCollector, TimedPayer

ASKED = ("5b0c1c34-6f0e-4b0d-9a55-0a3d0f6f1a11", "CABCDEF", Money(5_500, "UGX"), "+256772000101", "", "")


class Provider:
    """One that collects and pays, and says what a test has it say."""

    name, carries, capabilities = "some", [Carries("UGX")], Capabilities(keyed=False)

    def __init__(self) -> None:
        self.says: Exception | None = None

    def collect(self, collection: Collection) -> str:
        self._say()
        return "its own name"

    def pay(self, transfer: Transfer) -> str:
        self._say()
        return "its own name"

    def status(self, asked: Asked) -> ProviderStatus:
        self._say()
        return ProviderStatus("pending", provider_reason=asked.reference)

    def _say(self) -> None:
        if self.says is not None:
            raise self.says


@pytest.mark.parametrize(
    ("says", "heard"),
    [
        (None, "answered"),
        (Refused("NOT_ENOUGH_FUNDS", "not_enough_money"), "answered"),
        (OutcomeUnknown("a timeout"), "unknown"),
        (KeyError("a mistake of ours"), "failed"),
    ],
)
def test_each_question_is_told_with_what_came_of_it_and_passed_on(says: Exception | None, heard: str) -> None:
    provider = Provider()
    told: list[tuple[str, float, str]] = []
    collects = TimedCollector(provider, lambda *each: told.append(each))
    pays = TimedPayer(provider, lambda *each: told.append(each))
    provider.says = says
    for ask in (
        lambda: collects.collect(Collection(*ASKED)),
        lambda: pays.pay(Transfer(*ASKED)),
        lambda: pays.status(Asked("abc")),
    ):
        if says is None:
            ask()
        else:
            with pytest.raises(type(says)) as raised:
                ask()
            assert raised.value is says
    assert [(name, came_of_it) for name, seconds, came_of_it in told if seconds > 0] == [("some", heard)] * 3


def test_it_is_what_it_was_to_whoever_asks_it() -> None:
    collects, pays = (made(Provider(), lambda *_: None) for made in (TimedCollector, TimedPayer))
    assert isinstance(collects, Collector) and isinstance(pays, Payer)
    assert not isinstance(collects, Payer) and not isinstance(pays, Collector)
    assert collects.status(Asked("abc")).provider_reason == "abc"
    assert collects.collect(Collection(*ASKED)) == pays.pay(Transfer(*ASKED)) == "its own name"
    assert (collects.carries, collects.capabilities) == (Provider.carries, Provider.capabilities)

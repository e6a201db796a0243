"""What the public status page says."""

from collections.abc import Mapping
from typing import Final

from bot.status import Component
from domain.records.incident import ComponentState
from flows.words.texts import Label, Text, t

OVERALL: Final[Mapping[ComponentState, Text]] = {
    "works": t("Everything works."),
    "trouble": t("Some things do not work as they should."),
    "away": t("Something does not work at the moment."),
}
RECORDS_AWAY: Final = t("We cannot reach our own records, and nothing works until we can.")
STATE: Final[Mapping[ComponentState, Text]] = {
    "works": t("works"),
    "trouble": t("has trouble"),
    "away": t("does not work"),
}


def component_named(component: Component, code: str, titles: Mapping[str, str], provider: str = "") -> Label:
    """A component as people know it: `code` is what is dialled, `titles` what channels are called everywhere."""
    if provider:
        return t("Mobile money: {name}", name=provider)
    named: dict[Component, Text] = {
        "ussd": t("Calls to {code}", code=code),
        "sms": t("Text messages"),
        "mobile_money": t("Mobile money"),
        "web": t("Pages on the web"),
    }
    return named.get(component) or titles[component]

"""The rules of a group, and each version of them with what it changed."""

from flask import Response

from bot.pages.groups import Here, group_page
from domain.groups.rule_versions import rule_versions
from domain.groups.rules import rules_of_group
from flows.groups.rules import said_rules
from flows.words.rule_names import RULES, say_value


@group_page("/rules", least="member")
def rules(here: Here) -> Response:
    """As members read them on their phones."""
    return here.page(
        "rules.html",
        lines=[*said_rules(rules_of_group(here.store, here.group))],
        versions=rule_versions(here.store, here.group),
        rule_names=RULES,
        say_value=say_value,
        dial=here.store.service_code,
    )

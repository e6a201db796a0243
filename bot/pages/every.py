"""Every page there is: a subject's file is named here, and so its pages are served."""

from typing import Final

from flask import Blueprint

from bot.pages import (  # noqa: F401 - each puts its pages on the blueprint of groups
    activity,
    books,
    decisions,
    groups,
    home,
    loans,
    meetings,
    members,
    messages,
    rules,
    signing_in,
    statements,
    static,
)
from bot.pages.operator import (  # noqa: F401 - and these on that of the operator
    agents,
    audit,
    casts,
    desk,
    exports,
    imports,
    overview,
    people,
    read_only,
    reconcile,
    referrals,
    stuck,
    unasked,
)
from bot.pages.operator import groups as operator_groups  # noqa: F401

BLUEPRINTS: Final[tuple[Blueprint, ...]] = tuple(each.blueprint for each in (static, signing_in, groups, desk))

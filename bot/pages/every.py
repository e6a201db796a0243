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

BLUEPRINTS: Final[tuple[Blueprint, ...]] = (static.blueprint, signing_in.blueprint, groups.blueprint)

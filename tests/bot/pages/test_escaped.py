"""What people typed is text on every page, whatever it looks like."""

from typing import Final

from bot.app import App
from tests.bot.pages.leading import PAGES, settled, signed_in
from tests.conftest import Clock

# For an element, an attribute, a template, and a line of a header.
TYPED: Final = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}"
ALIVE: Final = ("<script", "<img src=x", "\"'>")


def test_names_that_look_like_markup_are_shown_and_do_nothing(app: App, clock: Clock) -> None:
    savers = settled(app, clock)
    app.store.groups.change(savers.group, name=f"Umoja {TYPED}")
    for person in ("ada", "ben", "dan", "cy"):
        app.store.people.change(person, name=f"{person} {TYPED}")
    web = signed_in(app, "ada")
    shown = 0
    for path in (*(f"/groups/10101{page}" for page in PAGES), "/me"):
        found = web.get(path, headers={"Accept": "text/html"})
        assert found.status_code in (200, 422), path
        body = found.text.split("<body", 1)[1]
        assert not [each for each in ALIVE if each in body], path
        shown += body.count("&lt;script&gt;alert(1)&lt;/script&gt;")
        assert path == "/me" or "{{ 7*7 }}" in body, f"{path}: the group's name, as it was typed"
    assert shown > 2 * len(PAGES)
    wanted = web.get(f"/groups/10101/members?q={TYPED[:20]}", headers={"Accept": "text/html"}).text
    assert TYPED[:12] not in wanted

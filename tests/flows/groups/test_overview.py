"""What officers see of their group: who is in it, one of them in figures, who wants to join, and what waits."""

import pytest

from bot.app import App
from domain.groups.join import JoinGroup
from domain.groups.leave import AskToLeave
from domain.groups.overview import member_list, member_seen, what_waits
from domain.money import Money
from domain.records.group import Group
from domain.records.person import NotAllowed
from domain.savings.contribute import RecordCash
from tests.flows.talk import Dial
from tests.people import Village, do, register
from tests.phone import Transcript

pytestmark = pytest.mark.chats("telegram", "whatsapp", "sms")


def test_the_list_has_everybody_with_their_number(converse: Transcript, village: Village) -> None:
    converse(
        """
        > *384*7*list#
        < END 1. Nakato Ruth, chairperson
        < 2. Wanjiru Mary, treasurer
        < 3. Akello Grace
        < 4. Okot James
        """,
        by=village.nakato.phone,
    )


def test_one_member_in_figures_is_behind_the_officers_pin(
    app: App, converse: Transcript, village: Village
) -> None:
    do(app.store, RecordCash(village.umoja, village.akello.id, Money(10_500, "UGX"), village.wanjiru.id))
    converse(
        """
        > *384*7*members*akello*6#
        < CON See what Akello Grace has and owes. Your PIN?
        < 0 Back  00 Home
        > 2580
        < END 3. Akello Grace
        < Phone: +256772000101
        < Saved: UGX 10,000
        < Loans: UGX 0
        < Fines: UGX 0
        < Meetings: 0 of 0
        """,
        by=village.nakato.phone,
    )


def test_who_asks_to_join_is_seen_with_their_number_and_all_that_waits(
    app: App, converse: Transcript, village: Village
) -> None:
    converse("> *384*7*waits#\n< END Nothing is waiting in Umoja.", by=village.nakato.phone)
    newcomer = register(app.store, "Opio Peter", "+256772000110", "4826")
    do(app.store, JoinGroup(newcomer.id, village.code))
    do(app.store, AskToLeave(village.akello.id, village.umoja, "cash"))
    converse(
        """
        > *384*7*waits#
        < END Waiting in Umoja:
        < Decisions: 1 (Decide)
        < To join: 1 (Approve members)
        > *384*7*approve*1#
        < CON Opio Peter (+256772000110) in Umoja?
        …
        """,
        by=village.nakato.phone,
    )


def test_a_large_list_begins_where_one_wants(app: App, phone: Dial, village: Village) -> None:
    app.store.groups.change(village.umoja, members=51)
    nakato = phone(village.nakato.phone)
    assert nakato.dial("*384*7*list#").startswith("CON The list of Umoja: from which number on? 1 to 51.")
    assert nakato.type("4") == "END 4. Okot James"
    nakato.dial("*384*7*list*50#")
    assert nakato.screen == "END Nobody is in Umoja from number 50 on."
    nakato.dial("*384*7*list*1#")
    assert nakato.screen.endswith("\nThe list goes on with number 51.")


@pytest.mark.parametrize("who", ["akello", "stranger"])
def test_nobody_else_sees_any_of_it(app: App, village: Village, who: str) -> None:
    group: Group = app.store.groups.get(village.umoja)
    person = village.akello.id if who == "akello" else "nobody"
    with pytest.raises(NotAllowed):
        member_list(app.store, group.id, person, 1)
    with pytest.raises(NotAllowed):
        member_seen(app.store, group.id, person, village.okot.id)
    with pytest.raises(NotAllowed):
        what_waits(app.store, group.id, person)
    with pytest.raises(NotAllowed):
        member_seen(app.store, group.id, village.nakato.id, "nobody")

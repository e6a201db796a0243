"""Who has paid for a meeting: counted in the store, listed a page at a time."""

from dataclasses import replace
from datetime import date

from domain.meetings.who_paid import PAGE, MeetingPaid, Missing, meeting_paid, not_paid
from domain.mongo.store import MongoStore
from domain.records.group import Paid
from domain.records.person import Membership, membership_id
from tests.conftest import Clock
from tests.domain.officers import cash
from tests.money import ugx
from tests.people import Village


def test_it_counts_who_has_put_in_all_that_is_due(store: MongoStore, village: Village, clock: Clock) -> None:
    assert meeting_paid(store, village.umoja) == MeetingPaid(date(2026, 10, 5), 0, 4, ugx(0), 4)
    cash(store, village, village.akello, 5_500, village.wanjiru)
    cash(store, village, village.okot, 700, village.wanjiru)  # 200 of it are credit
    assert meeting_paid(store, village.umoja) == MeetingPaid(date(2026, 10, 5), 1, 4, ugx(6_200), 4), (
        "with 200 of credit"
    )
    assert not_paid(store, village.umoja, 1) == [
        Missing(1, "Nakato Ruth", ugx(5_500)),
        Missing(2, "Wanjiru Mary", ugx(5_500)),
        Missing(4, "Okot James", ugx(5_000)),
    ]
    clock.forward(days=1)
    assert meeting_paid(store, village.umoja).paid == 0, "the next meeting has its own"


def test_each_hand_of_a_rotation_pays(store: MongoStore, village: Village) -> None:
    store.memberships.change(membership_id(village.umoja, village.akello.id), hands=2)
    cash(store, village, village.akello, 5_500, village.wanjiru)
    assert Missing(3, "Akello Grace", ugx(5_000)) in not_paid(store, village.umoja, 1)
    cash(store, village, village.akello, 5_000, village.wanjiru)
    assert meeting_paid(store, village.umoja).paid == 1


def test_a_large_group_is_counted_by_the_store_and_listed_fifty_numbers_at_a_time(
    store: MongoStore, village: Village
) -> None:
    """Nothing asks for all members of it at once."""
    akello = store.people.get(village.akello.id)
    for number in range(5, 121):
        person = f"person{number}"
        store.people.insert(replace(akello, id=person, name=f"Member {number}", phone=f"+2567731{number:05}"))
        id = membership_id(village.umoja, person)
        store.memberships.insert(Membership(id, village.umoja, person, number, "member", "active", store.now()))
    store.groups.change(village.umoja, members=120)
    cash(store, village, village.akello, 5_500, village.wanjiru)
    cash(store, village, village.okot, 5_000, village.wanjiru)
    assert meeting_paid(store, village.umoja) == MeetingPaid(date(2026, 10, 5), 1, 120, ugx(10_500), 120)
    assert len(not_paid(store, village.umoja, 1)) == PAGE - 1
    assert [each.name for each in not_paid(store, village.umoja, 101)] == [f"Member {n}" for n in range(101, 121)]


def test_the_store_sums_a_meeting_that_nobody_paid_for(store: MongoStore, village: Village) -> None:
    up = store.paid_up(village.umoja, "2026-10-05", Paid(5_000, 500))
    assert (up.members, up.total) == (0, 0)
    assert store.paid_by(village.umoja, "2026-10-05", [village.akello.id]) == {village.akello.id: Paid()}

"""A group moves in: two officers agree to the whole, each member sees their own, and one entry opens its book."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from bot.forgetting import forget_person
from domain.access.accounts import make_account
from domain.access.agents import groups_of_agent
from domain.arithmetic.periods import period_end
from domain.decisions.voting import AlreadyVoted, ProposalChanged
from domain.groups.rules import adopt
from domain.loans.portfolio import portfolio
from domain.money import Money
from domain.mongo.retention import books_to_take, take_book
from domain.mongo.store import MongoStore
from domain.mongo.verify import verify_book
from domain.moving_in.arrive import (
    AgreeToOpening,
    AlreadyBrought,
    AnswerObjection,
    BringGroup,
    NotArriving,
    PhoneIsShared,
    SayOfOpening,
    SendBack,
    brought_to,
)
from domain.moving_in.constitution import constitution_of
from domain.moving_in.entry import earned
from domain.moving_in.loans import terms_left
from domain.moving_in.open import move_on
from domain.people.consents import SayConsent, who_agrees
from domain.people.freeze import Freeze
from domain.people.phones import person_with
from domain.people.profile import member
from domain.records.arrival import AGREE_WITHIN, OBJECT_WITHIN
from domain.records.consent import CONSENT_VERSION
from domain.records.opening import OpeningBook, OpeningLoan
from domain.records.pin import Secret
from domain.savings.contribute import social_owed
from domain.savings.pay_social import RecordSocial
from domain.share_out.plan import plan_now
from tests.conftest import Clock
from tests.domain.moving_in.books import AS_OF, GROUP, MEMBERS, checked, example, opening_books, opens
from tests.people import do, found_village, register

CHAIR, TREASURER, SECRETARY = "+256772000301", "+256772000302", "+256772000304"
CODE = "G-0417"


@pytest.fixture(autouse=True)
def after_the_meeting(clock: Clock) -> None:
    """The day after the one of the sheets."""
    clock.forward(days=(AS_OF - date(2026, 10, 5)).days + 1)


def who(store: MongoStore, phone: str) -> str:
    found = person_with(store, phone)
    assert found is not None
    return found


def agree(store: MongoStore, phone: str, **fields: Any) -> Any:
    digest = fields.pop("digest", store.arrivals.get(CODE).digest)
    return do(store, AgreeToOpening(who(store, phone), CODE, digest, **{"yes": True, **fields}))


def told(store: MongoStore, book: OpeningBook | None = None) -> None:
    """Brought, and agreed to by two officers."""
    do(store, BringGroup("account:1", book or example()))
    agree(store, CHAIR)
    agree(store, TREASURER)


def opened(store: MongoStore, clock: Clock, book: OpeningBook | None = None) -> str:
    """The same and open: the group's id."""
    told(store, book)
    clock.forward(days=OBJECT_WITHIN.days)
    move_on(store, CODE)
    return store.arrivals.get(CODE).group


def said(store: MongoStore, phone: str) -> list[str]:
    return [each.kind for each in store.notices.find(person=who(store, phone), sort="created_at")]


def test_before_it_is_open_there_is_no_group_and_nothing_can_be_done_in_it(store: MongoStore) -> None:
    told(store)
    chair = member(store, who(store, CHAIR))
    assert (chair.groups, chair.waiting, chair.has_pin, chair.moving_in) == ((), (), False, True)
    assert store.groups.find() == []
    assert store.memberships.find() == []


def test_two_officers_agree_and_then_each_member_hears_their_own(store: MongoStore) -> None:
    do(store, BringGroup("account:1", example()))
    assert said(store, CHAIR) == said(store, SECRETARY) == ["opening_to_agree"]
    assert agree(store, CHAIR)["missing"] == 1
    assert store.arrivals.get(CODE).state == "checked"
    assert agree(store, TREASURER)["missing"] == 0
    assert store.arrivals.get(CODE).state == "told"
    (notice,) = store.notices.find(person=who(store, SECRETARY), kind="opening_told")
    assert (str(notice.values["saved"]), str(notice.values["debt"])) == ("UGX 30,000", "UGX 27,500")


def test_an_agreement_is_to_one_set_of_figures_by_one_officer_once(store: MongoStore, clock: Clock) -> None:
    stranger = found_village(store).nakato
    do(store, BringGroup("account:1", example()))
    with pytest.raises(ProposalChanged):
        agree(store, CHAIR, digest="another")
    agree(store, CHAIR)
    with pytest.raises(AlreadyVoted):
        agree(store, CHAIR)
    with pytest.raises(NotArriving):
        do(store, AgreeToOpening(stranger.id, CODE, store.arrivals.get(CODE).digest, yes=True))
    do(store, Freeze(who(store, TREASURER)))
    with pytest.raises(Exception, match="frozen"):
        agree(store, TREASURER)


def test_one_no_sends_it_back_and_it_can_be_brought_again(store: MongoStore) -> None:
    do(store, BringGroup("account:1", example()))
    agree(store, CHAIR)
    agree(store, TREASURER, yes=False, reason="the box has 150,000")
    sent_back = store.arrivals.get(CODE)
    assert (sent_back.state, sent_back.reason) == ("discarded", "the box has 150,000")
    assert store.people.find() == [], "nobody was here before"
    assert {each.kind for each in store.notices.find(to=[CHAIR, TREASURER, SECRETARY])} == {"opening_sent_back"}
    do(store, BringGroup("account:1", replace(example(), box=example().bank)))
    assert store.arrivals.get(CODE).agreed == ()


def test_whoever_was_here_before_stays_when_it_is_sent_back(store: MongoStore) -> None:
    village = found_village(store)
    members = (replace(example().members[0], phone=village.nakato.phone), *example().members[1:])
    do(store, BringGroup("account:1", replace(example(), members=members)))
    assert store.arrivals.get(CODE).people["1"] == village.nakato.id, "one person, however many groups"
    do(store, SendBack(CODE, "typed wrongly"))
    assert store.people.one(id=village.nakato.id) is not None
    assert person_with(store, TREASURER) is None


def test_a_group_is_brought_once(store: MongoStore, clock: Clock) -> None:
    opened(store, clock)
    with pytest.raises(AlreadyBrought):
        do(store, BringGroup("account:1", example()))
    assert store.groups.count() == 1


def test_a_phone_that_several_have_is_refused_and_nothing_is_left_behind(store: MongoStore) -> None:
    village = found_village(store)
    store.people.change(village.okot.id, phone=village.akello.phone, seat=1)
    members = (*example().members[:3], replace(example().members[3], phone=village.akello.phone))
    with pytest.raises(PhoneIsShared):
        do(store, BringGroup("account:1", replace(example(), members=members)))
    assert store.arrivals.find() == []
    assert person_with(store, CHAIR) is None


def test_it_lapses_when_officers_do_not_agree_in_time(store: MongoStore, clock: Clock) -> None:
    do(store, BringGroup("account:1", example()))
    move_on(store, CODE)
    assert store.arrivals.get(CODE).state == "checked"
    clock.forward(days=AGREE_WITHIN.days)
    move_on(store, CODE)
    assert store.arrivals.get(CODE).state == "discarded"


def test_it_opens_at_once_when_all_who_can_say_so_say_it_is_right(store: MongoStore) -> None:
    told(store)
    for phone in (CHAIR, TREASURER, SECRETARY):
        move_on(store, CODE)
        assert store.arrivals.get(CODE).state == "told"
        do(store, SayOfOpening(who(store, phone), CODE))
    move_on(store, CODE)
    assert store.arrivals.get(CODE).state == "open"


def test_an_objection_keeps_it_shut_until_another_officer_answers(store: MongoStore, clock: Clock) -> None:
    told(store)
    secretary, chair = who(store, SECRETARY), who(store, CHAIR)
    do(store, SayOfOpening(secretary, CODE, "I paid L9 last week"))
    with pytest.raises(AlreadyVoted):
        do(store, SayOfOpening(secretary, CODE))
    assert said(store, CHAIR)[-1] == "opening_contested"
    assert [each.words for each in brought_to(store, chair)[0].objections] == ["I paid L9 last week"]
    clock.forward(days=OBJECT_WITHIN.days + 1)
    move_on(store, CODE)
    assert store.arrivals.get(CODE).state == "told"
    with pytest.raises(NotArriving):
        do(store, AnswerObjection(secretary, CODE, secretary, "it is right"))
    do(store, AnswerObjection(chair, CODE, secretary, "the receipt is of another loan"))
    assert said(store, SECRETARY)[-1] == "opening_stands"
    clock.forward(days=1)
    move_on(store, CODE)
    assert store.arrivals.get(CODE).state == "open"


def test_nobody_sees_what_the_sheets_say_of_another_member(store: MongoStore) -> None:
    village = found_village(store)
    told(store)
    (mine,) = brought_to(store, who(store, TREASURER))
    assert [str(each) for each in (mine.my_saved, mine.my_debt, mine.my_fines)] == [
        "UGX 45,000", "UGX 41,200", "UGX 0",
    ]  # fmt: skip
    assert brought_to(store, village.okot.id) == []


def test_its_book_begins_with_one_entry_that_is_what_the_sheets_say(store: MongoStore, clock: Clock) -> None:
    group = opened(store, clock)
    (entry,) = store.books.newest_that_touch(group, ["1010"], _ever(), 10)
    assert (entry.seq, entry.reference, entry.text) == (1, "opening:G-0417", "opening G-0417")
    totals = {account: minor for account, minor in store.books.totals(group).items() if minor}
    assert totals == {
        "1010": 163_500, "1040": 16_000, "1100": 65_000, "3010": -210_000, "2020": -16_000, "3020": -18_500,
    }  # fmt: skip
    assert verify_book(store.books, group) == []
    before = store.groups.get(group).before
    assert before is not None
    assert (before.earned, before.by_their_book) == (before.by_their_book, before.earned)


def test_it_opens_once_whoever_opens_it(store: MongoStore, clock: Clock) -> None:
    opened(store, clock)
    move_on(store, CODE)
    assert store.groups.count() == 1
    assert store.books.length(store.arrivals.get(CODE).group) == 1


def test_its_members_are_in_it_with_their_numbers_and_offices(store: MongoStore, clock: Clock) -> None:
    group = opened(store, clock)
    seats = [
        (each.number, each.role, each.no_phone) for each in store.memberships.find(group=group, sort="number")
    ]
    assert seats == [
        (1, "chairperson", False), (2, "treasurer", False), (3, "member", True), (4, "secretary", False),
    ]  # fmt: skip
    assert store.groups.get(group).members == 4
    assert member(store, who(store, CHAIR)).groups[0].name == "Example Group"
    assert member(store, who(store, CHAIR)).moving_in is False


def test_a_loan_that_was_late_is_late_and_one_that_was_not_is_not(store: MongoStore, clock: Clock) -> None:
    group = opened(store, clock)
    late, good = (store.loans.find(group=group, person=who(store, phone))[0] for phone in (SECRETARY, TREASURER))
    assert (late.oldest_unpaid, late.outstanding) == (date(2026, 9, 7), 25_000)
    assert (good.oldest_unpaid, good.outstanding) == (date(2026, 12, 11), 40_000)
    today = store.groups.get(group).constitution.day(store.now())
    assert late.standing(today).unpaid.minor == 27_500
    assert good.standing(today).lines[0].owed.interest.minor == 1_200
    assert [line.due for line in good.standing(today).lines[1:]] == [date(2026, 12, 11), date(2027, 1, 11)]
    assert {days: str(part) for days, part in portfolio(store, group, date(2026, 3, 6)).at_risk.items()} == {
        1: "5/13", 30: "5/13", 60: "5/13", 90: "0",
    }, "25,000 of 65,000"  # fmt: skip


def test_fines_are_owed_and_in_no_book(store: MongoStore, clock: Clock) -> None:
    group = opened(store, clock)
    (fine,) = store.fines.find(group=group)
    assert (fine.reason, str(fine.amount), fine.state) == ("late", "UGX 500", "due")


def test_what_the_social_fund_misses_is_owed_until_it_is_paid_or_the_cycle_ends(
    store: MongoStore, clock: Clock
) -> None:
    """UGX 1,500 of three meetings that the group held on paper; here as there 500 a meeting."""
    three = [each | {"social_owed": "1500"} if each["member_no"] == "3" else each for each in MEMBERS]
    book = checked(GROUP | {"social_per_meeting": "500"}, three).book
    assert book is not None
    group = store.groups.get(opened(store, clock, book))
    (person,) = (each.person for each in store.memberships.find(group=group.id) if each.number == 3)
    other = who(store, SECRETARY)

    def owed(person: str) -> tuple[int, int]:
        due = social_owed(store, store.groups.get(group.id), person)
        return due.next.minor, due.missed.minor

    assert (owed(person), owed(other)) == ((500, 1_500), (500, 0))
    do(store, RecordSocial(group.id, person, Money(600, "UGX"), who(store, TREASURER)))
    assert owed(person) == (0, 1_400)
    clock.forward(days=7)
    assert (owed(person), owed(other)) == ((500, 1_400), (500, 500))
    store.groups.change(group.id, cycle=group.cycle + 1, cycle_began_at=clock())
    assert owed(person) == (500, 0)


def test_meetings_before_it_opened_ask_for_what_the_sheets_say_whatever_is_decided_later(
    store: MongoStore, clock: Clock
) -> None:
    """Two meetings went by until all had agreed: 500 each."""
    clock.forward(days=(AS_OF - clock().date()).days + 15)
    book = checked(GROUP | {"social_per_meeting": "500"}).book
    assert book is not None
    group = store.groups.get(opens(store, book))
    missed = social_owed(store, group, who(store, SECRETARY)).missed
    adopt(store, group, replace(group.constitution, social_fund=Money(2_000, "UGX")), version=2)
    changed = store.groups.get(group.id)
    assert missed.minor == social_owed(store, changed, who(store, SECRETARY)).missed.minor == 1_000


def test_it_closes_its_cycle_with_the_share_out_that_is_worked_out_by_hand(
    store: MongoStore, clock: Clock
) -> None:
    """
    Box 163,500; loans end with 40,000 + 1,200 carried + 4,333 of the month that runs, 10 % of four weeks being
    10.83 % of a month, and with 25,000 + 2,500; a fine of 500. Together 237,033 for 42 shares, in hundreds.
    """
    group = opened(store, clock)
    made = plan_now(store, store.groups.get(group), Money(0, "UGX"))
    lines = [(each.shares, each.gross, each.loans, each.fines, each.pay) for each in made.lines]
    assert [(shares, *(amount.minor for amount in amounts)) for shares, *amounts in lines] == [
        (12, 67_700, 0, 0, 67_700),
        (9, 50_800, 45_533, 0, 5_200),
        (15, 84_600, 0, 500, 84_100),
        (6, 33_900, 27_500, 0, 6_400),
    ]


def _ever() -> Any:
    from domain.books.statements import Span

    return Span()


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(opening_books())
def test_whatever_a_group_brings_its_book_holds_to_the_last_coin(
    store: MongoStore, clock: Clock, book: OpeningBook
) -> None:
    book = replace(book, code=f"{book.code}-{store.new_id()[:8]}")
    try:
        do(store, BringGroup("account:1", book))
    except PhoneIsShared:
        raise AssertionError("each phone is one person's") from None
    arrival = store.arrivals.get(book.code)
    for officer in sorted(arrival.officers):
        do(store, AgreeToOpening(officer, book.code, arrival.digest, yes=True))
    store.arrivals.change(book.code, next_at=store.now())
    move_on(store, book.code)
    group = store.groups.get(store.arrivals.get(book.code).group)
    totals = store.books.totals(group.id)
    assert totals.get("1010", 0) == book.box.minor
    assert totals.get("1040", 0) == -totals.get("2020", 0) == book.social.minor
    assert -totals.get("3020", 0) == earned(book).minor
    loans = store.loans.find(group=group.id)
    assert sum(loan.outstanding for loan in loans) == totals.get("1100", 0)
    for loan in loans:
        brought = next(each for each in book.loans if loan.before and each.number == loan.before.number)
        standing = loan.standing(book.as_of)
        assert standing.outstanding == brought.principal
        due = standing.due
        assert (loan.oldest_unpaid is not None and loan.oldest_unpaid <= book.as_of) == bool(
            brought.late_since and due
        )
    assert verify_book(store.books, group.id) == []


@given(opening_books())
def test_the_rest_of_a_loan_falls_due_when_the_sheet_says(book: OpeningBook) -> None:
    for loan in book.loans:
        terms, late = terms_left(loan, constitution_of(book), AS_OF)
        assert period_end(terms.start, terms.every, 1) >= loan.next_due
        assert period_end(terms.start, terms.every, 1) - loan.next_due < timedelta(days=4)
        assert terms.start <= AS_OF
        assert terms.principal == loan.principal
        owed = loan.interest + loan.penalty
        assert (late is None and not owed) or (late is not None and late.interest + late.penalty == owed)


def test_instalments_that_are_past_are_late_one_by_one() -> None:
    book = example()
    ugx = book.box.__class__
    loan = OpeningLoan(
        member=1, number="L1", lent_on=date(2026, 7, 1), lent=ugx(90_000, "UGX"), principal=ugx(90_000, "UGX"),
        interest=ugx(500, "UGX"), penalty=ugx(0, "UGX"), instalments=3, every="month", next_due=date(2026, 10, 15),
        late_since=date(2026, 10, 15),
    )  # fmt: skip
    terms, late = terms_left(loan, constitution_of(book), AS_OF)
    assert late is not None
    assert (late.principal.minor, late.interest.minor, late.late_since) == (60_000, 500, date(2026, 10, 15))
    assert (terms.periods, period_end(terms.start, "month", 1)) == (1, date(2026, 12, 15))


def test_who_they_are_goes_a_month_after_it_is_a_group_and_that_they_consented_stays(
    store: MongoStore, clock: Clock
) -> None:
    group = store.groups.get(opened(store, clock))
    assert group.before is not None
    before = store.arrivals.get(group.before.code)
    clock.forward(days=29)
    assert books_to_take(store, 10) == []
    clock.forward(days=1, seconds=1)
    assert books_to_take(store, 10) == [before.id]
    take_book(store, before.id)
    kept = store.arrivals.get(before.id)
    assert books_to_take(store, 10) == []
    assert {(each.name, each.phone, each.sex, each.birth_year) for each in kept.book.members} == {
        ("", "", None, None)
    }
    assert [each.consent_on for each in kept.book.members] == [each.consent_on for each in before.book.members]
    assert [each.saved for each in kept.book.members] == [each.saved for each in before.book.members]
    assert verify_book(store.books, group.id) == []


def test_what_each_agreed_to_at_the_meeting_is_kept_as_of_that_day_and_who_they_are_with_them(
    store: MongoStore, clock: Clock
) -> None:
    first, *others = example().members
    knows = replace(first, sex="f", birth_year=1988, consent_to=("figures", "programme"))
    third = replace(others[1], sex="m", consent_how="paper")
    opened(store, clock, replace(example(), members=(knows, others[0], third, others[2])))
    chair = who(store, CHAIR)
    said = {each.purpose: each for each in store.consents.find(person=chair)}
    assert said.keys() == {"service", "figures", "programme"}
    assert {(each.channel, each.version, each.group, each.given_at.isoformat()) for each in said.values()} == {
        # Midnight in Kampala.
        ("meeting", CONSENT_VERSION, store.arrivals.get(CODE).group, "2026-11-19T21:00:00+00:00")
    }
    person = store.people.get(chair)
    assert (person.sex, person.birth_year) == ("f", 1988)
    (phoneless,) = store.people.find(phone="")
    assert (phoneless.sex, phoneless.birth_year) == ("m", None)
    assert [(each.purpose, each.channel) for each in store.consents.find(person=phoneless.id)] == [
        ("service", "paper")
    ]


def test_of_who_was_here_before_nothing_is_written_over(store: MongoStore, clock: Clock) -> None:
    here = register(store, "Okello Chair", CHAIR, "4821")
    store.people.change(here.id, sex="m")
    do(store, SayConsent(here.id, "programme", True))
    clock.forward(minutes=1)
    do(store, SayConsent(here.id, "programme", False))
    first, *others = example().members
    opened(
        store,
        clock,
        replace(example(), members=(replace(first, sex="f", birth_year=1988, consent_to=("programme",)), *others)),
    )
    person = store.people.get(here.id)
    assert (person.sex, person.birth_year) == ("m", 1988)
    # The sheet is of the meeting; their no came the day after.
    assert who_agrees(store, [here.id]) == {here.id: {"service"}}


def test_a_member_of_it_who_is_forgotten_is_in_what_it_brought_no_more(store: MongoStore, clock: Clock) -> None:
    group = store.groups.get(opened(store, clock))
    assert group.before is not None
    was = next(each for each in store.arrivals.get(group.before.code).book.members if each.phone)
    person = store.memberships.find(group=group.id, number=was.number)[0].person
    assert forget_person(store, person, replayed=True)
    kept = store.arrivals.get(group.before.code).book.member(was.number)
    assert (kept.name, kept.phone, kept.saved) == (f"Member {was.number}", "", was.saved)
    assert was.name not in str(store.arrivals.get(group.before.code))
    assert all(each.name for each in store.arrivals.get(group.before.code).book.members)


def test_what_is_still_under_way_is_kept(store: MongoStore, clock: Clock) -> None:
    told(store)
    clock.forward(days=365)
    assert books_to_take(store, 10) == []


def test_a_group_opens_with_the_agent_whom_its_sheets_name(store: MongoStore, clock: Clock) -> None:
    amos = make_account(
        store, "amos@example.org", "Amos", "agent", Secret("a river runs past seven huts"), code="A-12"
    )
    book = replace(example(), agent="A-12", district="Gulu", parish="Laroo")
    group = store.groups.get(opened(store, clock, book))
    assert group.agent == amos.id and groups_of_agent(store, amos) == {group.id}
    assert group.before and (group.before.district, group.before.parish) == ("Gulu", "Laroo")


def test_a_group_whose_sheets_name_nobody_we_know_has_no_agent(store: MongoStore, clock: Clock) -> None:
    group = store.groups.get(opened(store, clock, replace(example(), agent="A-13")))
    assert group.agent == ""

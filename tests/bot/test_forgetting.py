"""Whoever asks to be forgotten is: nothing says who they were, and the books of others stand as they did."""

import io
import json
import re
from collections.abc import Iterator
from contextlib import redirect_stderr
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import redis
from click.testing import CliRunner

from bot.app import App
from bot.backup.apart import FORGOTTEN, ids_apart
from bot.cli.main import main
from bot.config import Settings, environment_of
from bot.forgetting import forget_again, forget_in_redis, forget_person
from domain.access.audit import audit_entries, note, seal_waiting, verify_audit, with_names
from domain.access.caller import Caller
from domain.broadcasts.operator import PrepareBroadcast
from domain.decisions.voting import Vote
from domain.groups.enroll import Enroll
from domain.groups.forget import become_nobody, begun, left_behind, what_keeps
from domain.groups.invite import Invite
from domain.groups.join import JoinGroup
from domain.groups.leave import AskToLeave
from domain.groups.register import Register
from domain.letters.write import WriteLetter
from domain.money import Money
from domain.mongo.forget import take_out
from domain.mongo.store import MongoStore
from domain.mongo.verify import verify_book
from domain.moving_in.arrive import AgreeToOpening, BringGroup
from domain.people.chats import Unlink, put_address
from domain.people.consents import SayConsent
from domain.people.naming_nobody import naming_nobody
from domain.people.new_phone import ChangePhone
from domain.records.account_number import account_number
from domain.records.forgotten import JustForgotten
from domain.records.inbound import Came
from domain.records.payment import Told
from domain.records.pin import Secret
from domain.savings.contribute import RecordCash
from domain.savings.fines import FineInWords
from domain.treasury.inbound import receive
from tests.bot.backup.vaults import KEY, vault_in
from tests.conftest import Clock
from tests.domain.moving_in.books import AS_OF, example
from tests.people import Village, Villager, do, found_village, register

CHAT, UNLINKED = "telegram:70707070", "telegram:70707071"
EMAIL = "grace@example.org"


def lives(store: MongoStore, village: Village) -> None:
    """Akello saves, writes, has a chat and an e-mail address, and is looked at; then she leaves and is paid."""
    akello, group = village.akello, village.umoja
    for chat in (CHAT, UNLINKED):
        put_address(store, chat, "telegram", akello.id)
    do(store, Unlink(akello.id, UNLINKED))
    store.people.change(akello.id, email=EMAIL, email_at=store.now(), own_name="Akello Gräce", network="mtn")
    do(store, RecordCash(group, akello.id, Money(10_000, "UGX"), village.nakato.id))
    do(store, SayConsent(akello.id, "programme", True, address=CHAT))
    do(store, WriteLetter(akello.id, group, "group", f"It is {akello.name}: I bring the box"))
    do(store, WriteLetter(village.okot.id, group, "group", f"Thank you, {akello.name.lower()}!"))
    do(store, FineInWords(village.nakato.id, group, village.okot.id, f"pushed {akello.name}", Money(500, "UGX")))
    rang = f"0{spaced(akello.phone)} 0{spaced(akello.phone, '.')}"
    do(store, FineInWords(village.nakato.id, group, village.wanjiru.id, rang, Money(500, "UGX")))
    for receipt, account in (
        ("R1", "10101-0036"),
        ("R2", f"101014 {akello.name}"),
        ("R3", "10101 grace"),
        ("R4", ""),
    ):
        at, money = store.now(), Money(500, "UGX")
        receive(store, Came("momo", receipt, money, account, at, akello.phone, akello.name))
    for by, second in ((akello.phone, village.nakato.phone), (village.nakato.phone, akello.phone)):
        do(store, PrepareBroadcast(by, second, (by, second), "", "words", "all", "We are away on Sunday"))
    note(store, Caller("person", akello.id, "member", akello.name), "statement.seen", group=group)
    seal_waiting(store)


def leaves(store: MongoStore, village: Village, who: Villager) -> None:
    do(store, AskToLeave(who.id, village.umoja, "cash"))
    (proposal,) = store.proposals.find(group=village.umoja, state="open")
    for officer in (village.nakato, village.wanjiru):
        proposal = store.proposals.get(proposal.id)
        if proposal.state == "open":
            do(store, Vote(officer.id, proposal.id, proposal.digest, yes=True))


def spaced(phone: str, by: str = " ") -> str:
    """As somebody writes it who is in the same country."""
    return by.join((phone[-9:-6], phone[-6:-3], phone[-3:]))


def says_of(person: Villager) -> re.Pattern[str]:
    """Anything that says who somebody is."""
    said = [
        person.name,
        *person.name.split(),
        "Gräce",
        person.phone.lstrip("+"),
        person.phone[-9:],
        spaced(person.phone),
        spaced(person.phone, "."),
        CHAT[9:],
        UNLINKED[9:],
        EMAIL,
    ]
    return re.compile("|".join(map(re.escape, said)))


def documents(store: MongoStore) -> Iterator[tuple[str, str]]:
    for name in store.database.list_collection_names():
        for each in store.database[name].find():
            yield name, json.dumps(each, default=str, ensure_ascii=False)


def of_redis(settings: Settings) -> Iterator[bytes]:
    """Every key, and all that is under it."""
    with redis.Redis.from_url(settings.redis_url) as found:
        for key in found.scan_iter():
            yield key
            yield found.dump(key) or b""
            if found.type(key) == b"string":
                yield found.get(key) or b""


def traces_of_who(store: MongoStore, settings: Settings, person: Villager) -> list[str]:
    """Where something still says who they are."""
    says = says_of(person)
    found = [f"{name}: {said}" for name, said in documents(store) if says.search(said)]
    return found + [str(each) for each in of_redis(settings) if says.search(each.decode("utf-8", "replace"))]


def type_(settings: Settings, *arguments: str) -> tuple[int, str]:
    environment = environment_of(**vars(settings))
    ran = CliRunner().invoke(main, ["person", "forget", *arguments], env=environment)
    return ran.exit_code, ran.output


def test_nothing_of_who_was_forgotten_is_left_and_the_books_stand(
    app: App, settings: Settings, village: Village, phone: Any
) -> None:
    store, akello = app.store, village.akello
    lives(store, village)
    phone(akello.phone).dial()
    do(store, RecordCash(village.umoja, village.okot.id, Money(5_000, "UGX"), village.nakato.id))
    leaves(store, village, akello)
    phone(akello.phone).dial()
    assert what_keeps(store, akello.id) == []
    assert len({line.split(":")[0] for line in traces_of_who(store, settings, akello)}) > 5, (
        "there is much to forget"
    )
    hashes = [each.hash for each in store.books.entries(village.umoja)]
    others = {
        each.id: store.books.of_member_in([village.umoja], each.id) for each in (village.okot, village.nakato)
    }
    totals = store.books.totals(village.umoja)
    logged = io.StringIO()

    with redirect_stderr(logged):
        code, said = type_(settings, akello.phone, "--yes", "--reason", "asked by letter of 3 May")

    assert (code, said.splitlines()[-1]) == (0, f"Done: they are Member 3 now, under the id {akello.id}.")
    assert traces_of_who(store, settings, akello) == []
    assert not says_of(akello).search(logged.getvalue())
    (thanks,) = store.letters.find(group=village.umoja)
    assert (thanks.text, thanks.words) == ("Thank you, Member 3!", ("member", "thank", "you")), "as it is found"
    assert (store.people.get(akello.id).name, store.people.get(akello.id).network) == ("Member 3", "")
    assert [each.hash for each in store.books.entries(village.umoja)] == hashes
    assert verify_book(store.books, village.umoja) == []
    assert verify_audit(store)
    assert others == {each: store.books.of_member_in([village.umoja], each) for each in others}
    assert store.books.totals(village.umoja) == totals
    newest = audit_entries(store)[0]
    assert (newest.did, newest.about, newest.why) == ("person.forgotten", akello.id, "asked by letter of 3 May")
    assert begun(store) == []


def test_who_was_forgotten_is_not_meant_wherever_a_member_is_written_of(
    store: MongoStore, village: Village
) -> None:
    assert forget_person(store, village.akello.id)
    for said, meant in (
        (f"pushed {village.nakato.name}", "pushed member 1"),
        ("a member of ours, and member 2", "a member of ours, and member 2"),
        ("helped Member 3", "helped Member 3"),
        ("rang 07.72.00.01.04", "rang"),
        ("rang +256 772-000-104", "rang"),
    ):
        assert naming_nobody(store, village.umoja, said) == meant


def test_who_is_forgotten_again_has_no_name_and_takes_no_word_of_others_along(
    store: MongoStore, village: Village
) -> None:
    """They are called Member 3 by then, as after each backup that is brought back."""
    assert forget_person(store, village.akello.id)
    typed = "10101 member"
    receive(store, Came("momo", "R1", Money(500, "UGX"), typed, store.now(), village.okot.phone, "Okot"))
    assert forget_again(store, [village.akello.id]) == 1
    (came,) = store.inbound.find(group=village.umoja)
    assert (came.account, came.payer_name) == (typed, "Okot")


def test_what_would_be_done_is_said_and_nothing_is_done_without_a_yes(
    app: App, settings: Settings, village: Village
) -> None:
    before = sorted(documents(app.store))
    for more in ((), ("--dry-run",), ("--yes", "--dry-run", "--reason", "asked by letter")):
        code, said = type_(settings, village.okot.phone, *more)
        assert code == 0 and "Member 4" in said and "Nothing was changed" in said
    for wrong in ("", "no", f"{village.okot.name} asked", "Okot asked", f"call {village.okot.phone}"):
        code, said = type_(settings, village.okot.phone, "--yes", "--reason", wrong)
        assert code == 2 and "--reason" in said
    assert type_(settings, "+256772000188") == (2, "Error: nobody has this number\n")
    assert type_(settings)[0] == 2
    assert [each for each in sorted(documents(app.store)) if each not in before] == []


def test_the_papers_of_a_group_that_did_not_come_say_nothing_of_them(store: MongoStore, clock: Clock) -> None:
    """Its chair, who was here before, said no."""
    clock.forward(days=(AS_OF - clock().date()).days + 1)
    phone = example().members[0].phone
    chair = register(store, "Member One", phone, "2580").id
    do(store, BringGroup("account:1", example()))
    arrival = store.arrivals.get("G-0417")
    do(store, AgreeToOpening(chair, arrival.id, arrival.digest, yes=False, reason=f"call me: {phone}"))
    assert store.arrivals.get(arrival.id).state == "discarded"
    assert len([said for _, said in documents(store) if phone in said]) > 1
    assert forget_person(store, chair)
    assert [said for _, said in documents(store) if phone in said] == []
    first, second, *_ = store.arrivals.get(arrival.id).book.members
    assert first.name != arrival.book.members[0].name and second == arrival.book.members[1]


def test_it_is_refused_while_something_of_theirs_is_open(app: App, settings: Settings, village: Village) -> None:
    store, okot, group = app.store, village.okot, village.umoja
    assert [each.why for each in what_keeps(store, village.nakato.id)] == ["office"]
    do(store, RecordCash(group, okot.id, Money(5_000, "UGX"), village.nakato.id))
    assert [(each.why, str(each.amount)) for each in what_keeps(store, okot.id)] == [("has_money", "UGX 4,500")]
    do(store, AskToLeave(okot.id, group, "cash"))
    assert [each.why for each in what_keeps(store, okot.id)] == ["has_money", "vote"]
    code, said = type_(settings, okot.phone, "--yes", "--reason", "asked by letter")
    assert code == 1 and "they have money here" in said and "a vote is open" in said and "UGX 4,500" in said
    assert forget_person(store, okot.id) is False
    assert store.people.get(okot.id).phone == okot.phone


def test_what_a_network_repeats_makes_them_no_member_and_after_a_month_they_may_come_back(
    store: MongoStore, clock: Clock
) -> None:
    village = found_village(store)
    okot = village.okot
    again = Register(okot.phone, okot.name, "en", store.pins.hash(Secret(okot.pin)))
    assert forget_person(store, okot.id)
    with pytest.raises(JustForgotten):
        do(store, again)
    register(store, "Apio Sarah", "+256772000155", "1590")  # others may
    (stone,) = store.tombstones.find()
    assert okot.phone.lstrip("+") not in str(stone) and stone.is_of(okot.phone)
    clock.forward(days=30, seconds=1)
    do(store, again)
    assert {each.id for each in store.people.find(phone=okot.phone)} - {okot.id}


def test_whom_they_invited_into_a_group_is_told_their_name_no_more(store: MongoStore, clock: Clock) -> None:
    village = found_village(store)
    atim = register(store, "Atim Rose", "+256772000156", "1590")
    for phone in (atim.phone, "+256772000157"):
        do(store, Invite(village.nakato.id, village.umoja, phone))
    told = [each.values["name"] for each in store.notices.find() if each.kind == "invitation"]
    assert told == [village.nakato.name] * 2
    assert forget_person(store, village.nakato.id, replayed=True)
    assert [name for name, said in documents(store) if village.nakato.name in said] == []


def test_numbers_that_they_had_before_go_too(store: MongoStore, clock: Clock) -> None:
    """Atim came by an invitation, with another number; the one that she wished for last was refused."""
    village, group = found_village(store), found_village(store).umoja
    first, second, third, refused = (f"+25677200016{place}" for place in range(4))
    do(store, Invite(village.nakato.id, group, first))
    atim = register(store, "Atim Rose", first, "1590").id
    (invitation,) = store.invitations.find(by=village.nakato.id)
    do(store, JoinGroup(atim, invitation.id))
    for number, yes in ((second, True), (third, True), (refused, False)):
        do(store, ChangePhone(atim, group, atim, number))
        (asked,) = store.proposals.find(group=group, state="open")
        for officer in (village.nakato, village.wanjiru):
            if (proposal := store.proposals.get(asked.id)).state == "open":
                do(store, Vote(officer.id, proposal.id, proposal.digest, yes, reason="" if yes else "why again?"))
    says = re.compile("|".join(number[-9:] for number in (first, second, third, refused)))
    assert {"invitations", "notices", "people", "proposals"} <= {
        name for name, said in documents(store) if says.search(said)
    }
    assert forget_person(store, atim)
    assert [(name, said) for name, said in documents(store) if says.search(said)] == []


def test_others_who_have_the_phone_keep_it_and_a_namesake_their_name(store: MongoStore, clock: Clock) -> None:
    village = found_village(store)
    okot, akello = village.okot, village.akello
    store.people.change(akello.id, phone=okot.phone, seat=1)
    store.people.change(okot.id, name="Okot")
    number = do(store, Enroll(village.nakato.id, village.umoja, "Okot Paul"))
    assert forget_person(store, okot.id)
    assert store.people.get(akello.id).phone == okot.phone
    assert store.tombstones.find() == []
    told = [each.values for each in store.notices.find() if each.kind == "enrolled"]
    assert number and told and all(each["name"] == "Okot Paul" for each in told)
    membership = store.memberships.get(f"{village.umoja}:{okot.id}")
    assert (membership.status, membership.no_phone) == ("exited", True)


def test_who_is_stopped_half_way_goes_on_and_it_may_be_done_twice(
    app: App, settings: Settings, village: Village
) -> None:
    store, okot = app.store, village.okot
    left = store.transaction(lambda tx: become_nobody(tx, okot.id))
    assert left is not None and len(begun(store)) == 1  # and here it was killed
    assert traces_of_who(store, settings, okot)
    assert type_(settings, "--replay") == (0, "1 person forgotten again.\n")
    assert traces_of_who(store, settings, okot) == [] and begun(store) == []
    before = sorted(documents(store))
    assert type_(settings, "--replay")[0] == 0
    take_out(store.database, okot.id, left)
    changed = [each for each in sorted(documents(store)) if each not in before]
    assert [name for name, _ in changed if name not in ("stamps", "runs", "people", "memberships")] == []


def test_what_redis_has_of_others_stays(app: App, settings: Settings, village: Village, phone: Any) -> None:
    for each in (village.okot, village.akello):
        phone(each.phone).dial()
    left = left_behind(app.store, app.store.people.get(village.okot.id))
    assert forget_in_redis(settings.redis_url, [village.okot.id, *left.marks]) > 0
    kept = b"".join(of_redis(settings))
    assert village.akello.id.encode() in kept and village.okot.id.encode() not in kept


def test_an_act_of_a_person_names_them_by_their_id_and_is_shown_with_their_name(
    store: MongoStore, clock: Clock
) -> None:
    village = found_village(store)
    nakato = village.nakato
    note(store, Caller("person", nakato.id, "member", nakato.name), "members.seen", group=village.umoja)
    (act,) = audit_entries(store)
    assert (act.by, act.by_name) == (f"person:{nakato.id}", "")
    assert [each.by_name for each in with_names(store, [act])] == [nakato.name]


def test_where_backups_are_kept_the_id_is_kept_beside_them_and_one_that_is_missing_is_put_there(
    app: App, settings: Settings, village: Village, tmp_path: Path
) -> None:
    vault = vault_in(tmp_path)
    here = replace(settings, backup_to=str(tmp_path), backup_key=KEY)
    assert type_(here, village.okot.phone, "--yes", "--reason", "asked by letter")[0] == 0
    assert ids_apart(vault) == [village.okot.id]
    vault.place.remove(f"{FORGOTTEN}{village.okot.id}.aes")
    assert type_(here, "--replay")[0] == 0
    assert ids_apart(vault) == [village.okot.id]
    nowhere = replace(here, backup_to="/proc/nowhere")
    code, said = type_(nowhere, village.akello.phone, "--yes", "--reason", "asked by letter")
    assert code == 1 and "--replay" in said
    assert app.store.people.get(village.akello.id).phone == ""


def test_a_providers_name_for_a_request_goes_with_the_number_in_it(store: MongoStore, village: Village) -> None:
    """M-Pesa's ends with the payer's number; a receipt has nobody's, and the books are compared by it."""
    okot, keys = village.okot, ("ws_CO_01102026093001772000102", "ws_CO_01102026093002772000102")
    for key, receipt in zip(keys, ("TJ17RT61SV", keys[1]), strict=True):
        came = receive(
            store, Came("momo", receipt[:4], Money(500, "UGX"), account_number("10101", 4), store.now())
        )
        assert store.payments.change(came.payment, provider_key=key, provider_id=receipt, told=Told(key))
    take_out(store.database, okot.id, left_behind(store, store.people.get(okot.id)))
    them = store.payments.find(person=okot.id)
    assert [(each.provider_key, each.told, each.phone) for each in them] == [("", None, "")] * 2
    assert {each.provider_id for each in them} < {"TJ17RT61SV", *(f"payment:{each.id}" for each in them)}

"""
My phone number: a new one, or who carries its money. And, as an officer, the new one of a member who lost their
phone.
"""

from collections.abc import Mapping

from domain.decisions.rights import may_take_part
from domain.decisions.voting import may_ask_others
from domain.people.new_phone import ChangePhone, ProveNewPhone
from domain.people.phones import country_of
from domain.records.person import GroupOfMember, Member
from domain.treasury.networks import SayNetwork, networks_of
from flows import ask
from flows.dialogue import flow, read, submit
from flows.engine.screen import Screen, say
from flows.engine.steps import Conversation
from flows.shown import saves
from flows.words.texts import nt, t


@flow("new_phone", label=t("My number"), shown=saves)
def new_phone(me: Member) -> Conversation:
    """The officers of one of my groups have to know me. Where there is one network only, it is of no interest."""
    networks = yield from read("networks", networks_of, me.phone)
    if len(networks) > 1:
        what = {"new": t("New phone number"), "network": t("Who carries its money")}
        if (yield from ask.choice("what", t("My number"), what)) == "network":
            return (yield from _say_network(me, networks))
    group = yield from ask.pick("group", t("Officers of which group know you?"), me.groups)
    return (yield from change_phone(me, group, me.id))


def _say_network(me: Member, networks: Mapping[str, str]) -> Conversation:
    """Who kept their number and changed the network: its digits tell the old one."""
    network = yield from ask.choice(
        "network", t("Where is the mobile money of {phone}?", phone=me.phone), networks
    )
    title = networks[network]
    prompt = t("{phone} pays by {network}. Your PIN?", phone=me.phone, network=title)
    yield from ask.pin("pin_network", me.id, prompt, fresh=True)
    yield from submit("say_network", SayNetwork(me.id, network))
    return say(t("From now on, money goes from and to {phone} by {network}.", phone=me.phone, network=title))


def change_phone(me: Member, group: GroupOfMember, person: str) -> Conversation:
    """The number, the code that was sent there, a fresh PIN of whoever asks."""
    yield from read("may", may_take_part, group.id, me.id)
    yield from read("may_ask", may_ask_others, group.id, "phone", me.id, person, person)
    asked_from = me.phone or me.id  # of who has none, what they ask is counted by who they are
    prompt = t("What is the new number? We send a code there.")
    phone = yield from ask.phone("phone", prompt, country=country_of(me.phone))
    yield from submit("prove", ProveNewPhone(asked_from, person, phone))
    prompt = t("Type the code of 6 digits that we sent to {phone}.", phone=phone)
    yield from ask.sent_code("sent", asked_from, phone, prompt)
    yield from ask.pin("pin", me.id, t("New number {phone}. Your PIN?", phone=phone), fresh=True)
    needed = yield from submit("change", ChangePhone(me.id, group.id, person, phone))
    return officers_must_agree(needed)


def officers_must_agree(needed: int) -> Screen:
    """The last screen of who asked for a new number."""
    return say(
        nt(
            "The number is right. Now {count} officer must agree.",
            "The number is right. Now {count} officers must agree.",
            needed,
        )
    )

"""First contact: a stranger becomes a member."""

from dataclasses import replace

from domain.groups.join import GroupFull, Joined, group_with_code
from domain.groups.register import Register
from domain.people.changed_hands import who_had
from domain.people.chats import SEVERAL, Link, name_of_holder
from domain.people.limits import TooManyTries
from domain.people.tombstones import check_not_forgotten
from domain.records.invitation import InvitationExpired, InvitationNotYours, InvitationUsed
from domain.records.person import NoSuchGroup, Stranger
from flows import ask
from flows.dialogue import flow, read, speak, submit
from flows.engine.gsm7 import can_be_shown
from flows.engine.screen import say
from flows.engine.steps import Ask, Conversation
from flows.people.first_pin import ask_first_pin
from flows.people.language import LANGUAGE_NAMES, LANGUAGES_CALLED, which_language
from flows.people.not_me import come_back, is_back
from flows.people.prove_phone import prove_phone
from flows.words.refusals import refusal
from flows.words.texts import Text, t

# What is typed instead of a group's code by somebody who has none; no code is one digit long.
NO_CODE = "1"


@flow("register")
def register(who: Stranger) -> Conversation:
    """
    Language, name, PIN, and the code of the group to join; in a chat, their number first, which may be a member's.
    """
    welcome = "Karibu / Welcome / Bienvenue"
    chosen = yield from ask.choice("language", welcome, LANGUAGE_NAMES, called=LANGUAGES_CALLED)
    language = which_language(chosen)
    yield from speak(language)
    phone = yield from prove_phone(replace(who, language=language))
    holder = None if phone == who.address else (yield from read("holder", name_of_holder, phone))
    if holder:  # kept as "" of nobody in talks of long before
        yield from submit("link", Link(who.address, who.channel, phone))
        if holder == SEVERAL:
            return say(t("Welcome back! This chat knows your phone now. Write to us, and say who you are."))
        return say(t("Welcome back {name}! This chat knows you now.", name=holder.split()[0]))
    if (before := (yield from read("before", who_had, phone))) and (yield from is_back()):
        return (yield from come_back(phone, before))
    yield from read("forgotten", check_not_forgotten, phone)
    name, own_name = yield from ask_names(t("What is your name?"))
    pin_hash, agreed = yield from ask_first_pin(name)
    code = yield from _code(phone)
    joined: Joined | None = yield from submit(
        "register", Register(phone, name, language, pin_hash, code, who.address, who.channel, own_name, agreed)
    )
    if joined is None:
        return say(t("Welcome {name}! When you have a group's code, choose Join a group.", name=name))
    if joined.active:
        return say(t("Welcome {name}! You are now a member of {group}.", name=name, group=joined.group))
    return say(
        t(
            "Welcome {name}! {group} must accept you first. We will send you a message.",
            name=name,
            group=joined.group,
        )
    )


def ask_names(prompt: Text) -> Ask[tuple[str, str]]:
    """Somebody's name as every phone can show it, and as they write it."""
    own_name = name = yield from ask.name("name", prompt)
    if not can_be_shown(name):
        prompt = t("Many phones cannot show these letters. Please type your name in Latin letters too.")
        name = yield from ask.latin_name("latin", prompt)
    return name, own_name


def _code(phone: str) -> Ask[str]:
    """The code of a group or an invitation that is there and lets them ask; "" for none."""
    prompt = t("Type your group's code, or {key} if you have none", key=NO_CODE)
    while True:
        code = yield from ask.code("code", prompt, instead=NO_CODE)
        if code == NO_CODE:
            return ""
        try:
            yield from read("group", group_with_code, code, phone)
        except NoSuchGroup:
            prompt = t(
                "No group has the code {code}. Try again, or {key} if you have none", code=code, key=NO_CODE
            )
        except (GroupFull, InvitationExpired, InvitationNotYours, InvitationUsed, TooManyTries) as refused:
            why = refusal(refused)
            prompt = t("{why} Type another code, or {key} if you have none", why=why, key=NO_CODE)
        else:
            return code

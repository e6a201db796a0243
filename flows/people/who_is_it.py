"""A phone that several members share: who is talking, and their PIN, before anything of theirs is shown."""

from collections import Counter
from collections.abc import Mapping, Sequence

from domain.people.forgotten_pin import pin_code_waits
from domain.records.person import Holder, SharedPhone
from flows import ask
from flows.dialogue import flow, read, speak
from flows.engine.screen import Screen
from flows.engine.steps import Conversation
from flows.people.first_pin import choose_pin
from flows.people.forgot_pin import set_new_pin
from flows.people.language import LANGUAGE_NAMES, which_language
from flows.words.texts import Label, t


@flow("who_is_it")
def who_is_it(phone: SharedPhone) -> Conversation:
    """
    By name, then that one's PIN; or the code for a new one, if an officer had it sent. From then on the call is
    theirs. Who was let in and has no PIN yet chooses it.
    """
    by_id = {each.id: each for each in phone.holders}
    names = _called(phone.holders)
    in_full = {each.id: each.name for each in phone.holders}
    chosen = by_id[(yield from ask.choice("who", t("Who are you?"), names, called=in_full))]
    if not chosen.has_pin:
        welcome = "Karibu / Welcome / Bienvenue"
        language = which_language((yield from ask.choice("language", welcome, LANGUAGE_NAMES)))
        yield from speak(language)
        return (yield from choose_pin(chosen.id, chosen.name, language, phone.address))
    yield from speak(chosen.language)
    if (yield from read("waits", pin_code_waits, chosen.id)):
        ways: Mapping[str, Label] = {"pin": t("I know my PIN"), "code": t("I have a code for a new PIN")}
        if (yield from ask.choice("way", names[chosen.id], ways)) == "code":
            return (yield from set_new_pin(chosen.id, phone.phone))
    yield from ask.pin("pin", chosen.id, t("{name}, your PIN?", name=names[chosen.id]))
    return Screen(t("You are {name}.", name=names[chosen.id]), kind="end", becomes=chosen.id)


def _called(holders: Sequence[Holder]) -> Mapping[str, Label]:
    """What each is called beside the others: by the first name, where that is theirs alone."""
    firsts = Counter(each.name.split()[0].casefold() for each in holders)
    fulls = Counter(each.name.casefold() for each in holders)
    labels: dict[str, Label] = {}
    for seat, each in enumerate(holders, start=1):
        name = each.name.split()[0]
        if firsts[name.casefold()] > 1:
            name = each.name
        labels[each.id] = f"{name} ({seat})" if fulls[each.name.casefold()] > 1 else name
    return labels

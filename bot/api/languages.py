"""In which language a caller reads: the one they ask for, or else their own."""

from flask import g, request

from domain.records.person import LANGUAGES, Language
from flows.words.texts import Words, words


def says() -> Words:
    """The first language of Accept-Language that we speak; else that of who signed in; else English."""
    for wanted in request.accept_languages.values():
        for known in LANGUAGES:
            if wanted[:2].lower() == known:
                return words(known)
    own: Language = g.get("own_language", LANGUAGES[0])
    return words(own)

"""Why a number, a PIN, a code or a chat is not taken."""

from collections.abc import Mapping
from typing import Final

from domain.records.person import SEATS_MAX
from flows.words.texts import Filled, Text, nt, t

REFUSED: Final[Mapping[str, Text | Filled]] = {
    "already_registered": t("This number is already registered. Please start again."),
    "code_expired": t("This code is too old, or was wrong too often. Please start again."),
    "just_forgotten": t(
        "Who had this number was forgotten, as they wished. It can be registered again 30 days after that."
    ),
    "no_email": t("E-mail is for officers of groups."),
    "no_phone": t("This is done by phone, and the member has none. An officer can add a number for them."),
    "not_served": t("We send no texts to this number. Use a mobile number of a country that we serve."),
    "phone_full": Filled(
        lambda most: t("{most} people have this phone already, and no more can.", most=most), {"most": SEATS_MAX}
    ),
    "pin_locked": Filled(
        lambda minutes: nt(
            "Too many wrong PINs. Try again in {count} minute. Forgot it? Ask an officer of your group.",
            "Too many wrong PINs. Try again in {count} minutes. Forgot it? Ask an officer of your group.",
            minutes,
        ),
        {"minutes": 1_440},
        {"minutes": 1},
    ),
    "pins_differ": t("The two PINs differ. Type it again, or 0 to choose another."),
    "too_many_codes": Filled(
        lambda minutes: nt(
            "We sent enough codes for now. The next one can go in {count} minute.",
            "We sent enough codes for now. The next one can go in {count} minutes.",
            minutes,
        ),
        {"minutes": 1_440},
        {"minutes": 1},
    ),
    "nowhere_to_send": t("There is no chat to send it to, and no text messages to you. See Settings."),
    "too_many_files": Filled(
        lambda minutes: nt(
            "Those were enough files for now. Try again in {count} minute.",
            "Those were enough files for now. Try again in {count} minutes.",
            minutes,
        ),
        {"minutes": 60},
        {"minutes": 1},
    ),
    "too_many_papers": Filled(
        lambda minutes: nt(
            "We sent you enough for now. Ask again in {count} minute.",
            "We sent you enough for now. Ask again in {count} minutes.",
            minutes,
        ),
        {"minutes": 60},
        {"minutes": 1},
    ),
    "too_many_texts": Filled(
        lambda minutes: nt(
            "We cannot send it just now. Please try again in {count} minute.",
            "We cannot send it just now. Please try again in {count} minutes.",
            minutes,
        ),
        {"minutes": 1_440},
        {"minutes": 1},
    ),
    "too_many_tries": Filled(
        lambda minutes: nt(
            "Too many codes were tried. Try again in {count} minute.",
            "Too many codes were tried. Try again in {count} minutes.",
            minutes,
        ),
        {"minutes": 60},
        {"minutes": 1},
    ),
    "weak_pin": t("Too easy to guess. Choose another PIN."),
    "wrong_code": Filled(
        lambda left: nt("Wrong code. {count} try left.", "Wrong code. {count} tries left.", left),
        {"left": 4},
        {"left": 1},
    ),
    "wrong_pin": Filled(
        lambda left: nt(
            "Wrong PIN. {count} try left. Forgot it? Ask an officer of your group.",
            "Wrong PIN. {count} tries left. Forgot it? Ask an officer of your group.",
            left,
        ),
        {"left": 2},
        {"left": 1},
    ),
}

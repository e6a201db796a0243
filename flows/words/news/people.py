"""News of a member's own account: number, PIN, chats, and whether they want messages."""

from collections.abc import Mapping
from typing import Final

from domain.records.notice import NoticeKind
from flows.words.news.samples import BY_NAME, IN_GROUP
from flows.words.texts import Filled, Text, t

# Said where STOP and START were: in the conversation, or by text message.
MESSAGES_STOPPED: Final = t("You get no more messages from us, no receipts either. Send START to get them again.")
MESSAGES_WANTED: Final = t("You get messages from us again.")
SIGN_IN_CODE: Final = Filled(
    lambda code: t(
        "Your code for our web page is {code}. It is good for five minutes. Do not tell it to anybody.",
        code=code,
    ),
    {"code": "49302718"},
)

NEWS: Final[Mapping[NoticeKind, Text | Filled]] = {
    "account_frozen": t(
        "Your account is frozen: no money moves. If it was not you, tell an officer of your group now."
    ),
    "account_opened": Filled(
        lambda name: t("Your account was opened again by {name}. If you did not ask, freeze it now.", name=name),
        BY_NAME,
    ),
    "phone_asked": Filled(
        lambda phone: t(
            "Somebody asks to change your number to {phone}. "
            "If it was not you, tell an officer of your group now.",
            phone=phone,
        ),
        {"phone": "+256772000111"},
    ),
    "phone_changed": Filled(
        lambda phone: t(
            "Your number was changed to {phone}. If it was not you, tell an officer of your group now.",
            phone=phone,
        ),
        {"phone": "+256772000111"},
    ),
    "phone_joined": Filled(
        lambda name: t(
            "Another person has this phone too: {name}. Each call asks who it is, and for that PIN. If that is "
            "wrong, tell an officer of your group.",
            name=name,
        ),
        BY_NAME,
    ),
    "number_closed": Filled(
        lambda group, name: t(
            "The number of {name} in {group} has somebody else now. The account has no phone: "
            "enter the new number under Members.",
            name=name,
            group=group,
        ),
        {**IN_GROUP, **BY_NAME},
    ),
    "number_lost": t(
        "Somebody says that your number is theirs now. Your account has left it. If that is wrong, "
        "dial from it with your PIN, or ask an officer."
    ),
    "pin_changed": t("Your PIN was changed. If it was not you, tell an officer of your group now."),
    "pin_locked": Filled(
        lambda minutes: t(
            "Your PIN was wrong too often and is locked for {minutes} minutes. "
            "If it was not you, tell an officer now, and change your PIN after that.",
            minutes=minutes,
        ),
        {"minutes": 1_440},
    ),
    "pin_asked": Filled(
        lambda name: (
            t(
                "A new PIN for you was asked for by {name}. If you did not ask for it, tell another officer now.",
                name=name,
            )
            if name
            else t(
                "A new PIN for you was asked for. If you did not ask for it, tell an officer of your group now."
            )
        ),
        BY_NAME,
        {"name": ""},
    ),
    "pin_reset": t(
        "Your forgotten PIN was replaced by a new one. For 24 hours no money is sent to you. "
        "If it was not you, tell an officer of your group now."
    ),
    "pin_code": Filled(
        lambda dial, code, name="": (
            t(
                "A code for a new PIN of {name}: {code}. Within one hour dial {dial}, choose the name, then the "
                "code. Tell it to nobody, no officer either.",
                name=name,
                dial=dial,
                code=code,
            )
            if name
            else t(
                "Your code for a new PIN is {code}. Within one hour dial {dial} and choose Settings, Forgot PIN. "
                "Tell it to nobody, no officer either.",
                dial=dial,
                code=code,
            )
        ),
        {"dial": "*384*7000#", "code": "493027"},
        {"dial": "*384*7000#", "code": "493027", **BY_NAME},
    ),
    "chat_linked": Filled(
        lambda channel: t(
            "A {channel} chat was linked to your number. If it was not you, tell an officer of your group now.",
            channel=channel,
        ),
        {"channel": "A chat"},
        {"channel": "A chat of ours"},
    ),
    "email_code": Filled(
        lambda code: t("Your code is {code}. It is good for ten minutes. Do not tell it to anybody.", code=code),
        {"code": "493027"},
    ),
    "email_set": t(
        "An e-mail address was set for your statements. If it was not you, tell an officer of your group now."
    ),
    "messages_stopped": MESSAGES_STOPPED,
    "messages_wanted": MESSAGES_WANTED,
    "code": Filled(
        lambda code: t("Your code is {code}. It is good for ten minutes. Do not tell it to anybody.", code=code),
        {"code": "493027"},
    ),
    "sign_in_code": SIGN_IN_CODE,
    "sign_in_email": SIGN_IN_CODE,
}

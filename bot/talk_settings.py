"""
The settings of what members and we say to each other: by which channel, to which countries, how often, what a
message costs, and what can be said.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from bot.setting import (
    BotName,
    BotToken,
    Count,
    Day,
    Flag,
    PhoneNumber,
    PhoneNumbers,
    Price,
    ServiceCode,
    Url,
    setting,
)
from domain.money import COUNTRIES, EXPONENTS, Money
from domain.people import limits
from domain.people.phones import unknown_countries


@dataclass(frozen=True, kw_only=True)
class TalkSettings:
    """A part of `Settings`."""

    service_code: ServiceCode = setting("the USSD code that members dial", "*384*7#")
    at_username: str = setting("Africa's Talking: the account's user name", "sandbox")
    at_api_key: str = setting("Africa's Talking: the API key", secret=True, production=True)
    at_sender_id: str = setting("Africa's Talking: the registered sender of SMS; empty: the default one", "")
    at_api_url: Url = setting("Africa's Talking: another host for the SMS API; empty: the real one", "")

    countries: str = setting(
        "where the mobile numbers are to which codes and invitations go by SMS; ISO 3166 codes",
        ",".join(COUNTRIES),
    )
    texts_hour_max: Count = setting("codes and invitations by SMS in an hour", limits.TEXTS.most)
    texts_day_max: Count = setting("codes and invitations by SMS in a day", limits.TEXTS_DAY.most)
    texts_to_country_hour_max: Count = setting(
        "codes and invitations by SMS to one country in an hour", limits.TEXTS_TO_COUNTRY.most
    )
    texts_to_country_day_max: Count = setting(
        "codes and invitations by SMS to one country in a day", limits.TEXTS_TO_COUNTRY_DAY.most
    )
    newcomers_hour_max: Count = setting(
        "people who register in chats in an hour, without an invitation", limits.NEWCOMERS.most
    )

    sms_rate: Count = setting("texts a second that all workers together send", 20)
    whatsapp_rate: Count = setting("messages a second to WhatsApp, of 80 that a sender has at first", 60)
    telegram_rate: Count = setting("messages a second to Telegram, of about 30 that a bot has", 25)

    sms_costs: Price = setting("what a part of a text message costs us, like UGX 35; empty: not said", "")
    template_costs: Price = setting(
        "what a WhatsApp template costs us, like UGX 40, in the currency of SMS_COSTS; empty: not said", ""
    )
    broadcast_costs_above: Price = setting(
        "above which cost of a broadcast a second officer has to agree, like UGX 5000; empty: none", ""
    )
    operator_phones: PhoneNumbers = setting(
        "phones of those who write to all groups, of whom another one agrees to each message", ""
    )

    feature_sms_menus_enabled: Flag = setting(
        "whether a text message to our number is answered with menus; each answer costs a message", False
    )

    reminders_held_out_since: Day = setting(
        "the day since which a tenth of the members get no reminders, so that their effect can be measured; "
        "empty: everybody gets them",
        "",
    )
    feature_chat_enabled: Flag = setting(
        "whether members can write to their whole group; each message goes to all chats of its members", False
    )
    feature_referral_enabled: Flag = setting(
        "whether groups can reward members who bring others, as their members vote, out of what the group earned",
        False,
    )
    letters_day_max: Count = setting(
        "messages to groups that one member can write in a day", limits.LETTERS_DAY.most
    )
    letters_kept_days: Count = setting("for how many days a message to a group can be read", 90)

    twilio_account_sid: str = setting("WhatsApp: the account's SID at Twilio; empty: no WhatsApp", "")
    twilio_auth_token: str = setting("WhatsApp: the account's primary auth token", secret=True)
    twilio_auth_token_secondary: str = setting(
        "WhatsApp: the account's secondary auth token, with which webhooks may be signed too; empty: none",
        secret=True,
    )
    twilio_signing_key: str = setting(
        "WhatsApp: the secret of a shared key, when Twilio signs webhooks with one", secret=True
    )
    twilio_whatsapp_number: PhoneNumber = setting("WhatsApp: our number there, like +14155238886", "")
    twilio_api_url: Url = setting("WhatsApp: another host for Twilio's API; empty: the real one", "")

    telegram_bot_token: BotToken = setting("Telegram: the bot's token; empty: no Telegram", secret=True)
    telegram_bot_name: BotName = setting("Telegram: the bot's name, for links to it; empty: no such links", "")
    telegram_api_url: Url = setting("Telegram: another host for the Bot API; empty: the real one", "")

    @property
    def countries_served(self) -> tuple[str, ...]:
        """The codes in COUNTRIES."""
        return tuple(code.strip().upper() for code in self.countries.split(","))

    @property
    def limits_most(self) -> Mapping[str, int]:
        """How many uses the limits have that are set here, by their names."""
        settable = {each.name: f"{each.name}_max" for each in limits.LIMITS}
        return {name: getattr(self, field) for name, field in settable.items() if hasattr(self, field)}

    @property
    def text_costs(self) -> Money | None:
        """What a part of a text message costs."""
        return _money(self.sms_costs)

    @property
    def templates_cost(self) -> Money | None:
        """What a chat message costs outside the time in which it is free."""
        return _money(self.template_costs)

    @property
    def broadcast_most(self) -> Money | None:
        """What a broadcast may cost before somebody else has to agree."""
        return _money(self.broadcast_costs_above)

    @property
    def operators(self) -> tuple[str, ...]:
        """The numbers in OPERATOR_PHONES."""
        return tuple(phone.strip() for phone in self.operator_phones.split(",") if phone.strip())

    @property
    def chat_link(self) -> str:
        """Where our chat in WhatsApp opens, to be followed by what is typed in it; "" where there is none."""
        number = self.twilio_whatsapp_number.removeprefix("+")
        return f"https://wa.me/{number}?text=" if number else ""


def wrong_countries(settings: TalkSettings) -> dict[str, str]:
    if unknown := unknown_countries(settings.countries_served):
        return {"countries": f"must be codes of countries like UG,KE, not {', '.join(map(repr, unknown))}"}
    return {}


def _money(price: str) -> Money | None:
    """An amount like "KES 0.80"."""
    if not price:
        return None
    currency, _, amount = price.partition(" ")
    return Money(int(Decimal(amount).scaleb(EXPONENTS[currency])), currency)

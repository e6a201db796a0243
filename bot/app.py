"""
The composition root: the one place that builds store, sessions, engine, channels and providers, and joins them.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from structlog.contextvars import bind_contextvars

import domain.rulebook  # noqa: F401 - every handler, settler and concluder, whatever else a process imports
from bot.beside import Beside
from bot.cache import RedisCache
from bot.config import Settings, load
from bot.due import oldest_work_seconds
from bot.files import Files
from bot.leaving import leave_link
from bot.life import Life
from bot.logs import log, report
from bot.measures import Measures
from bot.pace import Pace
from bot.queue import Queue
from bot.rails import Around, open_rails
from bot.shared_tokens import SharedTokens
from bot.signed_links import SignedLinks
from bot.status import Board, Component
from bot.traces import Spans, both, both_named, open_spans
from channels import port, telegram, ussd
from channels.deliver import Senders
from channels.email.mail import Email
from channels.email.sendgrid import SendGrid
from channels.email.smtp import Smtp
from channels.port import Conversations, Sender
from channels.sms import menu as sms_menu
from channels.sms.menu import SmsMenu
from channels.sms.text import AfricasTalkingSms
from channels.telegram import Telegram
from channels.ussd import Ussd
from channels.whatsapp import chat as whatsapp
from channels.whatsapp.chat import WhatsApp
from channels.whatsapp.templates import Template
from domain.mongo.pool import PoolWatch
from domain.mongo.store import CommandListener, MongoStore, StoreClock, open_store
from domain.mongo.timing import CommandTimes
from domain.records.pin import PinHasher
from domain.store import MessageCosts, Offered, Unreadable
from domain.tables import ProviderId
from domain.treasury.forward import bring_forward, groups_behind
from domain.views import Views
from flows.engine.conversations import Engine
from flows.engine.link import HeldLink
from flows.menu import root, vocabulary
from payments import port as payment_port
from payments.port import Balanced, Collector, Confirms, Lister, Payer
from payments.timed import HowAnswered, TimedCollector, TimedPayer

Callback = port.Callback | payment_port.Callback

# Every channel there is, switched on or not: the explorer walks the screens of all of them.
CHANNELS: Final = (ussd.CHANNEL, whatsapp.CHANNEL, telegram.CHANNEL, sms_menu.CHANNEL)

# A provider takes a second to answer, our part of it a millisecond: several at once, which then share one commit.
AT_ONCE = 8


@dataclass(frozen=True)
class App:
    """Everything a process needs. Built after a fork, never before."""

    settings: Settings
    store: MongoStore
    link: HeldLink
    engine: Engine
    channels: Sequence[Conversations]
    senders: Senders
    collectors: Mapping[str, Collector]  # by Payment.provider, as are the payers
    payers: Mapping[str, Payer]
    listers: Mapping[str, Lister]
    balances: Sequence[Balanced]
    confirming: Mapping[str, Confirms]
    callbacks: Mapping[str, Callback]  # by their path
    queue: Queue
    files: Files
    export_links: SignedLinks
    status: Board
    measures: Measures
    life: Life
    spans: Spans
    views: Views
    tokens: SharedTokens
    _cache: RedisCache
    _pace: Pace
    _beside: Mapping[str, Beside]  # by the channel
    _hands: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(AT_ONCE, "hands"))

    def each(
        self,
        what: str,
        ids: Sequence[str],
        work: Callable[[str], None],
        named: Callable[[str], str] = lambda id: id,
    ) -> None:
        """
        Do something for each id, several at once, and wait for all of them. What is logged meanwhile says for what
        it was, by a name of the id that may be logged.
        """

        def one(id: str) -> None:
            bind_contextvars(task=what, id=named(id))
            try:
                with self.spans.span("job", task=what):
                    work(id)
            except Exception as error:  # one must not stop the others: it is due again when its claim runs out
                report(f"{what} failed", error)
            self.life.beat()

        # Each in a context of its own: what is bound in it ends with it.
        list(self._hands.map(lambda id: Context().run(one, id), ids))

    def later(self, channel: str, work: Callable[[], None]) -> None:
        """Do something beside an answer of a channel, that nobody waits for."""
        self._beside[channel].do(work)

    def make_content(self, template: Template) -> bool:
        """Make a piece of content at Twilio, unless it is there; whether it was made. Raises SendFailed."""
        if self.whatsapp is None or self.store.provider_ids.one(id=template.name):
            return False
        # It is kept once it is whole: content that was made and not approved is made again.
        self.store.provider_ids.insert(ProviderId(template.name, self.whatsapp.make_content(template)))
        return True

    @property
    def by_path(self) -> Mapping[str, Conversations]:
        """The channels by the paths they are called at, those of before among them."""
        return self.settings.of_both_addresses({channel.path: channel for channel in self.channels})

    def close(self) -> None:
        """Finish what was begun."""
        if self.telegram:
            self.telegram.leave()
        for beside in self._beside.values():
            beside.close()
        self._hands.shutdown()
        self.status.close()
        self._pace.close()
        self._cache.close()
        self.tokens.close()
        self.queue.close()
        self.files.close()
        if self.telegram:
            self.telegram.close()
        self.measures.close()
        self.spans.close()
        self.store.close()

    @property
    def whatsapp(self) -> WhatsApp | None:
        return next((each for each in self.channels if isinstance(each, WhatsApp)), None)

    @property
    def telegram(self) -> Telegram | None:
        return next((each for each in self.channels if isinstance(each, Telegram)), None)


def build(
    settings: Settings,
    *,
    timeout_seconds: float = 15,
    clock: Callable[[], datetime] | None = None,
    listeners: Sequence[CommandListener] = (),
    pins: PinHasher | None = None,
    prepared: bool = False,
) -> App:
    """
    Join everything. `timeout_seconds` bounds each operation of the store: 4 where a member waits for it. Time is
    the store's, unless a `clock` is given.

    `listeners` see every command that is sent to MongoDB. Tests have `pins` of their own, and a store that was
    `prepared` before.
    """
    tokens, pool = SharedTokens(settings.shared_redis_url), PoolWatch()
    # Also what providers are sent has the store's time on it: this machine's may be wrong.
    clock = clock or StoreClock(told=_clock_differs)
    rails = open_rails(settings, Around(tokens, clock))
    spans = open_spans(settings)
    measures = Measures(
        settings.shared_redis_url,
        pool=lambda: 100 * pool.most() / settings.db_pool_size,
        disk=str(settings.data_dir) if settings.data_dir.exists() else "/",
    )
    store = open_store(
        settings.mongo_uri,
        settings.mongo_database,
        replica_set=settings.mongo_replica_set,
        pins=pins or settings.pins,
        providers=rails.carriers,
        pool_size=settings.db_pool_size,
        timeout_seconds=timeout_seconds,
        channel_titles={each.name: each.title for each in CHANNELS},
        service_code=settings.service_code,
        countries=settings.countries_served,
        most=settings.limits_most,
        offered=_offered(settings),
        token_keys=settings.token_keys,
        clock=clock,
        listeners=[*listeners, pool, CommandTimes(both_named(measures.mongo, spans, "mongo"))],
        prepared=prepared,
    )
    _bring_forward(store)
    link = HeldLink(settings.redis_url, both(measures.redis_answered, spans, "redis"))
    sms = _sms(settings)
    pace = Pace(settings.shared_redis_url, settings.rates)
    files = Files(settings.shared_redis_url, settings.session_secrets, settings.public_url, store.now)
    export_links = SignedLinks("export", settings.session_secrets, store.now)
    channels = _channels(settings, store, sms, files)
    chats = {each.channel.name: each for each in channels if isinstance(each, Sender)}
    cache = RedisCache(settings.shared_redis_url, measures.looked_up)

    def provider_heard(provider: str, seconds: float, heard: HowAnswered) -> None:
        measures.provider_heard(provider, seconds, heard)
        spans.ended(f"provider {provider}", seconds, heard != "answered")

    return App(
        settings=settings,
        store=store,
        link=link,
        engine=Engine(
            link,
            store,
            secret=settings.session_secret,
            conversation=root,
            vocabulary=vocabulary(settings.features),
            service_code=settings.service_code,
        ),
        channels=channels,
        senders=Senders(chats, sms, pace, _email(settings), both_named(measures.sent, spans, "message")),
        collectors={name: TimedCollector(each, provider_heard) for name, each in rails.collectors.items()},
        payers={name: TimedPayer(each, provider_heard) for name, each in rails.payers.items()},
        listers={each.name: each for each in rails.listers},
        balances=rails.balances,
        confirming=rails.confirming,
        callbacks=settings.of_both_addresses(_callbacks(*channels, sms, *rails.parts)),
        queue=Queue(settings.shared_redis_url),
        files=files,
        export_links=export_links,
        status=_board(settings, store, measures, rails.names),
        measures=measures,
        life=Life(),
        spans=spans,
        views=Views(store, cache),
        tokens=tokens,
        _cache=cache,
        _pace=pace,
        _beside={each.channel.name: Beside(each.channel.name) for each in channels},
    )


def _board(settings: Settings, store: MongoStore, measures: Measures, providers: Sequence[str]) -> Board:
    """What is said of us in public: of what is switched on."""
    channels: dict[Component, bool] = {
        "whatsapp": bool(settings.twilio_account_sid),
        "telegram": bool(settings.telegram_bot_token),
    }
    return Board(
        store,
        measures.redis,
        channels=channels,
        providers=providers,
        late=lambda: oldest_work_seconds(store),
        folder=settings.data_dir,
    )


def _offered(settings: Settings) -> Offered:
    return Offered(
        features=frozenset(settings.features),
        letters_kept=timedelta(days=settings.letters_kept_days),
        words_kept=timedelta(days=settings.keep_words_days),
        books_kept=timedelta(days=settings.keep_books_days),
        files_kept=timedelta(days=settings.keep_files_days),
        message_costs=_message_costs(settings),
        chat_link=settings.chat_link,
        start_link=telegram.start_link(settings.telegram_bot_name),
        check_link=settings.check_link,
    )


def _message_costs(settings: Settings) -> MessageCosts:
    windows = {each.name: each.window for each in CHANNELS if each.window}
    return MessageCosts(settings.text_costs, settings.templates_cost, settings.broadcast_most, windows)


def _left_out(error: Unreadable) -> None:
    report("numbered text is shown instead of a piece of content", error)


def _bring_forward(store: MongoStore) -> None:
    """Books that a version before has written, as this one keeps them; not while nothing is to be posted."""
    if store.deployment.seen().read_only:
        return
    for group in groups_behind(store):
        if lacking := bring_forward(store, group):
            log().warning("the social fund's money was used for something else", group=group, lacking=lacking)
        else:
            log().info("the books were brought forward", group=group)


def _clock_differs(ahead: timedelta) -> None:
    log().warning("this machine's clock is not the store's, which counts", ahead_seconds=ahead.total_seconds())


@cache
def current() -> App:
    """This process's app, built from its environment when it is first asked for."""
    return build(load())


def _sms(settings: Settings) -> AfricasTalkingSms:
    """What reaches every phone."""
    return AfricasTalkingSms(
        settings.at_username,
        settings.at_api_key,
        sender_id=settings.at_sender_id,
        url=settings.at_api_url,
        hook_secret=settings.hook_secret,
        agent=settings.agent,
    )


def _email(settings: Settings) -> Email | None:
    """What carries e-mail, if anything does."""
    if not settings.email_from:
        return None
    carrier = (
        SendGrid(settings.sendgrid_api_key, url=settings.sendgrid_api_url, agent=settings.agent)
        if settings.sendgrid_api_key
        else Smtp(
            settings.smtp_host,
            settings.smtp_port,
            settings.smtp_user,
            settings.smtp_password,
            tls=settings.smtp_tls,
        )
    )
    return Email(
        carrier, settings.email_from, settings.app_name, leave_link(settings.session_secret, settings.public_url)
    )


def _channels(settings: Settings, store: MongoStore, sms: Sender, files: Files) -> list[Conversations]:
    """The channels that are switched on: a line each. Of those that can push, the best comes first."""
    secret = settings.hook_secret
    channels: list[Conversations] = [Ussd(secret)]
    if settings.telegram_bot_token:
        channels.append(
            Telegram(
                settings.telegram_bot_token,
                settings.telegram_secrets,
                secret,
                settings.telegram_api_url,
                agent=settings.agent,
            )
        )
    if settings.twilio_account_sid:
        channels.append(
            WhatsApp(
                settings.twilio_account_sid,
                settings.twilio_auth_token,
                settings.twilio_whatsapp_number,
                settings.public_url,
                secondary_token=settings.twilio_auth_token_secondary,
                signing_key=settings.twilio_signing_key,
                api_url=settings.twilio_api_url,
                agent=settings.agent,
                publish=files.publish,
                contents={each.id: each.value for each in store.provider_ids.readable(_left_out)},
            )
        )
    if settings.feature_sms_menus_enabled:
        channels.append(SmsMenu(secret, sms))
    return channels


def _callbacks(*parts: object) -> dict[str, Callback]:
    """What the channels and the payment providers declare, by its path; what two of them declare is the same."""
    called = [each for each in parts if isinstance(each, port.Called | payment_port.Called)]
    return {callback.path: callback for each in called for callback in each.callbacks}

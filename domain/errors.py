"""
What we raise: one tree with five roots, each with one meaning. Whoever catches a root knows what happened.

    DomainError       the rules said no, and nothing was changed: the member hears the sentence of its code
        (each stands beside its rule, its sentence in `flows/words/refused/`)
        TryAgain      what was typed was refused: the question is put again
    StoreError        a store could not do what it was asked
        NotFound, Unreadable, Changed, Duplicate            domain/store.py
        BooksUnavailable, UnitRefused, NothingMatched, ValueTaken     domain/mongo/posting.py
        OutOfBalance                                        domain/books/statements.py
        Unfit, IndexNotMade                                 domain/mongo/
            NoReplicaSet, TooOld, NoTransactions, ClockApart    domain/mongo/fit.py
            SchemaAhead, SchemaBehind, BeingRestored            domain/mongo/migrations/
        SnapshotGone, OplogGone, NotReplayed, LeaseTaken, LeaseLost     domain/mongo/
        BackupRefused, PlaceUnavailable                     bot/backup/errors.py
            WrongKey, BrokenSet, PartialSet, ForeignSet, OutdatedSet, NotInArchive, BadRestore, ToldToStop
        Evicts                                              bot/fit.py
        AuditBroken                                         domain/access/audit.py
        PartMissing                                         domain/mongo/file_parts.py
        SessionsUnavailable, TurnLost, Unsure               flows/engine/
        StoreUnavailable                                    bot/local/errors.py
    ProviderError     a provider of money failed us: payments/port.py
        OutcomeUnknown, Refused, SwitchedOff
            NotSent, NoLongerListed
    ChannelError      a provider of messages failed us: channels/errors.py
        MalformedRequest, Forged, SendFailed, Unreachable
        TooSlow, TooMany                                    bot/reading.py
    Mistake           ours, of code, settings or stories: no member can do anything about it
        BadValue      refused where it is made: Unbalanced, BadPeriod, BadApiToken, BadBson, BadCell,
                      BadInbound, BadRedisAddress, and in domain/arithmetic/ BadBook, BadBroughtForward, BadFacts,
                      BadGuarantee, BadHistory, BadRate, BadRepayment, BadRotation, BadRules, BadShares, BadTerms,
                      BadWaiver, BadYear
            NotForAnybody, NoSuchIncident, NoTimeForWork     domain/board/status.py
            ExportOfNothing                                 domain/exports/rows.py
        PepperUnknown                                       domain/records/pin.py
        CurrencyMismatch                                    domain/money.py
        BadPublicKey, BadStatement                          payments/
        ConversationTooLong, NotOpened, TooSmall, UnreadableAnswer     flows/engine/
        NoSample                                            flows/check/
        BadSettings, NoSecret, NotDeclared, StageError      bot/

Not in it: signals that are always caught (`Invalid` of flows/engine/steps.py, `_TakenBack` of domain/commands.py,
`_Stopped` of bot/demo/run.py, `Amiss` of bot/cli/outside.py, `Unread` of bot/cli/watch.py,
`NotReady` of bot/watch/port.py), what ends a command line (click's exceptions), and
the simulator's.
"""

from typing import ClassVar


class DomainError(Exception):
    """The rules said no; `code` names the sentence, `details` are JSON values it is filled with."""

    code: ClassVar[str] = "refused"
    codes: ClassVar[dict[str, type["DomainError"]]] = {}

    def __init_subclass__(cls) -> None:
        DomainError.codes[cls.code] = cls

    def __init__(self, **details: str | int) -> None:
        super().__init__(f"{self.code} {details}" if details else self.code)
        self.details = details


class TryAgain(DomainError):
    """The answer was refused, the question still stands: the member is asked again."""

    code = "try_again"


class StoreError(Exception):
    """Root of what a store could not do. Nothing was written, but where a class says that it may have been."""


class Mistake(Exception):
    """Root of what is ours to mend."""


class BadValue(Mistake, ValueError):
    """A value that cannot be; the message says why."""

"""Every metric there is for Prometheus: its name, its type, what it means, and which process has it."""

from dataclasses import dataclass
from typing import Final, Literal

PREFIX: Final = "csb_"

MetricType = Literal["counter", "gauge", "histogram"]
# The deployment's values are the same wherever they are read: one process reads them, the scheduler.
Where = Literal["every process", "scheduler"]


@dataclass(frozen=True, slots=True)
class Exposed:
    """One metric. `labels` are the names of its labels, in their order."""

    name: str
    type: MetricType
    about: str
    labels: tuple[str, ...] = ()
    where: Where = "every process"


def _of_deployment(name: str, about: str, *labels: str) -> Exposed:
    return Exposed(name, "gauge", about, labels, "scheduler")


EXPOSED: Final[tuple[Exposed, ...]] = (
    Exposed("csb_info", "gauge", "Always 1; its labels say which program this is.", ("version", "role")),
    Exposed(
        "csb_turns_total",
        "counter",
        "Turns of members: ok, refused (not from the provider, or not to be read), apology (ours was the fault), "
        "or repeat (answered before).",
        ("channel", "outcome"),
    ),
    Exposed("csb_turn_seconds", "histogram", "How long a turn took, from request to answer.", ("channel",)),
    Exposed(
        "csb_requests_total",
        "counter",
        "Requests over HTTP by kind (page, api, callback, message) and the first digit of their status.",
        ("kind", "status"),
    ),
    Exposed("csb_request_seconds", "histogram", "How long a request took, by kind.", ("kind",)),
    Exposed("csb_mongo_seconds", "histogram", "How long a command to MongoDB took.", ("command",)),
    Exposed(
        "csb_mongo_errors_total", "counter", "Commands to MongoDB that failed, but for those it has us repeat."
    ),
    Exposed("csb_mongo_pool_in_use", "gauge", "The most connections in use of late, where it is highest."),
    Exposed("csb_mongo_pool_size", "gauge", "How many connections a process may have."),
    Exposed("csb_redis_seconds", "histogram", "How long a command of conversations to Redis took."),
    Exposed("csb_redis_errors_total", "counter", "Such commands that Redis did not answer."),
    Exposed("csb_cache_total", "counter", "Views that were looked for: hit or miss.", ("cache", "outcome")),
    Exposed("csb_jobs_total", "counter", "Pieces of work: done or failed.", ("task", "outcome")),
    Exposed("csb_job_seconds", "histogram", "How long a piece of work took.", ("task",)),
    Exposed(
        "csb_messages_total",
        "counter",
        "Messages handed to a channel's provider: sent, or failed when it did not take one.",
        ("channel", "outcome"),
    ),
    Exposed(
        "csb_provider_requests_total",
        "counter",
        "Questions to a provider of mobile money: answered (a refusal too), unknown (it did not say) or failed.",
        ("provider", "outcome"),
    ),
    Exposed("csb_provider_seconds", "histogram", "How long such a question took.", ("provider",)),
    Exposed("csb_machine_cpu_used_ratio", "gauge", "How busy the machine is, from 0 to 1."),
    Exposed("csb_machine_memory_used_ratio", "gauge", "How much of the machine's memory is used."),
    Exposed("csb_machine_disk_free_ratio", "gauge", "How much of the disk of DATA_DIR is free."),
    _of_deployment("csb_scheduler_round_timestamp_seconds", "When the scheduler last looked at what is due."),
    _of_deployment("csb_workers", "How many workers are there."),
    _of_deployment("csb_queue_jobs", "Jobs that wait for a worker.", "queue"),
    _of_deployment("csb_queue_oldest_seconds", "How long what is due has waited, at most."),
    _of_deployment("csb_outbox_oldest_seconds", "The same of messages that are somebody's own."),
    _of_deployment("csb_payments", "Payments that are not ended.", "state"),
    _of_deployment("csb_payment_oldest_seconds", "The age of the oldest of them.", "state"),
    _of_deployment(
        "csb_unidentified",
        "Unasked money that is nobody's, in a group's book or in none; awaited: not confirmed in half an hour.",
        "of",
    ),
    _of_deployment("csb_differences", "What providers' lists say otherwise than the books, undecided."),
    _of_deployment(
        "csb_provider_balance",
        "What a provider says that an account of ours holds.",
        "provider",
        "account",
        "currency",
    ),
    _of_deployment(
        "csb_provider_books", "What all groups together had with it then, by their books.", "provider", "currency"
    ),
    _of_deployment("csb_stuck", "Work that could not be done and is set aside."),
    _of_deployment("csb_loan_approval_ratio", "Of the loans that officers decided on, how many they approved."),
    _of_deployment("csb_loan_default_ratio", "The default rate, where it is worst of the currencies."),
    _of_deployment("csb_collection_ratio", "The collection rate, where it is worst of the currencies."),
    _of_deployment("csb_books_verified_timestamp_seconds", "When all books were last found to be right."),
    _of_deployment("csb_books_broken", "1 when the last check of the books found something, else 0."),
    _of_deployment("csb_backup_success_timestamp_seconds", "When the last good backup ended."),
    _of_deployment("csb_restore_test_success_timestamp_seconds", "When a restore on trial last went well."),
    _of_deployment("csb_export_success_timestamp_seconds", "When the files of a night were last all written."),
    _of_deployment("csb_secret_age_days", "For how many days a secret has been the one it is.", "secret"),
    _of_deployment("csb_read_only", "1 while the service only shows, and moves no money, else 0."),
    _of_deployment("csb_mongo_primary", "1 while MongoDB has a primary that we reach, else 0."),
    _of_deployment(
        "csb_mongo_replica_lag_seconds", "How far a member is behind the primary, by its last write.", "member"
    ),
)
BY_NAME: Final = {each.name: each for each in EXPOSED}

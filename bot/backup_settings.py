"""
The settings of what is written elsewhere, backups and figures of groups, and of how long things are kept: where it
goes, with which key, and when.
"""

from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.setting import Count, DayTime, Key, Url, ZoneName, setting


@dataclass(frozen=True, kw_only=True)
class BackupSettings:
    """A part of `Settings`."""

    backup_to: str = setting("where backups are kept: a folder, or s3://BUCKET/PREFIX; empty: none are made", "")
    backup_key: Key = setting(
        "encrypts backups, which nobody can read without it: keep it apart from them; 32 characters or more",
        "",
        secret=True,
    )
    backup_key_previous: Key = setting(
        "the BACKUP_KEY before, with which backups can still be read; empty: none", "", secret=True
    )
    backup_at: DayTime = setting("when a backup is made each day", "02:00")
    backup_zone: ZoneName = setting("the time zone of BACKUP_AT", "Africa/Kampala")
    backup_keep: Count = setting("how many backups are kept", 30)
    backup_too_old: Count = setting("for how many days a backup is restored without being asked twice", 35)
    export_to: str = setting(
        "where figures of all groups are written each night: a folder, or s3://BUCKET/PREFIX; empty: nowhere", ""
    )
    export_at: DayTime = setting("when they are written, in BACKUP_ZONE", "03:30")
    backup_bucket_url: Url = setting(
        "where the bucket of BACKUP_TO and EXPORT_TO is: S3, or what speaks as it does", "https://s3.amazonaws.com"
    )
    backup_bucket_region: str = setting("the bucket's region", "us-east-1")
    backup_bucket_key: str = setting("who we are at the bucket: the access key's id", "")
    backup_bucket_secret: str = setting("the secret of BACKUP_BUCKET_KEY", secret=True)
    keep_words_days: Count = setting("for how many days the words of messages to members are kept", 90)
    keep_books_days: Count = setting(
        "for how many days names and phones that a group brought with it are kept, after it is a group here", 30
    )
    keep_files_days: Count = setting(
        "for how many days sheets that were sent to us are kept, and figures that somebody asked for", 7
    )


def wrong_backups(settings: BackupSettings) -> dict[str, str]:
    """What is said of settings of backups that fit nothing, or not each other."""
    problems: dict[str, str] = {}
    try:
        ZoneInfo(settings.backup_zone)
    except (ZoneInfoNotFoundError, ValueError):
        problems["backup_zone"] = f"must be a time zone like Africa/Kampala, not {settings.backup_zone!r}"
    if settings.backup_key and settings.backup_key == settings.backup_key_previous:
        problems["backup_key_previous"] = "must not be BACKUP_KEY: it is the one before"
    return problems

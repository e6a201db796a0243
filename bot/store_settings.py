"""The settings of the stores, and of what PINs are mixed with before they are kept there."""

from dataclasses import dataclass
from pathlib import Path

from bot.setting import Key, Keys, Number, setting
from domain.records.pin import PinHasher


@dataclass(frozen=True, kw_only=True)
class StoreSettings:
    """A part of `Settings`."""

    data_dir: Path = setting("where embedded stores and generated secrets are kept", Path(".data"))

    mongo_uri: str = setting("MongoDB, a replica set; empty: an embedded one", secret=True, production=True)
    mongo_replica_set: str = setting("the replica set's name, when MONGO_URI does not say it", "")
    mongo_database: str = setting("the database in it", "savings")
    db_pool_size: Number = setting("connections to MongoDB a process may hold", 20)
    redis_url: str = setting(
        "Redis or Valkey: one server, redis+sentinel://… or redis+cluster://…; empty: an embedded one",
        secret=True,
        production=True,
    )
    queue_redis_url: str = setting(
        "where queue, limits, measures and views are, which a cluster cannot hold; empty: in REDIS_URL",
        secret=True,
    )

    pin_pepper: Key = setting(
        "mixed into every PIN before it is hashed; never in the database; 32 characters or more",
        secret=True,
        production=True,
    )
    pin_pepper_previous: Keys = setting(
        "the PIN_PEPPER before, with commas between several; kept as long as something stands on it", secret=True
    )

    @property
    def pins(self) -> PinHasher:
        """What hashes PINs, and knows those that were hashed with a pepper of before."""
        return PinHasher(self.pin_pepper, before=[each for each in self.pin_pepper_previous.split(",") if each])

    @property
    def shared_redis_url(self) -> str:
        """Where is what one server holds for all processes: the queue, limits, measures, views and files."""
        return self.queue_redis_url or self.redis_url


def wrong_redis(settings: StoreSettings) -> dict[str, str]:
    """What is said of addresses of Redis that cannot be, or cannot hold what is there."""
    from flows.engine.redis_place import BadRedisAddress, RedisPlace  # redis is slow to load

    problems, kinds = dict[str, str](), dict[str, str]()
    for name in ("redis_url", "queue_redis_url"):
        if url := getattr(settings, name):
            try:
                kinds[name] = RedisPlace.read(url).kind
            except BadRedisAddress as wrong:
                problems[name] = str(wrong)
    if kinds.get("queue_redis_url") == "cluster":
        problems["queue_redis_url"] = "a cluster cannot hold the queue: one server, or one with Sentinel"
    elif kinds.get("redis_url") == "cluster" and not settings.queue_redis_url:
        problems["queue_redis_url"] = "REDIS_URL is a cluster, which cannot hold the queue: give another server"
    return problems

"""Many events for Dagster's SQLite storage, which opens, compiles and syncs anew for each of them. Other storages are
left as they are.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

import dagster as dg
from dagster._core.storage.event_log import SqliteEventLogStorage

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

AT_ONCE: Final = 500
"""Events of one transaction: a second or two, for which others wait."""
BUSY_SECONDS: Final = 30
"""That this waits for others, as Dagster does."""


@contextmanager
def in_one_transaction(instance: dg.DagsterInstance) -> Iterator[None]:
    """What the block stores is there when it ends, or not at all where it raises or is killed.

    Only where nothing else is done meanwhile: the file is locked until the block ends, others wait for it.
    tests/test_bulk_events.py notices when Dagster opens its files another way.
    """
    storage = instance.event_log_storage
    if not isinstance(storage, SqliteEventLogStorage):
        yield
        return
    from sqlalchemy import create_engine

    make, opened = storage._connect, dict[str, "Connection"]()
    with ExitStack() as stack:

        @contextmanager
        def connected(shard: str) -> "Iterator[Connection]":
            if shard not in opened:
                with make(shard):  # which makes its tables
                    pass
                engine = create_engine(storage.conn_string_for_shard(shard), connect_args={"timeout": BUSY_SECONDS})
                stack.callback(engine.dispose)
                opened[shard] = stack.enter_context(engine.begin())
            yield opened[shard]

        storage._connect = connected  # type: ignore[method-assign]
        stack.callback(vars(storage).pop, "_connect")
        yield


@contextmanager
def with_compiled_statements(instance: dg.DagsterInstance) -> Iterator[None]:
    """Events are stored one by one as ever, by statements that are compiled once a file, in a quarter less of time, and
    over a connection that stays open: another seventh less of what a run costs beside its work. Between two events it
    holds no lock.

    tests/test_bulk_events.py notices when Dagster opens its files another way.
    """
    storage = instance.event_log_storage
    if not isinstance(storage, SqliteEventLogStorage):
        yield
        return
    from dagster._core.storage.sql import create_engine
    from sqlalchemy.pool import QueuePool

    make, engines = storage._connect, dict[str, "Engine"]()

    @contextmanager
    def connected(shard: str) -> "Iterator[Connection]":
        if shard not in engines:
            with make(shard) as connection:  # which makes its tables
                yield connection
            place, wait = storage.conn_string_for_shard(shard), {"timeout": BUSY_SECONDS}
            engines[shard] = create_engine(place, poolclass=QueuePool, connect_args=wait)
            return
        with storage._db_lock, engines[shard].begin() as connection:
            yield connection

    storage._connect = connected  # type: ignore[method-assign]
    try:
        yield
    finally:
        vars(storage).pop("_connect", None)
        for engine in engines.values():
            engine.dispose()

"""One pull, in a process of its own: the warehouse's rows into a private file, and that into the store."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from audience_sync.flows.warehousing.comparing import Wish, pull_changes
from audience_sync.sources.builtin.duck import Bounds
from audience_sync.sources.builtin.folder import Folder
from audience_sync.sources.builtin.replacing import Given, replace_profiles
from audience_sync.sources.warehouses.checking import read_only
from audience_sync.sources.warehouses.protocol import Access
from audience_sync.sources.warehouses.registry import kind_of
from audience_sync.sources.warehouses.spooling import Spooled, spool

RAW = "rows.parquet"
HOMES = "audience_sync.homes"
Say = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class PullJob:
    """Everything that a pull needs. Paths as text, for it goes to another process as JSON.

    `work` is a private folder of this pull alone, and `files` the one whose files may be pulled, `` for none.
    """

    source: str
    kind: str
    address: str = field(repr=False)
    sql: str
    mapping: Mapping[str, str]
    profiles: str
    work: str
    files: str
    seconds: float
    most_gone_percent: int
    memory_limit_mb: int
    state: str = ""
    """The schema in which the warehouse keeps what it compares with; `` when everything is read each time."""
    bucket: str = ""
    """Where the store lives, if not in the folder `profiles` alone; then `database` knows its newest snapshot."""
    database: str = field(default="", repr=False)

    def place(self) -> AbstractContextManager[Folder]:
        """The store, open while the context is."""
        if not self.bucket:
            return nullcontext(Folder(Path(self.profiles)))
        # Loaded only here: the children of other stores need no database, and start sooner without it.
        place: AbstractContextManager[Folder] = import_module(HOMES).mirrored(
            Path(self.profiles), self.bucket, self.database
        )
        return place


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull did; see `Replaced`. `fetched` are the rows that left the warehouse."""

    rows: int
    fetched: int
    taken: int
    refused: int
    created: int
    updated: int
    unchanged: int
    repeated: int
    removed: int
    reasons: dict[str, int]
    snapshot: str


def pull(job: PullJob, say: Say) -> Pulled:
    """The store has what the warehouse gives now, or is as it was. `say` hears of `step`, `rows` and `total`."""
    kind, work = kind_of(job.kind), Path(job.work)
    sql = read_only(job.sql, kind)
    access = Access(job.address, job.seconds, work, Path(job.files) if job.files else None, job.memory_limit_mb)
    say({"step": "connecting", "rows": 0})
    if job.state:
        return _pull_changes(job, access, sql, say)
    spooled = _read(job, access, sql, say)
    say({"step": "storing", "rows": spooled.rows})
    given = Given(job.source, spooled.file, spooled.headers, job.mapping)
    bounds = Bounds(job.memory_limit_mb)
    with job.place() as folder:
        done = replace_profiles(folder, given, most_gone_percent=job.most_gone_percent, bounds=bounds)
    return Pulled(rows=spooled.rows, fetched=spooled.rows, **asdict(done))


def _pull_changes(job: PullJob, access: Access, sql: str, say: Say) -> Pulled:
    """The same, when the warehouse compares within itself."""
    wish = Wish(
        source=job.source,
        kind=job.kind,
        sql=sql,
        mapping=dict(job.mapping),
        schema=job.state,
        most_gone_percent=job.most_gone_percent,
    )
    with job.place() as folder:
        came = pull_changes(folder, wish, access, lambda rows: say({"step": "reading", "rows": rows}))
    done = came.replaced
    return Pulled(rows=done.taken + done.refused, fetched=came.fetched, **asdict(done))


def _read(job: PullJob, access: Access, sql: str, say: Say) -> Spooled:
    """All rows in a file. The connection is closed before anything else is done with them."""
    with kind_of(job.kind).connect(access) as session:
        say({"step": "reading", "rows": 0, "total": session.estimate(sql)})
        return spool(
            session.stream(sql),
            access.work / RAW,
            seconds=job.seconds,
            told=lambda rows: say({"step": "reading", "rows": rows}),
        )

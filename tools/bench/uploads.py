"""The upload stage of a run: the product's own steps, from the outbox to a sink on loopback that takes everything."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from shutil import rmtree
from statistics import median
from time import perf_counter, process_time, sleep

from audience_sync.app import App, open_app
from audience_sync.connectors.registry import Traveller
from audience_sync.connectors.wire import Unlimited
from audience_sync.engine.durable import Immediate
from audience_sync.flows.steps.ahead import Ahead
from audience_sync.flows.steps.outcome import Outcome
from audience_sync.flows.sync import upload_all
from audience_sync.ledger.outbox import rows_of
from audience_sync.model.permissions import SHELL
from audience_sync.model.plans import PlanFigures, Slice
from audience_sync.model.platforms import Action, Batch, Target
from audience_sync.settings import load_settings
from audience_sync.store import runs
from audience_sync.store.audiences import Audience, BatchRow, Plan, Segment
from audience_sync.store.platforms import AdAccount, Connection
from tools.bench.product import CARD, EVERYONE, House

TOKEN = "token-of-the-bench"  # noqa: S105  # The sink lets everybody in.
NOW = datetime(2026, 11, 24, tzinfo=UTC)
ROUNDS = 3
"""Each side is measured so often, in turns, because a second of other work nearby would decide about a single one."""


@dataclass(frozen=True, slots=True)
class Timed:
    """Seconds on the wall, and seconds of processors in all threads of this process."""

    seconds: float
    cpu_seconds: float


@contextmanager
def _sinking(folder: Path) -> Iterator[str]:
    """The address of a sink in a process of its own."""
    file = folder / "port"
    file.unlink(missing_ok=True)
    with subprocess.Popen([sys.executable, "-m", "tools.bench.sink", str(file)]) as process:
        try:
            while not file.exists() or not file.read_text():
                sleep(0.05)
            yield f"http://127.0.0.1:{file.read_text()}"
        finally:
            process.kill()


def upload(house: House, name: str) -> dict[str, float]:
    """Seconds of all windows of the plan, and the share of the processor's that is neither bodies nor requests."""
    with _sinking(house.folder) as address:
        figures = asyncio.run(_measured(house, name, address))
    # The sink has ended: what it used is counted now.
    sink = getrusage(RUSAGE_CHILDREN)
    return {**figures, "sink_cpu_seconds": sink.ru_utime + sink.ru_stime}


async def _measured(house: House, name: str, address: str) -> dict[str, float]:
    batches = house.frozen(name).figures.batches
    async with _app(house, address) as app:
        await _furnish(app, name, house.frozen(name).figures)
        # A worker has sent something before: what is loaded or compiled for the first of all belongs to neither side.
        await _both(app, house, name, batches[:1])
        rounds = [await _both(app, house, name, batches) for _ in range(ROUNDS)]
    whole, bare = (_middle(side) for side in zip(*rounds, strict=True))
    return {
        "seconds": whole.seconds,
        "cpu_seconds": whole.cpu_seconds,
        "profiles": sum(batch.rows for batch in batches),
        "bare_seconds": bare.seconds,
        "bare_cpu_seconds": bare.cpu_seconds,
        "bookkeeping": 1 - bare.cpu_seconds / whole.cpu_seconds,
        "batches": len(batches),
    }


async def _both(app: App, house: House, name: str, batches: Sequence[Slice]) -> tuple[Timed, Timed]:
    """The upload stage of one more run of the plan, and the same bodies and requests alone."""
    run = await _begun(app, name, batches)
    whole = await _timed(_stage(app, run))
    async with app.database.write() as session:
        await runs.change(session, run, status="completed")
    return whole, await _timed(_bare(app, house, name, batches))


def _middle(times: Sequence[Timed]) -> Timed:
    """The medians of all rounds."""
    return Timed(median(each.seconds for each in times), median(each.cpu_seconds for each in times))


async def _timed(work: Awaitable[None]) -> Timed:
    begun, used = perf_counter(), process_time()
    await work
    return Timed(perf_counter() - begun, process_time() - used)


async def _stage(app: App, run: str) -> None:
    """What a run does between its plan and settling, with its database; the engine's check-points are left out."""
    if await upload_all(app, run, Immediate()) != Outcome.GO:
        raise RuntimeError("The upload stopped.")


async def _bare(app: App, house: House, name: str, batches: Sequence[Slice]) -> None:
    """The same bodies and requests, one after the other as Meta wants them, without a word in the database."""
    api, files, target = app.api(CARD.id, Traveller(TOKEN)), house.place(name).files, Target("act_1", "1")
    connector = app.connector(CARD.id)

    def made(batch: Slice) -> Batch:
        rows, action = rows_of(files, batch, CARD.columns), Action(batch.action)
        sent = Batch(batch.number, action, rows, 1, batch.sequence, last=False, total_rows=batch.rows)
        return replace(sent, made=connector.prepare(action, rows))

    contents = Ahead(partial(made, batch) for batch in batches)
    for _ in batches:
        await connector.upload(api, target, await contents.next())


@asynccontextmanager
async def _app(house: House, address: str) -> AsyncIterator[App]:
    """The product over the house's ledger and a database of its own."""
    data = house.folder / "upload"
    rmtree(data, ignore_errors=True)
    settings = load_settings(
        data_dir=data,
        meta_api_url=address,
        meta_login_url=address,
        meta_app_id="bench",
        meta_app_secret=TOKEN,
    )
    async with open_app(settings) as app:
        (data / "ledger").rmdir() if (data / "ledger").exists() else None
        (data / "ledger").symlink_to(house.folder / "ledger")
        yield replace(app, limiter=Unlimited())


async def _furnish(app: App, plan: str, figures: PlanFigures) -> None:
    """The rows of an audience with a frozen plan."""
    sealed = app.vault.seal(TOKEN, table="connections", row="connection", column="token")
    made = {"created_by": "bench", "created_at": NOW}
    async with app.database.write() as session:
        session.add(Connection(id="connection", platform=CARD.id, label="Bench", kind="user", token=sealed, **made))
        session.add(Segment(id="segment", name="Everyone", definition=EVERYONE, updated_at=NOW, **made))
        await session.flush()
        account = {"connection_id": "connection", "platform": CARD.id, "remote_id": "act_1", "seen_at": NOW}
        session.add(AdAccount(id="account", name="Main", **account))
        await session.flush()
        owner = {"segment_id": "segment", "ad_account_id": "account", "platform": CARD.id}
        session.add(Audience(id="audience", name="Bench", marker="m", remote_id="1", state="active", **owner, **made))
        await session.flush()
        frozen = {"plan": figures.to_json(), "fp_tag": "", "rules": ""}
        session.add(
            Plan(id=plan, audience_id="audience", number=1, operation="update", base_version=0, figures=frozen, **made)
        )


async def _begun(app: App, plan: str, batches: Sequence[Slice]) -> str:
    """The id of a run that is about to upload these batches of the plan."""
    asked = runs.Request("update", "manual", SHELL, plan_id=plan)
    async with app.database.write() as session:
        run = await runs.start(session, "audience", asked, now=NOW)
        run.status, run.session = "running", 1
        for batch in batches:
            session.add(BatchRow(run_id=run.id, **asdict(batch)))
    return run.id

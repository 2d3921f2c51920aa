"""The upload stage of a run: the product's own steps, from the outbox to a sink on loopback that takes everything."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from shutil import rmtree
from time import perf_counter, sleep

from audience_sync.app import App, open_app
from audience_sync.connectors.registry import Traveller
from audience_sync.connectors.wire import Unlimited
from audience_sync.flows.steps.uploading import upload_window
from audience_sync.ledger.outbox import rows_of
from audience_sync.model.plans import PlanFigures, Slice
from audience_sync.model.platforms import Action, Batch, Target
from audience_sync.settings import load_settings
from audience_sync.store.audiences import Audience, BatchRow, Plan, Run, Segment
from audience_sync.store.platforms import AdAccount, Connection
from tools.bench.product import CARD, EVERYONE, House

PARALLEL = 4
TOKEN = "token-of-the-bench"  # noqa: S105  # The sink lets everybody in.
NOW = datetime(2026, 11, 24, tzinfo=UTC)
ANSWER = b'{"audience_id":"1","session_id":"1","num_received":0,"num_invalid_entries":0,"invalid_entry_samples":{}}'
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(ANSWER), ANSWER)


async def _sink(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Reads request after request, and thanks for each."""
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            await reader.readexactly(int(length.partition(b":")[2]))
            writer.write(RESPONSE)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


def sink(port_file: str) -> None:
    """A sink that serves until its process ends; its port is in the file."""

    async def run() -> None:
        server = await asyncio.start_server(_sink, "127.0.0.1", 0, limit=2**24)
        await asyncio.to_thread(Path(port_file).write_text, str(server.sockets[0].getsockname()[1]))
        await server.serve_forever()

    asyncio.run(run())


@contextmanager
def _sinking(folder: Path) -> Iterator[str]:
    """The address of a sink in a process of its own."""
    file = folder / "port"
    file.unlink(missing_ok=True)
    with subprocess.Popen([sys.executable, "-m", "tools.bench.uploads", str(file)]) as process:
        try:
            while not file.exists() or not file.read_text():
                sleep(0.05)
            yield f"http://127.0.0.1:{file.read_text()}"
        finally:
            process.kill()


def upload(house: House, name: str) -> dict[str, float]:
    """Seconds of all windows of the plan, and the share of them that the database takes."""
    with _sinking(house.folder) as address:
        return asyncio.run(_measured(house, name, address))


async def _measured(house: House, name: str, address: str) -> dict[str, float]:
    figures = house.frozen(name).figures
    sent = [batch for batch in figures.batches if batch.action != "remove"]
    async with _app(house, address) as app:
        run = await _furnish(app, name, figures)
        begun = perf_counter()
        for first in range(1, len(figures.batches) + 1, PARALLEL):
            places = range(first, min(first + PARALLEL, len(figures.batches) + 1))
            if await upload_window(app, run, places) != "go":
                raise RuntimeError("The upload stopped.")
        seconds = perf_counter() - begun
        bare = await _bare(app, house, name, sent)
    return {
        "seconds": seconds,
        "profiles": sum(batch.rows for batch in figures.batches),
        "bare_seconds": bare,
        "bookkeeping": max(0.0, 1 - bare / seconds),
        "batches": len(figures.batches),
    }


async def _bare(app: App, house: House, name: str, batches: Sequence[Slice]) -> float:
    """Seconds of the same bodies and requests, as many side by side, without a word in the database."""
    api, files = app.api(CARD.id, Traveller(TOKEN)), house.place(name).files
    target = Target("act_1", "1")
    connector = app.connector(CARD.id)

    async def send(batch: Slice) -> None:
        rows = await asyncio.to_thread(rows_of, files, batch, CARD.columns)
        made = Batch(batch.number, Action(batch.action), rows, 1, batch.sequence, last=False, total_rows=batch.rows)
        await connector.upload(api, target, made)

    begun = perf_counter()
    for first in range(0, len(batches), PARALLEL):
        await asyncio.gather(*map(send, batches[first : first + PARALLEL]))
    return perf_counter() - begun


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


async def _furnish(app: App, plan: str, figures: PlanFigures) -> str:
    """The rows of a run that is about to upload; its id."""
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
        await session.flush()
        asked = {"operation": "update", "trigger": "manual", "queued_at": NOW}
        session.add(Run(id="run", number=1, audience_id="audience", plan_id=plan, status="running", session=1, **asked))
        await session.flush()
        for batch in figures.batches:
            session.add(BatchRow(run_id="run", **asdict(batch)))
    return "run"


if __name__ == "__main__":
    sink(sys.argv[1])

"""How long the server takes for the longest pages.

A thousand audiences and ten thousand runs in SQLite; requests come at their times, whether the last one is answered
or not, as from many people at once.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import httpx2
import sqlalchemy as sa
from rich.box import SIMPLE_HEAD
from rich.table import Table

from audience_sync.app import App, open_app
from audience_sync.auth.sessions import Browser, begin
from audience_sync.flows import people
from audience_sync.model.permissions import SHELL
from audience_sync.settings import Settings
from audience_sync.store.audiences import Audience, Run, Segment
from audience_sync.store.platforms import AdAccount, Connection
from audience_sync.web.access import cookie_name
from audience_sync.web.application import create_web

AUDIENCES, RUNS, SEGMENTS = 1000, 10_000, 50
BUSIEST = 720
"""Runs of the first audience, which is synced every hour; the others share the rest."""
A_SECOND = 20.0
SECONDS = 15.0
PROMISED_MS = 50.0
PAGES = {
    "list": "/audiences",
    "list by match rate": "/audiences?sort=-match_rate&health=Healthy&view=cards",
    "list, searched": "/audiences?search=09&sort=-last_sync",
    "history": "/history",
    "history of one": "/audiences/audience-0/history",
}
Figures = dict[str, float]


def measure_all(seconds: float = SECONDS) -> dict[str, Figures]:
    """Page -> `p50_ms`, `p95_ms`, `most_ms`, `requests` and `kb`."""
    with TemporaryDirectory(prefix="audience-sync-pages-") as folder:
        return asyncio.run(_measured(Path(folder), seconds))


def screen(measured: dict[str, Figures]) -> Table:
    """The table for a terminal."""
    table = Table(box=SIMPLE_HEAD)
    for heading in ("Page", "p50 ms", "p95 ms", "Most ms", "Requests", "kB"):
        table.add_column(heading, justify="left" if heading == "Page" else "right")
    for page, each in measured.items():
        times = (f"{each[name]:.1f}" for name in ("p50_ms", "p95_ms", "most_ms"))
        table.add_row(page, *times, f"{each['requests']:.0f}", f"{each['kb']:.0f}")
    return table


def verdict(measured: dict[str, Figures]) -> str:
    """Whether the promise was kept, in a sentence."""
    worst = max(each["p95_ms"] for each in measured.values())
    held = "kept" if worst < PROMISED_MS else "NOT kept"
    return (
        f"{AUDIENCES:,} audiences, {RUNS:,} runs, {A_SECOND:.0f} requests a second: p95 is at most {worst:.0f} ms "
        f"(promised: {PROMISED_MS:.0f} ms; {held})."
    )


async def _measured(folder: Path, seconds: float) -> dict[str, Figures]:
    chosen: dict[str, Any] = {"data_dir": folder, "log_level": "ERROR"}
    async with open_app(Settings(**chosen)) as app:
        await _furnish(app)
        user = await people.add_user(app, SHELL, email="ada@example.com", role="admin")
        token = await begin(app.database, user.id, browser=Browser("127.0.0.1", "bench"), now=app.now())
        transport = httpx2.ASGITransport(app=create_web(app))
        cookies = {cookie_name(app): token}
        async with httpx2.AsyncClient(transport=transport, base_url="http://bench", cookies=cookies) as client:
            return {page: await _page(client, path, seconds) for page, path in PAGES.items()}


async def _page(client: httpx2.AsyncClient, path: str, seconds: float) -> Figures:
    first = await client.get(path)
    first.raise_for_status()
    begun = perf_counter()
    due = [begun + number / A_SECOND for number in range(round(seconds * A_SECOND))]
    spent = await asyncio.gather(*(_request(client, path, moment) for moment in due))
    return {
        "p50_ms": median(spent),
        "p95_ms": quantiles(spent, n=20)[-1],
        "most_ms": max(spent),
        "requests": len(spent),
        "kb": len(first.content) / 1000,
    }


async def _request(client: httpx2.AsyncClient, path: str, due: float) -> float:
    """Milliseconds from when the request was due until it was answered."""
    await asyncio.sleep(max(0.0, due - perf_counter()))
    (await client.get(path)).raise_for_status()
    return (perf_counter() - due) * 1000


async def _furnish(app: App) -> None:
    now = app.now()
    async with app.database.write() as session:
        session.add(Connection(id="c", platform="meta", kind="user", token="", created_at=now))
        await session.flush()
        account = {"connection_id": "c", "platform": "meta", "usable": True, "selected": True, "seen_at": now}
        session.add(AdAccount(id="a", remote_id="act_1", name="Main Account", **account))
        await session.execute(sa.insert(Segment), [_segment(number, now) for number in range(SEGMENTS)])
        await session.execute(sa.insert(Audience), [_audience(number, now) for number in range(AUDIENCES)])
        await session.execute(sa.insert(Run), _runs(now))


def _segment(number: int, now: datetime) -> dict[str, object]:
    definition = {"type": "rules", "rules": {"all": []}}
    return {
        "id": f"segment-{number}",
        "name": f"Segment {number}",
        "definition": definition,
        "created_at": now,
        "updated_at": now,
    }


def _audience(number: int, now: datetime) -> dict[str, object]:
    return {
        "id": f"audience-{number}",
        "segment_id": f"segment-{number % SEGMENTS}",
        "ad_account_id": "a",
        "platform": "meta",
        "name": f"Audience {number:04}",
        "marker": f"marker-{number}",
        "remote_id": str(number),
        "state": "paused" if number % 10 == 0 else "active",
        "auto_sync": True,
        "next_run_at": now + timedelta(hours=number % 24),
        "last_synced_at": now - timedelta(minutes=number),
        "ledger": {"members": 1000 + number, "keys": 2000 + 2 * number},
        "facts": _facts(number, now),
        "created_at": now,
    }


def _facts(number: int, now: datetime) -> dict[str, object]:
    people = 700 + number % 300
    return {"size_low": people, "size_high": people, "as_of": now.astimezone(UTC).isoformat()}


def _runs(now: datetime) -> Sequence[dict[str, object]]:
    """The newest of each audience last; all of them in the last 29 days."""
    numbers = [0] * AUDIENCES
    made = []
    for at in range(RUNS):
        owner = 0 if at * BUSIEST % RUNS < BUSIEST else 1 + at % (AUDIENCES - 1)
        numbers[owner] += 1
        began = now - timedelta(days=29) * (1 - at / RUNS)
        made.append(_run(at, owner, numbers[owner], began))
    return made


def _run(at: int, owner: int, number: int, began: datetime) -> dict[str, object]:
    added = at % 90
    return {
        "id": f"run-{at}",
        "number": number,
        "audience_id": f"audience-{owner}",
        "operation": "update" if number > 1 else "create",
        "trigger": "scheduled",
        "status": "failed" if at % 50 == 49 else "completed",
        "step": "done",
        "totals": {"sent": added, "added": added, "removed": at % 7, "members": 1000 + number},
        "facts": _facts(at, began),
        "queued_at": began,
        "started_at": began,
        "ended_at": began + timedelta(seconds=4),
    }

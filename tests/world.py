"""A whole house over one pretend platform: for tests that play the other side instead of mocking it."""

import csv
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx2

from audience_sync.app import App, open_app
from audience_sync.connectors.wire import Unlimited
from audience_sync.engine.durable import Immediate
from audience_sync.flows import audiences, runs
from audience_sync.flows.drafts import AudienceDraft
from audience_sync.flows.sync import execute
from audience_sync.flows.views import RunDetail
from audience_sync.model.ids import new_id
from audience_sync.model.permissions import SHELL
from audience_sync.sandbox.app import create_app
from audience_sync.settings import Settings
from audience_sync.sources.builtin.imports import import_file
from audience_sync.store import runs as run_rows
from audience_sync.store.audiences import Run, Segment
from audience_sync.store.platforms import AdAccount, Connection
from tests.clock import Clock
from tests.migrated import put_database
from tests.platforms import META, Pretend

WAIT_SECONDS = 300
"""How far the clocks move on while a run waits for its time."""
EVERYONE = {"type": "rules", "rules": {"all": []}}
IN_SEGMENT = {"type": "rules", "rules": {"attribute": "member", "op": "is", "value": "yes"}}
UNGUARDED = {"most_removed_percent": 100, "never_empty": False}
"""Guardrails of an audience that a test fills and empties as it likes."""
Person = Mapping[str, str]


@dataclass
class House:
    """An App, its sandbox, and what tests do with them."""

    app: App
    sandbox: httpx2.AsyncClient
    clock: Clock
    folder: Path
    account_id: str = ""
    pretend: Pretend = META

    async def control(self, call: str, /, **body: object) -> Any:
        """An answer of the sandbox's control surface."""
        url = f"/_sandbox/{call}"
        answer = await (self.sandbox.post(url, json=body) if body else self.sandbox.get(url))
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def fault(self, fault: str, times: int = 1, **where: object) -> None:
        await self.control("faults", platform=self.pretend.id, fault=fault, times=times, **where)

    async def keys(self, remote_id: str) -> set[tuple[str, str]]:
        """What the platform really holds."""
        answer = await self.control(f"audiences/{self.pretend.id}/{remote_id}/keys")
        return {(each["kind"], each["value"]) for each in answer}

    def people(self, people: Iterable[Person]) -> None:
        """The store has these profiles (as CSV columns), whatever they were before."""
        rows = list(people)
        path = self.folder / "people.csv"
        names = list(dict.fromkeys(name for row in rows for name in row))
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(rows)
        import_file(self.app.settings.profiles_dir, "profiles", path)

    async def segment(self, definition: Mapping[str, Any] = EVERYONE, name: str = "Everyone") -> str:
        now = self.app.now()
        segment = Segment(
            id=new_id(), name=name, definition=dict(definition), created_by="test", created_at=now, updated_at=now
        )
        async with self.app.database.write() as session:
            session.add(segment)
        return segment.id

    async def connect(self, token: str = "") -> str:
        """A live connection with its main account selected."""
        connection, account, pretend = new_id(), new_id(), self.pretend
        token = token or pretend.token
        sealed = self.app.vault.seal(token, table="connections", row=connection, column="token")
        now = self.app.now()
        async with self.app.database.write() as session:
            session.add(Connection(id=connection, platform=pretend.id, kind=pretend.kind, token=sealed, created_at=now))
            await session.flush()
            session.add(
                AdAccount(
                    id=account,
                    connection_id=connection,
                    platform=pretend.id,
                    remote_id=pretend.account,
                    name="Main Account",
                    usable=True,
                    selected=True,
                    seen_at=now,
                )
            )
        self.account_id = account
        return connection

    async def audience(self, segment_id: str, **choices: Any) -> str:
        """An audience whose first run is queued."""
        made = await audiences.create(self.app, SHELL, AudienceDraft(segment_id, self.account_id, **choices))
        return made.audience.id

    async def sync(self, audience_id: str, operation: str = "update") -> RunDetail:
        """One more run, done to its end."""
        run = await runs.start(self.app, SHELL, audience_id, operation=operation)
        return await self.work(run.id)

    async def work(self, run_id: str = "", *, rounds: int = 60) -> RunDetail:
        """What a worker would do: take up the run whenever it is due, moving the clock over its waits."""
        for _ in range(rounds):
            async with self.app.database.read() as session:
                due = await run_rows.due(session, self.app.now())
            due += await self._left_running()
            for run, _partition in due:
                if not run_id or run.id == run_id:
                    run_id = run.id
                    await execute(self.app, run.id, Immediate())
            detail = await runs.get(self.app, SHELL, run_id)
            if detail.run.ended_at is not None:
                return detail
            self.clock.advance(seconds=WAIT_SECONDS)
            await self.control("clock", advance_seconds=WAIT_SECONDS)
        raise AssertionError(f"The run did not end: {detail.run.status}, {detail.progress.waiting_for}")

    async def _left_running(self) -> list[tuple[Run, str]]:
        """Runs that a dead worker left: a new one begins their line again."""
        async with self.app.database.read() as session:
            return [(run, "") for run in await run_rows.with_status(session, "running")]


@asynccontextmanager
async def house(
    folder: Path, *, pretend: Pretend = META, database_url: str = "", **settings: Any
) -> AsyncIterator[House]:
    """A connected house in the folder, in this process, over a sandbox with memory of its own."""
    world = create_app(only=pretend.id)
    if not database_url:
        put_database(folder / "data")
    chosen = Settings(
        data_dir=folder / "data",
        database_url=database_url,
        **{**pretend.app(), "consent_policy": "not_denied", **settings},
    )
    clock = Clock()
    transport = httpx2.ASGITransport(app=world)
    async with (
        open_app(chosen, now=clock.now) as app,
        httpx2.AsyncClient(transport=transport, base_url="http://sandbox") as client,
    ):
        # The clock stands still between steps, so a limiter that counts by it would let nobody pass.
        light = replace(app, http=client, inline_jobs=True, limiter=Unlimited())
        made = House(light, client, clock, folder, pretend=pretend)
        await made.connect()
        yield made


def pretty(answer: object) -> str:
    return json.dumps(answer, indent=1, default=str)

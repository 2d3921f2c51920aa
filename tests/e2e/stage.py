"""The whole product on loopback for a real browser: server, worker, sandbox, some people, and the cast."""

import asyncio
import csv
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import uvicorn
from fastapi import FastAPI

from audience_sync.app import App
from audience_sync.connectors.registry import CONNECTORS
from audience_sync.flows import connect, connections, people
from audience_sync.flows.connect import Connected
from audience_sync.flows.segments import SegmentDraft, create
from audience_sync.model.permissions import SHELL
from audience_sync.sandbox.serve import Sandbox
from audience_sync.server import build
from audience_sync.settings import Settings
from audience_sync.sources.builtin.imports import import_file
from audience_sync.store.people import Role

HOST = "127.0.0.1"
PASSWORD = "correct horse battery"
CAST = {
    "admin": ("Ada Admin", "admin"),
    "marketer": ("Mia Marketer", "manager"),
    "viewer": ("Vic Viewer", "viewer"),
    "outsider": ("Olga Outsider", "outsider"),
}
"""Name and role of each; the outsider's role is one of the installation's own, and may do nothing."""
TOKEN = "SANDBOX_SYSTEM_USER_TOKEN"
PEOPLE = 300
START_SECONDS = 120
WAIT_SECONDS = 120

T = TypeVar("T")


@dataclass
class Stage:
    """Where the product and its sandbox answer. `ids`: of things that are there, such as `segment`."""

    url: str
    sandbox: Sandbox
    settings: Settings
    api: FastAPI
    loop: asyncio.AbstractEventLoop
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def app(self) -> App:
        app: App = self.api.state.belt
        return app

    def do(self, work: Callable[[App], Awaitable[T]]) -> T:
        """What the work over the App gives back, done in the server's own loop."""

        async def whole() -> T:
            return await work(self.app)

        return asyncio.run_coroutine_threadsafe(whole(), self.loop).result(60)

    def control(self, path: str, **body: object) -> Any:
        """An answer of the sandbox's control surface."""
        url = f"{self.sandbox.url}/_sandbox/{path}"
        answer = httpx2.post(url, json=body) if body else httpx2.get(url)
        answer.raise_for_status()
        return answer.json()

    def mend(self) -> None:
        """No fault is waiting any more."""
        httpx2.delete(f"{self.sandbox.url}/_sandbox/faults").raise_for_status()

    def until(self, happened: Callable[[], bool]) -> None:
        """It has happened; asked again and again for half a minute."""
        deadline = time.monotonic() + WAIT_SECONDS
        while not happened():
            assert time.monotonic() < deadline, "It did not happen in time."
            time.sleep(0.1)


@contextmanager
def staged(folder: Path, *, furnished: bool = True, **chosen: Any) -> Iterator[Stage]:
    """The product runs until the block ends; `furnished` puts the cast, people, a segment and a connection in.

    An empty one has no worker: a process has one engine, and the furnished stage may be running beside it.
    """
    with Sandbox.start() as sandbox, socket.create_server((HOST, 0)) as listener:
        settings = _settings(folder, listener.getsockname()[1], sandbox, chosen)
        api, loops = build(settings, work=furnished), list[asyncio.AbstractEventLoop]()
        server = uvicorn.Server(uvicorn.Config(api, log_config=None, access_log=False, loop="asyncio"))
        thread = threading.Thread(target=lambda: asyncio.run(_serve(server, listener, loops)), daemon=True)
        thread.start()
        _wait(server, thread)
        made = Stage(settings.base_url, sandbox, settings, api, loops[0])
        try:
            if furnished:
                furnish(made, folder)
            yield made
        finally:
            server.should_exit = True
            thread.join(30)


def furnish(made: Stage, folder: Path) -> None:
    """The cast, three hundred people, a segment of them, and a connection whose first account is chosen."""
    made.control("settings", platform="meta", processing_seconds=0.0)
    import_file(made.settings.profiles_dir, "profiles", _people(folder / "people.csv"))
    made.do(_cast)
    made.ids["segment"] = made.do(_segment)
    made.ids["account"] = made.do(_connection)


async def _cast(app: App) -> None:
    async with app.database.write() as session:
        session.add(Role(name="outsider", permissions=[]))
    for name, (full_name, role) in CAST.items():
        await people.add_user(app, SHELL, email=f"{name}@example.com", role=role, name=full_name, password=PASSWORD)


async def _segment(app: App) -> str:
    rules = {"type": "rules", "rules": {"attribute": "tier", "op": "is", "value": "gold"}}
    return (await create(app, SHELL, SegmentDraft("High Value Customers", rules))).id


async def _connection(app: App) -> str:
    made: Connected = await connect.connect_with_token(app, SHELL, "meta", TOKEN)
    account = next(each for each in made.connection.accounts if each.usable)
    await connections.choose_accounts(app, SHELL, made.connection.id, [account.remote_id])
    return account.id


def _people(path: Path) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "email", "phone", "first_name", "tier"])
        for number in range(PEOPLE):
            tier = "gold" if number % 3 else "silver"
            writer.writerow([f"c{number}", f"person{number}@example.com", f"+1415555{number:04}", "Pat", tier])
    return path


def _settings(folder: Path, port: int, sandbox: Sandbox, chosen: dict[str, Any]) -> Settings:
    defaults = {name: each.default for name, each in Settings.model_fields.items()}
    ours = {
        "data_dir": folder / "data",
        "warehouse_dir": str(folder / "warehouse"),
        "base_url": f"http://{HOST}:{port}",
        "port": port,
        "consent_policy": "not_denied",
        "log_level": "ERROR",
    }
    return Settings(**defaults | ours | _pretend(sandbox) | chosen)


def _pretend(sandbox: Sandbox) -> dict[str, object]:
    """Settings that lead every connector to its platform in the sandbox."""
    ways: dict[str, object] = {}
    for name in CONNECTORS:
        ways |= {f"{name}_app_id": "sandbox-app", f"{name}_app_secret": "sandbox-secret"}
        ways |= {f"{name}_{address}_url": f"{sandbox.url}/{name}" for address in ("api", "login", "ads", "token")}
        ways[f"{name}_requests_per_second"] = 100.0
    return {name: value for name, value in ways.items() if name in Settings.model_fields}


async def _serve(server: uvicorn.Server, listener: socket.socket, loops: list[asyncio.AbstractEventLoop]) -> None:
    loops.append(asyncio.get_running_loop())
    await server.serve([listener])


def _wait(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        if time.monotonic() > deadline or not thread.is_alive():
            raise RuntimeError("The server did not start.")
        time.sleep(0.05)

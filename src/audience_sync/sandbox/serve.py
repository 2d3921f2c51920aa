"""The sandbox on a loopback port: for good, or for the length of a `with` block."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from audience_sync.sandbox.app import create_app
from audience_sync.sandbox.gateway import DROP
from audience_sync.sandbox.world import World

HOST = "127.0.0.1"
START_SECONDS = 60.0


class DroppableProtocol(HttpToolsProtocol):
    """HTTP whose requests carry the means to cut their own connection."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {DROP: {"abort": self.transport.abort}}


def serve(port: int, only: str | None = None) -> None:
    """The sandbox answers on 127.0.0.1:`port` until the process is told to stop."""
    uvicorn.Server(_config(create_app(only), port)).run()


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox. `url` is its root without a slash at the end; `world` its inside, in this process."""

    url: str
    world: World

    @staticmethod
    @contextmanager
    def start(only: str | None = None, port: int = 0) -> "Iterator[Sandbox]":
        """The sandbox runs in a thread of this process, on a free port unless one is named, until the block ends."""
        app = create_app(only)
        listener = socket.create_server((HOST, port))
        server = uvicorn.Server(_config(app, port))
        thread = threading.Thread(target=server.run, args=([listener],), name="sandbox", daemon=True)
        thread.start()
        try:
            _wait_until_up(server)
            yield Sandbox(f"http://{HOST}:{listener.getsockname()[1]}", app.state.world)
        finally:
            server.should_exit = True
            thread.join()
            listener.close()


def _config(app: Starlette, port: int) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=HOST,
        port=port,
        http=DroppableProtocol,
        lifespan="off",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
    )


def _wait_until_up(server: uvicorn.Server) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        if time.monotonic() > deadline:
            raise RuntimeError("The sandbox did not start.")
        time.sleep(0.01)

"""A Spark Connect server for the tests: one small process for all of a session's workers."""

import fcntl
import json
import os
import re
import secrets
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import uuid4

from tools.java import MISSING, find

SERVER = "org.apache.spark.sql.connect.service.SparkConnectServer"
READY = re.compile(r"Spark Connect server started at: \S+:(\d+)")
START_SECONDS = 200
SETTINGS = {
    "spark.master": "local[2]",
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.connect.grpc.binding.address": "127.0.0.1",
    "spark.connect.grpc.binding.port": "0",
    "spark.driver.memory": "2g",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "2",
}
# The quick compiler alone: what runs here is over before the thorough one would pay.
JAVA = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData"


@contextmanager
def server() -> Iterator[str]:
    """The address of a running server, with its token; it ends with the last worker that asked."""
    session = os.environ.get("PYTEST_XDIST_TESTRUNUID", uuid4().hex)
    folder = Path(tempfile.gettempdir()) / f"audience-sync-spark-{session}"
    folder.mkdir(mode=0o700, exist_ok=True)
    yield _joined(folder)
    _left(folder)


def _joined(folder: Path) -> str:
    with _state(folder) as state:
        if not state:
            own = Path(tempfile.mkdtemp(dir=folder))
            state.update(_started(own), folder=str(own), users=0)
        state["users"] += 1
        return str(state["address"])


def _left(folder: Path) -> None:
    with _state(folder) as state:
        state["users"] -= 1
        if state["users"] == 0:
            os.kill(state["pid"], signal.SIGKILL)
            with suppress(ChildProcessError):  # Another worker may have started it.
                os.waitpid(state["pid"], 0)
            # The lock stays: somebody may be waiting for it, to start the next server.
            shutil.rmtree(state["folder"], ignore_errors=True)
            state.clear()


@contextmanager
def _state(folder: Path) -> Iterator[dict[str, Any]]:
    """What all workers know of the server, for one of them at a time."""
    file = folder / "state.json"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        state = json.loads(file.read_text()) if file.exists() else {}
        yield state
        file.write_text(json.dumps(state))


def _started(folder: Path) -> dict[str, Any]:
    found, home = find(), find_spec("pyspark")
    assert found, MISSING
    assert home and home.origin
    places = {
        "spark.sql.warehouse.dir": folder / "tables",
        "spark.local.dir": folder / "spill",
        "spark.driver.extraJavaOptions": f"{JAVA} -Djava.io.tmpdir={folder}",
    }
    settings = folder / "spark.properties"
    settings.write_text("".join(f"{name} {value}\n" for name, value in {**SETTINGS, **places}.items()))
    token, log = secrets.token_hex(16), folder / "log"
    submit = str(Path(home.origin).parent / "bin" / "spark-submit")
    environment = {"SPARK_CONNECT_AUTHENTICATE_TOKEN": token, "JAVA_HOME": str(Path(found).resolve().parent.parent)}
    # Each script on the way to Java ends in `exec`, so this is Java's own process in the end.
    pid = os.posix_spawn(
        submit,
        [submit, "--properties-file", str(settings), "--class", SERVER, "spark-internal"],
        {**os.environ, **environment},
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )
    return {"pid": pid, "address": f"sc://localhost:{_port(pid, log)}/;user_id=ada;token={token}"}


def _port(pid: int, log: Path) -> int:
    """Where it listens, once it does."""
    for _ in range(START_SECONDS * 5):
        said = log.read_text() if log.exists() else ""
        if ready := READY.search(said):
            return int(ready[1])
        assert os.waitpid(pid, os.WNOHANG) == (0, 0), said[-2000:]
        time.sleep(0.2)
    os.kill(pid, signal.SIGKILL)
    raise AssertionError(said[-2000:])

"""How much of a platform's rate the workers use together, as the sandbox counts it."""

import os
import socket
import subprocess
import sys
import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2

from audience_sync.store.migrate import migrate_url
from tools.bench.rate_worker import PLATFORM

CASES = ((20.0, 1), (20.0, 3), (50.0, 1), (50.0, 3))
"""Requests per second that the sandbox allows, and workers."""
SECONDS, WARM_SECONDS = 12.0, 2.0
"""Workers upload for so long; the first seconds are not counted."""
START_SECONDS = 60.0
UPLOADS = "segment/mapping"

Figures = dict[str, float]


def measure_all(seconds: float = SECONDS) -> list[Figures]:
    """The figures of every case, on a new SQLite each."""
    figures = []
    for rate, workers in CASES:
        with TemporaryDirectory(prefix="audience-sync-rate-") as folder:
            figures.append(measure(rate, workers, f"sqlite:///{Path(folder) / 'rate.db'}", seconds))
    return figures


def measure(rate: float, workers: int, database_url: str, seconds: float = SECONDS) -> Figures:
    """`used` requests a second and their `share` of the rate; `refused` requests; the `fullest` second."""
    migrate_url(database_url)
    with _sandbox() as url:
        httpx2.post(f"{url}/_sandbox/settings", json={"platform": PLATFORM, "requests_per_second": rate})
        accepted = _upload(url, database_url, workers=workers, rate=rate, seconds=seconds)
        answer = httpx2.get(f"{url}/_sandbox/requests", params={"platform": PLATFORM, "path": UPLOADS}, timeout=60)
        arrivals = [request["at"] for request in answer.json()]
    used = _used(arrivals, round(rate))
    return {
        "rate": rate,
        "workers": workers,
        "used": used,
        "share": used / rate,
        "refused": len(arrivals) - accepted,
        "fullest": max(_within(arrivals, start, 1.0) for start in arrivals),
    }


def _used(arrivals: Sequence[float], rate: int) -> float:
    """Requests a second after the warm-up, over a multiple of `rate` requests, because they may come in waves."""
    begin = bisect_left(arrivals, arrivals[0] + WARM_SECONDS)
    end = begin + (len(arrivals) - 1 - begin) // rate * rate
    return (end - begin) / (arrivals[end] - arrivals[begin])


def _within(arrivals: Sequence[float], start: float, seconds: float) -> int:
    return bisect_left(arrivals, start + seconds) - bisect_left(arrivals, start)


def _upload(url: str, database_url: str, *, workers: int, rate: float, seconds: float) -> int:
    """Batches that were accepted, of all workers; they begin together."""
    words = [sys.executable, "-m", "tools.bench.rate_worker", url, database_url, str(rate), str(seconds)]
    with ExitStack() as stack:
        started = [
            stack.enter_context(subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
            for _ in range(workers)
        ]
        _wait_until_each_has_its_audience(url, workers)
        for worker in started:
            assert worker.stdin
            worker.stdin.write("go\n")
            worker.stdin.flush()
        return sum(int(worker.communicate()[0].split()[-1]) for worker in started)


def _wait_until_each_has_its_audience(url: str, workers: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while len(httpx2.get(f"{url}/_sandbox/audiences").json()) < workers:
        if time.monotonic() > deadline:
            raise RuntimeError("The workers did not start.")
        time.sleep(0.1)
    time.sleep(1.0)  # The calls that made the audiences are not to count in the first second.


@contextmanager
def _sandbox() -> Iterator[str]:
    """The address of a sandbox in a process of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    program = Path(sys.executable).parent / "audience-sync"
    with subprocess.Popen([program, "sandbox", "--port", str(port)], stderr=subprocess.DEVNULL) as server:
        _prefer(server.pid)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_up(url)
            yield url
        finally:
            server.terminate()


def _prefer(process: int) -> None:
    """The process waits for no other, where the system lets us: a platform does not run on the workers' processors."""
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, process, -10)


def _wait_until_up(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            httpx2.get(f"{url}/_sandbox/clock").raise_for_status()
            return
        except httpx2.TransportError:
            if time.monotonic() > deadline:
                raise RuntimeError("The sandbox did not start.") from None
            time.sleep(0.1)

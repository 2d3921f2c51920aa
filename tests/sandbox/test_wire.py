"""What only happens on a real connection: dropped lines, slow answers, many bytes."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx2
import pytest

from audience_sync.sandbox.serve import Sandbox
from tests.sandbox.graph import people

DROPPED = (httpx2.RemoteProtocolError, httpx2.ReadError)
NEW = {"name": "VIP", "subtype": "CUSTOM", "customer_file_source": "USER_PROVIDED_ONLY"}


@pytest.fixture
def client(served: Sandbox) -> Iterator[httpx2.Client]:
    served.world.reset()
    headers = {"authorization": "Bearer SANDBOX_USER_TOKEN"}
    with httpx2.Client(base_url=f"{served.url}/meta/v26.0/", headers=headers, timeout=60) as client:
        yield client


def audience_on(client: httpx2.Client) -> str:
    return str(client.post("act_123456789/customaudiences", json=NEW).json()["id"])


def answer_within(seconds: float, url: str) -> httpx2.Response:
    deadline = time.monotonic() + seconds
    while True:
        try:
            return httpx2.get(url)
        except httpx2.ConnectError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def body_of(count: int) -> bytes:
    return json.dumps({"payload": {"schema": ["EMAIL"], "data": people(count)}}).encode()


@pytest.mark.parametrize(("fault", "applied"), [("reset_before", 0), ("reset_after", 3)])
def test_a_dropped_line_is_a_transport_error(served: Sandbox, client: httpx2.Client, fault: str, applied: int) -> None:
    audience = audience_on(client)
    served.world.fail("meta", fault, path="/users")
    with pytest.raises(DROPPED):
        client.post(f"{audience}/users", content=body_of(3), headers={"content-type": "application/json"})
    (seen,) = served.world.platforms["meta"].audiences()
    assert len(seen.members) == applied


def test_the_next_request_after_a_dropped_line_is_answered(served: Sandbox, client: httpx2.Client) -> None:
    served.world.fail("meta", "reset_before")
    with pytest.raises(DROPPED):
        client.get("me")
    assert client.get("me").status_code == 200


def test_a_dropped_line_has_no_status(served: Sandbox, client: httpx2.Client) -> None:
    served.world.fail("meta", "reset_after")
    with pytest.raises(DROPPED):
        client.get("me")
    assert served.world.recorder.requests()[-1].status is None


def test_a_slow_answer_is_slow(served: Sandbox, client: httpx2.Client) -> None:
    served.world.fail("meta", "slow:0.3")
    start = time.monotonic()
    assert client.get("me").status_code == 200
    assert time.monotonic() - start >= 0.3


def test_a_slow_answer_can_be_too_slow(served: Sandbox, client: httpx2.Client) -> None:
    served.world.fail("meta", "slow:2")
    with pytest.raises(httpx2.ReadTimeout):
        client.get("me", timeout=0.2)


def test_a_whole_batch_passes_in_a_moment(served: Sandbox, client: httpx2.Client) -> None:
    """A moment of this process, in which the sandbox runs, too: the machine may have other things to do."""
    audience = audience_on(client)
    body = body_of(10_000)
    start = time.process_time()
    answer = client.post(f"{audience}/users", content=body, headers={"content-type": "application/json"})
    assert answer.json()["num_received"] == 10_000
    assert time.process_time() - start < 2


def test_the_sandbox_serves_on_the_port_it_is_given() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    program = f"from audience_sync.sandbox.serve import serve; serve({port}, 'meta')"
    with subprocess.Popen([sys.executable, "-c", program]) as process:
        try:
            assert answer_within(120, f"http://127.0.0.1:{port}/_sandbox/clock").status_code == 200
        finally:
            process.terminate()


def test_two_sandboxes_know_nothing_of_each_other(served: Sandbox, client: httpx2.Client) -> None:
    audience_on(client)
    with Sandbox.start("meta") as other:
        assert httpx2.get(f"{other.url}/_sandbox/audiences").json() == []


def test_a_sandbox_is_gone_after_its_block() -> None:
    with Sandbox.start() as sandbox:
        assert httpx2.get(f"{sandbox.url}/_sandbox/clock").status_code == 200
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(f"{sandbox.url}/_sandbox/clock")

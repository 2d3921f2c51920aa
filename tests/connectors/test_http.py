"""One call: its token, its turn, its attempts, its end."""

from dataclasses import replace

import httpx2
import pytest

from audience_sync.connectors import http
from audience_sync.connectors.faults import Subject
from audience_sync.connectors.http import LATE_SECONDS, LONG_SECONDS, OUTCOME_UNKNOWN, SENT, UNREACHABLE, Api
from audience_sync.connectors.snapchat import Snapchat
from audience_sync.connectors.wire import Call
from audience_sync.errors import Rejected, RetryLater
from tests.connectors.conftest import ApiMaker

ABOUT = Subject(account="123", audience="77")
CREATE = Call("POST", "act_123/customaudiences", body=b"{}", about=ABOUT, repeatable=False)
READ = Call("GET", "77", about=ABOUT)


class Line:
    """Answers with the given things in turn (the last one again and again); an exception is raised instead."""

    def __init__(self, *answers: httpx2.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx2.Request] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Turns:
    """A limiter that lets wait as long as it is told to."""

    def __init__(self, wait: float = 0.0, *waits: float) -> None:
        self.wait = wait
        self.asked: list[tuple[str, float]] = []
        self.waits = iter(waits)
        self.moved: list[float] = []
        self.ahead: list[tuple[str, float]] = []
        self.pushed: list[tuple[str, float]] = []

    async def acquire(self, key: str, rate: float) -> float:
        self.asked.append((key, rate))
        return next(self.waits, self.wait)

    async def move(self, key: str, rate: float, late_seconds: float, *, ahead_seconds: float = 0.0) -> float:
        self.moved.append(late_seconds)
        if ahead_seconds:
            self.ahead.append((key, ahead_seconds))
        return ahead_seconds

    async def push(self, key: str, seconds: float) -> None:
        self.pushed.append((key, seconds))


class Clockwork:
    """The time that calls see, and their sleep, which may last too long."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.oversleeps = 0.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds + self.oversleeps


@pytest.fixture
def clockwork(monkeypatch: pytest.MonkeyPatch) -> Clockwork:
    made = Clockwork()
    monkeypatch.setattr(http, "monotonic", lambda: made.now)
    monkeypatch.setattr(http, "sleep", made.sleep)
    return made


def fine(**body: object) -> httpx2.Response:
    return httpx2.Response(200, json={"id": "77", **body})


def refused(code: int, status: int = 400, **more: object) -> httpx2.Response:
    return httpx2.Response(status, json={"error": {"message": f"(#{code}) no", "code": code, **more}})


PAGE = httpx2.Response(500, html="<h1>Sorry</h1>")


async def test_the_token_travels_in_a_header_and_not_in_the_address(api_of: ApiMaker) -> None:
    line = Line(fine())
    await api_of(line).send(READ)
    request = line.requests[0]
    assert request.headers["authorization"] == "Bearer EAAB_TOKEN"
    assert str(request.url) == "https://graph.example/v26.0/77"


async def test_a_body_travels_as_it_was_prepared(api_of: ApiMaker) -> None:
    line = Line(fine())
    await api_of(line).send(Call("DELETE", "77/users", body=b'{"a":[1, 2]}'))
    assert line.requests[0].content == b'{"a":[1, 2]}'
    assert line.requests[0].headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "failure",
    [
        PAGE,
        httpx2.Response(503),
        httpx2.Response(200, html="<h1>Hello</h1>"),
        httpx2.Response(200, json=["no", "object"]),
        refused(2, 500),
        httpx2.ReadTimeout("slow"),
        httpx2.ConnectError("down"),
        httpx2.RemoteProtocolError("cut"),
    ],
    ids=str,
)
async def test_a_failure_of_the_line_is_made_up_for(api_of: ApiMaker, failure: httpx2.Response | Exception) -> None:
    line = Line(failure, failure, failure, fine())
    assert await api_of(line).send(READ) == {"id": "77"}


async def test_after_four_attempts_the_caller_is_asked_to_wait(api_of: ApiMaker) -> None:
    line = Line(PAGE)
    with pytest.raises(RetryLater, match=r"Meta answered 500 .* audience 77 in ad account 123") as busy:
        await api_of(line).send(READ)
    assert (busy.value.code, busy.value.after_seconds, len(line.requests)) == (UNREACHABLE, 60, 4)


@pytest.mark.parametrize("failure", [PAGE, httpx2.ReadTimeout("slow"), httpx2.Response(200, text="?")], ids=str)
async def test_a_create_that_may_have_happened_is_not_repeated(
    api_of: ApiMaker, failure: httpx2.Response | Exception
) -> None:
    line = Line(failure, fine())
    with pytest.raises(RetryLater) as unknown:
        await api_of(line).send(CREATE)
    assert (unknown.value.code, len(line.requests)) == (OUTCOME_UNKNOWN, 1)


@pytest.mark.parametrize("failure", [httpx2.ConnectError("down"), httpx2.ConnectTimeout(""), httpx2.PoolTimeout("")])
async def test_a_create_that_never_left_the_house_is_repeated(api_of: ApiMaker, failure: Exception) -> None:
    assert await api_of(Line(failure, fine())).send(CREATE) == {"id": "77"}


async def test_a_create_is_not_repeated_after_a_passing_fault_either(api_of: ApiMaker) -> None:
    line = Line(refused(2, 500), fine())
    with pytest.raises(RetryLater):
        await api_of(line).send(CREATE)
    assert len(line.requests) == 1


async def test_every_attempt_takes_a_turn_of_its_account(api_of: ApiMaker) -> None:
    turns = Turns()
    await api_of(Line(PAGE, fine()), limiter=turns).send(READ)
    assert turns.asked == [("meta:123", 5.0), ("meta:123", 5.0)]


async def test_a_call_about_no_account_takes_a_turn_of_the_app(api_of: ApiMaker) -> None:
    turns = Turns()
    await api_of(Line(fine()), limiter=turns).get("me")
    assert turns.asked == [("meta:app", 5.0)]


async def test_a_short_wait_is_slept(api_of: ApiMaker, clockwork: Clockwork) -> None:
    turns = Turns(0.25)
    assert await api_of(Line(fine()), limiter=turns).send(READ)
    assert (clockwork.slept, turns.moved) == ([0.25], [])


async def test_after_a_longer_wait_the_turn_is_looked_at_before_it_begins(
    api_of: ApiMaker, clockwork: Clockwork
) -> None:
    turns = Turns(19.5)
    await api_of(Line(fine()), limiter=turns).send(READ)
    assert (clockwork.slept, turns.moved) == ([19.5 - LONG_SECONDS / 2], [-LONG_SECONDS / 2])


async def test_a_turn_that_is_long_past_is_moved_before_anything_is_sent(
    api_of: ApiMaker, clockwork: Clockwork
) -> None:
    clockwork.oversleeps = 2 * LONG_SECONDS
    turns = Turns(0.25)
    await api_of(Line(fine()), limiter=turns).send(READ)
    assert turns.moved == [2 * LONG_SECONDS]


@pytest.mark.parametrize(("late", "moved"), [(LATE_SECONDS / 2, []), (0.25, [0.25])])
async def test_a_call_that_left_late_says_so(
    api_of: ApiMaker, clockwork: Clockwork, late: float, moved: list[float]
) -> None:
    async def platform(request: httpx2.Request) -> httpx2.Response:
        clockwork.now += late
        await request.extensions["trace"](f"http11.{SENT}", {})
        return fine()

    turns = Turns()
    await api_of(platform, limiter=turns).send(READ)
    assert turns.moved == moved


def of_two_limits(api: Api) -> Api:
    """The same on Snapchat, which counts per token and per app."""
    options = {"requests_per_second": "2", "app_requests_per_second": "10"}
    return replace(api, dialect=Snapchat(), connection="c", options=options)


async def test_a_wider_limit_is_asked_only_when_the_narrower_turn_has_come(
    api_of: ApiMaker, clockwork: Clockwork
) -> None:
    asked_at: dict[str, float] = {}

    class Noting(Turns):
        async def acquire(self, key: str, rate: float) -> float:
            asked_at[key] = clockwork.now
            return await super().acquire(key, rate)

    await of_two_limits(api_of(Line(fine()), limiter=Noting(0.0, 10.0))).send(READ)
    assert asked_at["snapchat:app"] - asked_at["snapchat:c"] == pytest.approx(10, abs=LONG_SECONDS)


async def test_the_narrower_turn_is_moved_at_once_to_where_the_wider_one_begins(
    api_of: ApiMaker, clockwork: Clockwork
) -> None:
    turns = Turns(0.0, 0.0, 10.0)
    await of_two_limits(api_of(Line(fine()), limiter=turns)).send(READ)
    assert turns.ahead[0] == ("snapchat:c", 10.0)
    assert sum(clockwork.slept) == pytest.approx(10, abs=LONG_SECONDS)


async def test_a_long_wait_is_left_to_the_engine_and_nothing_is_sent(api_of: ApiMaker) -> None:
    line = Line(fine())
    with pytest.raises(RetryLater) as busy:
        await api_of(line, limiter=Turns(300.0)).send(READ)
    assert (busy.value.after_seconds, busy.value.code, line.requests) == (300, "PLATFORM_RATE_LIMIT", [])


async def test_retry_after_holds_everybody_back(api_of: ApiMaker) -> None:
    turns = Turns()
    with pytest.raises(RetryLater) as busy:
        await api_of(Line(httpx2.Response(429, headers={"retry-after": "90"})), limiter=turns).send(READ)
    assert (busy.value.after_seconds, turns.pushed) == (90, [("meta:123", 90.0)])


async def test_a_refusal_without_an_envelope_is_final(api_of: ApiMaker) -> None:
    line = Line(httpx2.Response(404, json={"detail": "nothing here"}))
    with pytest.raises(Rejected):
        await api_of(line).send(READ)
    assert len(line.requests) == 1


async def test_the_envelope_decides_and_not_the_status(api_of: ApiMaker) -> None:
    line = Line(refused(200, 500, error_subcode=1870090))
    with pytest.raises(Exception, match="terms") as refusal:
        await api_of(line).send(READ)
    assert type(refusal.value).__name__ == "ActionNeeded"


async def test_an_error_in_an_answer_of_status_200_is_an_error(api_of: ApiMaker) -> None:
    with pytest.raises(Exception, match="token") as refusal:
        await api_of(Line(refused(190, 200))).send(READ)
    assert type(refusal.value).__name__ == "Reconnect"


async def test_no_text_of_a_call_shows_keys_or_secrets(api_of: ApiMaker) -> None:
    call = Call("POST", "x", {"client_secret": "SECRET"}, b"f1904cf1")
    shown = repr(call) + repr(api_of(Line(fine())))
    assert [word for word in ("SECRET", "f1904cf1", "EAAB_TOKEN") if word in shown] == []

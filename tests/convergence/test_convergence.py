"""Whatever happens, the next completed run makes the platform equal the segment, and the ledger never knows less."""

import asyncio
import tempfile
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
import stamina
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from audience_sync.connectors import http
from audience_sync.connectors.registry import CONNECTORS
from audience_sync.flows import runs
from audience_sync.flows.views import RunDetail
from audience_sync.ledger import close
from audience_sync.ledger.close import held_keys
from audience_sync.ledger.files import PlanFiles
from audience_sync.ledger.manifest import Manifest
from audience_sync.model.ids import AudienceId, PlanId
from audience_sync.model.permissions import SHELL
from audience_sync.sources.builtin import outcomes
from audience_sync.store import runs as run_rows
from audience_sync.store.audiences import Audience
from tests.convergence.breaking import BreakingDatabase, BreakingTransport, Crash, Fuse
from tests.convergence.oracle import keys_of
from tests.platforms import GOOGLE, META, SNAPCHAT, TIKTOK
from tests.world import IN_SEGMENT, House, house

pytestmark = pytest.mark.timeout(1800)
"""One machine plays whole runs for minutes; on a busy computer for many of them."""

NOBODY = {"member": "no", "email": "", "phone": "", "mobile_ad_id": "", "first_name": ""}
PEOPLE = st.integers(0, 4).map(lambda n: f"p{n}")
EMAILS = st.sampled_from(
    ["", "a@example.com", "B@Example.com ", "c@example.org;d@example.org", "no address", "e@example.net"]
)
PHONES = st.sampled_from(["", "+1 201-555-0123", "+12015550124", "12"])
DEVICES = st.sampled_from(["", "38400000-8CF0-11BD-B23E-10B96E40000D", "00000000-0000-0000-0000-000000000000"])
ON_THE_LINE = ("reset_after", "reset_before", "http500_html")
FAULTS = {
    "meta": ("error:613/1487742", "error:200/1870047", "error:2650/1870145"),
    "google": ("error:429/RESOURCE_EXHAUSTED", "error:400/INVALID_SHA256_FORMAT", "fails", "partial", "rate_limit:30"),
    "tiktok": ("error:40100", "error:50000", "error:40202", "error:40002"),
    "snapchat": ("error:429/E0000", "sub_error:E2006", "error:500/E1000"),
}
PATHS = {
    "meta": ("users", "DELETE .*users", "usersreplace"),
    "google": ("ingest", ":remove$", "removeAll"),
    "tiktok": ("segment/mapping", "custom_audience"),
    "snapchat": ("POST .*users", "DELETE .*users"),
}
TIMES = st.integers(1, 3)
AFTER = st.sampled_from([0, 0, 0, 1, 3])
"""How often a fault strikes, and after how many matching requests."""


class Convergence(RuleBasedStateMachine):
    """People come, go and change; runs are started, broken, cancelled and finished."""

    pretend = META
    drop_person = False
    shuffled = False
    logs_to_base = close.LOGS_TO_BASE

    def __init__(self) -> None:
        super().__init__()
        self.people: dict[str, dict[str, str]] = {}
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.folder = tempfile.TemporaryDirectory()
        self.fuse = Fuse()
        self.equal = False

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    @initialize(delta_share=st.sampled_from([0, outcomes.DELTA_SHARE]))
    def begin(self, delta_share: int) -> None:
        self.do(self._begin(delta_share))

    async def _begin(self, delta_share: int) -> None:
        patch = self.stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(close, "LOGS_TO_BASE", self.logs_to_base)
        # With 0 the store keeps whatever comes in beside its first file, and plans compare those alone.
        patch.setattr(outcomes, "DELTA_SHARE", delta_share)
        patch.setattr(outcomes, "LEAST_FOR_DELTA", 0)
        self.home = await self.stack.enter_async_context(house(Path(self.folder.name), pretend=self.pretend))
        app, sandbox = self.home.app, self.home.sandbox
        transport = BreakingTransport(sandbox._transport, self.fuse)
        # One clock for both sides: whoever replaces by clearing compares the platform's times with ours.
        there: Any = sandbox._transport
        there.app.state.world.clock.now = self.home.clock.seconds
        client = await self.stack.enter_async_context(httpx2.AsyncClient(transport=transport))
        database = BreakingDatabase(app.database, self.fuse)
        self.home = House(
            replace(app, http=client, database=database),
            sandbox,
            self.home.clock,
            self.home.folder,
            self.home.account_id,
            self.pretend,
        )
        choices = {"drop_person": self.drop_person, "shuffled": self.shuffled}
        wished = {**self.pretend.sandbox, **{name: True for name, chosen in choices.items() if chosen}}
        if wished:
            await self.home.control("settings", platform=self.pretend.id, **wished)
        self.people = {f"p{n}": {**NOBODY, "member": "yes", "email": f"first{n}@example.com"} for n in range(4)}
        self.store()
        self.audience = await self.home.audience(await self.home.segment(IN_SEGMENT))

    def stir(self, who: str, email: str) -> None:
        """Somebody has another address or is gone, so that what follows has something to remove and to add."""
        before = self.people.get(who, {**NOBODY, "member": "yes"})
        self.people[who] = {**before, "email": email, "member": "yes" if email else "no"}
        self.store()

    def store(self) -> None:
        self.home.people([{"id": name, **facts} for name, facts in self.people.items()])
        self.equal = False

    @rule(who=PEOPLE, member=st.sampled_from(["yes", "yes", "no"]), email=EMAILS, phone=PHONES, device=DEVICES)
    def someone_is(self, who: str, member: str, email: str, phone: str, device: str) -> None:
        self.people[who] = {**NOBODY, "member": member, "email": email, "phone": phone, "mobile_ad_id": device}
        self.store()

    @precondition(lambda self: self.people)
    @rule(
        data=st.data(),
        change=st.sampled_from([{"member": "no"}, {"member": "yes"}, {"first_name": "Ann"}, {"phone": ""}]),
    )
    def someone_changes(self, data: st.DataObject, change: dict[str, str]) -> None:
        who = data.draw(st.sampled_from(sorted(self.people)))
        self.people[who] = {**self.people[who], **change}
        self.store()

    @rule(operation=st.sampled_from(["update", "update", "replace"]), fuse=st.integers(0, 60), who=PEOPLE, email=EMAILS)
    def a_run_crashes(self, operation: str, fuse: int, who: str, email: str) -> None:
        self.stir(who, email)
        run = self.do(self._begin_run(operation))
        self.fuse.left = fuse
        try:
            self.do(self.home.work(run))
        except Crash:
            pass
        finally:
            self.fuse.left = None

    @rule(data=st.data(), operation=st.sampled_from(["update", "update", "replace"]), who=PEOPLE, email=EMAILS)
    def a_run_meets_faults(self, data: st.DataObject, operation: str, who: str, email: str) -> None:
        self.stir(who, email)
        self.do(self._begin_run(operation))
        fault = data.draw(st.sampled_from([*ON_THE_LINE, *FAULTS[self.pretend.id]]))
        path = data.draw(st.sampled_from(PATHS[self.pretend.id]))
        self.do(self.home.fault(fault, data.draw(TIMES), path=path, after=data.draw(AFTER)))
        self.do(self._finish())
        self.do(self.home.sandbox.delete("/_sandbox/faults"))

    @rule(fuse=st.integers(5, 50), who=PEOPLE, email=EMAILS)
    def a_run_is_cancelled(self, fuse: int, who: str, email: str) -> None:
        self.stir(who, email)
        run = self.do(self._begin_run("update"))
        self.fuse.left = fuse
        try:
            self.do(self.home.work(run))
        except Crash:
            self.do(self._cancel(run))
        finally:
            self.fuse.left = None
        self.do(self._finish())

    @rule(operation=st.sampled_from(["update", "update", "replace"]))
    def a_run_completes(self, operation: str) -> None:
        self.do(self._finish())
        done: RunDetail = self.do(self._complete(operation))
        assert done.run.status == "completed", done.run
        assert done.run.owed == 0
        members = [person for person in self.people.values() if person["member"] == "yes"]
        assert self.do(self._platform()) == keys_of(members, self.pretend)

    @invariant()
    def the_ledger_knows_all_that_is_there(self) -> None:
        assert self.do(self._platform()) <= self.do(self._ledger())

    async def _begin_run(self, operation: str) -> str:
        """The id of the run under way, or of a new one."""
        async with self.home.app.database.read() as session:
            run = await run_rows.unfinished(session, self.audience)
        return run.id if run else (await runs.start(self.home.app, SHELL, self.audience, operation=operation)).id

    async def _cancel(self, run: str) -> None:
        async with self.home.app.database.read() as session:
            ended = (await run_rows.load(session, run)).run.ended_at
        if ended is None:
            await runs.cancel(self.home.app, SHELL, run)

    async def _finish(self) -> None:
        """Whatever is under way ends. A worker that starts takes up what a dead one left running."""
        async with self.home.app.database.read() as session:
            run = await run_rows.unfinished(session, self.audience)
        if run:
            await self.home.work(run.id)

    async def _complete(self, operation: str) -> RunDetail:
        return await self.home.sync(self.audience, operation)

    async def _platform(self) -> set[tuple[str, str]]:
        audiences = await self.home.control("audiences")
        assert len(audiences) <= 1, "a create was repeated"
        held = set().union(*[await self.home.keys(each["id"]) for each in audiences])
        known = {name for names in self.pretend.kinds.values() for name in names}
        return {(kind, key) for kind, key in held if kind in known}

    async def _ledger(self) -> set[tuple[str, str]]:
        app = self.home.app
        async with app.database.read() as session:
            audience = await session.get_one(Audience, self.audience)
            run = await run_rows.unfinished(session, self.audience)
            batches = await run_rows.batches(session, run.id) if run else []
        sent = frozenset(batch.number for batch in batches if batch.attempts)
        plan = (run.plan_id if run else None) or ""
        files = PlanFiles(app.settings.ledger_dir, AudienceId(self.audience), PlanId(plan))
        files.root.mkdir(parents=True, exist_ok=True)
        columns = {column.name: column for column in app.connector(self.pretend.id).card.naming}
        held = held_keys(files, Manifest.from_json(audience.ledger), sent, naming=list(columns))
        texts = {(kind, key.hex() if columns[kind].hashed else key.decode()) for kind, key in held}
        return {(name, key) for kind, key in texts for name in self.pretend.kinds.get(kind, ())}

    def teardown(self) -> None:
        self.do(self.stack.aclose())
        self.runner.close()
        self.folder.cleanup()


class ConvergenceOnLogs(Convergence):
    """The same while the ledger is a base and many logs, as it is with many people and few changes."""

    logs_to_base = float("inf")


class ConvergenceOnPersons(Convergence):
    """The same where the platform drops a whole row when one of its keys is removed."""

    drop_person = True


class GoogleConvergence(Convergence):
    """The same on a platform that works requests off by itself, the latest first, and replaces by clearing.

    A run that a lost answer may still undo says so; then it is the first run after a day that must be equal.
    """

    pretend = GOOGLE
    shuffled = True

    async def _complete(self, operation: str) -> RunDetail:
        done = await super()._complete(operation)
        if done.run.error.get("code") != "ANSWER_LOST":
            return done
        assert await self._platform() <= await self._ledger()
        self.home.clock.advance(hours=24)
        return await super()._complete(operation)


class GoogleOnPersons(GoogleConvergence):
    """The same where Google takes the whole member away."""

    drop_person = True


class SnapchatConvergence(Convergence):
    """The same on a platform that takes one kind of identifier at a time and hides refusals in a success."""

    pretend = SNAPCHAT


class TikTokConvergence(Convergence):
    """The same on a platform that answers every refusal with a success of HTTP."""

    pretend = TIKTOK


@pytest.fixture(autouse=True)
def _small_and_quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two rows a batch, so that a few people make many batches; no wait is slept, because the clock is the test's."""
    for connector in CONNECTORS.values():
        monkeypatch.setattr(connector, "card", replace(connector.card, max_rows=2), raising=False)
    monkeypatch.setattr(http, "PATIENCE_SECONDS", 0.0)
    with stamina.set_testing(True, attempts=4):
        yield


BOUNDED = settings(
    max_examples=14, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)
TestConvergence = Convergence.TestCase
TestConvergence.settings = BOUNDED
TestConvergenceOnLogs = ConvergenceOnLogs.TestCase
TestConvergenceOnLogs.settings = BOUNDED
TestConvergenceOnPersons = ConvergenceOnPersons.TestCase
TestConvergenceOnPersons.settings = BOUNDED
OTHERS = settings(BOUNDED, max_examples=6)
TestGoogle = GoogleConvergence.TestCase
TestGoogle.settings = OTHERS
TestGoogleOnPersons = GoogleOnPersons.TestCase
TestGoogleOnPersons.settings = OTHERS
TestSnapchat = SnapchatConvergence.TestCase
TestSnapchat.settings = OTHERS
TestTikTok = TikTokConvergence.TestCase
TestTikTok.settings = OTHERS

"""What every connector must do, whatever its platform: inherit, name the platform, and each claim is tested."""

import httpx2
import pyarrow as pa
import pytest

from audience_sync import errors
from audience_sync.connectors.faults import Subject
from audience_sync.connectors.http import OUTCOME_UNKNOWN, UNREACHABLE
from audience_sync.connectors.registry import CONNECTORS, api_for
from audience_sync.errors import AudienceGone, AudienceSyncError, Reconnect, RetryLater, SessionLost
from audience_sync.identity.keys import keys
from audience_sync.model.cards import FaultRule
from audience_sync.model.platforms import Action
from audience_sync.model.profiles import RAW_SCHEMA
from audience_sync.sandbox.serve import Sandbox
from audience_sync.settings import load_settings
from tests.contract.stage import RecordingLimiter, Stage, batch, replacing

LOST_ANSWERS = ["reset_after", "http500_after", "html200", "reset_before", "http500_html", "http503"]
RAW = {
    "profile_id": ["p1"],
    "email": [["Jane.Doe+News@Example.com"]],
    "phone": [["+1 (555) 987-6543"]],
    "first_name": ["Zoë-Käthe"],
    "last_name": ["O'Brien-Smythe"],
    "city": ["San Francisco"],
    "postal_code": ["90210-1234"],
    "country": ["US"],
}
NOBODY_SEES = [
    "jane.doe",
    "987-6543",
    "9876543",
    "example.com",
    "zoë",
    "zoëkäthe",
    "brien",
    "sanfrancisco",
    "san francisco",
    "90210",
]


class ConnectorContract:
    """The claims. A subclass says `platform`, `settings`, `token`, `account` and how its sandbox names things."""

    platform: str
    token: str
    account: str
    app: dict[str, str]
    expire_token: str
    """The sandbox's fault that makes the token expire."""

    @pytest.fixture
    def stage(self, sandbox: Sandbox, client: httpx2.AsyncClient) -> Stage:
        where = {f"{self.platform}_{name}": f"{sandbox.url}/{self.platform}" for name in ("api_url", "login_url")}
        settings = load_settings(**where, **self.app)
        limiter = RecordingLimiter()
        api = api_for(settings, self.platform, client, limiter, token=self.token)
        return Stage(sandbox, CONNECTORS[self.platform], api, limiter, self.account)

    # --- Members ---------------------------------------------------------------------------------------------------

    async def test_added_people_are_there(self, stage: Stage) -> None:
        await stage.create()
        rows = stage.people(range(50))
        await stage.add(rows)
        assert stage.held() == stage.keys_of(rows)

    async def test_removed_keys_are_gone_and_the_others_stay(self, stage: Stage) -> None:
        await stage.create()
        rows = stage.people(range(50))
        await stage.add(rows)
        leaving = stage.naming(rows.slice(0, 20))
        await stage.remove(leaving)
        assert stage.held() == stage.keys_of(rows) - stage.keys_of(leaving)

    async def test_adding_twice_changes_nothing(self, stage: Stage) -> None:
        await stage.create()
        rows = stage.people(range(50))
        await stage.add(rows)
        receipt = await stage.add(rows)
        assert (stage.held(), receipt.received) == (stage.keys_of(rows), 50)

    async def test_a_second_attempt_of_the_same_batch_changes_nothing(self, stage: Stage) -> None:
        await stage.create()
        rows = stage.people(range(50))
        await stage.add(rows)
        receipt = await stage.add(rows, attempt=2)
        assert (stage.held(), receipt.received) == (stage.keys_of(rows), 50)

    async def test_removing_a_stranger_is_no_error(self, stage: Stage) -> None:
        await stage.create()
        rows = stage.people(range(5))
        await stage.add(rows)
        await stage.remove(stage.naming(stage.people(["a stranger"])))
        assert stage.held() == stage.keys_of(rows)

    async def test_the_maximum_of_the_card_is_the_platforms(self, stage: Stage) -> None:
        await stage.create()
        most = stage.connector.card.max_rows
        receipt = await stage.add(stage.people(range(most)))
        assert receipt.received == most
        with pytest.raises(errors.Rejected):
            await stage.add(stage.people(range(most + 1)))

    async def test_nothing_is_sent_for_nobody(self, stage: Stage) -> None:
        await stage.create()
        before = len(stage.requests())
        receipt = await stage.add(stage.people([]))
        assert (receipt.received, len(stage.requests())) == (0, before)

    async def test_no_raw_identifier_is_in_any_byte_of_any_request(self, stage: Stage) -> None:
        await stage.create()
        raw = pa.table({name: RAW.get(name, [None]) for name in RAW_SCHEMA.names}, schema=RAW_SCHEMA)
        card = stage.connector.card
        made = keys(raw, card.columns, rules=card.rules, default_country="US")
        await stage.add(pa.table({c.name: [_as_text(made[c.name][0].as_py(), c.hashed)] for c in card.columns}))
        sent = " ".join(f"{r.path} {r.query} {r.headers} {r.body!r}".lower() for r in stage.requests())
        assert len(stage.held()) == 2
        assert [raw_text for raw_text in NOBODY_SEES if raw_text in sent] == []

    @pytest.mark.parametrize("fault", LOST_ANSWERS)
    @pytest.mark.parametrize("action", [Action.ADD, Action.REMOVE])
    async def test_a_lost_answer_to_a_batch_is_made_up_for(self, stage: Stage, fault: str, action: Action) -> None:
        await stage.create()
        rows = stage.people(range(10))
        await stage.add(rows)
        stage.fail(fault, times=2, path="users")
        changed = stage.naming(rows) if action is Action.REMOVE else stage.people(range(20))
        await stage.upload(batch(action, changed))
        wanted = stage.keys_of(rows) - stage.keys_of(changed) if action is Action.REMOVE else stage.keys_of(changed)
        assert stage.held() == wanted

    async def test_a_platform_that_stays_silent_asks_for_patience(self, stage: Stage) -> None:
        await stage.create()
        stage.fail("http500_html", times=None)
        with pytest.raises(RetryLater) as refused:
            await stage.add(stage.people(range(5)))
        assert (refused.value.code, len(stage.requests("users"))) == (UNREACHABLE, 4)

    # --- Replace ---------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("parts", [1, 3])
    async def test_a_replace_leaves_exactly_the_members(self, stage: Stage, parts: int) -> None:
        await self.filled(stage, range(100))
        wanted = [stage.people(range(90 + 10 * n, 100 + 10 * n)) for n in range(parts)]
        receipts = [await stage.upload(one) for one in replacing(wanted)]
        assert not (await stage.check(receipts[-1])).settled
        stage.settle()
        assert (await stage.check(receipts[-1])).settled
        assert stage.held() == stage.keys_of(pa.concat_tables(wanted))

    @pytest.mark.parametrize("fault", ["reset_after", "http500_after", "reset_before", "http500_html"])
    @pytest.mark.parametrize("parts", [1, 3])
    async def test_a_lost_answer_to_the_first_batch_of_a_replace_is_made_up_for(
        self, stage: Stage, fault: str, parts: int
    ) -> None:
        await self.filled(stage, range(100))
        wanted = [stage.people(range(90 + 10 * n, 100 + 10 * n)) for n in range(parts)]
        first, *others = replacing(wanted)
        stage.fail(fault, path="usersreplace")
        with pytest.raises(RetryLater):
            await stage.upload(first)
        again = batch(Action.REPLACE, first.rows, last=first.last, total_rows=first.total_rows, attempt=2)
        receipts = [await stage.upload(one) for one in [again, *others]]
        stage.settle()
        assert (await stage.check(receipts[-1])).settled
        assert stage.held() == stage.keys_of(pa.concat_tables(wanted))

    @pytest.mark.parametrize("lost", [2, 3])
    async def test_a_lost_answer_to_a_later_batch_of_a_replace_is_made_up_for(self, stage: Stage, lost: int) -> None:
        await self.filled(stage, range(100))
        wanted = [stage.people(range(90 + 10 * n, 100 + 10 * n)) for n in range(3)]
        stage.fail("reset_after", path="usersreplace", after=lost - 1)
        receipts = [await stage.upload(one) for one in replacing(wanted)]
        stage.settle()
        assert (await stage.check(receipts[-1])).settled
        assert stage.held() == stage.keys_of(pa.concat_tables(wanted))

    async def test_a_replace_that_failed_on_the_platform_is_lost(self, stage: Stage) -> None:
        await self.filled(stage, range(100))
        stage.sandbox.world.platforms[self.platform].mark(stage.target.remote_id, "replace_fails", on=True)
        receipt = await stage.upload(replacing([stage.people(range(9))])[0])
        stage.settle()
        with pytest.raises(SessionLost):
            await stage.check(receipt)

    async def test_a_receipt_that_never_settles_stays_unsettled(self, stage: Stage) -> None:
        await self.filled(stage, range(100))
        stage.sandbox.world.platforms[self.platform].mark(stage.target.remote_id, "never_settles", on=True)
        receipt = await stage.upload(replacing([stage.people(range(9))])[0])
        stage.settle()
        assert not (await stage.check(receipt)).settled

    # --- Audiences -------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("fault", ["reset_after", "http500_after", "html200"])
    async def test_a_create_whose_answer_was_lost_is_not_repeated_and_can_be_found(
        self, stage: Stage, fault: str
    ) -> None:
        stage.fail(fault, times=None, path="POST")
        with pytest.raises(RetryLater) as refused:
            await stage.create(description="audience-sync:lost")
        stage.sandbox.world.faults.clear()
        found = await stage.connector.audiences(stage.api, stage.account)
        assert refused.value.code == OUTCOME_UNKNOWN
        assert [each.description for each in found] == ["audience-sync:lost"]

    async def test_every_audience_is_listed_over_several_pages(self, stage: Stage) -> None:
        made = {(await stage.create(f"List {n}")).remote_id for n in range(45)}
        found = await stage.connector.audiences(stage.api, stage.account)
        assert (len(found), {each.remote_id for each in found}) == (45, made)

    async def test_an_account_without_audiences_lists_none(self, stage: Stage) -> None:
        assert await stage.connector.audiences(stage.api, stage.account) == []

    async def test_a_renamed_audience_has_its_new_name(self, stage: Stage) -> None:
        await stage.create("Old")
        await stage.connector.rename(stage.api, stage.target, name="Neu – “VIP” 정", description="audience-sync:b2")
        found = (await stage.connector.audiences(stage.api, stage.account))[0]
        assert (found.name, found.description) == ("Neu – “VIP” 정", "audience-sync:b2")

    async def test_a_deleted_audience_is_gone_and_deleting_again_is_fine(self, stage: Stage) -> None:
        await stage.create()
        await stage.connector.delete(stage.api, stage.target)
        await stage.connector.delete(stage.api, stage.target)
        assert await stage.connector.audiences(stage.api, stage.account) == []

    async def test_uploading_to_a_deleted_audience_says_that_it_is_gone(self, stage: Stage) -> None:
        await stage.create()
        await stage.connector.delete(stage.api, stage.target)
        with pytest.raises(AudienceGone) as refused:
            await stage.add(stage.people(range(5)))
        assert stage.target.remote_id in refused.value.message

    async def test_an_audience_has_no_size_before_the_platform_has_counted(self, stage: Stage) -> None:
        await stage.create()
        facts = await stage.connector.measure(stage.api, stage.target)
        assert (facts.size_low, facts.size_high, facts.ready, facts.problem) == (None, None, None, "")

    async def test_a_counted_audience_has_bounds_around_its_size(self, stage: Stage) -> None:
        await self.filled(stage, range(2000))
        facts = await stage.connector.measure(stage.api, stage.target)
        assert facts.size_low is not None and facts.size_high is not None
        assert 0 < facts.size_low <= facts.size_high <= 2000
        assert (facts.ready, facts.problem) == (True, "")

    async def test_an_audience_below_the_minimum_is_not_ready_and_says_why(self, stage: Stage) -> None:
        await self.filled(stage, range(20))
        facts = await stage.connector.measure(stage.api, stage.target)
        assert facts.ready is False
        assert str(stage.connector.card.min_size) in facts.problem

    # --- Faults ----------------------------------------------------------------------------------------------------

    async def test_every_fault_of_the_card_ends_in_its_class_with_its_words(self, stage: Stage) -> None:
        await stage.create()
        for rule in stage.connector.card.faults:
            stage.fail(self.fault_of(rule), times=None)
            with pytest.raises(AudienceSyncError) as refused:
                await stage.connector.measure(stage.api, stage.target)
            stage.sandbox.world.faults.clear()
            error = refused.value
            assert (type(error).__name__, error.code) == (rule.kind, rule.name), rule
            assert (error.message, error.hint) == self.words(stage, rule)
            assert error.hint

    async def test_faults_that_pass_in_seconds_are_repeated_and_the_others_are_not(self, stage: Stage) -> None:
        await stage.create()
        for rule in stage.connector.card.faults:
            before = len(stage.requests())
            stage.fail(self.fault_of(rule), times=None)
            with pytest.raises(AudienceSyncError):
                await stage.connector.measure(stage.api, stage.target)
            stage.sandbox.world.faults.clear()
            assert len(stage.requests()) - before == (4 if rule.again else 1), rule

    async def test_a_used_up_quota_holds_everybody_back(self, stage: Stage) -> None:
        await stage.create()
        for rule in (rule for rule in stage.connector.card.faults if rule.pauses):
            stage.limiter.pushed.clear()
            stage.fail(self.fault_of(rule))
            with pytest.raises(RetryLater) as refused:
                await stage.connector.measure(stage.api, stage.target)
            assert stage.limiter.pushed[self.limit_key(stage)] >= refused.value.after_seconds >= rule.after_seconds

    async def test_an_expired_token_asks_to_reconnect(self, stage: Stage) -> None:
        await stage.create()
        stage.fail(self.expire_token)
        with pytest.raises(Reconnect) as refused:
            await stage.add(stage.people(range(5)))
        assert "Reconnect" in refused.value.hint

    async def test_refused_rows_are_counted_and_explained_without_their_cells(self, stage: Stage) -> None:
        await stage.create()
        rows = stage.people(range(5))
        broken = rows.set_column(0, rows.column_names[0], [["NOT-A-HASH", *rows.column(0).to_pylist()[1:]]])
        receipt = await stage.add(broken)
        assert (receipt.received, receipt.invalid, len(receipt.samples)) == (5, 1, 1)
        assert "NOT-A-HASH" not in receipt.samples[0]

    async def test_every_call_waits_for_its_turn_by_ad_account(self, stage: Stage) -> None:
        await stage.create()
        await stage.add(stage.people(range(5)))
        await stage.connector.measure(stage.api, stage.target)
        assert stage.limiter.acquired == [self.limit_key(stage)] * 3

    # --- Secrets ---------------------------------------------------------------------------------------------------

    async def test_the_token_is_in_no_address_no_log_and_no_error(
        self, stage: Stage, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
    ) -> None:
        caplog.set_level("DEBUG")
        await stage.create()
        stage.fail("http500_html", times=None, path="users")
        with pytest.raises(RetryLater) as refused:
            await stage.add(stage.people(range(5)))
        printed = capsys.readouterr()
        places = [caplog.text, printed.out, printed.err, str(refused.value), repr(refused.value), repr(stage.api)]
        places += [f"{request.path}?{request.query}" for request in stage.requests()]
        secrets = [self.token, *(value for name, value in self.app.items() if "secret" in name)]
        assert [secret for secret in secrets for place in places if secret in place] == []

    # --- For the claims --------------------------------------------------------------------------------------------

    async def filled(self, stage: Stage, names: range) -> None:
        """The audience exists, holds these people, and the platform has processed them."""
        await stage.create()
        await stage.add(stage.people(names))
        stage.settle()

    def limit_key(self, stage: Stage) -> str:
        return f"{self.platform}:{self.account}"

    def fault_of(self, rule: FaultRule) -> str:
        """The sandbox's name of a fault of the card."""
        raise AssertionError(f"{type(self).__name__} does not say how its sandbox brings about {rule}")

    def words(self, stage: Stage, rule: FaultRule) -> tuple[str, str]:
        """What the card says about this audience."""
        subject = Subject(account=self.account, audience=stage.target.remote_id)
        link = stage.connector.card.terms_link.format(account=self.account)
        words = {"subject": str(subject), "terms_link": link}
        return rule.message.format(**words), rule.hint.format(**words)


def _as_text(key: object, hashed: bool) -> str:
    first = key[0] if isinstance(key, list) and key else key
    if not isinstance(first, bytes):
        return ""
    return first.hex() if hashed else first.decode()

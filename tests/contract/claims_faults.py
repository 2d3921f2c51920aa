"""The contract about what goes wrong: each fault has its class, its words and its patience; no secret shows."""

import pyarrow as pa
import pytest

from audience_sync.connectors.faults import Subject
from audience_sync.errors import AudienceSyncError, Reconnect, Rejected, RetryLater
from audience_sync.model.cards import FaultRule
from tests.contract.claims import Claims
from tests.contract.stage import Stage


class FaultClaims(Claims):
    """Errors, limits and secrets."""

    async def test_every_fault_of_the_card_ends_in_its_class_with_its_words(self, stage: Stage) -> None:
        await stage.create()
        for rule in self.faults(stage):
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
        for rule in self.faults(stage):
            before = len(stage.requests())
            stage.fail(self.fault_of(rule), times=None)
            with pytest.raises(AudienceSyncError):
                await stage.connector.measure(stage.api, stage.target)
            stage.sandbox.world.faults.clear()
            assert len(stage.requests()) - before == (4 if rule.again else 1), rule

    async def test_a_used_up_quota_holds_everybody_back(self, stage: Stage) -> None:
        await stage.create()
        quotas = [rule for rule in self.faults(stage) if rule.pauses]
        for rule in quotas:
            stage.limiter.pushed.clear()
            stage.fail(self.fault_of(rule), times=None)
            with pytest.raises(RetryLater) as refused:
                await stage.connector.measure(stage.api, stage.target)
            stage.sandbox.world.faults.clear()
            assert stage.limiter.pushed[self.limit_keys(stage)[0]] >= refused.value.after_seconds >= rule.after_seconds
        assert quotas

    async def test_an_expired_token_asks_to_reconnect(self, stage: Stage) -> None:
        await stage.create()
        stage.fail(self.expire_token)
        with pytest.raises(Reconnect) as refused:
            await stage.send(stage.people(range(5)))
        assert "Reconnect" in refused.value.hint

    async def test_every_call_waits_for_its_turn(self, stage: Stage) -> None:
        await stage.create(holding=stage.people(range(5)))
        await stage.connector.measure(stage.api, stage.target)
        assert len(stage.requests()) >= 3
        assert stage.limiter.acquired == [*self.limit_keys(stage)] * len(stage.requests())

    async def test_the_token_is_in_no_address_no_log_and_no_error(
        self, stage: Stage, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
    ) -> None:
        caplog.set_level("DEBUG")
        await stage.create()
        stage.fail("http500_html", times=None, path=self.members_path)
        with pytest.raises(RetryLater) as refused:
            await stage.send(stage.people(range(5)))
        printed = capsys.readouterr()
        places = [caplog.text, printed.out, printed.err, str(refused.value), repr(refused.value), repr(stage.api)]
        places += [f"{request.path}?{request.query}" for request in stage.requests()]
        secrets = [self.token, *(value for name, value in self.app.items() if "secret" in name)]
        assert [secret for secret in secrets for place in places if secret in place] == []

    def fault_of(self, rule: FaultRule) -> str:
        """The sandbox's name of a fault of the card."""
        raise AssertionError(f"{type(self).__name__} does not say how its sandbox brings about {rule}")

    def words(self, stage: Stage, rule: FaultRule) -> tuple[str, str]:
        """What the card says about this audience."""
        subject = Subject(account=self.account, audience=stage.target.remote_id)
        link = stage.connector.card.terms_link.format(account=self.account)
        words = {"subject": str(subject), "terms_link": link}
        return rule.message.format(**words), rule.hint.format(**words)


class RowClaims(Claims):
    """For platforms that take the good rows of a batch in and say which they refuse."""

    async def test_refused_rows_are_counted_and_explained_without_their_cells(self, stage: Stage) -> None:
        await stage.create()
        receipt = await stage.add(_with_a_broken_cell(stage))
        assert (receipt.received, receipt.invalid, len(receipt.samples)) == (5, 1, 1)
        assert "NOT-A-HASH" not in receipt.samples[0]


class WholeBatchClaims(Claims):
    """For platforms that refuse a batch for a single bad row."""

    async def test_a_bad_row_has_its_batch_refused_as_one_that_can_be_halved(self, stage: Stage) -> None:
        await stage.create()
        broken, held = _with_a_broken_cell(stage), stage.held()
        with pytest.raises(Rejected) as refused:
            await stage.add(broken)
        assert refused.value.details["about_rows"] is True
        assert "NOT-A-HASH" not in f"{refused.value} {refused.value.details}"
        assert stage.held() == held


def _with_a_broken_cell(stage: Stage) -> pa.Table:
    rows = stage.people(range(5))
    return rows.set_column(0, rows.column_names[0], [["NOT-A-HASH", *rows.column(0).to_pylist()[1:]]])

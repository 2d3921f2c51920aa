"""The contract about audiences: created once, found again, renamed, measured, deleted."""

import pytest

from audience_sync.connectors.http import OUTCOME_UNKNOWN
from audience_sync.errors import AudienceGone, RetryLater
from tests.contract.claims import Claims
from tests.contract.stage import Stage


class AudienceClaims(Claims):
    """Lists on the platform, and what it says of them."""

    @pytest.mark.parametrize("fault", ["reset_after", "http500_after", "html200"])
    async def test_a_create_whose_answer_was_lost_is_not_repeated_and_can_be_found(
        self, stage: Stage, fault: str
    ) -> None:
        stage.fail(fault, times=None, path=self.create_line)
        with pytest.raises(RetryLater) as refused:
            await stage.create(marker="audience-sync:lost")
        stage.sandbox.world.faults.clear()
        found = await stage.connector.audiences(stage.api, stage.account)
        assert refused.value.code == OUTCOME_UNKNOWN
        assert [stage.is_marked(each, "audience-sync:lost") for each in found] == [True]

    async def test_every_audience_is_listed_over_several_pages(self, stage: Stage) -> None:
        made = {(await stage.create(f"List {n}")).remote_id for n in range(45)}
        found = await stage.connector.audiences(stage.api, stage.account)
        assert (len(found), {each.remote_id for each in found}) == (45, made)

    async def test_an_account_without_audiences_lists_none(self, stage: Stage) -> None:
        assert await stage.connector.audiences(stage.api, stage.account) == []

    async def test_a_deleted_audience_is_gone_and_deleting_again_is_fine(self, stage: Stage) -> None:
        await stage.create()
        await stage.connector.delete(stage.api, stage.target)
        await stage.connector.delete(stage.api, stage.target)
        assert await stage.connector.audiences(stage.api, stage.account) == []

    async def test_uploading_to_a_deleted_audience_says_that_it_is_gone(self, stage: Stage) -> None:
        await stage.create()
        await stage.connector.delete(stage.api, stage.target)
        with pytest.raises(AudienceGone) as refused:
            await stage.send(stage.people(range(5)))
        assert stage.target.remote_id in refused.value.message

    async def test_an_audience_has_no_size_before_the_platform_has_counted(self, stage: Stage) -> None:
        await stage.create()
        facts = await stage.connector.measure(stage.api, stage.target)
        assert (facts.size_low, facts.size_high, facts.ready, facts.problem) == (None, None, None, "")

    async def test_a_counted_audience_has_bounds_around_its_size(self, stage: Stage) -> None:
        await stage.create(holding=stage.people(range(2000)).select(["email"]))
        stage.settle()
        facts = await stage.connector.measure(stage.api, stage.target)
        assert facts.size_low is not None and facts.size_high is not None
        assert 0 < facts.size_low <= facts.size_high <= 2000
        assert (facts.ready, facts.problem) == (True, "")

    async def test_an_audience_below_the_minimum_is_not_ready_and_says_why(self, stage: Stage) -> None:
        await self.filled(stage, range(20))
        facts = await stage.connector.measure(stage.api, stage.target)
        assert facts.ready is False
        assert f"{stage.connector.card.min_size:,}" in facts.problem


class RenameClaims(Claims):
    """For platforms that let a list be renamed."""

    async def test_a_renamed_audience_has_its_new_name(self, stage: Stage) -> None:
        await self.filled(stage, range(50))
        name = stage.named("Neu – “VIP” 정", "audience-sync:b2")
        await stage.connector.rename(stage.api, stage.target, name=name, description="audience-sync:b2")
        found = (await stage.connector.audiences(stage.api, stage.account))[0]
        assert (found.name, stage.is_marked(found, "audience-sync:b2")) == (name, True)

"""The contract about replacing all members: exactly the new ones are left, or it says that it was lost."""

import pyarrow as pa
import pytest

from audience_sync.errors import RetryLater, SessionLost
from audience_sync.model.platforms import Action
from tests.contract.claims import Claims
from tests.contract.stage import Stage, batch, replacing


def parts_of(stage: Stage, parts: int) -> list[pa.Table]:
    """Some who are members already, and others, in so many batches."""
    return [stage.people(range(90 + 30 * n, 120 + 30 * n)) for n in range(parts)]


class ReplaceClaims(Claims):
    """Replacing, for platforms that do it natively."""

    replace_path: str = "usersreplace"
    """A piece of the path of every call that carries members of a replace."""

    @pytest.mark.parametrize("parts", [1, 3])
    async def test_a_replace_leaves_exactly_the_members(self, stage: Stage, parts: int) -> None:
        await self.filled(stage, range(100))
        wanted = parts_of(stage, parts)
        receipt = await stage.replace_with(wanted)
        assert not (await stage.check(receipt)).settled
        stage.settle()
        assert (await stage.check(receipt)).settled
        assert stage.held() == stage.keys_of(pa.concat_tables(wanted))

    async def test_a_receipt_that_never_settles_stays_unsettled(self, stage: Stage) -> None:
        await self.filled(stage, range(100))
        self.mark(stage, "never_settles")
        receipt = await stage.replace_with(parts_of(stage, 1))
        stage.settle()
        assert not (await stage.check(receipt)).settled

    @pytest.mark.parametrize("lost", [2, 3])
    async def test_a_lost_answer_to_a_later_batch_of_a_replace_is_made_up_for(self, stage: Stage, lost: int) -> None:
        await self.filled(stage, range(100))
        wanted = parts_of(stage, 3)
        stage.fail("reset_after", path=self.replace_path, after=lost - 1)
        receipt = await stage.replace_with(wanted)
        stage.settle()
        assert (await stage.check(receipt)).settled
        assert stage.held() == stage.keys_of(pa.concat_tables(wanted))


class SessionClaims(Claims):
    """For platforms whose replace is a session that its first batch starts, exactly once."""

    @pytest.mark.parametrize("fault", ["reset_after", "http500_after", "reset_before", "http500_html"])
    @pytest.mark.parametrize("parts", [1, 3])
    async def test_a_lost_answer_to_the_first_batch_of_a_replace_is_made_up_for(
        self, stage: Stage, fault: str, parts: int
    ) -> None:
        await self.filled(stage, range(100))
        wanted = parts_of(stage, parts)
        first, *others = replacing(wanted)
        stage.fail(fault, path="usersreplace")
        with pytest.raises(RetryLater):
            await stage.upload(first)
        again = batch(Action.REPLACE, first.rows, last=first.last, total_rows=first.total_rows, attempt=2)
        receipts = [await stage.upload(one) for one in [again, *others]]
        stage.settle()
        assert (await stage.check(receipts[-1])).settled
        assert stage.held() == stage.keys_of(pa.concat_tables(wanted))

    async def test_a_replace_that_failed_on_the_platform_is_lost(self, stage: Stage) -> None:
        await self.filled(stage, range(100))
        self.mark(stage, "replace_fails")
        receipt = await stage.upload(replacing([stage.people(range(9))])[0])
        stage.settle()
        with pytest.raises(SessionLost):
            await stage.check(receipt)

"""What Google tells of each upload's match: a range, kept as bounds, and nothing where it tells nothing."""

from dataclasses import replace

import pytest

from audience_sync.model.platforms import Receipt
from tests.contract.claims import Claims
from tests.contract.google_stage import GoogleClaims, with_app
from tests.contract.stage import Stage
from tests.contract.test_google_mobile import both

PEOPLE = 400
"""Enough for Google to tell a range at all."""


class TestMatch(Claims):
    """The range of each upload, as its status tells it."""

    platform, token, account, app = GoogleClaims.platform, GoogleClaims.token, GoogleClaims.account, GoogleClaims.app
    addresses = GoogleClaims.addresses

    async def told(self, stage: Stage, receipt: Receipt) -> tuple[float | None, float | None]:
        stage.settle()
        settled = await stage.check(receipt)
        assert settled.settled
        return settled.match_low, settled.match_high

    @pytest.mark.parametrize(
        ("share", "bounds"), [(0.05, (0.0, 0.2)), (0.25, (0.2, 0.3)), (0.55, (0.51, 0.6)), (1.0, (0.91, 1.0))]
    )
    async def test_the_range_of_an_upload_is_kept(
        self, stage: Stage, share: float, bounds: tuple[float, float]
    ) -> None:
        self.configure(stage, match_share=share)
        await stage.create()
        assert await self.told(stage, await stage.add(stage.people(range(PEOPLE)))) == bounds

    async def test_an_upload_of_a_few_has_no_range(self, stage: Stage) -> None:
        await stage.create()
        assert await self.told(stage, await stage.add(stage.people(range(5)))) == (None, None)

    async def test_a_removal_has_no_range(self, stage: Stage) -> None:
        await self.filled(stage, range(PEOPLE))
        receipt = await stage.remove(stage.naming(stage.people(range(PEOPLE))))
        assert await self.told(stage, receipt) == (None, None)

    async def test_nothing_is_told_before_google_is_done(self, stage: Stage) -> None:
        await stage.create()
        open_still = await stage.check(await stage.add(stage.people(range(PEOPLE))))
        assert (open_still.settled, open_still.match_high) == (False, None)

    async def test_device_ids_have_no_range_and_do_not_spoil_the_contacts(self, stage: Stage) -> None:
        self.configure(stage, match_share=1.0, eligible_records=2)
        await with_app(stage).create()
        assert await self.told(stage, await stage.add(both(stage), name="VIP")) == (0.91, 1.0)

    async def test_requests_count_by_their_people(self, stage: Stage) -> None:
        self.configure(stage, match_share=1.0)
        await stage.create()
        many = await stage.add(stage.people(range(300)))
        self.configure(stage, match_share=0.0)
        few = await stage.add(stage.people(range(1000, 1100)))
        both_at_once = replace(many, reference=f"{many.reference},{few.reference}")
        told = await self.told(stage, both_at_once)
        assert told == pytest.approx((0.91 * 0.75, 0.75 + 0.2 * 0.25))

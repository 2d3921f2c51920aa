"""TikTok's ad accounts, the permissions that were given, and the checklist of one account."""

import pytest

from audience_sync.errors import ActionNeeded, Reconnect
from audience_sync.model.platforms import ReadinessState
from tests.contract.stage import Stage
from tests.contract.test_tiktok import TikTokClaims


class TestTikTokAccounts(TikTokClaims):
    """What is TikTok's own about the accounts that a person gives us."""

    async def test_the_accounts_are_listed_with_what_people_know_them_by(self, stage: Stage) -> None:
        found = await stage.connector.accounts(stage.api)
        assert [(each.remote_id, each.name) for each in found] == [
            ("7000000000000000101", "Main Account"),
            ("7000000000000000102", "Secondary Account"),
            ("7000000000000000103", "Test Account"),
        ]
        assert (found[1].currency, found[1].timezone, found[1].business) == ("EUR", "Etc/GMT-1", "Stratum Business")
        assert all(each.usable and each.status == "active" for each in found)

    async def test_many_accounts_are_asked_about_in_groups_of_fifty(self, stage: Stage) -> None:
        self.configure(stage, extra_accounts=100)
        found = await stage.connector.accounts(stage.api)
        assert (len(found), len(stage.requests("advertiser/info"))) == (103, 3)

    async def test_a_disabled_account_is_not_usable_and_says_why(self, stage: Stage) -> None:
        self.configure(stage, disabled_accounts=["7000000000000000102"])
        found = (await stage.connector.accounts(stage.api))[1]
        assert (found.usable, found.status, "disabled" in found.problem) == (False, "disabled", True)

    async def test_the_app_secret_of_the_account_list_is_in_no_log(
        self, stage: Stage, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("DEBUG")
        stage.fail("http500_html", times=2)
        await stage.connector.accounts(stage.api)
        assert self.app["tiktok_app_secret"] not in caplog.text

    async def test_an_account_that_was_taken_back_is_a_matter_for_a_person(self, stage: Stage) -> None:
        await stage.create()
        self.configure(stage, withdrawn_accounts=[self.account])
        with pytest.raises(ActionNeeded, match="Operator or Admin"):
            await stage.add(stage.people([1]))

    async def test_a_permission_that_was_taken_away_asks_to_reconnect(self, stage: Stage) -> None:
        await stage.create()
        self.configure(stage, dropped_permissions=["31"])
        with pytest.raises(Reconnect) as refused:
            await stage.add(stage.people([1]))
        assert refused.value.code == "TIKTOK_PERMISSION_MISSING"

    @pytest.mark.parametrize(
        ("settings", "missing"),
        [
            ({}, set()),
            ({"disabled_accounts": ["7000000000000000101"]}, {"account"}),
            ({"dropped_permissions": ["30"]}, {"permission"}),
            ({"withdrawn_accounts": ["7000000000000000101"]}, {"account"}),
        ],
    )
    async def test_readiness_says_what_is_missing(
        self, stage: Stage, settings: dict[str, list[str]], missing: set[str]
    ) -> None:
        self.configure(stage, **settings)
        found = await stage.connector.readiness(stage.api, self.account)
        assert {each.code for each in found if each.state is ReadinessState.MISSING} == missing
        assert all(each.link and each.words for each in found if each.state is not ReadinessState.OK)

"""What a Google Ads account is told to need before it takes lists in."""

from dataclasses import replace

import pytest

from audience_sync.model.platforms import Readiness, ReadinessState
from audience_sync.sandbox.google import seeds
from tests.contract.claims import Claims
from tests.contract.google_stage import GoogleClaims, with_app
from tests.contract.stage import Stage

OK, MISSING, UNKNOWN = ReadinessState.OK, ReadinessState.MISSING, ReadinessState.UNKNOWN


class TestReadiness(Claims):
    """The checklist after connecting."""

    platform, token, account, app = GoogleClaims.platform, GoogleClaims.token, GoogleClaims.account, GoogleClaims.app
    addresses = GoogleClaims.addresses

    async def checks(self, stage: Stage, account: str = seeds.MAIN) -> dict[str, Readiness]:
        return {each.code: each for each in await stage.connector.readiness(stage.api, account)}

    async def test_an_account_in_order_lacks_nothing(self, stage: Stage) -> None:
        found = await self.checks(with_app(stage))
        assert {code: each.state for code, each in found.items()} == {
            "scopes": OK,
            "account": OK,
            "terms": OK,
            "eu_political_advertising": OK,
            "eligibility": UNKNOWN,
            "mobile_app": OK,
        }

    async def test_whatever_is_not_in_order_says_what_to_do(self, stage: Stage) -> None:
        self.configure(stage, terms_missing=[seeds.MAIN], undeclared_accounts=[seeds.MAIN])
        found = await self.checks(stage)
        assert [code for code, each in found.items() if each.state is not OK and not each.words] == []

    async def test_a_scope_that_was_not_granted_is_missing(self, stage: Stage) -> None:
        tokens = stage.sandbox.world.platforms["google"].state.tokens  # type: ignore[attr-defined]  # Of Google's own.
        grant = tokens.new_grant(seeds.USER, "sandbox-app", (seeds.ADWORDS,))
        stage.api = stage.api.with_token(tokens.issue(grant, (seeds.ADWORDS,), 4e9).value)
        found = (await self.checks(stage))["scopes"]
        assert (found.state, "datamanager" in found.words) == (MISSING, True)

    @pytest.mark.parametrize(
        ("setting", "code", "state"),
        [("terms_missing", "terms", UNKNOWN), ("undeclared_accounts", "eu_political_advertising", MISSING)],
    )
    async def test_what_a_person_must_do_in_google_ads_has_a_link(
        self, stage: Stage, setting: str, code: str, state: ReadinessState
    ) -> None:
        self.configure(stage, **{setting: [seeds.MAIN]})
        found = (await self.checks(stage))[code]
        assert (found.state, found.link.startswith("https://ads.google.com/")) == (state, True)

    async def test_a_suspended_account_is_not_ready(self, stage: Stage) -> None:
        self.configure(stage, suspended_accounts=[seeds.MAIN])
        found = (await self.checks(stage))["account"]
        assert (found.state, "suspended" in found.words) == (MISSING, True)

    async def test_an_account_that_google_does_not_show_is_not_ready(self, stage: Stage) -> None:
        found = await self.checks(stage, seeds.CANCELED)
        assert {code: each.state for code, each in found.items()} == {"scopes": OK, "account": MISSING}
        assert found["account"].link

    async def test_a_test_account_reaches_nobody(self, stage: Stage) -> None:
        found = (await self.checks(stage, seeds.TEST))["account"]
        assert (found.state, "nobody" in found.words) == (OK, True)

    async def test_an_account_below_a_manager_is_asked_through_it(self, stage: Stage) -> None:
        alone = await self.checks(stage, seeds.SHOP_DE)
        stage.api = replace(stage.api, via=seeds.MANAGER)
        through = await self.checks(stage, seeds.SHOP_DE)
        assert (alone["account"].state, through["account"].state) == (MISSING, OK)

    async def test_mobile_ad_ids_need_an_app(self, stage: Stage) -> None:
        found = (await self.checks(stage))["mobile_app"]
        assert (found.state, "GOOGLE_MOBILE_APP_ID" in found.words) == (UNKNOWN, True)

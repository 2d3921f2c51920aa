"""Google keeps the contract, and what is Google's own about lists, accounts and quotas."""

from dataclasses import replace

import pytest

from audience_sync.connectors import google_lists
from audience_sync.errors import ActionNeeded, RetryLater, SetupError
from audience_sync.model.platforms import Grant, RemoteAccount
from audience_sync.sandbox.google import seeds
from tests.contract.google_stage import GoogleClaims, sent
from tests.contract.stage import Stage

DAY = 86_400


class TestGoogle(GoogleClaims):
    """Google's own claims stand below those that it inherits; those about members are in test_google_members.py."""

    async def test_every_call_waits_for_its_turn(self, stage: Stage) -> None:
        """Each kind of call has a quota of its own."""
        await stage.create()
        await stage.check(await stage.add(stage.people(range(5))))
        await stage.connector.measure(stage.api, stage.target)
        await stage.connector.accounts(stage.api)
        assert stage.limiter.acquired[:4] == ["google:lists", "google:ingest", "google:status", "google:lists-read"]
        assert set(stage.limiter.acquired[4:]) == {"google:ads"}
        assert len(stage.limiter.acquired) == len(stage.requests())

    # --- Lists -----------------------------------------------------------------------------------------------------

    async def test_a_list_takes_contact_data_of_our_own_for_as_long_as_google_allows(self, stage: Stage) -> None:
        await stage.create("VIP", "audience-sync:a1")
        assert sent(stage, "userLists") == [
            {
                "displayName": "VIP",
                "description": "audience-sync:a1",
                "ingestedUserListInfo": {
                    "uploadKeyTypes": ["CONTACT_ID"],
                    "contactIdInfo": {"dataSourceType": "DATA_SOURCE_TYPE_FIRST_PARTY"},
                },
                "membershipDuration": "46656000s",
            }
        ]

    async def test_a_name_that_another_list_has_says_so(self, stage: Stage) -> None:
        await stage.create("VIP")
        with pytest.raises(ActionNeeded) as refused:
            await stage.create("VIP")
        assert refused.value.code == "GOOGLE_NAME_TAKEN"

    async def test_a_name_that_google_keeps_for_itself_says_so(self, stage: Stage) -> None:
        with pytest.raises(ActionNeeded) as refused:
            await stage.create("All visitors")
        assert refused.value.code == "GOOGLE_NAME_REFUSED"

    async def test_the_longest_name_of_the_card_is_taken(self, stage: Stage) -> None:
        await stage.create("x" * stage.connector.card.max_name)
        assert len(await stage.connector.audiences(stage.api, stage.account)) == 1

    async def test_a_list_of_somebody_else_is_not_linkable(self, stage: Stage) -> None:
        await stage.create()
        self.mark(stage, "shared")
        assert [each.linkable for each in await stage.connector.audiences(stage.api, stage.account)] == [False]

    async def test_a_list_of_our_own_is_linkable(self, stage: Stage) -> None:
        await stage.create()
        assert [each.linkable for each in await stage.connector.audiences(stage.api, stage.account)] == [True]

    async def test_a_list_of_somebody_else_is_not_renamed(self, stage: Stage) -> None:
        await stage.create()
        self.mark(stage, "shared")
        with pytest.raises(ActionNeeded) as refused:
            await stage.connector.rename(stage.api, stage.target, name="Mine", description="")
        assert refused.value.code == "GOOGLE_NOT_OUR_LIST"

    async def test_lists_on_later_pages_are_listed(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        """Google's pages are longer than anybody would fill for a test."""
        monkeypatch.setattr(google_lists, "PAGE", "2")
        made = {(await stage.create(f"List {n}")).remote_id for n in range(5)}
        found = await stage.connector.audiences(stage.api, stage.account)
        assert (len(found), {each.remote_id for each in found}) == (5, made)

    async def test_zeros_that_google_leaves_out_are_zeros(self, stage: Stage) -> None:
        self.configure(stage, sparse=False)
        await stage.create()
        full = await stage.connector.measure(stage.api, stage.target)
        self.configure(stage, sparse=True)
        sparse = await stage.connector.measure(stage.api, stage.target)
        assert replace(full, as_of=sparse.as_of) == sparse

    async def test_the_match_rate_is_googles_own(self, stage: Stage) -> None:
        await stage.create(holding=stage.people(range(1000)).select(["email"]))
        stage.settle()
        facts = await stage.connector.measure(stage.api, stage.target)
        assert facts.match_low is not None and 0.6 < facts.match_low < 0.85
        assert facts.match_low == facts.match_high

    async def test_the_size_is_that_of_the_widest_network(self, stage: Stage) -> None:
        await stage.create(holding=stage.people(range(1000)).select(["email"]))
        stage.settle()
        facts = await stage.connector.measure(stage.api, stage.target)
        row = await stage.api.get(f"accountTypes/GOOGLE_ADS/accounts/{self.account}/userLists/{stage.target.remote_id}")
        assert facts.size_low == facts.size_high == max(map(int, row["sizeInfo"].values()))

    async def test_a_closed_list_is_not_ready_and_says_why(self, stage: Stage) -> None:
        await stage.create(holding=stage.people(range(1000)).select(["email"]))
        stage.settle()
        self.mark(stage, "unused")
        facts = await stage.connector.measure(stage.api, stage.target)
        assert (facts.ready, facts.state, "closed" in facts.problem) == (False, "closed", True)

    async def test_members_leave_after_the_days_of_the_card_unless_they_are_sent_again(self, stage: Stage) -> None:
        days = stage.connector.card.membership_days
        rows = stage.people(range(10))
        await stage.create(holding=rows)
        stage.sandbox.world.clock.advance((days - 1) * DAY)
        stage.api = stage.api.with_token(await self.new_token(stage))
        await stage.add(rows.slice(0, 4))
        stage.sandbox.world.clock.advance(2 * DAY)
        stage.api = stage.api.with_token(await self.new_token(stage))
        await stage.connector.measure(stage.api, stage.target)
        assert stage.held() == stage.keys_of(rows.slice(0, 4))

    async def test_a_list_that_keeps_its_members_shorter_says_so(self, stage: Stage) -> None:
        await stage.create()
        owned = stage.sandbox.world.platforms["google"].state.lists  # type: ignore[attr-defined]  # Of Google's own.
        owned[stage.target.remote_id].details["membershipDuration"] = f"{30 * DAY}s"
        assert (await stage.connector.measure(stage.api, stage.target)).membership_days == 30

    async def new_token(self, stage: Stage) -> str:
        """The sandbox's token that everybody knows lives for sixty days only."""
        tokens = stage.sandbox.world.platforms["google"].state.tokens  # type: ignore[attr-defined]  # Of Google's own.
        grant = tokens.refreshed_by(seeds.USER_REFRESH_TOKEN)
        return str(tokens.issue(grant, grant.scopes, stage.sandbox.world.clock.now() + DAY * 60).value)

    # --- Grants ----------------------------------------------------------------------------------------------------

    async def test_a_renewed_grant_can_be_renewed_again(self, stage: Stage) -> None:
        """More about grants is in test_google_login.py."""
        grant = Grant(self.token, "user", refresh_token=seeds.USER_REFRESH_TOKEN)
        renewed = await stage.connector.renew(stage.api, grant)
        assert renewed is not None and renewed.token != grant.token
        assert await stage.connector.renew(stage.api, renewed) is not None

    # --- Quotas ----------------------------------------------------------------------------------------------------

    async def test_the_wait_that_google_names_is_obeyed(self, stage: Stage) -> None:
        await stage.create()
        stage.fail("rate_limit:12.5")
        with pytest.raises(RetryLater) as refused:
            await stage.add(stage.people(range(5)))
        assert (refused.value.after_seconds, stage.limiter.pushed) == (12.5, {"google:ingest": 12.5})

    async def test_a_quota_of_a_minute_without_a_wait_holds_back_for_half_a_minute(self, stage: Stage) -> None:
        await stage.create()
        stage.fail("error:429/RESOURCE_EXHAUSTED")
        with pytest.raises(RetryLater) as refused:
            await stage.add(stage.people(range(5)))
        assert refused.value.after_seconds == 30

    async def test_a_quota_of_the_ads_api_holds_back_its_own_calls_only(self, stage: Stage) -> None:
        stage.fail("rate_limit:9", path="customers")
        with pytest.raises(RetryLater) as refused:
            await stage.connector.accounts(stage.api)
        assert (refused.value.after_seconds, stage.limiter.pushed) == (9, {"google:ads": 9})

    # --- Accounts --------------------------------------------------------------------------------------------------

    async def found(self, stage: Stage) -> dict[str, RemoteAccount]:
        return {each.remote_id: each for each in await stage.connector.accounts(stage.api)}

    async def test_accounts_are_those_of_the_person_and_those_below_their_managers(self, stage: Stage) -> None:
        found = await self.found(stage)
        assert found.keys() == {seeds.MAIN, seeds.TEST, seeds.SHOP_DE, seeds.SHOP_UK}
        assert found[seeds.SHOP_DE] == RemoteAccount(
            remote_id=seeds.SHOP_DE,
            name="Shop DE",
            currency="EUR",
            timezone="Europe/Berlin",
            business="Stratum Agency",
            via=seeds.MANAGER,
        )

    async def test_an_account_that_is_reached_both_ways_is_reached_directly(self, stage: Stage) -> None:
        assert (await self.found(stage))[seeds.MAIN].via == ""

    async def test_whoever_has_only_the_manager_reaches_everything_through_it(self, stage: Stage) -> None:
        stage.api = stage.api.with_token(seeds.AGENT_TOKEN)
        found = await self.found(stage)
        assert {(each.remote_id, each.via) for each in found.values()} == {
            (account, seeds.MANAGER) for account in (seeds.MAIN, seeds.SHOP_DE, seeds.SHOP_UK)
        }

    async def test_a_cancelled_account_does_not_spoil_the_list(self, stage: Stage) -> None:
        assert seeds.CANCELED in seeds.USER.direct
        assert seeds.CANCELED not in await self.found(stage)

    async def test_a_suspended_account_is_not_usable_and_says_why(self, stage: Stage) -> None:
        self.configure(stage, suspended_accounts=[seeds.MAIN])
        found = (await self.found(stage))[seeds.MAIN]
        assert (found.usable, found.status, "suspended" in found.problem) == (False, "suspended", True)

    async def test_a_test_account_is_marked(self, stage: Stage) -> None:
        found = await self.found(stage)
        assert (found[seeds.TEST].status, found[seeds.MAIN].status) == ("test account", "active")

    async def test_accounts_on_later_pages_are_listed(self, stage: Stage) -> None:
        self.configure(stage, extra_accounts=25, search_page_rows=10)
        found = await self.found(stage)
        assert len(found) == 4 + 25

    async def test_a_project_that_may_reach_test_accounts_only_says_so(self, stage: Stage) -> None:
        stage.fail("ads_error:authorizationError.CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION", path="googleAds")
        with pytest.raises(SetupError, match="test accounts only"):
            await stage.connector.accounts(stage.api)

    # --- Through a manager -----------------------------------------------------------------------------------------

    async def test_everything_works_through_the_manager(self, stage: Stage) -> None:
        stage.api = replace(stage.api.with_token(seeds.AGENT_TOKEN), via=seeds.MANAGER)
        rows = stage.people(range(5))
        await stage.create(holding=rows)
        await stage.connector.rename(stage.api, stage.target, name="New", description="")
        await stage.connector.measure(stage.api, stage.target)
        assert stage.held() == stage.keys_of(rows)
        headers = [each.headers.get("login-account") for each in stage.requests("userLists")]
        assert set(headers) == {f"accountTypes/GOOGLE_ADS/accounts/{seeds.MANAGER}"}

    async def test_without_the_manager_google_denies_it(self, stage: Stage) -> None:
        stage.api = stage.api.with_token(seeds.AGENT_TOKEN)
        with pytest.raises(ActionNeeded) as refused:
            await stage.create()
        assert (refused.value.code, "accountaccess" in refused.value.hint) == ("GOOGLE_PERMISSION_DENIED", True)

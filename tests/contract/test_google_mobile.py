"""Mobile ad ids at Google: a second list behind one audience of ours."""

from dataclasses import replace

import pyarrow as pa
import pytest

from audience_sync.connectors import google_lists
from audience_sync.errors import SetupError
from audience_sync.model.platforms import Action
from tests.contract.claims import Claims
from tests.contract.google_stage import GoogleClaims, lists, now, sent, with_app
from tests.contract.stage import Stage, batch
from tests.contract.test_google_members import NOBODY

IDS = [f"aaaaaaaa-0000-4000-8000-00000000000{n}" for n in range(5)]
FIRST, SECOND = "VIP", "VIP (mobile ids)"


def both(stage: Stage) -> pa.Table:
    """Five people with contact data and a mobile ad id each."""
    return stage.people(range(5)).append_column("mobile_ad_id", [IDS])


class TestMobile(Claims):
    """What is Google's own about mobile ad ids."""

    platform, token, account, app = GoogleClaims.platform, GoogleClaims.token, GoogleClaims.account, GoogleClaims.app
    addresses = GoogleClaims.addresses

    async def filled_with_both(self, stage: Stage) -> None:
        await with_app(stage).create(FIRST)
        await stage.add(both(stage), name=FIRST)

    async def test_mobile_ad_ids_are_on_a_list_of_their_own(self, stage: Stage) -> None:
        await self.filled_with_both(stage)
        assert lists(stage)[SECOND] == set(IDS)
        assert stage.held() == stage.keys_of(stage.people(range(5)))

    async def test_the_second_list_is_known_by_the_first_ones_id_and_says_whose_app_it_is(self, stage: Stage) -> None:
        await self.filled_with_both(stage)
        made = sent(stage, "userLists")[-1]
        assert made["integrationCode"] == f"mobile-of-{stage.target.remote_id}"
        assert made["ingestedUserListInfo"] == {
            "uploadKeyTypes": ["MOBILE_ID"],
            "mobileIdInfo": {
                "dataSourceType": "DATA_SOURCE_TYPE_FIRST_PARTY",
                "keySpace": "ANDROID",
                "appId": "com.example.shop",
            },
        }

    async def test_the_second_list_is_made_once(self, stage: Stage) -> None:
        await self.filled_with_both(stage)
        await stage.add(both(stage), name=FIRST)
        assert sorted(lists(stage)) == [FIRST, SECOND]

    async def test_a_second_list_whose_answer_was_lost_is_found(self, stage: Stage) -> None:
        await with_app(stage).create(FIRST)
        stage.fail("reset_after", path="POST.*userLists")
        with pytest.raises(Exception, match="did not answer"):
            await stage.add(both(stage), name=FIRST)
        await stage.add(both(stage), name=FIRST, attempt=2)
        assert sorted(lists(stage)) == [FIRST, SECOND]

    async def test_of_two_workers_who_make_the_second_list_one_takes_the_others(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await self.filled_with_both(stage)
        looked, find = [], google_lists.mobile_of

        async def too_early(*asked: object) -> object:
            looked.append(asked)
            return None if len(looked) == 1 else await find(*asked)  # type: ignore[arg-type]  # As it was asked.

        monkeypatch.setattr(google_lists, "mobile_of", too_early)
        await stage.add(both(stage), name=FIRST)
        assert (sorted(lists(stage)), len(looked)) == ([FIRST, SECOND], 2)

    async def test_without_a_name_the_first_lists_is_taken(self, stage: Stage) -> None:
        await with_app(stage).create(FIRST)
        await stage.add(both(stage))
        assert sorted(lists(stage)) == [FIRST, SECOND]

    async def test_the_longest_name_still_has_room_for_a_second_list(self, stage: Stage) -> None:
        name = "x" * stage.connector.card.max_name
        await with_app(stage).create(name)
        await stage.add(both(stage), name=name)
        assert len(lists(stage)) == 2

    async def test_each_kind_is_a_request_of_its_own(self, stage: Stage) -> None:
        await self.filled_with_both(stage)
        kinds = [{kind for each in body["audienceMembers"] for kind in each} for body in sent(stage, "ingest")]
        assert kinds == [{"userData"}, {"mobileData"}]

    async def test_a_row_on_both_lists_is_one_row_of_the_receipt(self, stage: Stage) -> None:
        await with_app(stage).create(FIRST)
        receipt = await stage.add(both(stage), name=FIRST)
        assert (receipt.received, receipt.invalid, receipt.reference.count(",")) == (5, 0, 1)

    async def test_a_batch_settles_when_both_lists_have(self, stage: Stage) -> None:
        await with_app(stage).create(FIRST)
        receipt = await stage.add(both(stage), name=FIRST)
        assert not (await stage.check(receipt)).settled
        stage.settle()
        assert (await stage.check(receipt)).settled

    async def test_without_an_app_nothing_of_the_batch_is_sent(self, stage: Stage) -> None:
        await stage.create(FIRST)
        with pytest.raises(SetupError, match="GOOGLE_MOBILE_APP_ID"):
            await stage.add(both(stage), name=FIRST)
        assert (stage.requests("audienceMembers"), sorted(lists(stage))) == ([], [FIRST])

    async def test_a_removal_takes_the_id_off_the_second_list(self, stage: Stage) -> None:
        await self.filled_with_both(stage)
        await stage.remove(pa.table({"email": ["", ""], "phone": ["", ""], "mobile_ad_id": IDS[:2]}))
        assert lists(stage)[SECOND] == set(IDS[2:])

    async def test_a_removal_does_not_need_the_app(self, stage: Stage) -> None:
        await self.filled_with_both(stage)
        stage.api = replace(stage.api, options={**stage.api.options, "mobile_app_id": ""})
        await stage.remove(pa.table({"mobile_ad_id": IDS}))
        assert lists(stage)[SECOND] == set()

    async def test_a_removal_without_a_second_list_makes_none(self, stage: Stage) -> None:
        await with_app(stage).create(FIRST)
        receipt = await stage.remove(pa.table({"mobile_ad_id": IDS}))
        assert (receipt.settled, sorted(lists(stage))) == (True, [FIRST])

    async def test_a_clear_empties_both_lists(self, stage: Stage) -> None:
        await self.filled_with_both(stage)
        stage.sandbox.world.clock.advance(600)
        receipt = await stage.upload(batch(Action.CLEAR, NOBODY, begun_at=now(stage)))
        stage.settle()
        assert (await stage.check(receipt)).settled
        assert list(lists(stage).values()) == [set(), set()]

    async def test_a_rename_renames_both(self, stage: Stage) -> None:
        await self.filled_with_both(stage)
        await stage.connector.rename(stage.api, stage.target, name="New", description="audience-sync:b2")
        assert sorted(lists(stage)) == ["New", "New (mobile ids)"]

    async def test_a_delete_deletes_both(self, stage: Stage) -> None:
        await self.filled_with_both(stage)
        await stage.connector.delete(stage.api, stage.target)
        assert lists(stage) == {}

    async def test_a_second_list_goes_even_when_the_first_one_is_gone(self, stage: Stage) -> None:
        await self.filled_with_both(stage)
        lists_of_google = stage.sandbox.world.platforms["google"].state.lists  # type: ignore[attr-defined]  # Of Google's own.
        del lists_of_google[stage.target.remote_id]
        await stage.connector.delete(stage.api, stage.target)
        assert lists(stage) == {}

    async def test_the_second_list_is_not_shown_as_an_audience(self, stage: Stage) -> None:
        await self.filled_with_both(stage)
        assert [each.name for each in await stage.connector.audiences(stage.api, self.account)] == [FIRST]

    async def test_an_orphaned_second_list_is_shown_but_cannot_be_linked(self, stage: Stage) -> None:
        await self.filled_with_both(stage)
        lists_of_google = stage.sandbox.world.platforms["google"].state.lists  # type: ignore[attr-defined]  # Of Google's own.
        del lists_of_google[stage.target.remote_id]
        found = await stage.connector.audiences(stage.api, self.account)
        assert [(each.name, each.linkable) for each in found] == [(SECOND, False)]

    async def test_the_size_of_both_lies_between_the_greater_one_and_their_sum(self, stage: Stage) -> None:
        await with_app(stage).create(FIRST)
        people = stage.people(range(2000)).select(["email"])
        ids = [f"aaaaaaaa-0000-4000-8000-{n:012d}" for n in range(2000)]
        await stage.add(people.append_column("mobile_ad_id", [ids]), name=FIRST)
        stage.settle()
        facts = await stage.connector.measure(stage.api, stage.target)
        assert facts.size_low is not None and facts.size_high is not None
        assert 1000 < facts.size_low < 2000 < facts.size_high < 4000

    async def test_every_list_behind_the_audience_is_told(self, stage: Stage) -> None:
        await self.filled_with_both(stage)
        owned = stage.sandbox.world.platforms["google"].state.lists  # type: ignore[attr-defined]  # Of Google's own.
        (second,) = set(owned) - {stage.target.remote_id}
        assert (await stage.connector.measure(stage.api, stage.target)).lists == (stage.target.remote_id, second)
        del owned[second]
        assert (await stage.connector.measure(stage.api, stage.target)).lists == (stage.target.remote_id,)

    async def test_without_an_app_nobody_looks_for_a_second_list(self, stage: Stage) -> None:
        await stage.create(FIRST)
        assert (await stage.connector.measure(stage.api, stage.target)).lists == ()

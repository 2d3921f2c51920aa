"""TikTok keeps the contract by streaming, and what is TikTok's own about its envelope, its people and its limits."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

import pytest

from audience_sync.connectors.tiktok_state import facts_of, state_of
from audience_sync.errors import ActionNeeded, Rejected, RetryLater, SetupError
from audience_sync.model.cards import FaultRule
from audience_sync.model.platforms import Action
from tests.contract.claims import Claims
from tests.contract.claims_faults import WholeBatchClaims
from tests.contract.stage import Stage, batch
from tests.contract.suite import ConnectorContract

MAPPING = "segment/mapping"
SAID = {
    "scope": "The access token does not have the scope",
    "replacing": "A replace is in progress",
    "not_editable": "Audience is not editable, please check audience status",
    "in_use": "The audience is in use by ad groups",
    "too_small": "It would have fewer than 1000 users",
}
"""Words for each meaning that only words tell."""


class TikTokClaims(Claims):
    """How TikTok's sandbox brings about what the shared claims are about."""

    platform = "tiktok"
    token = "SANDBOX_TOKEN"
    account = "7000000000000000101"
    app = {"tiktok_app_id": "sandbox-app", "tiktok_app_secret": "sandbox-secret"}  # noqa: RUF012  # Nobody changes it.
    expire_token = "revoked_token"
    members_path = MAPPING

    def limit_keys(self, stage: Stage) -> list[str]:
        return ["tiktok:app"]

    def faults(self, stage: Stage) -> Sequence[FaultRule]:
        # A wrong path is answered without an envelope; it has a claim of its own.
        return [rule for rule in stage.connector.card.faults if rule.code]

    def fault_of(self, rule: FaultRule) -> str:
        return f"error:{rule.code}" if rule.subcode is None else f"error:{rule.code}/{SAID[str(rule.subcode)]}"


class TestTikTok(TikTokClaims, ConnectorContract, WholeBatchClaims):
    """The streaming way. Its own claims stand below those that it inherits."""

    filed_under = MappingProxyType({"MAID_SHA256": ("IDFA_SHA256", "AAID_SHA256")})

    # --- People ----------------------------------------------------------------------------------------------------

    async def test_every_person_has_a_place_for_every_kind(self, stage: Stage) -> None:
        await stage.create()
        rows = stage.people([1, 2, 3])
        rows = rows.set_column(1, "phone", [[rows["phone"][0].as_py(), "", ""]])
        await stage.add(rows)
        (sent,) = sent_people(stage)
        assert sent["id_schema"] == ["EMAIL_SHA256", "PHONE_SHA256", "IDFA_SHA256", "AAID_SHA256"]
        assert [[bool(cell) for cell in person] for person in sent["batch_data"]] == [
            [True, True, True, True],
            [True, False, True, True],
            [True, False, True, True],
        ]

    async def test_every_identifier_names_the_audience_and_only_that(self, stage: Stage) -> None:
        await stage.create()
        await stage.add(stage.people([1]))
        (sent,) = sent_people(stage)
        assert sent["advertiser_ids"] == [self.account]
        assert {tuple(cell["audience_ids"]) for cell in sent["batch_data"][0]} == {(stage.target.remote_id,)}

    async def test_a_kind_that_nobody_has_is_not_in_the_schema(self, stage: Stage) -> None:
        await stage.create()
        await stage.remove(stage.naming(stage.people(range(5)), kind="phone"))
        assert sent_people(stage)[0]["id_schema"] == ["PHONE_SHA256"]

    async def test_people_without_any_identifier_are_left_out(self, stage: Stage) -> None:
        await stage.create()
        rows = stage.people([1, 2]).set_column(0, "email", [["", "a" * 64]])
        receipt = await stage.add(rows.select(["email"]))
        assert (len(sent_people(stage)[0]["batch_data"]), receipt.received) == (1, 1)

    @pytest.mark.parametrize(("action", "word"), [(Action.ADD, "add"), (Action.REMOVE, "delete")])
    async def test_people_are_added_and_deleted(self, stage: Stage, action: Action, word: str) -> None:
        await stage.create()
        await stage.upload(batch(action, stage.people([1])))
        assert sent_people(stage)[0]["action"] == word

    @pytest.mark.parametrize(
        ("setting", "kinds"),
        [("both", {"IDFA_SHA256", "AAID_SHA256"}), ("idfa", {"IDFA_SHA256"}), ("aaid", {"AAID_SHA256"})],
    )
    async def test_mobile_ad_ids_travel_as_those_of_the_devices_that_are_set(
        self, stage: Stage, setting: str, kinds: set[str]
    ) -> None:
        stage.api = replace(stage.api, options={**stage.api.options, "mobile_ids": setting})
        await stage.create()
        await stage.add(stage.people([1]).select(["mobile_ad_id"]))
        assert set(sent_people(stage)[0]["id_schema"]) == kinds

    @pytest.mark.parametrize(("setting", "sizes"), [("1000", [1000, 1000, 500]), ("10000", [2500])])
    async def test_no_request_has_more_people_than_is_set(self, stage: Stage, setting: str, sizes: list[int]) -> None:
        stage.api = replace(stage.api, options={**stage.api.options, "rows_per_request": setting})
        await stage.create()
        rows = stage.people(range(2500)).select(["email"])
        receipt = await stage.add(rows)
        assert [len(sent["batch_data"]) for sent in sent_people(stage)] == sizes
        assert (stage.held(), receipt.received) == (stage.keys_of(rows), 2500)

    async def test_a_request_that_tiktok_has_already_is_done(self, stage: Stage) -> None:
        await stage.create()
        stage.fail("error:40050", path=MAPPING)
        receipt = await stage.add(stage.people([1]))
        assert receipt.received == 1

    async def test_something_partly_done_is_no_error_and_is_told(self, stage: Stage) -> None:
        await stage.create()
        stage.fail("error:20001", path=MAPPING)
        receipt = await stage.add(stage.people([1]))
        assert receipt.samples == ("TikTok calls this partly done.",)

    # --- What fails later ------------------------------------------------------------------------------------------

    async def test_what_was_streamed_is_settled_when_nothing_failed_since(self, stage: Stage) -> None:
        await stage.create()
        receipt = await stage.add(stage.people([1]))
        assert not receipt.settled
        assert (await stage.check(receipt)).settled

    async def test_a_failure_that_shows_later_is_a_refusal_in_tiktoks_words(self, stage: Stage) -> None:
        await stage.create()
        stage.fail("late_failure", path=MAPPING)
        receipt = await stage.add(stage.people([1]), begun_at=now_of(stage))
        assert (await stage.check(receipt)).settled
        stage.sandbox.world.clock.advance(61)
        with pytest.raises(Rejected, match="Some data failed to be processed"):
            await stage.check(receipt)

    async def test_a_failure_of_an_earlier_run_is_not_this_runs(self, stage: Stage) -> None:
        await stage.create()
        stage.fail("late_failure", path=MAPPING)
        await stage.add(stage.people([1]))
        stage.sandbox.world.clock.advance(120)
        receipt = await stage.add(stage.people([1]), begun_at=now_of(stage))
        assert (await stage.check(receipt)).settled

    async def test_the_batches_of_a_run_settle_by_one_question(self, stage: Stage) -> None:
        await stage.create()
        begun_at = now_of(stage)
        one, other = [await stage.add(stage.people([n]), begun_at=begun_at) for n in (1, 2)]
        assert one.reference == other.reference

    async def test_a_late_failure_is_told_with_its_time(self, stage: Stage) -> None:
        await stage.create()
        before = now_of(stage)
        stage.fail("late_failure", path=MAPPING)
        await stage.add(stage.people([1]))
        stage.sandbox.world.clock.advance(61)
        facts = await stage.connector.measure(stage.api, stage.target)
        assert "Some data failed" in facts.failure
        assert facts.failed_at is not None
        assert timedelta(seconds=58) <= facts.failed_at - before <= timedelta(seconds=62)

    async def test_an_audience_without_failures_tells_of_none(self, stage: Stage) -> None:
        await self.filled(stage, range(5))
        facts = await stage.connector.measure(stage.api, stage.target)
        assert (facts.failure, facts.failed_at) == ("", None)

    # --- The envelope ----------------------------------------------------------------------------------------------

    async def test_a_code_this_card_does_not_know_is_a_refusal_in_tiktoks_words(self, stage: Stage) -> None:
        await stage.create()
        stage.fail("error:40002/The name has a forbidden word")
        with pytest.raises(Rejected, match="The name has a forbidden word"):
            await stage.add(stage.people([1]))

    async def test_an_unknown_fault_of_tiktoks_own_is_tried_again(self, stage: Stage) -> None:
        await stage.create()
        stage.fail("error:51999", times=3, path=MAPPING)
        await stage.add(stage.people([1]))
        assert len(stage.requests(MAPPING)) == 4

    async def test_a_wrong_path_is_a_refusal_at_once(self, stage: Stage) -> None:
        await stage.create()
        stage.api = replace(stage.api, base_url=f"{stage.api.base_url}/nowhere")
        before = len(stage.requests())
        with pytest.raises(Rejected) as refused:
            await stage.add(stage.people([1]))
        assert (refused.value.code, len(stage.requests()) - before) == ("TIKTOK_PATH_UNKNOWN", 1)

    async def test_a_version_that_is_over_is_a_wrong_setting(self, stage: Stage) -> None:
        stage.api = replace(stage.api, base_url=stage.api.base_url.replace("v1.3", "v1.2"))
        with pytest.raises(SetupError, match="TIKTOK_VERSION"):
            await stage.create()

    async def test_a_refusal_shows_nothing_that_was_sent(self, stage: Stage) -> None:
        await stage.create()
        rows = stage.people(range(3))
        key = rows["email"][1].as_py()
        stage.fail(f"poison:{key}")
        with pytest.raises(Rejected) as refused:
            await stage.add(rows)
        assert (refused.value.details["about_rows"], bool(refused.value.details["trace"])) == (True, True)
        assert key not in f"{refused.value} {refused.value.details}"

    async def test_raw_data_that_got_through_stops_everything(self, stage: Stage) -> None:
        await stage.create()
        rows = stage.people([1, 2]).set_column(0, "email", [["jane@example.com", "a" * 64]])
        with pytest.raises(Rejected) as refused:
            await stage.add(rows)
        assert (refused.value.code, "about_rows" in refused.value.details) == ("TIKTOK_NOT_HASHED", False)
        assert "jane" not in str(refused.value)

    async def test_too_many_requests_are_repeated_before_everybody_waits(self, stage: Stage) -> None:
        await stage.create()
        stage.fail("error:40100", times=3)
        await stage.connector.measure(stage.api, stage.target)
        assert stage.limiter.pushed == {}
        stage.fail("error:40100", times=None)
        with pytest.raises(RetryLater):
            await stage.connector.measure(stage.api, stage.target)
        assert stage.limiter.pushed == {"tiktok:app": 300}

    # --- Audiences -------------------------------------------------------------------------------------------------

    async def test_a_streamed_audience_is_not_renamed_and_says_so(self, stage: Stage) -> None:
        await stage.create()
        with pytest.raises(Rejected) as refused:
            await stage.connector.rename(stage.api, stage.target, name="New", description="")
        assert refused.value.code == "TIKTOK_NAME_FIXED"

    async def test_audiences_on_later_pages_are_listed(self, stage: Stage) -> None:
        made = {(await stage.create(f"List {n}")).remote_id for n in range(201)}
        before = len(stage.requests())
        found = await stage.connector.audiences(stage.api, stage.account)
        assert {each.remote_id for each in found} == made
        assert len(stage.requests()) - before == 3

    async def test_a_name_of_the_cards_maximum_is_kept_whole(self, stage: Stage) -> None:
        name = "N" * stage.connector.card.max_name
        await stage.connector.create(stage.api, self.account, name=name, description="")
        (found,) = await stage.connector.audiences(stage.api, self.account)
        assert found.name == name

    async def test_an_audience_in_use_is_not_deleted(self, stage: Stage) -> None:
        await stage.create()
        self.mark(stage, "in_use")
        with pytest.raises(ActionNeeded, match="ad groups"):
            await stage.connector.delete(stage.api, stage.target)

    async def test_an_app_that_may_not_stream_says_what_to_do(self, stage: Stage) -> None:
        self.configure(stage, streaming_allowed=False)
        with pytest.raises(ActionNeeded) as refused:
            await stage.create()
        assert refused.value.code == "TIKTOK_NOT_ALLOW_LISTED"

    async def test_an_expired_audience_says_so(self, stage: Stage) -> None:
        await self.filled(stage, range(2000))
        stage.sandbox.world.clock.advance(366 * 86_400)
        facts = facts_of(await state_of(stage.api, stage.target), now_of(stage))
        assert (facts.ready, facts.size_low, "expire" in facts.problem) == (False, None, True)

    async def test_an_audience_about_to_expire_says_so_and_is_ready(self, stage: Stage) -> None:
        await self.filled(stage, range(2000))
        stage.sandbox.world.clock.advance(330 * 86_400)
        facts = await stage.connector.measure(stage.api, stage.target)
        assert (facts.ready, "expire within 60 days" in facts.problem) == (True, True)

    async def test_a_size_above_what_was_sent_is_told_as_it_is(self, stage: Stage) -> None:
        self.configure(stage, match_share=2.0)
        await self.filled(stage, range(1000))
        facts = await stage.connector.measure(stage.api, stage.target)
        assert (facts.size_high, facts.match_high) == (2000, None)

    async def test_an_audience_made_of_files_cannot_be_streamed_to(self, stage: Stage) -> None:
        filed = replace(stage.target, account=self.account, choices={"way": "file"})
        made = await stage.connector.upload(
            stage.api, filed, batch(Action.REPLACE, stage.people([1]), name="Made of files")
        )
        stage.target = replace(filed, remote_id=made.remote_id, choices={})
        with pytest.raises(Rejected, match="was not created by the segment API"):
            await stage.add(stage.people([2]))


def sent_people(stage: Stage) -> list[dict[str, Any]]:
    return [json.loads(request.body) for request in stage.requests(MAPPING)]


def now_of(stage: Stage) -> datetime:
    return datetime.fromtimestamp(stage.sandbox.world.clock.now(), UTC).replace(microsecond=0)

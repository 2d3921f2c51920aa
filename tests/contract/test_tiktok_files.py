"""TikTok keeps the contract by files too: each sync is a replace, and the audience is born by the first one."""

import csv
import hashlib
from dataclasses import replace
from types import MappingProxyType

import pytest

from audience_sync.connectors.http import OUTCOME_UNKNOWN
from audience_sync.errors import Rejected, RetryLater, SessionLost, TooSmall
from audience_sync.model.cards import ReplaceWay, Way
from audience_sync.model.platforms import Action
from audience_sync.sandbox.call import Call
from audience_sync.sandbox.recorder import Recorded
from tests.contract.claims_audiences import AudienceClaims, RenameClaims
from tests.contract.claims_faults import FaultClaims
from tests.contract.claims_replace import ReplaceClaims, parts_of
from tests.contract.stage import Stage, batch
from tests.contract.test_tiktok import TikTokClaims, now_of

UPLOAD, CREATE, UPDATE = "file/upload", "custom_audience/create", "custom_audience/update"
DAY_SECONDS = 86_400


class TestTikTokFiles(TikTokClaims, AudienceClaims, RenameClaims, FaultClaims, ReplaceClaims):
    """The file way. Its own claims stand below those that it inherits."""

    members_path = UPLOAD
    replace_path = UPLOAD
    create_line = f"POST .*{CREATE}"
    choices = MappingProxyType({"way": "file"})
    # A minimum that a small test can keep.
    sandbox_settings = MappingProxyType({"min_size": 19})

    async def test_it_is_born_by_an_upload_and_always_replaces(self, stage: Stage) -> None:
        assert stage.connector.way(self.choices) == Way(ReplaceWay.NATIVE, always_replaces=True, born_by_upload=True)

    async def test_it_is_born_with_the_people_of_all_its_files(self, stage: Stage) -> None:
        stage.target = replace(stage.target, account=self.account, choices=self.choices)
        receipt = await stage.replace_with([stage.people(range(20)), stage.people(range(20, 50))], name="VIP")
        stage.settle()
        assert receipt.remote_id
        assert (await stage.check(receipt)).settled
        assert stage.held() == stage.keys_of(stage.people(range(50)))

    # --- Files -----------------------------------------------------------------------------------------------------

    async def test_a_file_is_signed_named_and_typed(self, stage: Stage) -> None:
        await self.filled(stage, range(3))
        sent = form_of(stage.requests(UPLOAD)[0])
        file = sent.files["file"]
        assert file.name.endswith(".csv")
        assert sent.text("file_signature") == hashlib.md5(file.content, usedforsecurity=False).hexdigest()
        assert (sent.text("calculate_type"), sent.text("advertiser_id")) == ("MULTIPLE_TYPES", self.account)

    async def test_every_line_of_a_file_has_a_field_for_every_column(self, stage: Stage) -> None:
        rows = stage.people([1, 2])
        await stage.create(holding=rows.set_column(1, "phone", [[rows["phone"][0].as_py(), ""]]))
        head, *people = csv.reader(form_of(stage.requests(UPLOAD)[0]).files["file"].content.decode().splitlines())
        assert head == ["email_SHA256", "phone_SHA256", "MAID_SHA256"]
        assert [[bool(cell) for cell in person] for person in people] == [[True, True, True], [True, False, True]]

    async def test_a_batch_before_the_last_changes_nothing(self, stage: Stage) -> None:
        await self.filled(stage, range(50))
        before = stage.held()
        receipt = await stage.upload(batch(Action.REPLACE, stage.people([1]), last=False))
        assert (receipt.settled, len(receipt.reference), stage.held()) == (True, 16, before)
        assert stage.requests(UPDATE) == []

    @pytest.mark.parametrize(
        ("action", "word"), [(Action.REPLACE, "REPLACE"), (Action.ADD, "APPEND"), (Action.REMOVE, "REMOVE")]
    )
    async def test_the_action_is_always_said(self, stage: Stage, action: Action, word: str) -> None:
        await self.filled(stage, range(50))
        await stage.upload(batch(action, stage.people(range(20))))
        assert f'"action":"{word}"'.encode() in stage.requests(UPDATE)[-1].body

    async def test_a_rename_never_replaces_anybody(self, stage: Stage) -> None:
        await self.filled(stage, range(50))
        before = stage.held()
        await stage.connector.rename(stage.api, stage.target, name="New", description="")
        stage.settle()
        assert b"REPLACE" not in stage.requests(UPDATE)[-1].body
        assert stage.held() == before

    async def test_a_damaged_file_is_sent_again(self, stage: Stage) -> None:
        stage.fail("error:40900", times=2, path=UPLOAD)
        await self.filled(stage, range(50))
        assert len(stage.requests(UPLOAD)) == 3

    async def test_nobody_cannot_replace_the_members(self, stage: Stage) -> None:
        await self.filled(stage, range(50))
        with pytest.raises(Rejected) as refused:
            await stage.upload(batch(Action.REPLACE, stage.people([])))
        assert refused.value.code == "TIKTOK_REPLACE_EMPTY"

    async def test_more_files_than_tiktok_takes_are_refused_before_anything_changes(self, stage: Stage) -> None:
        await self.filled(stage, range(50))
        with pytest.raises(Rejected, match="streaming"):
            await stage.upload(batch(Action.REPLACE, stage.people([1]), references=("f" * 16,) * 500))
        assert stage.requests(UPDATE) == []

    # --- What goes wrong -------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("stale", ["expired", "unknown"])
    async def test_a_lost_or_expired_file_has_all_of_them_sent_again(self, stage: Stage, stale: str) -> None:
        await self.filled(stage, range(100))
        first = await stage.upload(batch(Action.REPLACE, stage.people(range(30)), last=False))
        path = first.reference if stale == "expired" else "0" * 16
        if stale == "expired":
            stage.sandbox.world.clock.advance(2 * DAY_SECONDS)
        with pytest.raises(SessionLost):
            await stage.upload(batch(Action.REPLACE, stage.people(range(30, 60)), references=(path,)))
        receipt = await stage.replace_with(parts_of(stage, 2))
        stage.settle()
        assert (await stage.check(receipt)).settled

    async def test_a_replace_that_would_leave_too_few_says_so_later(self, stage: Stage) -> None:
        await self.filled(stage, range(100))
        before = stage.held()
        receipt = await stage.replace_with([stage.people(range(5))])
        stage.settle()
        with pytest.raises(TooSmall, match="fewer than 19"):
            await stage.check(receipt)
        assert stage.held() == before

    async def test_a_replace_that_would_leave_too_few_may_be_refused_at_once(self, stage: Stage) -> None:
        self.configure(stage, refuse_small_at_once=True)
        await self.filled(stage, range(100))
        with pytest.raises(TooSmall):
            await stage.replace_with([stage.people(range(5))])

    async def test_a_replace_that_failed_is_a_refusal_in_tiktoks_words(self, stage: Stage) -> None:
        await self.filled(stage, range(100))
        self.mark(stage, "fails_late")
        receipt = await stage.replace_with(parts_of(stage, 1))
        stage.settle()
        with pytest.raises(Rejected, match="Some data failed to be processed"):
            await stage.check(receipt)

    async def test_lines_that_could_not_be_read_are_a_refusal(self, stage: Stage) -> None:
        await self.filled(stage, range(100))
        rows = stage.people(range(30))
        broken = rows.set_column(0, "email", [["NOT-A-HASH", *rows["email"].to_pylist()[1:]]])
        receipt = await stage.replace_with([broken])
        stage.settle()
        with pytest.raises(Rejected, match="1 lines could not be parsed"):
            await stage.check(receipt)

    async def test_a_second_replace_waits_for_the_first(self, stage: Stage) -> None:
        await self.filled(stage, range(100))
        await stage.replace_with(parts_of(stage, 1))
        with pytest.raises(RetryLater) as busy:
            await stage.replace_with(parts_of(stage, 1))
        assert (busy.value.code, busy.value.after_seconds) == ("TIKTOK_REPLACE_UNDER_WAY", 3_600)

    async def test_an_audience_that_is_being_made_takes_no_replace_yet(self, stage: Stage) -> None:
        await stage.create(holding=stage.people(range(100)))
        with pytest.raises(RetryLater) as busy:
            await stage.replace_with(parts_of(stage, 1))
        assert busy.value.code == "TIKTOK_NOT_EDITABLE"

    async def test_a_replace_whose_answer_was_lost_is_not_repeated_and_made_up_for(self, stage: Stage) -> None:
        await self.filled(stage, range(100))
        stage.fail("reset_after", path=UPDATE)
        with pytest.raises(RetryLater) as lost:
            await stage.replace_with(parts_of(stage, 1))
        assert (lost.value.code, len(stage.requests(UPDATE))) == (OUTCOME_UNKNOWN, 1)
        stage.settle()
        await stage.replace_with(parts_of(stage, 1))
        stage.settle()
        assert stage.held() == stage.keys_of(parts_of(stage, 1)[0])

    async def test_a_failure_of_an_earlier_replace_is_not_this_ones(self, stage: Stage) -> None:
        await self.filled(stage, range(100))
        await stage.replace_with([stage.people(range(5))])
        stage.settle()
        receipt = await stage.replace_with(parts_of(stage, 1))
        stage.settle()
        assert (await stage.check(receipt)).settled
        facts = await stage.connector.measure(stage.api, stage.target)
        assert facts.failed_at is not None
        assert facts.failed_at < now_of(stage)

    async def test_an_audience_that_was_streamed_takes_no_files(self, stage: Stage) -> None:
        made = await stage.connector.create(stage.api, self.account, name="Streamed", description="")
        stage.target = replace(stage.target, account=self.account, remote_id=made, choices=self.choices)
        with pytest.raises(Rejected, match="was not created from files"):
            await stage.replace_with(parts_of(stage, 1))


def form_of(request: Recorded) -> Call:
    return Call(request.method, request.path, request.query, request.headers, request.body, root="")

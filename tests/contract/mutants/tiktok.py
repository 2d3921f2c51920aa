"""Mistakes that a connector of TikTok could make, streaming and by files."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from audience_sync.connectors.faults import Fault
from audience_sync.connectors.http import Api
from audience_sync.connectors.tiktok import TikTok
from audience_sync.connectors.wire import Answer, Call
from audience_sync.errors import AudienceGone, Rejected
from audience_sync.model.platforms import Action, Batch, Facts, Receipt, Target
from tests.contract.mutants.mutant import Mutant, in_body, repeating, swapped
from tests.contract.test_tiktok import TestTikTok as Suite
from tests.contract.test_tiktok_files import TestTikTokFiles as Files


class DropsRemovals(TikTok):
    async def upload(self, api: Api, target: Target, batch: Batch) -> Receipt:
        return Receipt() if batch.action is Action.REMOVE else await TikTok.upload(api, target, batch)


class ForgetsARow(TikTok):
    async def upload(self, api: Api, target: Target, batch: Batch) -> Receipt:
        return await TikTok.upload(api, target, replace(batch, rows=batch.rows.slice(1)))


class ForgetsEarlierFiles(TikTok):
    async def upload(self, api: Api, target: Target, batch: Batch) -> Receipt:
        return await TikTok.upload(api, target, replace(batch, references=()))


class TakesGoneForDone(TikTok):
    async def upload(self, api: Api, target: Target, batch: Batch) -> Receipt:
        try:
            return await TikTok.upload(api, target, batch)
        except AudienceGone:
            return Receipt(received=batch.rows.num_rows)


class HearsHttpOnly(TikTok):
    def fault(self, answer: Answer) -> Fault | None:
        return TikTok.fault(answer) if answer.status >= 400 else None


class SettlesAtOnce(TikTok):
    async def check(self, api: Api, target: Target, receipt: Receipt) -> Receipt:
        return replace(receipt, settled=True)


class ForgivesLateFailures(TikTok):
    async def check(self, api: Api, target: Target, receipt: Receipt) -> Receipt:
        try:
            return await TikTok.check(api, target, receipt)
        except Rejected:
            return replace(receipt, settled=True)


class BlamesOldFailures(TikTok):
    async def check(self, api: Api, target: Target, receipt: Receipt) -> Receipt:
        return await TikTok.check(api, target, replace(receipt, reference=""))


class TellsNoFailure(TikTok):
    async def measure(self, api: Api, target: Target) -> Facts:
        return replace(await super().measure(api, target), failure="", failed_at=None)


class TakesNothingForASize(TikTok):
    async def measure(self, api: Api, target: Target) -> Facts:
        facts = await super().measure(api, target)
        return replace(facts, size_low=facts.size_low or 0, size_high=facts.size_high or 0)


class DeletesNothing(TikTok):
    async def delete(self, api: Api, target: Target) -> None:
        return None


def streaming(change: Callable[[dict[str, Any]], None]) -> Callable[[Call], Call]:
    """Asks with other people in a mapping."""

    def changed(call: Call) -> Call:
        if call.path != "segment/mapping/":
            return call
        body = json.loads(call.body or b"{}")
        change(body)
        return replace(call, body=json.dumps(body).encode())

    return changed


def without_places(body: dict[str, Any]) -> None:
    """A missing identifier has no place, so that those after it move up."""
    body["batch_data"] = [[cell for cell in person if cell] for person in body["batch_data"]]


def sorted_schema(body: dict[str, Any]) -> None:
    """The kinds are sorted, and the people's identifiers are not."""
    body["id_schema"].sort()


def first_page_only(_call: Call, answer: Answer) -> Answer:
    data = (answer.body or {}).get("data") or {}
    return replace(answer, body={**(answer.body or {}), "data": {k: v for k, v in data.items() if k != "page_info"}})


REMOVED = Suite.test_removed_keys_are_gone_and_the_others_stay
ADDED = Suite.test_added_people_are_there
REPLACED = Files.test_a_replace_leaves_exactly_the_members
MUTANTS = (
    Mutant("drops removals", Suite, REMOVED, connector=DropsRemovals),
    Mutant("adds whom it should remove", Suite, REMOVED, call=in_body(b'"action":"delete"', b'"action":"add"')),
    Mutant("says remove for delete", Suite, REMOVED, call=in_body(b'"action":"delete"', b'"action":"remove"')),
    Mutant("forgets a row", Suite, ADDED, connector=ForgetsARow),
    Mutant("swaps e-mails and phones", Suite, ADDED, call=swapped(b'"EMAIL_SHA256"', b'"PHONE_SHA256"')),
    Mutant("sorts the schema but not the people", Suite, ADDED, call=streaming(sorted_schema)),
    Mutant(
        "leaves out the place of a missing identifier",
        Suite,
        Suite.test_every_person_has_a_place_for_every_kind,
        call=streaming(without_places),
    ),
    Mutant(
        "judges by the HTTP status alone", Suite, Suite.test_an_expired_token_asks_to_reconnect, connector=HearsHttpOnly
    ),
    Mutant(
        "takes a deleted audience for a filled one",
        Suite,
        Suite.test_uploading_to_a_deleted_audience_says_that_it_is_gone,
        connector=TakesGoneForDone,
    ),
    Mutant(
        "deletes nothing",
        Suite,
        Suite.test_a_deleted_audience_is_gone_and_deleting_again_is_fine,
        connector=DeletesNothing,
    ),
    Mutant(
        "creates again after a lost answer",
        Suite,
        Suite.test_a_create_whose_answer_was_lost_is_not_repeated_and_can_be_found,
        given={"fault": "reset_after"},
        call=repeating,
    ),
    Mutant("reads the first page only", Suite, Suite.test_audiences_on_later_pages_are_listed, answer=first_page_only),
    Mutant(
        "takes no answer for a size",
        Suite,
        Suite.test_an_audience_has_no_size_before_the_platform_has_counted,
        connector=TakesNothingForASize,
    ),
    Mutant(
        "forgives a late failure",
        Suite,
        Suite.test_a_failure_that_shows_later_is_a_refusal_in_tiktoks_words,
        connector=ForgivesLateFailures,
    ),
    Mutant(
        "blames this run for an earlier one's failure",
        Suite,
        Suite.test_a_failure_of_an_earlier_run_is_not_this_runs,
        connector=BlamesOldFailures,
    ),
    Mutant(
        "keeps a late failure to itself",
        Suite,
        Suite.test_a_late_failure_is_told_with_its_time,
        connector=TellsNoFailure,
    ),
    Mutant("takes a begun replace for a done one", Files, REPLACED, given={"parts": 1}, connector=SettlesAtOnce),
    Mutant(
        "forgets the earlier files of a replace", Files, REPLACED, given={"parts": 3}, connector=ForgetsEarlierFiles
    ),
    Mutant(
        "appends instead of replacing", Files, REPLACED, given={"parts": 1}, call=in_body(b'"REPLACE"', b'"APPEND"')
    ),
    Mutant(
        "says replace when it renames",
        Files,
        Files.test_a_rename_never_replaces_anybody,
        call=in_body(b'"APPEND"', b'"REPLACE"'),
    ),
    Mutant(
        "signs another file",
        Files,
        Files.test_it_is_born_with_the_people_of_all_its_files,
        call=in_body(b"email_SHA256,", b"EMAIL_SHA256,"),
    ),
)

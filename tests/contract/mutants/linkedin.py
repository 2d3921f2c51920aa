"""Mistakes that a connector of LinkedIn could make."""

from dataclasses import replace

from audience_sync.connectors.faults import Fault
from audience_sync.connectors.http import Api
from audience_sync.connectors.linkedin import LinkedIn
from audience_sync.connectors.wire import Answer, Call
from audience_sync.errors import AudienceGone, RetryLater
from audience_sync.model.platforms import Action, Batch, Facts, Receipt, Target
from tests.contract.mutants.mutant import Mutant, in_body, repeating, swapped
from tests.contract.test_linkedin import TestLinkedIn as Suite


class DropsRemovals(LinkedIn):
    async def upload(self, api: Api, target: Target, batch: Batch) -> Receipt:
        return Receipt() if batch.action is Action.REMOVE else await super().upload(api, target, batch)


class SendsOneKindOnly(LinkedIn):
    async def upload(self, api: Api, target: Target, batch: Batch) -> Receipt:
        return await super().upload(api, target, replace(batch, rows=batch.rows.select(["email"])))


class ForgetsARow(LinkedIn):
    async def upload(self, api: Api, target: Target, batch: Batch) -> Receipt:
        return await super().upload(api, target, replace(batch, rows=batch.rows.slice(1)))


class TakesNewForGone(LinkedIn):
    async def _newborn(self, api: Api, target: Target, gone: AudienceGone) -> AudienceGone | RetryLater:
        return gone


class TakesGoneForDone(LinkedIn):
    async def upload(self, api: Api, target: Target, batch: Batch) -> Receipt:
        try:
            return await super().upload(api, target, batch)
        except AudienceGone:
            return Receipt(received=batch.rows.num_rows)


class DeletesNothing(LinkedIn):
    async def delete(self, api: Api, target: Target) -> None:
        return None


class RenamesNothing(LinkedIn):
    async def rename(self, api: Api, target: Target, *, name: str, description: str) -> None:
        return None


class TakesNothingForASize(LinkedIn):
    async def measure(self, api: Api, target: Target) -> Facts:
        facts = await super().measure(api, target)
        return replace(facts, size_low=facts.size_low or 0, size_high=facts.size_high or 0)


class TakesExpiredForForbidden(LinkedIn):
    def fault(self, answer: Answer) -> Fault | None:
        fault = LinkedIn.fault(answer)
        return replace(fault, subcode="403") if fault and fault.subcode == "401" else fault


def without_version(call: Call) -> Call:
    return replace(call, headers={name: said for name, said in call.headers.items() if name != "LinkedIn-Version"})


def all_taken_in(_call: Call, answer: Answer) -> Answer:
    """Hears a yes for every person, whatever their own status says."""
    rows = (answer.body or {}).get("elements")
    if not rows or "status" not in rows[0]:
        return answer
    return replace(answer, body={"elements": [{"status": 201}] * len(rows)})


def first_page_only(_call: Call, answer: Answer) -> Answer:
    return replace(answer, body={name: said for name, said in (answer.body or {}).items() if name != "paging"})


REMOVED = Suite.test_removed_keys_are_gone_and_the_others_stay
ADDED = Suite.test_added_people_are_there
MUTANTS = (
    Mutant("drops removals", Suite, REMOVED, connector=DropsRemovals),
    Mutant("adds whom it should remove", Suite, REMOVED, call=in_body(b'"REMOVE"', b'"ADD"')),
    Mutant("sends one kind only", Suite, ADDED, connector=SendsOneKindOnly),
    Mutant("forgets a row", Suite, ADDED, connector=ForgetsARow),
    Mutant("swaps e-mails and device ids", Suite, ADDED, call=swapped(b'"SHA256_EMAIL"', b'"GOOGLE_AID"')),
    Mutant(
        "ignores a refused person",
        Suite,
        Suite.test_refused_rows_are_counted_and_explained_without_their_cells,
        answer=all_taken_in,
    ),
    Mutant(
        "takes a person who comes too early for taken in",
        Suite,
        Suite.test_an_element_that_was_not_taken_in_for_now_is_sent_again,
        given={"status": 429},
        answer=all_taken_in,
    ),
    Mutant(
        "takes a new segment for a deleted one",
        Suite,
        Suite.test_a_segment_that_has_just_been_made_asks_for_patience,
        connector=TakesNewForGone,
    ),
    Mutant(
        "takes a deleted segment for a filled one",
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
    Mutant("renames nothing", Suite, Suite.test_a_renamed_audience_has_its_new_name, connector=RenamesNothing),
    Mutant(
        "creates again after a lost answer",
        Suite,
        Suite.test_a_create_whose_answer_was_lost_is_not_repeated_and_can_be_found,
        given={"fault": "reset_after"},
        call=repeating,
    ),
    Mutant("reads the first page only", Suite, Suite.test_segments_on_later_pages_are_listed, answer=first_page_only),
    Mutant(
        "takes no answer for a size",
        Suite,
        Suite.test_an_audience_has_no_size_before_the_platform_has_counted,
        connector=TakesNothingForASize,
    ),
    Mutant(
        "takes an expired token for a missing role",
        Suite,
        Suite.test_an_expired_token_asks_to_reconnect,
        connector=TakesExpiredForForbidden,
    ),
    Mutant("names no version", Suite, Suite.test_every_call_names_the_version_that_is_set, call=without_version),
)

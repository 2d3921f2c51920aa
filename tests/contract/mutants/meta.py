"""Mistakes that a connector of Meta could make."""

import re
from dataclasses import replace

from audience_sync.connectors.faults import Fault
from audience_sync.connectors.http import Api
from audience_sync.connectors.meta import Meta
from audience_sync.connectors.wire import Answer, Call
from audience_sync.errors import AudienceGone, SessionLost
from audience_sync.model.platforms import Action, Batch, Facts, Receipt, Target
from tests.contract.mutants.mutant import Mutant, repeating, swapped
from tests.contract.test_meta import TestMeta as Suite


class DropsRemovals(Meta):
    async def upload(self, api: Api, target: Target, batch: Batch) -> Receipt:
        return Receipt() if batch.action is Action.REMOVE else await Meta.upload(api, target, batch)


class ForgetsARow(Meta):
    async def upload(self, api: Api, target: Target, batch: Batch) -> Receipt:
        return await Meta.upload(api, target, replace(batch, rows=batch.rows.slice(1)))


class TakesGoneForDone(Meta):
    async def upload(self, api: Api, target: Target, batch: Batch) -> Receipt:
        try:
            return await Meta.upload(api, target, batch)
        except AudienceGone:
            return Receipt(received=batch.rows.num_rows)


class DeletesNothing(Meta):
    async def delete(self, api: Api, target: Target) -> None:
        return None


class SettlesAtOnce(Meta):
    async def check(self, api: Api, target: Target, receipt: Receipt) -> Receipt:
        return replace(receipt, settled=True)


class ForgivesALostReplace(Meta):
    async def check(self, api: Api, target: Target, receipt: Receipt) -> Receipt:
        try:
            return await Meta.check(api, target, receipt)
        except SessionLost:
            return replace(receipt, settled=True)


class TakesNothingForASize(Meta):
    async def measure(self, api: Api, target: Target) -> Facts:
        facts = await super().measure(api, target)
        return replace(facts, size_low=facts.size_low or 0, size_high=facts.size_high or 0)


class HearsNoErrors(Meta):
    def fault(self, answer: Answer) -> Fault | None:
        return None


def adds_instead(call: Call) -> Call:
    return replace(call, method="POST") if call.method == "DELETE" and call.path.endswith("/users") else call


def in_one_session(call: Call) -> Call:
    body = re.sub(rb'"session_id":\d+', b'"session_id":7', call.body or b"")
    return replace(call, body=body) if call.body else call


def first_page_only(_call: Call, answer: Answer) -> Answer:
    return replace(answer, body={name: value for name, value in (answer.body or {}).items() if name != "paging"})


def deaf_to_refused_rows(_call: Call, answer: Answer) -> Answer:
    body = {name: value for name, value in (answer.body or {}).items() if not name.startswith("num_invalid")}
    return replace(answer, body=body)


MUTANTS = (
    Mutant("drops removals", Suite, Suite.test_removed_keys_are_gone_and_the_others_stay, connector=DropsRemovals),
    Mutant(
        "adds whom it should remove", Suite, Suite.test_removed_keys_are_gone_and_the_others_stay, call=adds_instead
    ),
    Mutant("forgets a row", Suite, Suite.test_added_people_are_there, connector=ForgetsARow),
    Mutant("swaps e-mails and phones", Suite, Suite.test_added_people_are_there, call=swapped(b'"EMAIL"', b'"PHONE"')),
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
    Mutant(
        "reads the first page only",
        Suite,
        Suite.test_every_audience_is_listed_over_several_pages,
        answer=first_page_only,
    ),
    Mutant(
        "takes no answer for a size",
        Suite,
        Suite.test_an_audience_has_no_size_before_the_platform_has_counted,
        connector=TakesNothingForASize,
    ),
    Mutant("hears no errors", Suite, Suite.test_an_expired_token_asks_to_reconnect, connector=HearsNoErrors),
    Mutant(
        "is deaf to refused rows",
        Suite,
        Suite.test_refused_rows_are_counted_and_explained_without_their_cells,
        answer=deaf_to_refused_rows,
    ),
    Mutant(
        "sends everything in one session",
        Suite,
        Suite.test_every_add_is_a_complete_session_of_its_own,
        call=in_one_session,
    ),
    Mutant(
        "takes a begun replace for a done one",
        Suite,
        Suite.test_a_replace_leaves_exactly_the_members,
        given={"parts": 1},
        connector=SettlesAtOnce,
    ),
    Mutant(
        "forgives a replace that failed",
        Suite,
        Suite.test_a_replace_that_failed_on_the_platform_is_lost,
        connector=ForgivesALostReplace,
    ),
)

"""Mistakes that a connector of Snapchat could make."""

import json
from collections.abc import Mapping
from dataclasses import replace

from audience_sync.connectors.faults import Fault
from audience_sync.connectors.http import Api
from audience_sync.connectors.snapchat import Snapchat
from audience_sync.connectors.wire import Answer, Call, Turn
from audience_sync.errors import ActionNeeded, AudienceGone
from audience_sync.model.platforms import Action, Batch, Facts, Receipt, Target
from tests.contract.mutants.mutant import Mutant, in_body, repeating, swapped
from tests.contract.test_snapchat import TestSnapchat as Suite


class DropsRemovals(Snapchat):
    async def upload(self, api: Api, target: Target, batch: Batch) -> Receipt:
        return Receipt() if batch.action is Action.REMOVE else await Snapchat.upload(api, target, batch)


class SendsOneKindOnly(Snapchat):
    async def upload(self, api: Api, target: Target, batch: Batch) -> Receipt:
        return await Snapchat.upload(api, target, replace(batch, rows=batch.rows.select(["email"])))


class ForgetsARow(Snapchat):
    async def upload(self, api: Api, target: Target, batch: Batch) -> Receipt:
        return await Snapchat.upload(api, target, replace(batch, rows=batch.rows.slice(1)))


class EmptiesToRemove(Snapchat):
    async def upload(self, api: Api, target: Target, batch: Batch) -> Receipt:
        if batch.action is Action.REMOVE:
            await api.delete(f"segments/{target.remote_id}/all_users")
            return Receipt(received=batch.rows.num_rows)
        return await Snapchat.upload(api, target, batch)


class TakesGoneForDone(Snapchat):
    async def upload(self, api: Api, target: Target, batch: Batch) -> Receipt:
        try:
            return await Snapchat.upload(api, target, batch)
        except AudienceGone:
            return Receipt(received=batch.rows.num_rows)


class HearsHttpOnly(Snapchat):
    def fault(self, answer: Answer) -> Fault | None:
        return Snapchat.fault(answer) if answer.status >= 400 else None


class ReadsTheEnvelopeOnly(Snapchat):
    def fault(self, answer: Answer) -> Fault | None:
        body = {name: value for name, value in (answer.body or {}).items() if not isinstance(value, list)}
        return Snapchat.fault(replace(answer, body=body if answer.body is not None else None))


class TakesNothingForASize(Snapchat):
    async def measure(self, api: Api, target: Target) -> Facts:
        facts = await super().measure(api, target)
        return replace(facts, size_low=facts.size_low or 0, size_high=facts.size_high or 0)


class DeletesNothing(Snapchat):
    async def delete(self, api: Api, target: Target) -> None:
        return None


class KnowsOneLimit(Snapchat):
    def turns(self, call: Call, connection: str, options: Mapping[str, str]) -> list[Turn]:
        return Snapchat.turns(call, connection, options)[:1]


def adds_instead(call: Call) -> Call:
    return replace(call, method="POST") if call.method == "DELETE" and call.path.endswith("/users") else call


def first_page_only(_call: Call, answer: Answer) -> Answer:
    return replace(answer, body={name: value for name, value in (answer.body or {}).items() if name != "paging"})


def mixing_kinds(call: Call) -> Call:
    """Asks with two kinds in one schema."""
    if not call.path.endswith("/users"):
        return call
    body = json.loads(call.body or b"{}")
    body["users"][0]["schema"].append("PHONE_SHA256")
    return replace(call, body=json.dumps(body).encode())


REMOVED = Suite.test_removed_keys_are_gone_and_the_others_stay
ADDED = Suite.test_added_people_are_there
MUTANTS = (
    Mutant("drops removals", Suite, REMOVED, connector=DropsRemovals),
    Mutant("adds whom it should remove", Suite, REMOVED, call=adds_instead),
    Mutant("empties the list to remove somebody", Suite, REMOVED, connector=EmptiesToRemove),
    Mutant("sends one kind only", Suite, ADDED, connector=SendsOneKindOnly),
    Mutant("forgets a row", Suite, ADDED, connector=ForgetsARow),
    Mutant("swaps e-mails and phones", Suite, ADDED, call=swapped(b'"EMAIL_SHA256"', b'"PHONE_SHA256"')),
    Mutant("mixes kinds in one request", Suite, ADDED, call=mixing_kinds),
    Mutant(
        "ignores a refused item in an accepted answer",
        Suite,
        Suite.test_a_refusal_hidden_in_an_item_is_seen,
        given={"code": "E3002", "kind": ActionNeeded, "http": 200, "lower": False},
        connector=ReadsTheEnvelopeOnly,
    ),
    Mutant(
        "judges by the HTTP status alone",
        Suite,
        Suite.test_a_refusal_of_the_last_kind_only_is_seen,
        connector=HearsHttpOnly,
    ),
    Mutant(
        "takes a deleted list for a filled one",
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
    Mutant("reads the first page only", Suite, Suite.test_segments_on_later_pages_are_listed, answer=first_page_only),
    Mutant(
        "takes no answer for a size",
        Suite,
        Suite.test_an_audience_has_no_size_before_the_platform_has_counted,
        connector=TakesNothingForASize,
    ),
    Mutant("forgets the app's limit", Suite, Suite.test_every_call_waits_for_its_turn, connector=KnowsOneLimit),
    Mutant(
        "keeps members for a month",
        Suite,
        Suite.test_a_segment_keeps_its_members_for_as_long_as_is_set,
        given={"setting": {}, "days": 9999},
        call=in_body(b'"retention_in_days":9999', b'"retention_in_days":30'),
    ),
)

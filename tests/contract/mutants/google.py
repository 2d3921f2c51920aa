"""Mistakes that a connector of Google could make."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from audience_sync.connectors.faults import Fault
from audience_sync.connectors.google import Google
from audience_sync.connectors.http import Api
from audience_sync.connectors.wire import Answer, Call
from audience_sync.errors import AudienceGone
from audience_sync.model.platforms import Action, Batch, Facts, Grant, Receipt, Target
from audience_sync.sandbox.google import seeds
from tests.contract.mutants.mutant import Mutant, in_body, in_path, repeating, swapped
from tests.contract.test_google import TestGoogle as Lists
from tests.contract.test_google_members import TestMembers as Members
from tests.contract.test_google_mobile import TestMobile as Mobile


class DropsRemovals(Google):
    async def upload(self, api: Api, target: Target, batch: Batch) -> Receipt:
        return Receipt() if batch.action is Action.REMOVE else await Google.upload(api, target, batch)


class AddsInstead(Google):
    async def upload(self, api: Api, target: Target, batch: Batch) -> Receipt:
        return await Google.upload(api, target, replace(batch, action=Action.ADD))


class ForgetsARow(Google):
    async def upload(self, api: Api, target: Target, batch: Batch) -> Receipt:
        return await Google.upload(api, target, replace(batch, rows=batch.rows.slice(1)))


class TakesGoneForDone(Google):
    async def upload(self, api: Api, target: Target, batch: Batch) -> Receipt:
        try:
            return await Google.upload(api, target, batch)
        except AudienceGone:
            return Receipt(received=batch.rows.num_rows)


class SettlesAtOnce(Google):
    async def check(self, api: Api, target: Target, receipt: Receipt) -> Receipt:
        return replace(receipt, settled=True)


class AsksAboutOneRequestOnly(Google):
    async def check(self, api: Api, target: Target, receipt: Receipt) -> Receipt:
        return await Google.check(api, target, replace(receipt, reference=receipt.reference.partition(",")[0]))


class DeletesNothing(Google):
    async def delete(self, api: Api, target: Target) -> None:
        return None


class TakesZeroForASize(Google):
    async def measure(self, api: Api, target: Target) -> Facts:
        facts = await super().measure(api, target)
        return replace(facts, size_low=facts.size_low or 0, size_high=facts.size_high or 0)


class BlamesTheNextRow(Google):
    def fault(self, answer: Answer) -> Fault | None:
        found = Google.fault(answer)
        return replace(found, rows=tuple(row + 1 for row in found.rows)) if found else None


class HeedsNoWait(Google):
    def pause(self, answer: Answer) -> float:
        return 0.0


class LosesTheRefreshToken(Google):
    async def renew(self, api: Api, grant: Grant) -> Grant | None:
        renewed = await Google.renew(api, grant)
        return replace(renewed, refresh_token="") if renewed else None


def without_terms(call: Call) -> Call:
    return _without(call, "termsOfService")


def without_time(call: Call) -> Call:
    return _without(call, "removeAsOfTime")


def without_manager(call: Call) -> Call:
    return replace(call, headers={})


def _without(call: Call, name: str) -> Call:
    if not call.body:
        return call
    body: dict[str, Any] = json.loads(call.body)
    body.pop(name, None)
    return replace(call, body=json.dumps(body).encode())


def deaf_to_failure(_call: Call, answer: Answer) -> Answer:
    return _hearing(answer, requestStatus="SUCCESS")


def deaf_to_reasons(_call: Call, answer: Answer) -> Answer:
    return _hearing(answer, errorInfo={})


def _hearing(answer: Answer, **news: object) -> Answer:
    """The answer with other words about each destination; other answers as they are."""
    body = dict(answer.body or {})
    parts: Sequence[dict[str, Any]] = body.get("requestStatusPerDestination", [])
    return replace(answer, body=body | {"requestStatusPerDestination": [part | news for part in parts]})


def first_page_only(_call: Call, answer: Answer) -> Answer:
    body = {name: value for name, value in (answer.body or {}).items() if name != "nextPageToken"}
    return replace(answer, body=body)


MUTANTS = (
    Mutant("drops removals", Lists, Lists.test_removed_keys_are_gone_and_the_others_stay, connector=DropsRemovals),
    Mutant(
        "adds whom it should remove",
        Lists,
        Lists.test_removed_keys_are_gone_and_the_others_stay,
        connector=AddsInstead,
    ),
    Mutant("forgets a row", Lists, Lists.test_added_people_are_there, connector=ForgetsARow),
    Mutant(
        "swaps e-mails and phones",
        Lists,
        Lists.test_added_people_are_there,
        call=swapped(b"emailAddress", b"phoneNumber"),
    ),
    Mutant("does not accept the terms", Lists, Lists.test_added_people_are_there, call=without_terms),
    Mutant("says the wrong encoding", Lists, Lists.test_added_people_are_there, call=in_body(b'"HEX"', b'"BASE64"')),
    Mutant(
        "takes a deleted list for a filled one",
        Lists,
        Lists.test_uploading_to_a_deleted_audience_says_that_it_is_gone,
        connector=TakesGoneForDone,
    ),
    Mutant(
        "deletes nothing",
        Lists,
        Lists.test_a_deleted_audience_is_gone_and_deleting_again_is_fine,
        connector=DeletesNothing,
    ),
    Mutant(
        "creates again after a lost answer",
        Lists,
        Lists.test_a_create_whose_answer_was_lost_is_not_repeated_and_can_be_found,
        given={"fault": "reset_after"},
        call=repeating,
    ),
    Mutant(
        "reads the first page only",
        Lists,
        Lists.test_lists_on_later_pages_are_listed,
        given={"monkeypatch": None},
        answer=first_page_only,
    ),
    Mutant(
        "takes zero for a size",
        Lists,
        Lists.test_an_audience_has_no_size_before_the_platform_has_counted,
        connector=TakesZeroForASize,
    ),
    Mutant("heeds no wait", Lists, Lists.test_the_wait_that_google_names_is_obeyed, connector=HeedsNoWait),
    Mutant(
        "loses the refresh token",
        Lists,
        Lists.test_a_renewed_grant_can_be_renewed_again,
        connector=LosesTheRefreshToken,
    ),
    Mutant("forgets the manager", Lists, Lists.test_everything_works_through_the_manager, call=without_manager),
    Mutant(
        "works on another account",
        Members,
        Members.test_an_ingest_says_to_which_list_under_which_terms_and_with_whose_consent,
        call=lambda call: in_path(seeds.MAIN, seeds.TEST)(in_body(seeds.MAIN.encode(), seeds.TEST.encode())(call)),
    ),
    Mutant(
        "is deaf to a request that failed",
        Members,
        Members.test_a_request_that_fails_later_is_refused_with_its_reason,
        given={"action": Action.ADD},
        answer=deaf_to_failure,
    ),
    Mutant(
        "is deaf to members that failed",
        Members,
        Members.test_members_that_fail_later_are_counted_with_their_reasons,
        answer=deaf_to_reasons,
    ),
    Mutant(
        "takes accepted for done",
        Members,
        Members.test_an_accepted_batch_is_not_settled_before_google_says_so,
        connector=SettlesAtOnce,
    ),
    Mutant(
        "asks about one request of several",
        Members,
        Members.test_one_open_request_of_several_leaves_the_receipt_open,
        connector=AsksAboutOneRequestOnly,
    ),
    Mutant(
        "leaves the wrong row out",
        Members,
        Members.test_exactly_the_rows_that_google_blames_are_left_out,
        connector=BlamesTheNextRow,
    ),
    Mutant(
        "clears whoever is there now",
        Members,
        Members.test_a_clear_leaves_exactly_those_who_were_sent_since_the_run_began,
        call=without_time,
    ),
    Mutant(
        "makes a second list that nobody can find",
        Mobile,
        Mobile.test_the_second_list_is_made_once,
        call=in_body(b"mobile-of-", b"ids-of-"),
    ),
)

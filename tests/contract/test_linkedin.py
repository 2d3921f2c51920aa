"""LinkedIn keeps the contract as the fifth, experimental platform, and what is LinkedIn's own."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from audience_sync.errors import ActionNeeded, Reconnect, RetryLater, SetupError
from audience_sync.model.cards import FaultRule
from audience_sync.model.platforms import Grant
from tests.contract.claims_audiences import RenameClaims
from tests.contract.claims_faults import RowClaims
from tests.contract.stage import Stage
from tests.contract.suite import ConnectorContract

REDIRECT = "http://127.0.0.1:8000/api/v1/platforms/linkedin/callback"
DAY = 86_400


class TestLinkedIn(ConnectorContract, RenameClaims, RowClaims):
    """LinkedIn's own claims stand below those that it inherits."""

    platform = "linkedin"
    token = "SANDBOX_TOKEN"
    account = "501234567"
    app = {  # noqa: RUF012  # Nobody changes it.
        "linkedin_app_id": "sandbox-app",
        "linkedin_app_secret": "sandbox-secret",
        "linkedin_source_platform": "SANDBOX",
    }
    expire_token = "expired_token"

    def faults(self, stage: Stage) -> Sequence[FaultRule]:
        return [rule for rule in stage.connector.card.faults if not rule.code]

    def fault_of(self, rule: FaultRule) -> str:
        return f"error:{rule.subcode}"

    async def test_every_call_names_the_version_that_is_set(self, stage: Stage) -> None:
        stage.api = replace(stage.api, version="202605")
        await self.filled(stage, range(5))
        sent = {
            (each.headers["linkedin-version"], each.headers["x-restli-protocol-version"]) for each in stage.requests()
        }
        assert sent == {("202605", "2.0.0")}

    async def test_a_version_that_is_over_is_a_wrong_setting(self, stage: Stage) -> None:
        stage.api = replace(stage.api, version="202401")
        with pytest.raises(SetupError, match="LINKEDIN_VERSION"):
            await stage.create()

    async def test_a_person_travels_with_all_identifiers_in_one_element(self, stage: Stage) -> None:
        await stage.create()
        await stage.add(stage.people([1, 2]))
        found = json.loads(stage.requests("users")[0].body)["elements"]
        assert [[each["idType"] for each in one["userIds"]] for one in found] == [["SHA256_EMAIL", "GOOGLE_AID"]] * 2

    @pytest.mark.parametrize("status", [429, 503])
    async def test_an_element_that_was_not_taken_in_for_now_is_sent_again(self, stage: Stage, status: int) -> None:
        await stage.create()
        stage.fail(f"element_status:{status}")
        with pytest.raises(RetryLater):
            await stage.add(stage.people([1]))
        await stage.add(stage.people([1]), attempt=2)
        assert stage.held() == stage.keys_of(stage.people([1]))

    async def test_a_segment_that_has_just_been_made_asks_for_patience(self, stage: Stage) -> None:
        self.configure(stage, hidden_seconds=30.0)
        await stage.create()
        with pytest.raises(RetryLater, match="still preparing"):
            await stage.add(stage.people([1]))
        stage.settle()
        await stage.add(stage.people([1]))
        assert stage.held() == stage.keys_of(stage.people([1]))

    async def test_a_segment_is_made_under_the_word_that_linkedin_gave(self, stage: Stage) -> None:
        await stage.create()
        (made,) = [json.loads(each.body) for each in stage.requests("dmpSegments") if each.method == "POST"]
        assert (made["sourcePlatform"], made["description"]) == ("SANDBOX", "audience-sync:a1")

    async def test_without_that_word_no_segment_is_made(self, stage: Stage) -> None:
        stage.api = replace(stage.api, options={**stage.api.options, "source_platform": ""})
        with pytest.raises(SetupError, match="SOURCE_PLATFORM"):
            await stage.create()
        found = await stage.connector.readiness(stage.api, self.account)
        assert [each.code for each in found if each.state == "missing"] == ["source"]

    async def test_segments_on_later_pages_are_listed(self, stage: Stage) -> None:
        self.configure(stage, page_rows=2)
        made = {(await stage.create(f"List {n}")).remote_id for n in range(5)}
        found = await stage.connector.audiences(stage.api, stage.account)
        assert (len(found), {each.remote_id for each in found}) == (5, made)

    async def test_an_audience_that_failed_says_so(self, stage: Stage) -> None:
        await self.filled(stage, range(500))
        self.mark(stage, "failed")
        facts = await stage.connector.measure(stage.api, stage.target)
        assert (facts.ready, "could not build" in facts.problem) == (False, True)

    async def test_the_accounts_are_listed(self, stage: Stage) -> None:
        found = await stage.connector.accounts(stage.api)
        assert [each.name for each in found] == ["Main Account", "Secondary Account", "Test Account"]

    async def test_readiness_says_what_linkedin_tells(self, stage: Stage) -> None:
        found = await stage.connector.readiness(stage.api, self.account)
        assert {each.code: str(each.state) for each in found} == {
            "account": "ok",
            "approval": "unknown",
            "source": "ok",
        }

    async def test_a_person_who_consents_gives_a_grant_that_can_be_renewed(self, stage: Stage) -> None:
        grant = await self.connect(stage)
        assert grant.expires_at is not None
        assert timedelta(days=59) < grant.expires_at - datetime.now(UTC) <= timedelta(days=60)
        stage.sandbox.world.clock.advance(61 * DAY)
        with pytest.raises(Reconnect):
            await stage.connector.inspect(stage.api.with_token(grant.token))
        renewed = await stage.connector.renew(stage.api, grant)
        assert renewed is not None
        assert (await stage.connector.inspect(stage.api.with_token(renewed.token))).subject == grant.subject

    async def test_disconnecting_leads_to_the_page_where_the_person_can_do_it(self, stage: Stage) -> None:
        grant = await self.connect(stage)
        with pytest.raises(ActionNeeded, match="Remove the app"):
            await stage.connector.revoke(stage.api, grant)

    async def connect(self, stage: Stage) -> Grant:
        address = stage.connector.login_url(stage.api, redirect_uri=REDIRECT, state="a state", verifier="")
        answer = await stage.api.client.post(address, data={"decision": "continue"})
        code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
        return await stage.connector.exchange(stage.api, code=code, redirect_uri=REDIRECT, verifier="")

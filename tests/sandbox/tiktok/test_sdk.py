"""TikTok's own Python SDK (1.1.3) as a client of the pretend TikTok, on a real port."""

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from business_api_client import (  # type: ignore[import-untyped]  # TikTok ships no types.
    AccountManagementApi,
    ApiClient,
    AudienceApi,
    AuthenticationApi,
    Configuration,
    CustomAudienceCreateBody,
    CustomAudienceDeleteBody,
    CustomAudienceUpdateBody,
    Oauth2AccessTokenBody,
)
from business_api_client.tiktok_business.tiktok_exceptions import (  # type: ignore[import-untyped]  # As above.
    TiktokSDKError,
)

from audience_sync.sandbox.serve import Sandbox
from tests.sandbox.tiktok.business import APP, MAIN, REDIRECT, SECONDARY, TOKEN, emails, lines, md5


@dataclass(frozen=True)
class Sdk:
    """The SDK's three rooms, aimed at a sandbox; `folder` is for its files, which it reads from the disk."""

    sandbox: Sandbox
    client: Any
    folder: Path

    @property
    def audiences(self) -> Any:
        return AudienceApi(self.client)

    def upload(self, values: list[str], file_name: str = "people.csv") -> str:
        """The path of a file of these hashes."""
        file = self.folder / file_name
        file.write_bytes(lines(values))
        answer = self.audiences.dmp_custom_audience_file_upload(
            TOKEN,
            advertiser_id=MAIN,
            calculate_type="EMAIL_SHA256",
            file=str(file),
            file_name=file.name,
            file_signature=md5(file.read_bytes()),
        )
        return str(answer["data"]["file_path"])

    def create(self, values: list[str]) -> str:
        """An audience of these hashes, at rest."""
        body = CustomAudienceCreateBody(
            advertiser_id=MAIN,
            custom_audience_name="VIP",
            calculate_type="EMAIL_SHA256",
            file_paths=[self.upload(values)],
        )
        made = self.audiences.dmp_custom_audience_create(TOKEN, body=body)["data"]["custom_audience_id"]
        self.sandbox.world.clock.advance(10)
        return str(made)

    def update(self, audience: str, action: str, values: list[str]) -> None:
        """The audience is changed by a file of these hashes, and at rest."""
        body = CustomAudienceUpdateBody(
            advertiser_id=MAIN, custom_audience_id=audience, action=action, file_paths=[self.upload(values)]
        )
        self.audiences.dmp_custom_audience_update(TOKEN, body=body)
        self.sandbox.world.clock.advance(10)

    def held(self, audience: str) -> set[str]:
        """What the sandbox holds."""
        (found,) = [each for each in self.sandbox.world.platforms["tiktok"].audiences() if each.id == audience]
        return {value for _, value in found.members.all_keys()}


@pytest.fixture(scope="module")
def served() -> Iterator[Sandbox]:
    with Sandbox.start("tiktok") as sandbox:
        yield sandbox


@pytest.fixture
def sdk(served: Sandbox, tmp_path: Path) -> Iterator[Sdk]:
    served.world.reset()
    configuration = Configuration()
    configuration.host = served.url
    client = ApiClient(configuration)
    yield Sdk(served, client, tmp_path)
    client.rest_client.pool_manager.clear()


def test_the_sdk_exchanges_a_code_for_a_token(sdk: Sdk) -> None:
    form = {"app_id": "sandbox-app", "state": "s", "redirect_uri": REDIRECT, "decision": "continue"}
    back = httpx2.post(f"{sdk.sandbox.url}/portal/auth", data=form).headers["location"]
    code = parse_qs(urlsplit(back).query)["auth_code"][0]
    body = Oauth2AccessTokenBody(**APP, auth_code=code)
    given = AuthenticationApi(sdk.client).oauth2_access_token(body=body)["data"]
    assert given["scope"] == [1, 3, 30, 31]
    assert AuthenticationApi(sdk.client).oauth2_advertiser_get(**APP, access_token=given["access_token"])


def test_the_sdk_lists_ad_accounts(sdk: Sdk) -> None:
    found = AuthenticationApi(sdk.client).oauth2_advertiser_get(**APP, access_token=TOKEN)["data"]["list"]
    assert [each["advertiser_name"] for each in found] == ["Main Account", "Secondary Account", "Test Account"]


def test_the_sdk_describes_ad_accounts(sdk: Sdk) -> None:
    fields = ["advertiser_id", "currency", "status"]
    answer = AccountManagementApi(sdk.client).advertiser_info([MAIN, SECONDARY], TOKEN, fields=fields)
    assert [each["currency"] for each in answer["data"]["list"]] == ["USD", "EUR"]


def test_the_sdk_creates_an_audience_of_a_file(sdk: Sdk) -> None:
    audience = sdk.create(emails(2_000))
    assert sdk.held(audience) == set(emails(2_000))


def test_the_sdk_reads_an_audience(sdk: Sdk) -> None:
    audience = sdk.create(emails(2_000))
    answer = sdk.audiences.dmp_custom_audience_get(MAIN, [audience], TOKEN, history_size=5)
    (found,) = answer["data"]["list"]
    details = found["audience_details"]
    assert (details["cover_num"], details["is_valid"], details["name"]) == (1_760, True, "VIP")
    assert found["audience_history"][0]["action"] == "create"


def test_the_sdk_fills_empties_and_replaces(sdk: Sdk) -> None:
    audience = sdk.create(emails(2_000))
    sdk.update(audience, "APPEND", emails(10, 2_000))
    sdk.update(audience, "REMOVE", emails(500))
    assert sdk.held(audience) == set(emails(1_510, 500))
    sdk.update(audience, "REPLACE", emails(1_000, 9_000))
    assert sdk.held(audience) == set(emails(1_000, 9_000))


def test_the_sdk_replaces_where_no_action_is_given(sdk: Sdk) -> None:
    audience = sdk.create(emails(2_000))
    body = CustomAudienceUpdateBody(
        advertiser_id=MAIN, custom_audience_id=audience, file_paths=[sdk.upload(emails(1_000, 5_000))]
    )
    sdk.audiences.dmp_custom_audience_update(TOKEN, body=body)
    sdk.sandbox.world.clock.advance(10)
    assert sdk.held(audience) == set(emails(1_000, 5_000))


def test_the_sdk_renames(sdk: Sdk) -> None:
    audience = sdk.create(emails(2_000))
    body = CustomAudienceUpdateBody(advertiser_id=MAIN, custom_audience_id=audience, custom_audience_name="Gold")
    sdk.audiences.dmp_custom_audience_update(TOKEN, body=body)
    answer = sdk.audiences.dmp_custom_audience_list(MAIN, TOKEN, page=1, page_size=100)
    assert [each["name"] for each in answer["data"]["list"]] == ["Gold"]


def test_the_sdk_lists_page_by_page(sdk: Sdk) -> None:
    made = [sdk.create(emails(10, start)) for start in (0, 10, 20)]
    pages = [sdk.audiences.dmp_custom_audience_list(MAIN, TOKEN, page=n, page_size=2)["data"] for n in (1, 2)]
    assert [each["audience_id"] for page in pages for each in page["list"]] == made[::-1]
    assert pages[0]["page_info"]["total_page"] == 2


def test_the_sdk_deletes(sdk: Sdk) -> None:
    audience = sdk.create(emails(10))
    body = CustomAudienceDeleteBody(advertiser_id=MAIN, custom_audience_ids=[audience])
    sdk.audiences.dmp_custom_audience_delete(TOKEN, body=body)
    assert sdk.sandbox.world.platforms["tiktok"].audiences() == []


def test_the_sdk_raises_for_a_code(sdk: Sdk) -> None:
    with pytest.raises(TiktokSDKError, match="Error Code: 40105"):
        sdk.audiences.dmp_custom_audience_list(MAIN, "stranger")


def test_the_sdk_reads_a_large_file_in_good_time(sdk: Sdk) -> None:
    values = [hashlib.sha256(n.to_bytes(4, "big")).hexdigest() for n in range(100_000)]
    begun = time.monotonic()
    audience = sdk.create(values)
    assert len(sdk.held(audience)) == 100_000
    assert time.monotonic() - begun < 20

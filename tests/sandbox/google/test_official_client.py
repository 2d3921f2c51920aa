"""Google's own Python client (google-ads-datamanager, REST) as a client of the pretend Google, on a real port."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from google.ads.datamanager_v1 import (
    AddressInfo,
    AudienceMember,
    Consent,
    ContactIdInfo,
    DataSourceType,
    Destination,
    Encoding,
    IngestAudienceMembersRequest,
    IngestedUserListInfo,
    IngestionServiceClient,
    ListUserListsRequest,
    MobileData,
    ProductAccount,
    RemoveAllAudienceMembersRequest,
    RemoveAudienceMembersRequest,
    RequestStatusPerDestination,
    RetrieveRequestStatusRequest,
    TermsOfService,
    UserData,
    UserIdentifier,
    UserList,
    UserListServiceClient,
)
from google.ads.datamanager_v1.services.ingestion_service.transports import IngestionServiceRestTransport
from google.ads.datamanager_v1.services.user_list_service.transports import UserListServiceRestTransport
from google.api_core.exceptions import BadRequest, NotFound, TooManyRequests, Unauthorized
from google.auth.exceptions import RefreshError
from google.oauth2.credentials import Credentials
from google.protobuf.field_mask_pb2 import FieldMask  # type: ignore[import-untyped]  # protobuf ships no types.

from audience_sync.sandbox.google import seeds
from audience_sync.sandbox.google.platform import Google
from audience_sync.sandbox.serve import Sandbox
from tests.sandbox.google.wire import email, sha

SHOP = f"accountTypes/GOOGLE_ADS/accounts/{seeds.SHOP_DE}"
THROUGH = [("login-account", f"accountTypes/GOOGLE_ADS/accounts/{seeds.MANAGER}")]
ADS = ProductAccount.AccountType.GOOGLE_ADS
GRANTED = Consent(ad_user_data="CONSENT_GRANTED", ad_personalization="CONSENT_GRANTED")
ACCEPTED = TermsOfService(customer_match_terms_of_service_status="ACCEPTED")
Status = RequestStatusPerDestination.RequestStatus


def contact(n: int) -> AudienceMember:
    """A person with an e-mail and an address."""
    names = {"given_name": sha(f"given{n}"), "family_name": sha(f"family{n}")}
    address = AddressInfo(region_code="US", postal_code="94045", **names)
    return AudienceMember(
        user_data=UserData(user_identifiers=[UserIdentifier(email_address=email(n)), UserIdentifier(address=address)])
    )


@dataclass(frozen=True)
class Client:
    """The two services, aimed at a sandbox with the credentials that everyone knows."""

    sandbox: Sandbox
    credentials: Credentials

    @property
    def google(self) -> Google:
        platform = self.sandbox.world.platforms["google"]
        assert isinstance(platform, Google)
        return platform

    @property
    def lists(self) -> UserListServiceClient:
        return UserListServiceClient(
            transport=UserListServiceRestTransport(host=self.sandbox.url, credentials=self.credentials)
        )

    @property
    def members(self) -> IngestionServiceClient:
        return IngestionServiceClient(
            transport=IngestionServiceRestTransport(host=self.sandbox.url, credentials=self.credentials)
        )

    def create(self, name: str = "VIP") -> UserList:
        info = IngestedUserListInfo(
            upload_key_types=[IngestedUserListInfo.UploadKeyType.CONTACT_ID],
            contact_id_info=ContactIdInfo(data_source_type=DataSourceType.DATA_SOURCE_TYPE_FIRST_PARTY),
        )
        made = UserList(display_name=name, membership_duration=timedelta(days=540), ingested_user_list_info=info)
        return self.lists.create_user_list(parent=SHOP, user_list=made, metadata=THROUGH)

    def get(self, name: str) -> UserList:
        return self.lists.get_user_list(name=name, metadata=THROUGH)

    def ingest(self, made: UserList, people: Sequence[AudienceMember]) -> str:
        request = IngestAudienceMembersRequest(
            destinations=[destination(made)],
            audience_members=people,
            consent=GRANTED,
            encoding=Encoding.HEX,
            terms_of_service=ACCEPTED,
        )
        return str(self.members.ingest_audience_members(request).request_id)

    def status(self, request_id: str) -> RequestStatusPerDestination:
        answer = self.members.retrieve_request_status(RetrieveRequestStatusRequest(request_id=request_id))
        return answer.request_status_per_destination[0]

    def people(self, made: UserList) -> int:
        return self.google.state.lists[str(made.id)].members.people


def destination(made: UserList) -> Destination:
    return Destination(
        reference="d1",
        operating_account=ProductAccount(account_type=ADS, account_id=seeds.SHOP_DE),
        login_account=ProductAccount(account_type=ADS, account_id=seeds.MANAGER),
        product_destination_id=str(made.id),
    )


def violations(error: BadRequest) -> list[tuple[str, str]]:
    """The fields at fault, each with its reason, as the client hands them out."""
    found = [each["fieldViolations"] for each in error.details if "fieldViolations" in each]
    return [(each["field"], each["reason"]) for each in found[0]]


@pytest.fixture(scope="module")
def served() -> Iterator[Sandbox]:
    with Sandbox.start("google") as sandbox:
        yield sandbox


@pytest.fixture
def client(served: Sandbox) -> Client:
    served.world.reset()
    credentials = Credentials(  # type: ignore[no-untyped-call]  # google-auth has untyped functions.
        seeds.USER_TOKEN,
        refresh_token=seeds.USER_REFRESH_TOKEN,
        token_uri=f"{served.url}/token",
        client_id="sandbox-app",
        client_secret="sandbox-secret",
    )
    return Client(served, credentials)


def test_it_creates_a_list_and_reads_it_back(client: Client) -> None:
    made = client.create()
    assert client.get(made.name) == made
    assert (made.display_name, made.membership_duration.days) == ("VIP", 540)
    assert made.access_reason == UserList.AccessReason.OWNED


def test_it_fills_a_list_and_follows_the_request(client: Client) -> None:
    made = client.create()
    request_id = client.ingest(made, [contact(n) for n in range(300)])
    before = client.status(request_id)
    client.sandbox.world.clock.advance(60)
    after = client.status(request_id)
    numbers = after.audience_members_ingestion_status.user_data_ingestion_status
    assert (before.request_status, after.request_status) == (Status.PROCESSING, Status.SUCCESS)
    assert (numbers.record_count, numbers.user_identifier_count) == (300, 600)
    assert numbers.upload_match_rate_range.name == "MATCH_RATE_RANGE_71_TO_80"


def test_it_reads_the_sizes_and_the_match_rate(client: Client) -> None:
    made = client.create()
    client.ingest(made, [contact(n) for n in range(300)])
    client.sandbox.world.clock.advance(60)
    found = client.get(made.name)
    assert 200 <= found.size_info.search_network_members_count <= 230
    assert 65 <= found.ingested_user_list_info.contact_id_info.match_rate_percentage <= 80


def test_it_removes_members(client: Client) -> None:
    made = client.create()
    client.ingest(made, [contact(n) for n in range(3)])
    request = RemoveAudienceMembersRequest(
        destinations=[destination(made)], audience_members=[contact(1)], encoding=Encoding.HEX
    )
    request_id = client.members.remove_audience_members(request).request_id
    client.sandbox.world.clock.advance(60)
    removal = client.status(request_id).audience_members_removal_status.user_data_removal_status
    assert (client.people(made), removal.record_count) == (2, 1)


def test_it_empties_a_list(client: Client) -> None:
    made = client.create()
    client.ingest(made, [contact(n) for n in range(3)])
    request = RemoveAllAudienceMembersRequest(destinations=[destination(made)])
    client.members.remove_all_audience_members(request)
    assert client.people(made) == 0


def test_it_empties_a_list_as_of_a_time(client: Client) -> None:
    made = client.create()
    client.ingest(made, [contact(n) for n in range(3)])
    request = RemoveAllAudienceMembersRequest(
        destinations=[destination(made)], remove_as_of_time=datetime(2020, 1, 1, tzinfo=UTC)
    )
    client.members.remove_all_audience_members(request)
    assert client.people(made) == 3


def test_it_pages_through_lists_and_finds_them_by_name(client: Client) -> None:
    for n in range(5):
        client.create(f"List {n}")
    pages = client.lists.list_user_lists(ListUserListsRequest(parent=SHOP, page_size=2), metadata=THROUGH)
    named = ListUserListsRequest(parent=SHOP, filter='display_name = "List 3"')
    assert [each.display_name for each in pages] == [f"List {n}" for n in range(5)]
    assert [each.display_name for each in client.lists.list_user_lists(named, metadata=THROUGH)] == ["List 3"]


def test_it_renames_and_closes_a_list(client: Client) -> None:
    made = client.create()
    changed = UserList(name=made.name, display_name="VIP2", membership_status="CLOSED")
    mask = FieldMask(paths=["display_name", "membership_status"])
    found = client.lists.update_user_list(user_list=changed, update_mask=mask, metadata=THROUGH)
    assert (found.display_name, found.membership_status.name) == ("VIP2", "CLOSED")


def test_it_deletes_a_list(client: Client) -> None:
    made = client.create()
    client.lists.delete_user_list(name=made.name, metadata=THROUGH)
    with pytest.raises(NotFound):
        client.get(made.name)


def test_it_understands_which_field_is_at_fault(client: Client) -> None:
    made = client.create()
    bad = AudienceMember(user_data=UserData(user_identifiers=[UserIdentifier(email_address="ab")]))
    with pytest.raises(BadRequest) as refused:
        client.ingest(made, [contact(1), bad])
    place = "audience_members[1].user_data.user_identifiers[0].email_address"
    assert violations(refused.value) == [(place, "INVALID_SHA256_FORMAT")]


def test_it_understands_a_list_of_another_kind(client: Client) -> None:
    devices = AudienceMember(mobile_data=MobileData(mobile_ids=["38400000-8cf0-11bd-b23e-10b96e40000d"]))
    with pytest.raises(BadRequest) as refused:
        client.ingest(client.create(), [devices])
    assert violations(refused.value) == [("audience_members[0]", "INVALID_USER_LIST_TYPE")]


def test_it_understands_a_name_that_is_taken(client: Client) -> None:
    client.create()
    with pytest.raises(BadRequest) as refused:
        client.create()
    assert violations(refused.value) == [("user_list.display_name", "DISPLAY_NAME_ALREADY_USED")]


def test_it_understands_a_rate_limit(client: Client) -> None:
    client.sandbox.world.fail("google", "rate_limit:7")
    with pytest.raises(TooManyRequests) as refused:
        client.create()
    assert refused.value.reason == "RESOURCE_EXHAUSTED"
    assert refused.value.metadata["quota_limit"] == "ManagementMutateRequestsPerMinutePerProject"


def test_it_waits_and_repeats_where_google_is_unavailable(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    made = client.create()
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)
    client.sandbox.world.fail("google", "error:503/UNAVAILABLE", times=2)
    client.ingest(made, [contact(1)])
    assert (len(waits), client.people(made)) == (2, 1)


def test_it_refreshes_an_expired_token_by_itself(client: Client) -> None:
    client.sandbox.world.fail("google", "expired_token")
    client.create()
    assert client.credentials.token != seeds.USER_TOKEN


def test_it_gives_up_where_the_grant_was_withdrawn(client: Client) -> None:
    client.google.configure({"invalid_grant": True})
    client.sandbox.world.fail("google", "expired_token")
    with pytest.raises(RefreshError, match="Token has been expired or revoked"):
        client.create()


def test_it_cannot_go_on_with_a_token_alone_that_has_died(served: Sandbox) -> None:
    alone = Client(served, Credentials("nobody's"))  # type: ignore[no-untyped-call]  # As above.
    with pytest.raises((Unauthorized, RefreshError)):
        alone.create()

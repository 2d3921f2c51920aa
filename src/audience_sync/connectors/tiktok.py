"""TikTok's custom audiences on the Business API: ad accounts and audiences, streamed or made of files."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from audience_sync.connectors import tiktok_login, tiktok_members, tiktok_readiness, tiktok_wire
from audience_sync.connectors.faults import Subject
from audience_sync.connectors.http import Api
from audience_sync.connectors.tiktok_members import FILE, MULTIPLE, STREAMING, WAY, is_filed
from audience_sync.connectors.tiktok_state import about, facts_of, state_of
from audience_sync.connectors.tiktok_wire import ask, tell
from audience_sync.connectors.wire import NOTHING, Answer, JsonObject
from audience_sync.errors import AudienceGone, Rejected
from audience_sync.model.cards import PlatformCard, ReplaceWay, Way
from audience_sync.model.platforms import Facts, Found, Readiness, RemoteAccount, Target

PER_PAGE = 100
ACCOUNTS_PER_CALL = 50
ACCOUNT_FIELDS = ["advertiser_id", "name", "company", "status", "currency", "timezone"]
STREAMED_TYPE, FILED_TYPE = "Partner", "Customer File Audience"
KINDS = {STREAMED_TYPE: STREAMING, FILED_TYPE: FILE}


class TikTok:
    """The connector of TikTok."""

    card: PlatformCard = tiktok_wire.CARD
    login_url = staticmethod(tiktok_login.login_url)
    exchange = staticmethod(tiktok_login.exchange)
    inspect = staticmethod(tiktok_login.inspect)
    renew = staticmethod(tiktok_login.renew)
    revoke = staticmethod(tiktok_login.revoke)
    prepare = staticmethod(tiktok_members.prepare)
    upload = staticmethod(tiktok_members.upload)
    check = staticmethod(tiktok_members.check)
    fault = staticmethod(tiktok_wire.fault_in)
    headers = staticmethod(tiktok_wire.headers)
    turns = staticmethod(tiktok_wire.turns)

    def sign(self, token: str, app_secret: str) -> Mapping[str, str]:
        """Nothing: TikTok asks for no proof beside the token."""
        return {}

    def pause(self, answer: Answer) -> float:
        """None: TikTok's headers say nothing of its limits."""
        return 0.0

    def way(self, choices: Mapping[str, str]) -> Way:
        """Streaming knows no replace; files know nothing else that works at every size."""
        if is_filed(choices):
            return Way(ReplaceWay.NATIVE, always_replaces=True, born_by_upload=True)
        return Way(self.card.replace)

    async def readiness(self, api: Api, account: str) -> list[Readiness]:
        """State of the ad account, and whether its audiences can be read; TikTok does not tell the rest."""
        reached = {each["advertiser_id"] for each in await _reached(api)}
        rows = await _details(api, [account]) if account in reached else {}
        return await tiktok_readiness.checks(api, account, rows.get(account))

    async def accounts(self, api: Api) -> list[RemoteAccount]:
        """Every ad account that the person gave us, with what is in the way of using it."""
        reached = {str(each["advertiser_id"]): str(each.get("advertiser_name", "")) for each in await _reached(api)}
        details: dict[str, JsonObject] = {}
        for group in _groups(list(reached), ACCOUNTS_PER_CALL):
            details |= await _details(api, group)
        return [_account(each, name, details.get(each, {})) for each, name in reached.items()]

    async def audiences(self, api: Api, account: str) -> list[Found]:
        """All audiences of the account; TikTok knows no description, so our marker stands in the name."""
        found: list[Found] = []
        page, pages = 1, 1
        while page <= pages:
            asked = {"advertiser_id": account, "page": str(page), "page_size": str(PER_PAGE)}
            data = await ask(api, "dmp/custom_audience/list/", Subject(account=account), **asked)
            found += [_found(row) for row in data.get("list") or []]
            page, pages = page + 1, int((data.get("page_info") or {}).get("total_page") or 0)
        return found

    async def create(self, api: Api, account: str, *, name: str, description: str) -> str:
        """The id of a new, empty audience to stream to. After a RetryLater look for it: names need not be unique."""
        fields = {"advertiser_id": account, "action": "create", "custom_audience_name": name}
        made = await tell(api, "segment/audience/", Subject(account=account), fields, repeatable=False)
        return str(made["audience_id"])

    async def rename(self, api: Api, target: Target, *, name: str, description: str) -> None:
        """An audience made of files is called so; Rejected for a streamed one, whose name TikTok never changes."""
        if not is_filed(target.choices):
            raise Rejected(
                f"TikTok does not rename audiences that are streamed, such as {about(target)}.",
                "Rename it in TikTok Ads Manager; leave the name here as it is.",
                code="TIKTOK_NAME_FIXED",
            )
        # Without files nobody is appended; without an action TikTok would take it for a replace.
        fields = {"custom_audience_id": target.remote_id, "custom_audience_name": name, "action": "APPEND"}
        await tell(api, "dmp/custom_audience/update/", about(target), {"advertiser_id": target.account, **fields})

    async def delete(self, api: Api, target: Target) -> None:
        """The audience is not on TikTok, whoever deleted it."""
        try:
            if is_filed(target.choices):
                fields = {"advertiser_id": target.account, "custom_audience_ids": [target.remote_id]}
                await tell(api, "dmp/custom_audience/delete/", about(target), fields)
            else:
                wanted = {"action": "delete", "delete_audience_id": target.remote_id}
                await tell(api, "segment/audience/", about(target), {"advertiser_id": target.account, **wanted})
        except AudienceGone:
            return

    async def measure(self, api: Api, target: Target) -> Facts:
        return facts_of(await state_of(api, target), datetime.now(UTC))


async def _reached(api: Api) -> list[JsonObject]:
    # TikTok wants the app's secret in the address of this one call, which is written to no log of ours.
    data = await ask(api, "oauth2/advertiser/get/", NOTHING, app_id=api.app_id, secret=api.app_secret)
    return list(data.get("list") or [])


async def _details(api: Api, accounts: Sequence[str]) -> dict[str, JsonObject]:
    """What TikTok says of these ad accounts, by their ids."""
    data = await ask(api, "advertiser/info/", NOTHING, advertiser_ids=list(accounts), fields=ACCOUNT_FIELDS)
    return {str(row["advertiser_id"]): dict(row) for row in data.get("list") or []}


def _groups(accounts: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (accounts[start : start + size] for start in range(0, len(accounts), size))


def _account(remote_id: str, name: str, row: JsonObject) -> RemoteAccount:
    problem = tiktok_readiness.status_problem(row)
    return RemoteAccount(
        remote_id=remote_id,
        name=str(row.get("name") or name),
        currency=str(row.get("currency", "")),
        timezone=str(row.get("timezone", "")),
        business=str(row.get("company", "")),
        status=tiktok_readiness.status_words(row),
        usable=not problem,
        problem=problem,
    )


def _found(row: JsonObject) -> Found:
    size = int(row.get("cover_num") or 0) or None
    kind = str(row.get("audience_type", ""))
    return Found(
        remote_id=str(row["audience_id"]),
        name=str(row.get("name", "")),
        description="",
        # Files of other types than ours cannot be added to an audience.
        linkable=kind == STREAMED_TYPE or (kind == FILED_TYPE and row.get("calculate_type") == MULTIPLE),
        size_low=size,
        size_high=size,
        choices={WAY: KINDS[kind]} if kind in KINDS else {},
    )

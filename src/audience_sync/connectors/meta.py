"""Meta's Custom Audiences on the Graph API: accounts and audiences. Numbers and sentences are on the card."""

from collections.abc import Mapping
from datetime import UTC, datetime

from audience_sync.connectors import meta_login, meta_members, meta_readiness, meta_wire
from audience_sync.connectors.faults import Subject
from audience_sync.connectors.http import Api
from audience_sync.connectors.wire import NOTHING, JsonObject
from audience_sync.errors import AudienceGone, Rejected
from audience_sync.model.cards import PlatformCard, StatusRule, Way
from audience_sync.model.platforms import Facts, Found, Readiness, RemoteAccount, Target

CARD = meta_wire.CARD
ACCOUNT_FIELDS = "id,name,currency,account_status,timezone_name,business{id,name},user_tasks,tos_accepted"
BOUNDS = "approximate_count_lower_bound,approximate_count_upper_bound"
AUDIENCE_FIELDS = f"id,name,description,subtype,data_source,{BOUNDS}"
MEASURE_FIELDS = f"id,operation_status,delivery_status,{BOUNDS}"
AUDIENCES_PER_PAGE = "20"
"""Meta's own recommendation; larger pages provoke its error 1."""
ACCOUNTS_PER_PAGE = "100"
OTHER_FORM = "HASHES_OR_USER_IDS"
"""Filled by a schema of one key: Meta refuses our lists of columns there."""


class Meta:
    """The connector of Meta."""

    card: PlatformCard = CARD
    login_url = staticmethod(meta_login.login_url)
    exchange = staticmethod(meta_login.exchange)
    inspect = staticmethod(meta_login.inspect)
    renew = staticmethod(meta_login.renew)
    revoke = staticmethod(meta_login.revoke)
    prepare = staticmethod(meta_members.prepare)
    upload = staticmethod(meta_members.upload)
    check = staticmethod(meta_members.check)
    fault = staticmethod(meta_wire.fault_in)
    pause = staticmethod(meta_wire.pause)
    headers = staticmethod(meta_wire.headers)
    turns = staticmethod(meta_wire.turns)

    def sign(self, token: str, app_secret: str) -> Mapping[str, str]:
        return meta_wire.sign(token, app_secret, timed=self.card.options["proof"] == "timed")

    def way(self, choices: Mapping[str, str]) -> Way:
        return Way(self.card.replace)

    async def readiness(self, api: Api, account: str) -> list[Readiness]:
        """Terms, tasks and state of the ad account, as its own page on the Graph tells them."""
        row = await api.get(_act(account), Subject(account=_digits(account)), fields=ACCOUNT_FIELDS)
        return meta_readiness.checks(row, _rule("account", row.get("account_status")))

    async def accounts(self, api: Api) -> list[RemoteAccount]:
        """Every ad account that the grant reaches, also those that cannot be used yet, with the reason."""
        rows = await _listed(api, "me/adaccounts") or await _assigned(api)
        return [_account(row) for row in rows]

    async def audiences(self, api: Api, account: str) -> list[Found]:
        edge = meta_wire.pages(
            api,
            f"{_act(account)}/customaudiences",
            Subject(account=_digits(account)),
            fields=AUDIENCE_FIELDS,
            limit=AUDIENCES_PER_PAGE,
        )
        return [_found(row) async for row in edge]

    async def create(self, api: Api, account: str, *, name: str, description: str) -> str:
        """The id of a new, empty customer list. After a RetryLater look for it first: it may exist."""
        fields = {
            "name": name,
            "description": description,
            "subtype": "CUSTOM",
            "customer_file_source": api.options["customer_file_source"],
        }
        about = Subject(account=_digits(account))
        made = await api.post(f"{_act(account)}/customaudiences", fields, about, repeatable=False)
        return str(made["id"])

    async def rename(self, api: Api, target: Target, *, name: str, description: str) -> None:
        await api.post(target.remote_id, {"name": name, "description": description}, meta_members.about(target))

    async def delete(self, api: Api, target: Target) -> None:
        """The audience is not on Meta, whoever deleted it."""
        try:
            await api.delete(target.remote_id, meta_members.about(target))
        except AudienceGone:
            return

    async def measure(self, api: Api, target: Target) -> Facts:
        found = await api.get(target.remote_id, meta_members.about(target), fields=MEASURE_FIELDS)
        return _facts(found, datetime.now(UTC))


async def _listed(api: Api, edge: str) -> list[JsonObject]:
    pages = meta_wire.pages(api, edge, NOTHING, fields=ACCOUNT_FIELDS, limit=ACCOUNTS_PER_PAGE)
    return [row async for row in pages]


async def _assigned(api: Api) -> list[JsonObject]:
    """The accounts of a system user; people have no such edge."""
    try:
        return await _listed(api, "me/assigned_ad_accounts")
    except Rejected:
        return []


def _account(row: JsonObject) -> RemoteAccount:
    status = _rule("account", row.get("account_status"))
    blocked = status.problem or _missing_task(row)
    return RemoteAccount(
        remote_id=_act(str(row["id"])),
        name=str(row.get("name", "")),
        currency=str(row.get("currency", "")),
        timezone=str(row.get("timezone_name", "")),
        business=str((row.get("business") or {}).get("name", "")),
        status=status.words,
        usable=not blocked,
        problem=blocked or _missing_terms(row),
    )


def _missing_task(row: JsonObject) -> str:
    """Meta leaves the tasks out where it does not know them; only tasks that exclude writing are a problem."""
    tasks = row.get("user_tasks")
    if not tasks or meta_readiness.WRITING_TASKS & set(tasks):
        return ""
    return (
        "The connected Meta user may only look at this ad account. Give them the task ADVERTISE in Business Settings."
    )


def _missing_terms(row: JsonObject) -> str:
    """The terms can be accepted at any time before the first sync, so they do not make an account unusable."""
    if (row.get("tos_accepted") or {}).get("custom_audience_tos") == 1:
        return ""
    link = CARD.terms_link.format(account=_digits(str(row["id"])))
    return f"Meta's Custom Audience terms are not accepted for this ad account yet. Accept them at {link}"


def _found(row: JsonObject) -> Found:
    low, high = _bounds(row)
    form = (row.get("data_source") or {}).get("sub_type")
    return Found(
        remote_id=str(row["id"]),
        name=str(row.get("name", "")),
        description=str(row.get("description", "")),
        linkable=row.get("subtype") == "CUSTOM" and form != OTHER_FORM,
        size_low=low,
        size_high=high,
    )


def _facts(row: JsonObject, now: datetime) -> Facts:
    codes = {name: _code(row.get(f"{name}_status")) for name in ("operation", "delivery")}
    known = {name: code for name, code in codes.items() if code is not None}
    operation, delivery = _rule("operation", codes["operation"]), _rule("delivery", codes["delivery"])
    low, high = _bounds(row)
    # Until Meta has counted, it calls every audience too small.
    too_early = high is None
    return Facts(
        as_of=now,
        size_low=low,
        size_high=high,
        state=", ".join(filter(None, (operation.words, "" if too_early else delivery.words))),
        ready=None if too_early or "delivery" not in known else delivery.ready and not operation.problem,
        problem=operation.problem or ("" if too_early else delivery.problem),
        codes=known,
    )


def _code(status: JsonObject | None) -> int | None:
    return int(status["code"]) if status and "code" in status else None


def _bounds(row: JsonObject) -> tuple[int | None, int | None]:
    """Lower and upper bound of the people matched; -1 or nothing means not counted yet."""
    low, high = (int(row.get(name, -1)) for name in BOUNDS.split(","))
    return (low, high) if low >= 0 and high >= 0 else (None, None)


def _rule(subject: str, code: int | None) -> StatusRule:
    """The card's words for a status; of an unknown one those of its hundred, or the bare number."""
    if code is None:
        return StatusRule("")
    rules = CARD.statuses[subject]
    unknown = StatusRule(f"status {code}", problem=f"Meta reports the status {code}, which is not on our card.")
    return rules.get(code) or rules.get(code // 100 * 100) or unknown


def _act(account: str) -> str:
    return f"act_{_digits(account)}"


def _digits(account: str) -> str:
    return account.removeprefix("act_")

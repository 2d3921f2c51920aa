"""A connector in front of its sandbox: what a contract test sets up, does, and looks at."""

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from urllib.request import urlopen

import pyarrow as pa

from audience_sync.connectors.http import Api
from audience_sync.connectors.protocol import Connector
from audience_sync.model.identifiers import IdentifierKind
from audience_sync.model.platforms import Action, Batch, Found, Receipt, Target
from audience_sync.sandbox.recorder import Recorded
from audience_sync.sandbox.serve import Sandbox

SESSION = 4_229_955_495_815_004
MARKER = "audience-sync:a1"
PLAIN = {"country": "DE", "postal_code": "10115"}
"""Cells of columns that a platform checks although it takes them as they are."""


class RecordingLimiter:
    """A limiter that lets everybody go and remembers what was asked of it."""

    def __init__(self) -> None:
        self.acquired: list[str] = []
        self.pushed: dict[str, float] = {}

    async def acquire(self, key: str, rate: float) -> float:
        self.acquired.append(key)
        return 0.0

    async def move(self, key: str, rate: float, late_seconds: float, *, ahead_seconds: float = 0.0) -> float:
        return 0.0

    async def push(self, key: str, seconds: float) -> None:
        self.pushed[key] = max(seconds, self.pushed.get(key, 0.0))


@dataclass
class Stage:
    """One audience on one sandbox, and the connector that works on it."""

    sandbox: Sandbox
    connector: Connector
    api: Api
    limiter: RecordingLimiter
    account: str
    target: Target = field(default_factory=lambda: Target("", ""))
    choices: Mapping[str, str] = field(default_factory=dict)
    filed_under: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def platform(self) -> str:
        return self.connector.card.id

    async def create(
        self, name: str = "VIP - Stratum", marker: str = MARKER, *, holding: pa.Table | None = None
    ) -> Target:
        """A list of ours is there, with these people; where it is born by an upload, with somebody at least."""
        self.target = Target(self.account, "", self.choices)
        if self.connector.way(self.choices).born_by_upload:
            await self.replace_with(
                [self.people(["the first"]) if holding is None else holding], name=self.named(name, marker)
            )
            return self.target
        made = await self.connector.create(self.api, self.account, name=self.named(name, marker), description=marker)
        self.target = replace(self.target, remote_id=made)
        if holding is not None:
            await self.add(holding)
        return self.target

    def named(self, name: str, marker: str) -> str:
        """The name that a flow gives to a list: with our marker where there is no description."""
        return f"{name} [{marker}]" if self.connector.card.marks_names else name

    def is_marked(self, found: Found, marker: str) -> bool:
        """Whether our marker can be read off what the platform lists."""
        return marker in (found.name if self.connector.card.marks_names else found.description)

    def people(self, names: Iterable[object], *more: str) -> pa.Table:
        """Rows as a plan has them: the keys and hints of made-up people, one per name, with `more` optional columns."""
        people = [str(name) for name in names]
        card = self.connector.card
        known = [column for column in card.known_columns if column in card.columns or column.name in more]
        return pa.table({column.name: [_cell(each, column.name, column.hashed) for each in people] for column in known})

    def naming(self, rows: pa.Table, kind: str = "email") -> pa.Table:
        """Rows as a removal has them: one key each."""
        named = [column.name for column in self.connector.card.naming if column.name in rows.column_names]
        return pa.table({name: rows[name] if name == kind else [""] * rows.num_rows for name in named})

    def keys_of(self, rows: pa.Table) -> set[tuple[str, str]]:
        """The keys that the platform must hold for these rows."""
        naming = [column for column in self.connector.card.naming if column.name in rows.column_names]
        return {
            (kind, key)
            for column in naming
            for kind in self.filed_under.get(column.wire, (column.wire,))
            for key in rows[column.name].to_pylist()
            if key
        }

    def held(self) -> set[tuple[str, str]]:
        """The keys that the platform does hold."""
        path = f"/_sandbox/audiences/{self.platform}/{self.target.remote_id}/keys"
        with urlopen(self.sandbox.url + path) as answer:
            held = {(key["kind"], key["value"]) for key in json.load(answer)}
        # What a platform files of the hints, such as an address, is no key.
        naming = {kind for each in self.connector.card.naming for kind in self.filed_under.get(each.wire, (each.wire,))}
        return {(kind, value) for kind, value in held if kind in naming}

    def fail(self, fault: str, *, times: int | None = 1, path: str = "", after: int = 0) -> None:
        self.sandbox.world.fail(self.platform, fault, times=times, path=path, after=after)

    def requests(self, path: str = "") -> list[Recorded]:
        return self.sandbox.world.recorder.requests(platform=self.platform, path=path)

    async def add(self, rows: pa.Table, **changes: object) -> Receipt:
        return await self.upload(batch(Action.ADD, rows, **changes))

    async def remove(self, rows: pa.Table, **changes: object) -> Receipt:
        return await self.upload(batch(Action.REMOVE, rows, **changes))

    async def replace_with(self, parts: Sequence[pa.Table], *, name: str = "") -> Receipt:
        """The receipt of the last batch of a replace; it was given what the others left behind."""
        begun_at = datetime.fromtimestamp(self.sandbox.world.clock.now(), UTC)
        references: list[str] = []
        receipt = Receipt()
        for one in replacing(parts):
            given = tuple(references) if one.last else ()
            receipt = await self.upload(replace(one, begun_at=begun_at, references=given, name=name))
            references.append(receipt.reference)
        if receipt.remote_id:
            self.target = replace(self.target, remote_id=receipt.remote_id)
        return receipt

    async def send(self, rows: pa.Table) -> Receipt:
        """The receipt for these rows, in the way that the audience is kept equal."""
        if self.connector.way(self.choices).always_replaces:
            return await self.replace_with([rows])
        return await self.add(rows)

    async def upload(self, one: Batch) -> Receipt:
        return await self.connector.upload(self.api, self.target, one)

    async def check(self, receipt: Receipt) -> Receipt:
        return await self.connector.check(self.api, self.target, receipt)

    def settle(self) -> None:
        """The platform has had the time to process everything."""
        self.sandbox.world.clock.advance(60)


def batch(action: Action, rows: pa.Table, **changes: object) -> Batch:
    made = Batch(1, action, rows, session=SESSION, sequence=1, last=True, total_rows=rows.num_rows)
    return replace(made, **changes)  # type: ignore[arg-type]  # Fields of Batch, by name.


def replacing(parts: Sequence[pa.Table], *, session: int = SESSION) -> list[Batch]:
    """The batches of one replace, in their order."""
    total = sum(part.num_rows for part in parts)
    return [
        Batch(n, Action.REPLACE, part, session=session, sequence=n, last=n == len(parts), total_rows=total)
        for n, part in enumerate(parts, 1)
    ]


def sent_session(request: Recorded) -> dict[str, int]:
    found: dict[str, int] = json.loads(request.body)["session"]
    return found


def _cell(person: str, column: str, hashed: bool) -> str:
    if hashed:
        return hashlib.sha256(f"{column}:{person}".encode()).hexdigest()
    if column == IdentifierKind.MOBILE_AD_ID:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, person))
    return PLAIN.get(column, person)

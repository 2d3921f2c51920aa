"""The product's own steps over the synthetic people, in processes of their own as in a run."""

import asyncio
import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from audience_sync.connectors.registry import CONNECTORS
from audience_sync.connectors.rows import json_rows
from audience_sync.flows.isolated import close_ledger, freeze_plan
from audience_sync.flows.reckon import CloseJob, FreezeJob, Frozen, Place
from audience_sync.ledger.files import PlanFiles
from audience_sync.ledger.manifest import Manifest
from audience_sync.ledger.outbox import rows_of
from audience_sync.model.cards import ReplaceWay
from audience_sync.model.plans import PlanFigures, Slice
from audience_sync.model.segments import parse_segment
from audience_sync.settings import Settings
from audience_sync.sources.builtin.imports import import_file
from audience_sync.sources.builtin.store import BuiltinSource
from audience_sync.sources.protocol import Question

CARD = CONNECTORS["meta"].card
EVERYONE = {"type": "rules", "rules": {"identifier": "country", "op": "exists"}}
AS_OF = datetime(2026, 11, 24, tzinfo=UTC)
LIMIT_MB: int = Settings.model_fields["memory_limit_mb"].default
THREADS: int = Settings.model_fields["threads"].default


@dataclass(frozen=True, slots=True)
class House:
    """One folder with a store of profiles, the ledger of one audience, and what the last step left for the next."""

    folder: Path

    @property
    def profiles(self) -> Path:
        return self.folder / "profiles"

    def place(self, plan: str) -> Place:
        ledger = str(self.folder / "ledger")
        return Place(str(self.profiles), ledger, "audience", plan, memory_limit_mb=LIMIT_MB, threads=THREADS)

    @property
    def manifest(self) -> Manifest:
        file = self.folder / "manifest.json"
        return Manifest.from_json(json.loads(file.read_text())) if file.exists() else Manifest()

    def keep_manifest(self, manifest: Manifest) -> None:
        (self.folder / "manifest.json").write_text(json.dumps(manifest.to_json()))

    def frozen(self, plan: str) -> Frozen:
        stored = json.loads((self.folder / f"{plan}.json").read_text())
        return Frozen(**{**stored, "figures": PlanFigures.from_json(stored["figures"])})

    def keep_frozen(self, plan: str, frozen: Frozen) -> None:
        (self.folder / f"{plan}.json").write_text(json.dumps(asdict(frozen)))


def load(house: House, file: Path) -> dict[str, float]:
    """The file is in the store, by the product's import."""
    begun = perf_counter()
    result = import_file(house.profiles, "profiles", file)
    return {"seconds": perf_counter() - begun, "profiles": result.accepted, "rejected": result.rejected}


def plan(house: House, name: str) -> dict[str, float]:
    """The plan is frozen, under its name: compared, normalised, hashed, cut into batches."""
    begun = perf_counter()
    frozen = asyncio.run(freeze_plan(_freeze_job(house, name), _silent, inline=False))
    seconds = perf_counter() - begun
    house.keep_frozen(name, frozen)
    figures = frozen.figures
    return {
        "seconds": seconds,
        "profiles": figures.segment,
        "changes": figures.sent + figures.removed,
        "batches": figures.requests,
    }


def close(house: House, name: str) -> dict[str, float]:
    """The ledger after a run in which every batch was accepted."""
    frozen = house.frozen(name)
    numbers = tuple(batch.number for batch in frozen.figures.batches)
    before = house.manifest.to_json()
    job = CloseJob(house.place(name), CARD.id, before, accepted=numbers, in_doubt=(), replaced=False)
    begun = perf_counter()
    closed = asyncio.run(close_ledger(job, inline=False))
    seconds = perf_counter() - begun
    marks = {"fp_tag": frozen.fp_tag, "rules": frozen.rules, "digest": frozen.digest, "ground": frozen.ground}
    house.keep_manifest(Manifest.from_json({**closed.manifest.to_json(), **marks}))
    return {"seconds": seconds, "profiles": closed.manifest.members, "owed": closed.manifest.owed}


def bodies(house: House, name: str) -> dict[str, float]:
    """Every batch of the plan is read from the outbox and made into the rows of a request's body."""
    files = house.place(name).files
    begun = perf_counter()
    made = [_body(files, batch) for batch in house.frozen(name).figures.batches]
    rows, size = sum(count for count, _ in made), sum(length for _, length in made)
    return {"seconds": perf_counter() - begun, "profiles": rows, "batches": len(made), "bytes": size}


def fingerprints(house: House, file: Path) -> dict[str, float]:
    """The file has the fingerprints of everybody who may be sent now."""
    source = BuiltinSource(house.profiles, memory_limit_mb=LIMIT_MB, threads=THREADS)
    question = Question(AS_OF, consent_purpose="ads", consent_policy="granted", snapshot=source.snapshot())
    begun = perf_counter()
    counted = source.fingerprints(parse_segment(EVERYONE), file, question=question)
    return {"seconds": perf_counter() - begun, "profiles": counted.eligible}


def nothing_new(house: House) -> dict[str, float]:
    """Whether anything can have changed since the last plan is asked, as each run does before it reads a profile."""
    source = BuiltinSource(house.profiles, memory_limit_mb=LIMIT_MB, threads=THREADS)
    question = Question(AS_OF, consent_purpose="ads", consent_policy="granted", snapshot=source.snapshot())
    before = source.witness(parse_segment(EVERYONE), question)
    begun = perf_counter()
    again = source.witness(parse_segment(EVERYONE), replace(question, snapshot=source.snapshot()))
    if not before or before != again:
        raise RuntimeError("Nothing came in, and yet it cannot be told.")
    return {"seconds": perf_counter() - begun, "profiles": house.manifest.members}


def _freeze_job(house: House, name: str) -> FreezeJob:
    return FreezeJob(
        place=house.place(name),
        platform=CARD.id,
        columns=tuple(column.name for column in CARD.columns),
        rules=CARD.rules,
        max_rows=CARD.max_rows,
        send_all=False,
        replace=ReplaceWay.NONE,
        segment=EVERYONE,
        as_of=AS_OF.isoformat(),
        consent_purpose="ads",
        consent_policy="granted",
        default_country="",
        seconds=60.0,
        manifest=house.manifest.to_json(),
    )


def _body(files: PlanFiles, batch: Slice) -> tuple[int, int]:
    """Rows and bytes of one batch."""
    columns = CARD.naming if batch.action == "remove" else CARD.columns
    body = json_rows(rows_of(files, batch, columns), columns)
    return body.count, len(bytes(body))


async def _silent(_step: str) -> None:
    """Nobody watches."""

"""A store in a folder, filled by importing texts as a user would, and questions to it."""

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq

from audience_sync.model.segments import Segment, parse_segment
from audience_sync.sources.builtin.folder import Folder, Home
from audience_sync.sources.builtin.guard import shut
from audience_sync.sources.builtin.imports import ImportResult, import_file
from audience_sync.sources.builtin.store import BuiltinSource
from audience_sync.sources.protocol import Question, SegmentCount

AS_OF = datetime(2026, 11, 24, tzinfo=UTC)
EVERYBODY: dict[str, object] = {"all": []}


@dataclass(frozen=True)
class Store:
    """What a test does with a source."""

    root: Path
    home: Home | None = None

    @property
    def folder(self) -> Path:
        return self.root / "store"

    @property
    def place(self) -> Folder:
        """The folder, with its home when it has one."""
        return Folder(self.folder, self.home)

    @property
    def rejects(self) -> Path:
        return self.root / "rejects.csv"

    @property
    def source(self) -> BuiltinSource:
        return BuiltinSource(self.place, memory_limit_mb=256, threads=1)

    def give(self, kind: str, content: str | bytes, *, mapping: Mapping[str, str] | None = None) -> ImportResult:
        """The content, imported as a file."""
        file = self.root / "given"
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return import_file(self.place, kind, file, mapping=mapping, rejects=self.rejects)

    def give_objects(self, kind: str, *objects: object) -> ImportResult:
        """The objects, imported as JSONL."""
        return self.give(kind, "".join(json.dumps(each) + "\n" for each in objects))

    def refused(self) -> list[tuple[int, str]]:
        """Line and reason of each rejected row of the last import."""
        if not self.rejects.exists():
            return []
        with self.rejects.open(newline="") as file:
            return [(int(row["line"]), row["reason"]) for row in csv.DictReader(file)]

    def question(self, **changes: object) -> Question:
        circumstances: dict[str, object] = {
            "as_of": AS_OF,
            "consent_purpose": "ads",
            "consent_policy": "not_denied",
            "snapshot": self.source.snapshot(),
        }
        return Question(**{**circumstances, **changes})  # type: ignore[arg-type]  # Tests change what they name.

    def fingerprints(self, segment: Segment, **changes: object) -> dict[str, int]:
        """Profile id -> fingerprint of the eligible members."""
        target = self.root / "fingerprints.parquet"
        self.source.fingerprints(segment, target, question=self.question(**changes))
        table = pq.read_table(target).to_pydict()
        return dict(zip(table["profile_id"], table["fp"], strict=True))

    def members(self, rules: Mapping[str, object], **changes: object) -> set[str]:
        """Ids of the eligible profiles for which the rules hold."""
        return set(self.fingerprints(parse_segment({"type": "rules", "rules": rules}), **changes))

    def by_sql(self, sql: str, **changes: object) -> set[str]:
        return set(self.fingerprints(parse_segment({"type": "sql", "sql": sql}), **changes))

    def count(self, rules: Mapping[str, object], **changes: object) -> SegmentCount:
        segment = parse_segment({"type": "rules", "rules": rules})
        return self.source.count(segment, self.question(**changes))

    def profiles(self) -> dict[str, dict[str, object]]:
        """Raw identifiers of all profiles, by id, without empty ones."""
        ids = self.root / "ids.parquet"
        everybody = parse_segment({"type": "rules", "rules": EVERYBODY})
        self.source.fingerprints(everybody, ids, question=self.question(consent_purpose="nothing"))
        rows = self.source.profiles(ids, snapshot=self.source.snapshot()).read_all().to_pylist()
        return {row.pop("profile_id"): {name: value for name, value in row.items() if value} for row in rows}

    def values(self, table: str, column: str) -> dict[str, object]:
        """A column of a table that segments by SQL see, by profile id, without nulls."""
        folder = self.source.folder
        with shut(folder, folder.at_hand(), self.source.bounds) as connection:
            rows = connection.execute(f"SELECT profile_id, {column} FROM {table} WHERE {column} IS NOT NULL").fetchall()
        return {str(profile): value for profile, value in rows}

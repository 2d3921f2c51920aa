"""The built-in source: answers about segments from the store's snapshots. Reads only, takes no lock."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from audience_sync.errors import AudienceSyncError
from audience_sync.model import answers
from audience_sync.model.identifiers import HINTS, NAMING, IdentifierKind
from audience_sync.model.profiles import RAW_SCHEMA
from audience_sync.model.segments import ListKind, ListSegment, Segment
from audience_sync.sources.builtin.duck import QUICK, Bounds, duck, quoted, row, streamed, write_parquet
from audience_sync.sources.builtin.finding import find_profiles
from audience_sync.sources.builtin.fingerprints import COLUMN, fingerprint_tag
from audience_sync.sources.builtin.folder import Folder, Manifest, folder_at
from audience_sync.sources.builtin.lately import latest, parts
from audience_sync.sources.builtin.list_files import Sifted, sift_list
from audience_sync.sources.builtin.lists import bring_list, remove_list, save_list
from audience_sync.sources.builtin.masking import masked, masked_id
from audience_sync.sources.builtin.materialise import materialise, with_trait, without_trait
from audience_sync.sources.builtin.one import containing_segments, only, whole_profile
from audience_sync.sources.builtin.records import read_records, weighed
from audience_sync.sources.builtin.selecting import Selected, select
from audience_sync.sources.builtin.views import catalog_of, show_events, show_people
from audience_sync.sources.builtin.witness import ground, witness
from audience_sync.sources.protocol import (
    NO_CONSENT,
    NOTHING,
    Catalog,
    Known,
    MaskedProfile,
    MemberPage,
    Preview,
    Question,
    Records,
    SegmentCount,
    Wanted,
    WholeProfile,
)

BATCH_ROWS = 100_000
Asked = tuple[duckdb.DuckDBPyConnection, Selected]


class BuiltinSource:
    """The store in a folder. Every call opens an engine of its own, so calls may run side by side."""

    def __init__(self, folder: Path | Folder, *, memory_limit_mb: int = 1024, threads: int = 0) -> None:
        self.folder = folder_at(folder)
        self.bounds = Bounds(memory_limit_mb, threads)

    def snapshot(self) -> str:
        """Identity of the newest snapshot, `0` while nothing was imported."""
        return self.folder.manifest().snapshot

    def bring(self, segment: Segment) -> None:
        """Whoever opens the folder alone, without its home, can answer for the segment from the newest snapshot."""
        if self.folder.home:
            self.folder.at_hand()
            if isinstance(segment, ListSegment):
                bring_list(self.folder, segment)

    def catalog(self) -> Catalog:
        """What rules may speak of, in the newest snapshot."""
        return catalog_of(self.folder.manifest())

    def fingerprints(
        self, segment: Segment, target: Path, *, question: Question, known: Known = NOTHING
    ) -> SegmentCount:
        """`target` is a Parquet file (`profile_id` text, `fp` unsigned 64 bit) of every eligible member, unordered.

        It is not written when the answer has the digest that is known. Where it has the known ground, it has those
        alone who can be unlike, with null as the `fp` of whoever is no eligible member, and `lately` says so.
        """
        with self._asked(segment, question) as (connection, selected):
            counted = self._counted(connection, selected, segment, question)
            if known.digest and counted.digest == known.digest:
                return counted
            if not (known.ground and counted.ground == known.ground):
                query = f"SELECT s.profile_id, s.{COLUMN} FROM {selected.source} AND {selected.eligible}"
                write_parquet(connection, query, target, selected.parameters or None, packing=QUICK)
                return counted
        self._lately(segment, target, question)
        return replace(counted, lately=True)

    @contextmanager
    def records(self, segment: Segment, wanted: Wanted, *, question: Question) -> Iterator[Records]:
        """Every eligible member with all that is wanted of it, while the context is open."""
        with self._asked(segment, question) as (connection, selected):
            manifest = self.folder.manifest(question.snapshot)
            size, eligible, values = weighed(connection, selected)
            batches = read_records(connection, selected, manifest, wanted, as_of=question.as_of)
            yield Records(_count(size, eligible, selected, question), values, batches)

    def witness(self, segment: Segment, question: Question) -> str:
        """Equal for two questions only if their answers are; `` where time or the user's SQL may change them."""
        return witness(self.folder, segment, question)

    def count(self, segment: Segment, question: Question) -> SegmentCount:
        """The same counts that `fingerprints` gives."""
        with self._asked(segment, question) as (connection, selected):
            query = f"SELECT count(*), count(*) FILTER ({selected.eligible}) FROM {selected.source}"
            size, eligible = row(connection, query, selected.parameters or None)
            return _count(int(str(size)), int(str(eligible)), selected, question)

    def preview(self, segment: Segment, question: Question, sample: int = 10) -> Preview:
        """Counts, coverage over all members, and some masked members: always the same ones."""
        with self._asked(segment, question) as (connection, selected):
            covered = ", ".join(f"count(*) FILTER (len(s.{kind}) > 0)" for kind in NAMING)
            query = f"SELECT count(*), count(*) FILTER ({selected.eligible}), {covered} FROM {selected.source}"
            size, eligible, *coverage = (int(str(n)) for n in row(connection, query, selected.parameters or None))
            shown = self._masked(connection, selected, f"ORDER BY hash(s.profile_id), s.profile_id LIMIT {int(sample)}")
            counts = _count(size, eligible, selected, question)
            return Preview(
                size=size,
                eligible=eligible,
                withheld=counts.withheld,
                coverage={str(kind): n for kind, n in zip(NAMING, coverage, strict=True)},
                sample=tuple(profile for _, profile in shown),
                as_of=question.as_of,
                snapshot=counts.snapshot,
            )

    def members(self, segment: Segment, question: Question, *, after: str = "", limit: int = 50) -> MemberPage:
        """The masked members whose ids come after `after`, in the order of their ids."""
        with self._asked(segment, question) as (connection, selected):
            beyond = replace(
                selected,
                source=f"{selected.source} AND s.profile_id > $after",
                parameters={**selected.parameters, "after": after},
            )
            shown = self._masked(connection, beyond, f"ORDER BY s.profile_id LIMIT {int(limit)}")
            last = shown[-1][0] if len(shown) == limit else ""
            return MemberPage(tuple(profile for _, profile in shown), last)

    def find(self, kind: IdentifierKind, value: str, question: Question, *, limit: int = 20) -> list[str]:
        """Ids of the profiles that have the identifier, whichever way it is written there; Invalid if it is none."""
        self.folder.prepare()
        with duck(self.folder.work, self.bounds) as connection:
            show_people(connection, self.folder, self.folder.at_hand(question.snapshot))
            return find_profiles(connection, kind, value, question, limit=limit)

    def whole(self, profile_id: str, question: Question, *, events: int = 50) -> WholeProfile | None:
        """Everything that is known of the profile; None when there is none of that id."""
        manifest = self.folder.at_hand(question.snapshot)
        with only(self.folder, manifest, profile_id, self.bounds) as connection:
            return whole_profile(connection, manifest, question, events=events)

    def containing(
        self, profile_id: str, segments: Mapping[str, Segment], question: Question
    ) -> dict[str, bool | AudienceSyncError]:
        """Of each segment, by its key: whether the profile is in it, or why nobody can say."""
        manifest = self.folder.at_hand(question.snapshot)
        with only(self.folder, manifest, profile_id, self.bounds) as connection:
            return containing_segments(
                connection, self.folder, manifest, segments, question=question, bounds=self.bounds
            )

    def profiles(self, ids: Path, *, snapshot: str, beside: Sequence[str] = ()) -> pa.RecordBatchReader:
        """Raw identifiers (RAW_SCHEMA) of the profiles in `ids`, unordered, in batches of at most 100,000 rows.

        What stands beside the ids in the columns of those names comes behind.
        """
        known = pq.read_schema(ids)
        schema = pa.schema([*RAW_SCHEMA, *(known.field(name) for name in beside)])
        return pa.RecordBatchReader.from_batches(schema, self._profiles(ids, self.folder.at_hand(snapshot), schema))

    def everyone(self, segment: Segment, *, question: Question) -> Iterator[pa.RecordBatch]:
        """Raw identifiers (RAW_SCHEMA) of every eligible member with `fp` behind them, unordered, in such batches too.

        Who is asked for by the segment need not be looked up among all ids, which for millions would go over the disk.
        """
        schema = RAW_SCHEMA.append(pa.field("fp", pa.uint64()))
        with self._asked(segment, question) as (connection, selected):
            query = f"SELECT {self._columns}, s.{COLUMN} AS fp FROM {selected.source} AND {selected.eligible}"
            yield from streamed(connection.sql(query, params=selected.parameters), schema, BATCH_ROWS)

    def set_trait(self, name: str, expression: str) -> None:
        """The trait is computed from now on, for all profiles; Invalid when the expression cannot be."""
        self._retrait(lambda manifest: with_trait(manifest, name, expression))

    def remove_trait(self, name: str) -> None:
        """The trait is no longer computed."""
        self._retrait(lambda manifest: without_trait(manifest, name))

    def save_list(self, list_id: str, kind: ListKind, values: Iterable[str] | Path) -> ListSegment:
        """The segment of a fixed list, given as values or as a file; saving again under an id replaces the list."""
        return save_list(self.folder, list_id, kind, values, bounds=self.bounds)

    def sift_list(self, kind: ListKind, file: Path, target: Path, *, default_country: str) -> Sifted:
        """`target` is a Parquet file of the values that are of that kind; the rest is counted by reason."""
        return sift_list(self.folder, kind, file, target, default_country=default_country, bounds=self.bounds)

    def remove_list(self, list_id: str) -> None:
        """There is no such list any more."""
        remove_list(self.folder, list_id)

    @cached_property
    def _columns(self) -> str:
        return ", ".join(f"s.{field.name}" for field in RAW_SCHEMA)

    def _profiles(self, ids: Path, manifest: Manifest, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        more = "".join(f", i.{quoted(name)}" for name in schema.names[len(RAW_SCHEMA) :])
        for part, asked in parts(self.folder, manifest, ids):
            with duck(self.folder.work, self.bounds) as connection:
                show_people(connection, self.folder, part)
                query = f"SELECT {self._columns}{more} FROM stored s JOIN {asked} i ON i.profile_id = s.profile_id"
                yield from streamed(connection.sql(query), schema, BATCH_ROWS)

    def _counted(
        self, connection: duckdb.DuckDBPyConnection, selected: Selected, segment: Segment, question: Question
    ) -> SegmentCount:
        """The counts of the whole answer, with its marks."""
        summed = answers.counted("s.profile_id", f"s.{COLUMN}", selected.eligible)
        query = f"SELECT count(*), {summed} FROM {selected.source}"
        size, eligible, total = (int(str(n)) for n in row(connection, query, selected.parameters or None))
        counted = _count(size, eligible, selected, question)
        manifest = self.folder.manifest(question.snapshot)
        return replace(
            counted,
            digest=str(answers.Digest(counted.fp_tag, eligible, total)),
            ground=ground(self.folder, manifest, segment, question),
        )

    def _lately(self, segment: Segment, target: Path, question: Question) -> None:
        """`target` has everybody who came in or changed since the file of profiles was written."""
        with self._asked(segment, question, lately=True) as (connection, selected):
            member = f"SELECT s.profile_id, s.{COLUMN} FROM {selected.source} AND {selected.eligible}"
            query = f"SELECT p.profile_id, m.{COLUMN} FROM stored p LEFT JOIN ({member}) m USING (profile_id)"
            write_parquet(connection, query, target, selected.parameters or None, packing=QUICK)

    @contextmanager
    def _asked(self, segment: Segment, question: Question, *, lately: bool = False) -> Iterator[Asked]:
        """The segment's profiles; `lately` of those alone who came in or changed since all were written down."""
        self.folder.prepare()
        manifest = self.folder.at_hand(question.snapshot)
        manifest = latest(manifest) if lately else manifest
        with (
            TemporaryDirectory(dir=self.folder.work, prefix="ask-") as work,
            duck(self.folder.work, self.bounds) as connection,
        ):
            show_events(connection, self.folder, manifest)
            show_people(connection, self.folder, manifest)
            selected = select(
                connection, self.folder, manifest, segment, question=question, work=Path(work), bounds=self.bounds
            )
            yield connection, selected

    def _masked(
        self, connection: duckdb.DuckDBPyConnection, selected: Selected, rest: str
    ) -> list[tuple[str, MaskedProfile]]:
        """A handful of members: their true ids, and themselves masked."""
        query = f"SELECT {selected.eligible}, {self._columns} FROM {selected.source} {rest}"
        found = connection.execute(query, selected.parameters or None).fetchall()
        return [
            (str(profile_id), _mask(str(profile_id), bool(eligible), cells)) for eligible, profile_id, *cells in found
        ]

    def _retrait(self, change: Callable[[Manifest], Manifest]) -> None:
        with self.folder.writing() as staging:
            manifest = change(self.folder.manifest())
            self.folder.commit(materialise(self.folder, manifest, staging, self.bounds).next())


def _count(size: int, eligible: int, selected: Selected, question: Question) -> SegmentCount:
    withheld = {NO_CONSENT: size - eligible} if size > eligible else {}
    return SegmentCount(size, eligible, withheld, selected.snapshot, fingerprint_tag(question.default_country))


def _mask(profile_id: str, eligible: bool, cells: list[object]) -> MaskedProfile:
    identifiers: dict[str, tuple[str, ...]] = {}
    names = [field.name for field in RAW_SCHEMA if field.name != "profile_id"]
    for name, cell in zip(names, cells, strict=True):
        values = cell if isinstance(cell, list) else [cell]
        if name in (*NAMING, *HINTS) and any(values):
            identifiers[name] = tuple(masked(name, str(value)) for value in values if value)
    return MaskedProfile(masked_id(profile_id), eligible, identifiers)

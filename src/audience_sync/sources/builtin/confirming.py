"""What a warehouse compared within itself, and what is known of it afterwards.

The warehouse keeps a *state*: a table of every profile's fingerprint. Which state the store's profiles come of is said
by the store's own manifest, so both change in one swap: a crash, a restored folder or a copy of it always names the
state that it really has. A state that is named by no manifest is worth nothing.

A profile's *mark* is the MD5 of its id as the warehouse writes it. Some must be asked about again, whether or not their
rows change there: whose rows were refused, whose rows changed while they were read, and of whom the store has
something else by now than the warehouse gave.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from audience_sync.sources.builtin.changes import Form
from audience_sync.sources.builtin.duck import DEFAULT_BOUNDS, Bounds, duck, parquet, quoted, row, write_parquet
from audience_sync.sources.builtin.folder import Confirmed, Folder, Manifest
from audience_sync.sources.builtin.leaving import id_column, roster_of
from audience_sync.sources.builtin.merging import LISTS, TEXTS, layered
from audience_sync.sources.builtin.outcomes import Work
from audience_sync.sources.builtin.views import people_of
from audience_sync.sources.protocol import FieldType

NO_MARKS = "(SELECT NULL::VARCHAR AS mark WHERE false)"
CAME = "came"
"""The view of all rows that came, the blank ones too."""
MOST_ASKED_SHARE = 5
"""When more than one of so many are to be asked about again, everything is read, which takes no longer."""


class NeedsEverything(Exception):
    """What changed cannot be told from the changed rows alone: all rows must be read."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What a warehouse found. Its rows have two more columns than headers: `mark`, and the row's fingerprint `print`.

    `base` is the state that it compared with, `` when all rows have come. `asked` and `listed` are Parquet files: the
    marks that were asked about, and the `mark` and `print` of all who were to come; `gone` has the ids of those whom
    the base has and the new state has not. Without `listed` rows and state are of one moment.
    """

    state: str
    tag: str
    base: str = ""
    asked: Path | None = None
    listed: Path | None = None
    gone: Path | None = None
    rows: int = 0
    """Of the whole SELECT, that have an id."""
    profiles: int = 0


def known_state(folder: Folder, source: str, tag: str, asked: Path, *, bounds: Bounds = DEFAULT_BOUNDS) -> str:
    """The state to compare with, `asked` then being whom to ask about again; `` when everything must be read."""
    manifest = folder.at_hand()
    it = manifest.confirmed.get(source)
    if it is None or it.tag != tag or source not in manifest.rosters or it.types != _types(manifest, source):
        return ""
    folder.prepare()
    with duck(folder.work, bounds) as connection:
        again = parquet(folder.files / it.again) if it.again else NO_MARKS
        drifted = drift(folder, manifest, source)
        count = write_parquet(connection, f"SELECT mark FROM {again} UNION SELECT mark FROM ({drifted})", asked)
        (known,) = row(connection, f"SELECT count(*) FROM {roster_of(folder, manifest, source)}")
    return it.state if count * MOST_ASKED_SHARE <= int(str(known)) or count == 0 else ""


def drift(folder: Folder, manifest: Manifest, source: str) -> str:
    """SQL: the marks of those of whom the store has something else by now than the warehouse gave."""
    it = manifest.confirmed[source]
    if (manifest.profiles, manifest.delta) == (it.profiles, it.delta) or not it.profiles:
        return f"SELECT mark FROM {NO_MARKS}"
    columns = [n for n in manifest.given.get(source, []) if n in it.types or n in (*LISTS, *TEXTS)]
    then = layered(*(folder.files / name if name else None for name in (it.profiles, it.delta)))
    people = roster_of(folder, manifest, source)
    if it.profiles == manifest.profiles:
        # Only who is in a delta, then or now, can be another one.
        deltas = (f"SELECT profile_id FROM {parquet(folder.files / n)}" for n in (it.delta, manifest.delta) if n)
        people = (
            f"(SELECT p.* FROM {people} p SEMI JOIN ({' UNION ALL '.join(deltas)}) d ON d.profile_id = p.profile_id)"
        )
    differs = "".join(f" OR n.{quoted(name)} IS DISTINCT FROM t.{quoted(name)}" for name in columns)
    now = people_of(folder, manifest)
    return (
        f"SELECT md5(p.profile_id) AS mark FROM {people} p LEFT JOIN {now} n ON n.profile_id = p.profile_id "
        f"LEFT JOIN {then} t ON t.profile_id = p.profile_id WHERE n.profile_id IS NULL OR t.profile_id IS NULL{differs}"
    )


def require_base(manifest: Manifest, source: str, compared: Compared) -> Confirmed:
    """What the store knows of the warehouse, if that is what it was compared with; else NeedsEverything."""
    it = manifest.confirmed.get(source)
    if it is None or it.state != compared.base or it.tag != compared.tag or it.types != _types(manifest, source):
        raise NeedsEverything
    return it


def absentees(compared: Compared, width: int) -> str:
    """SQL: the marks of those who were asked about and did not come: they are gone, though no state ever had them."""
    asked = parquet(compared.asked) if compared.asked else NO_MARKS
    return f"SELECT k.mark FROM {asked} k ANTI JOIN {CAME} s ON s.c{width} = k.mark"


def unseen(work: Work, compared: Compared, width: int) -> tuple[int, int]:
    """How many rows and profiles did not come because they are as they were."""
    if not compared.base:
        return 0, 0
    came = f"SELECT count(*), count(DISTINCT c{width}) FROM {CAME} WHERE c{width} <> ''"
    rows, profiles = (int(str(each)) for each in row(work.connection, came))
    # The warehouse may have changed between its statements: that is no reason for a negative figure.
    return max(compared.rows - rows, 0), max(compared.profiles - profiles, 0)


def confirmed(
    work: Work, after: Manifest, source: str, *, compared: Compared | None, form: Form, width: int
) -> Manifest:
    """The manifest with what is known of the warehouse now: nothing when its ids are not the ids of the store.

    `width` is how many headers there are. Reads the views of the replacement.
    """
    others = {other: each for other, each in after.confirmed.items() if other != source}
    if compared is None or not _same_ids(work, width):
        return replace(after, confirmed=others)
    it = Confirmed(
        state=compared.state,
        tag=compared.tag,
        form={name: str(kind) for name, kind in form.items() if kind},
        types=_types(after, source),
        again=_again(work, source, compared, width),
        profiles=after.profiles,
        delta=after.delta,
    )
    return replace(after, confirmed={**others, source: it})


def form_from(it: Confirmed, names: list[str]) -> Form:
    """The form as it was kept."""
    return {name: FieldType(it.form[name]) if name in it.form else None for name in names}


def _types(manifest: Manifest, source: str) -> dict[str, str]:
    return {name: manifest.columns[name] for name in manifest.given.get(source, []) if name in manifest.columns}


def _same_ids(work: Work, width: int) -> bool:
    """Whether every id is written in the store as the warehouse writes it: else two of its ids might be one of ours."""
    query = f"SELECT count(*) FROM accepted WHERE md5({id_column(work.bound)}) <> c{width}"
    return not row(work.connection, query)[0]


def _again(work: Work, source: str, compared: Compared, width: int) -> str:
    """The file of whom to ask about the next time; `` when there is nobody."""
    mark, connection, target = f"c{width}", work.connection, work.staging / "again.parquet"
    blank = " AND ".join(f"c{n} = ''" for n in range(width))
    parts = [
        f"SELECT {mark} AS mark FROM judged WHERE reason IS NOT NULL AND {mark} <> ''",
        f"SELECT {mark} FROM {CAME} WHERE {blank} AND {mark} <> ''",
    ]
    if compared.listed:
        came = (
            f"SELECT {mark} AS mark, CASE WHEN count(*) = 1 THEN min(c{width + 1}) "
            f"ELSE md5(string_agg(c{width + 1}, '' ORDER BY c{width + 1})) END AS print "
            f"FROM {CAME} WHERE {mark} <> '' GROUP BY 1"
        )
        listed = parquet(compared.listed)
        parts.append(
            f"SELECT coalesce(l.mark, c.mark) FROM {listed} l FULL JOIN ({came}) c ON c.mark = l.mark "
            "WHERE l.print IS DISTINCT FROM c.print"
        )
    if compared.base:
        asked = parquet(compared.asked) if compared.asked else NO_MARKS
        late = drift(work.folder, work.before, source)
        parts.append(f"SELECT d.mark FROM ({late}) d ANTI JOIN {asked} a ON a.mark = d.mark")
    count = write_parquet(connection, f"SELECT DISTINCT mark FROM ({' UNION ALL '.join(parts)})", target)
    return work.folder.adopt(target, "again") if count else ""

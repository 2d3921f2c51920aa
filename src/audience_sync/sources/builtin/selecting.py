"""A segment of any kind as one SQL source of profiles, and who of them may be sent."""

from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from audience_sync.errors import Invalid
from audience_sync.model.segments import ListSegment, RuleSegment, Segment, SqlSegment
from audience_sync.sources.builtin.compile import compile_rule
from audience_sync.sources.builtin.duck import Bounds, parquet, quoted
from audience_sync.sources.builtin.folder import Folder, Manifest
from audience_sync.sources.builtin.guard import run_select
from audience_sync.sources.builtin.lists import match_list
from audience_sync.sources.protocol import Question


@dataclass(frozen=True, slots=True)
class Selected:
    """`source` follows FROM and names each profile once, as `s`; `eligible` is a condition over `s`."""

    source: str
    eligible: str
    snapshot: str
    parameters: dict[str, object] = field(default_factory=dict)


def select(
    connection: duckdb.DuckDBPyConnection,
    folder: Folder,
    manifest: Manifest,
    segment: Segment,
    *,
    question: Question,
    work: Path,
    bounds: Bounds,
) -> Selected:
    """The segment's profiles in that snapshot, over the views of it; `work` takes the ids of lists and SQL."""
    eligible = eligible_if(manifest, question)
    match segment:
        case RuleSegment(rule):
            compiled = compile_rule(rule, manifest, question.as_of)
            join = " LEFT JOIN computed t ON t.profile_id = s.profile_id" if compiled.joins_traits else ""
            return Selected(f"stored s{join} WHERE {compiled.where}", eligible, manifest.snapshot, compiled.parameters)
        case SqlSegment(sql):
            run_select(folder, manifest, sql, work / "ids.parquet", question=question, bounds=bounds)
        case ListSegment():
            match_list(connection, folder, segment, work / "ids.parquet", default_country=question.default_country)
    ids = parquet(work / "ids.parquet")
    return Selected(
        f"stored s SEMI JOIN {ids} i ON i.profile_id = s.profile_id WHERE true", eligible, manifest.snapshot
    )


def eligible_if(manifest: Manifest, question: Question) -> str:
    """SQL over `s`. Consent that was never recorded is unknown, which is neither granted nor denied."""
    column = f"consent:{question.consent_purpose}"
    consent = f"s.{quoted(column)}" if column in manifest.columns else "NULL::BOOLEAN"
    match question.consent_policy:
        case "granted":
            return f"({consent} IS NOT DISTINCT FROM true)"
        case "not_denied":
            return f"({consent} IS DISTINCT FROM false)"
        case other:
            raise Invalid(f"There is no consent policy {other!r}.", "Use granted or not_denied.")

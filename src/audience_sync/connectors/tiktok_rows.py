"""A batch's rows as TikTok takes them, made column by column: people of the streaming API, or a file's lines."""

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from audience_sync.connectors.rows import BLANK, Texts, cells, filled, listed
from audience_sync.model.identifiers import IdentifierKind, KeyColumn

STREAMED_MOBILES = {"both": ("IDFA_SHA256", "AAID_SHA256"), "idfa": ("IDFA_SHA256",), "aaid": ("AAID_SHA256",)}
"""By the setting for mobile ad ids: nobody tells whose device an id is of."""
NOBODY = pa.scalar("{}")


def streamed(rows: pa.Table, columns: Sequence[KeyColumn], mobile_ids: str) -> pa.Table:
    """A column for each kind of the streaming API that anybody has; rows without any identifier are left out."""
    found: dict[str, Texts] = {}
    for column in columns:
        kinds = STREAMED_MOBILES[mobile_ids] if column.kind == IdentifierKind.MOBILE_AD_ID else (column.wire,)
        found |= dict.fromkeys(kinds, cells(rows[column.name], column))
    return _known(found)


def people(table: pa.Table, audience: str) -> bytes:
    """`[[{"id":…,"audience_ids":[…]},{}],…]`: a list per person, in which each kind keeps its place."""
    before, after = pa.scalar('{"id":"'), pa.scalar(f'","audience_ids":["{audience}"]}}')
    blank = pa.scalar("")
    columns: list[Texts] = [
        pc.if_else(pc.equal(texts, BLANK), NOBODY, pc.binary_join_element_wise(before, texts, after, blank))
        for texts in _arrays(table)
    ]
    return _joined(columns, between="],[", before="[[", after="]]")


def lines(rows: pa.Table, columns: Sequence[KeyColumn], headers: Mapping[IdentifierKind, str]) -> tuple[bytes, int]:
    """A file of MULTIPLE_TYPES, and how many people are in it: a header, then a line each with every place kept."""
    table = _known({headers[column.kind]: cells(rows[column.name], column) for column in columns})
    if table.num_rows == 0:
        return b"", 0
    head = ",".join(table.column_names) + "\n"
    return _joined(_arrays(table), between="\n", before=head, after="\n"), table.num_rows


def _known(found: Mapping[str, Texts]) -> pa.Table:
    kept = filled(pa.table(dict(found))) if found else pa.table({})
    return kept.select([name for name in kept.column_names if pc.any(pc.not_equal(kept[name], BLANK)).as_py()])


def _arrays(table: pa.Table) -> list[Texts]:
    return [pa.concat_arrays(column.chunks or [pa.array([], pa.string())]) for column in table.columns]


def _joined(columns: list[Texts], *, between: str, before: str, after: str) -> bytes:
    rows = pc.binary_join_element_wise(*columns, pa.scalar(","))
    return b"".join((before.encode(), listed(rows, between), after.encode()))

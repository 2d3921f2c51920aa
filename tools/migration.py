"""Writes the next migration: what the tables need and the migrations do not build yet.

`python -m tools.migration "first house"` writes `0001_first_house.py`. Nothing is released yet, so a changed table
means: delete that file and run the command again. Read what it wrote; it knows nothing of moving data.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from audience_sync.store.columns import Json, Utc
from audience_sync.store.migrate import config, connected, migrate_url
from audience_sync.store.tables import METADATA

FOLDER = Path(__file__).parent.parent / "src/audience_sync/store/migrations/versions"
FROZEN: dict[type, str] = {
    Utc: "sa.DateTime(timezone=True)",
    Json: 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")',
}
"""How our column types are written down, so that a migration never changes with them."""

HEAD = '''"""{title}."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "{number:04}"
down_revision = {before!r}
branch_labels = None
depends_on = None


def upgrade() -> None:
{up}


def downgrade() -> None:
{down}

{functions}
'''


def main(title: str) -> Path:
    """The path of the migration that was written."""
    before = ScriptDirectory.from_config(config()).get_current_head()
    number = int(before or 0) + 1
    path = FOLDER / f"{number:04}_{title.lower().replace(' ', '_')}.py"
    path.write_text(_text(title, number, before))
    ruff = Path(sys.executable).parent / "ruff"
    subprocess.run([ruff, "format", "-q", path], check=True)
    subprocess.run([ruff, "check", "--fix", "-q", path], check=True)
    return path


def _text(title: str, number: int, before: str | None) -> str:
    up, down = _difference()
    if before is None:  # The first migration only drops tables: their indexes go with them.
        down = [each for each in down if isinstance(each, ops.DropTableOp)]
    make = {f"_{name}": _code(group, batch=before is not None) for name, group in _parts(up)}
    undo = {f"_undo_{name}": _code(group, batch=True) for name, group in _by_table(down)}
    return HEAD.format(
        title=title.capitalize(),
        number=number,
        before=before,
        up="\n".join(f"    {name}()" for name in make),
        down="\n".join(f"    {name}()" for name in undo),
        functions="\n".join(f"\ndef {name}() -> None:\n{code}\n" for name, code in (make | undo).items()),
    )


def _parts(up: list[ops.MigrateOperation]) -> Iterator[tuple[str, list[ops.MigrateOperation]]]:
    """A table's creation, then its indexes, in the order in which tables refer to each other."""
    for table, group in _by_table(up):
        made = [each for each in group if isinstance(each, ops.CreateTableOp)]
        if made:
            yield table, [*made]
        if rest := [each for each in group if not isinstance(each, ops.CreateTableOp)]:
            yield f"{table}_indexes" if made else table, rest


def _difference() -> tuple[list[ops.MigrateOperation], list[ops.MigrateOperation]]:
    """What leads from the migrations that exist to the tables, and back."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/old.db"
        if ScriptDirectory.from_config(config()).get_current_head():
            migrate_url(url)
        with connected(url) as connection:
            script = produce_migrations(MigrationContext.configure(connection), METADATA)
    assert script.upgrade_ops and script.downgrade_ops
    return list(script.upgrade_ops.ops), list(script.downgrade_ops.ops)


def _by_table(all_ops: list[ops.MigrateOperation]) -> Iterator[tuple[str, list[ops.MigrateOperation]]]:
    """What concerns one table together, in the order in which tables refer to each other."""
    groups: dict[str, list[ops.MigrateOperation]] = {}
    for each in all_ops:
        groups.setdefault(str(getattr(each, "table_name", "other")), []).append(each)
    yield from groups.items()


def _code(group: list[ops.MigrateOperation], *, batch: bool) -> str:
    text = render_python_code(ops.UpgradeOps(group), render_as_batch=batch, render_item=_frozen)
    return "\n".join(line for line in f"    {text}".splitlines() if not line.strip().startswith("# ###"))


def _frozen(kind: str, item: Any, _context: object) -> str | Literal[False]:
    return FROZEN.get(type(item), False) if kind == "type" else False


if __name__ == "__main__":
    print(main(" ".join(sys.argv[1:])))

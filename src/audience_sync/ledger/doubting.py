"""What was removed is in doubt again, because the platform said later that it had not done it."""

from collections.abc import Sequence
from dataclasses import replace

from audience_sync.delta import keys_of
from audience_sync.ledger.duck import COMPRESSION, Bounds, count, quoted, workbench
from audience_sync.ledger.files import PlanFiles
from audience_sync.ledger.manifest import Manifest
from audience_sync.ledger.members import load_strays, view_held


def doubted(manifest: Manifest, plans: Sequence[PlanFiles], *, naming: Sequence[str], bounds: Bounds) -> Manifest:
    """The manifest in which every key that these plans removed is a stray, unless a member has it.

    The newest plan comes first; its folder takes the new file in. Nothing that the old manifest names is touched.
    """
    outboxes = [plan.removes for plan in plans if plan.removes.exists()]
    if not outboxes:
        return manifest
    files = plans[0]
    with workbench(files.folder, bounds) as con:
        view_held(con, files.root, manifest, naming)
        load_strays(con, files.root, manifest)
        removed = f"SELECT kind, key FROM read_parquet([{', '.join(map(quoted, outboxes))}])"
        con.execute(
            f"""
            CREATE TEMP TABLE doubted AS
            SELECT DISTINCT kind, key FROM (FROM strays UNION ALL {removed}) r
            ANTI JOIN {keys_of("held", naming)} USING (kind, key)
            """
        )
        path = files.folder / "strays-again.parquet"
        con.execute(f"COPY doubted TO {quoted(path)} {COMPRESSION}")
        path.chmod(0o600)
        owed = count(con, "doubted")
    return replace(manifest, strays=files.named(path) if owed else "", owed=owed)

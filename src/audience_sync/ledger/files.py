"""Where the ledger's files lie: one folder per audience, one per plan in it."""

from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree

from audience_sync.ledger.manifest import Manifest
from audience_sync.model.ids import AudienceId, PlanId


@dataclass(frozen=True, slots=True)
class PlanFiles:
    """The files of one plan. Once settled, `members` joins the ledger as it is."""

    root: Path
    audience: AudienceId
    plan: PlanId

    @property
    def folder(self) -> Path:
        return self.root / self.audience / self.plan

    @property
    def wanted(self) -> Path:
        """(profile_id, fp) of every eligible member."""
        return self.folder / "wanted.parquet"

    @property
    def ids(self) -> Path:
        """(profile_id) of those whose identifiers must be read."""
        return self.folder / "ids.parquet"

    @property
    def fresh(self) -> Path:
        """Their new keys."""
        return self.folder / "fresh.parquet"

    @property
    def members(self) -> Path:
        """The outbox of adds and the next log: profile, fingerprint, keys, hints, status, batch."""
        return self.folder / "members.parquet"

    @property
    def removes(self) -> Path:
        """The outbox of removes: (kind, key, batch)."""
        return self.folder / "removes.parquet"

    @property
    def doubted(self) -> Path:
        """(kind, key) that the profiles touched by this plan had before it, and the strays."""
        return self.folder / "doubted.parquet"

    def make(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def forget_inputs(self) -> None:
        """What only the comparison needed is gone; what is sent and kept stays."""
        for path in (self.wanted, self.ids, self.fresh):
            path.unlink(missing_ok=True)

    def named(self, path: Path) -> str:
        """The path as a manifest names it."""
        return str(path.relative_to(self.root))


def sweep(root: Path, audience: AudienceId, manifest: Manifest, keep: set[PlanId]) -> int:
    """Folders of plans that neither the manifest nor `keep` need are gone; their number."""
    needed = {Path(name).parts[1] for name in manifest.files} | keep
    folder = root / audience
    stale = [each for each in folder.iterdir() if each.is_dir() and each.name not in needed] if folder.is_dir() else []
    for each in stale:
        rmtree(each, ignore_errors=True)
    return len(stale)

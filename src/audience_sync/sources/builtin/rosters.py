"""How many profiles each warehouse gave the last time, by the footers of the files that name them."""

import pyarrow.parquet as pq

from audience_sync.sources.builtin.folder import Folder


def given_by(folder: Folder) -> dict[str, int]:
    """Warehouse's id -> profiles. One whose file is swapped at this very moment is left out."""
    return {
        source: pq.read_metadata(folder.files / file).num_rows
        for source, file in folder.at_hand().rosters.items()
        if (folder.files / file).exists()
    }

"""A Delta table in the folder that the installation allows, in its newest version."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from audience_sync.errors import Unreadable
from audience_sync.sources.warehouses.drivers import driver
from audience_sync.sources.warehouses.engine import TABLE, InTheFolder, Shown, allowed_folder, inside, shut
from audience_sync.sources.warehouses.protocol import Access, Session


class Delta(InTheFolder):
    """The kind `delta`: the table's folder."""

    name = "delta"
    title = "Delta"
    example = "lake/customers"

    @contextmanager
    def connect(self, access: Access) -> Iterator[Session]:
        """A session over the table as it is now."""
        deltalake = driver("deltalake", extra="delta", title=self.title)
        folder = allowed_folder(access)
        (place,) = inside(folder, [folder / self.shown(access.address)])
        try:
            table = deltalake.DeltaTable(str(place)).to_pyarrow_dataset()
        except Exception:  # Its errors have no common kind of their own, and quote what they read.
            raise Unreadable(
                f"{access.address.strip()} is no Delta table that can be read.",
                "Check the folder; tables with deletion vectors must be purged first.",
                code="WAREHOUSE_FILES",
            ) from None
        files = inside(folder, [place / Path(file) for file in table.files])
        with shut(access, Shown(files), lambda duck: duck.register(TABLE, table)) as session:
            yield session

"""Which snapshot of a store in a bucket is the newest, and who writes: a row that changes by compare-and-set.

Asked from threads and from children that have no loop, so its connections are not the pool's of `Database`.
"""

from uuid import uuid4

import sqlalchemy as sa
import structlog
from sqlalchemy import BigInteger, String
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, mapped_column

from audience_sync.model.held import Held
from audience_sync.store.columns import Base, Count, Text
from audience_sync.store.database import sync_engine

log = structlog.get_logger(__name__)

ENSURE = sa.text(
    "INSERT INTO profile_pointers (name, owner, manifest, fence, beats, holder) VALUES (:name, :owner, '', 0, 0, '') "
    "ON CONFLICT (name) DO NOTHING"
)
TAKE = sa.text(
    "UPDATE profile_pointers SET fence = fence + 1, beats = 0, holder = :holder "
    "WHERE name = :name AND fence = :fence AND beats = :beats AND holder = :seen"
)
BEAT = sa.text("UPDATE profile_pointers SET beats = beats + 1 WHERE name = :name AND fence = :fence")
FREE = sa.text("UPDATE profile_pointers SET holder = '' WHERE name = :name AND fence = :fence")
MOVE = sa.text("UPDATE profile_pointers SET manifest = :manifest WHERE name = :name AND fence = :fence")


class ProfilePointer(Base):
    """Of one store in a bucket, by the bucket's address. The manifest names files and columns, nobody's values."""

    __tablename__ = "profile_pointers"

    name: Mapped[str] = mapped_column(String(500), primary_key=True)
    owner: Mapped[str] = mapped_column(String(32))
    """What the bucket bears so that no other installation takes it for its own."""
    manifest: Mapped[Text]
    fence: Mapped[int] = mapped_column(BigInteger, default=0)
    """Grows with each writer; only the newest may move the pointer."""
    beats: Mapped[Count]
    holder: Mapped[str] = mapped_column(String(200), default="")


ROW = ProfilePointer


class DatabasePointer:
    """The row of the bucket with that address, made when it is first asked for."""

    def __init__(self, url: str, name: str) -> None:
        self._engine = sync_engine(url)
        self._name = name

    def read(self) -> str:
        """The text of the newest manifest, `` while there is none."""
        with self._engine.connect() as connection:
            found = connection.execute(sa.select(ROW.manifest).where(ROW.name == self._name)).scalar()
        return found or ""

    def owner(self) -> str:
        """The name that the bucket bears."""
        return str(self._row().owner)

    def held(self) -> Held:
        """Who writes now."""
        row = self._row()
        return Held(row.fence, row.beats, row.holder)

    def take(self, seen: Held, holder: str) -> int | None:
        """The holder's fence; None when somebody did anything since that was seen."""
        values = {"fence": seen.fence, "beats": seen.beats, "seen": seen.holder, "holder": holder}
        taken = self._write(TAKE, **values)
        return seen.fence + 1 if taken else None

    def beat(self, fence: int) -> bool:
        """The holder lives; False when another one has taken over. True while the database cannot be asked."""
        try:
            return self._write(BEAT, fence=fence)
        except OperationalError:
            log.warning("no sign of life could be given", fence=fence)
            return True

    def free(self, fence: int) -> None:
        """Nobody writes, if it was the one with that fence and the database can be reached."""
        try:
            self._write(FREE, fence=fence)
        except OperationalError:
            log.warning("the writer's turn could not be given back; it ends by itself", fence=fence)

    def move(self, fence: int, text: str) -> bool:
        """The newest manifest is this; False, and nothing is changed, when another one has taken over."""
        return self._write(MOVE, fence=fence, manifest=text)

    def close(self) -> None:
        self._engine.dispose()

    def _row(self) -> sa.Row[str, int, int, str]:
        asked = sa.select(ROW.owner, ROW.fence, ROW.beats, ROW.holder).where(ROW.name == self._name)
        with self._engine.connect() as connection:
            found = connection.execute(asked).first()
        if found is None:
            self._write(ENSURE, owner=uuid4().hex)
            return self._row()
        return found

    def _write(self, statement: sa.TextClause, **values: object) -> bool:
        """Whether the row was as the statement wants it, and is as it says now."""
        with self._engine.execution_options(write=True).begin() as connection:
            return connection.execute(statement, {"name": self._name, **values}).rowcount == 1

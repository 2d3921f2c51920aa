"""Column types that mean the same on SQLite and on PostgreSQL."""

from datetime import UTC, datetime
from typing import Annotated, Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Utc(sa.TypeDecorator[datetime]):
    """A moment in UTC. SQLite forgets zones, so naive times are refused on the way in and marked on the way out."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A time without a zone cannot be stored.")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Json(sa.TypeDecorator[Any]):
    """JSON text on SQLite, JSONB on PostgreSQL."""

    impl = sa.JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        return dialect.type_descriptor(JSONB() if dialect.name == "postgresql" else sa.JSON())


Id = Annotated[str, mapped_column(sa.String(36), primary_key=True)]
Text = Annotated[str, mapped_column(sa.Text, default="")]
Flag = Annotated[bool, mapped_column(sa.Boolean, default=False)]
Count = Annotated[int, mapped_column(sa.BigInteger, default=0)]
Moment = Annotated[datetime, mapped_column(Utc)]
Sometime = Annotated[datetime | None, mapped_column(Utc, default=None)]
Object = Annotated[dict[str, Any], mapped_column(Json, default=dict)]
Texts = Annotated[list[str], mapped_column(Json, default=list)]


class Base(DeclarativeBase):
    """The root of every table."""

    metadata = sa.MetaData(naming_convention=NAMING)

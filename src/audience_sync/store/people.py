"""Tables of who may do what: users, roles, API keys, the audit trail."""

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from audience_sync.store.columns import Base, Flag, Id, Moment, Object, Sometime, Text, Texts


class Role(Base):
    """A named set of permissions."""

    __tablename__ = "roles"

    name: Mapped[str] = mapped_column(String(50), primary_key=True)
    permissions: Mapped[Texts]


class User(Base):
    """A person who may sign in. `password_hash` is empty until a password is set."""

    __tablename__ = "users"

    id: Mapped[Id]
    email: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[Text]
    password_hash: Mapped[Text]
    role: Mapped[str] = mapped_column(ForeignKey("roles.name"))
    disabled: Mapped[Flag]
    time_zone: Mapped[str] = mapped_column(String(60), default="", server_default="")
    """In which their times are shown, such as `Europe/Berlin`; empty: the browser's."""
    created_at: Mapped[Moment]


class ApiKey(Base):
    """A key of a user. Only the SHA-256 of its secret is kept; its permissions never exceed the owner's."""

    __tablename__ = "api_keys"

    id: Mapped[Id]
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[Text]
    secret_hash: Mapped[Text]
    permissions: Mapped[Texts]
    created_at: Mapped[Moment]
    expires_at: Mapped[Sometime]
    last_used_at: Mapped[Sometime]
    revoked_at: Mapped[Sometime]


class AuditEntry(Base):
    """Who did what to what, written in the transaction of the change. Never altered, never holds a secret."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_object", "object_type", "object_id"),)

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    at: Mapped[Moment]
    actor_kind: Mapped[str] = mapped_column(String(20))
    actor_id: Mapped[Text]
    actor_name: Mapped[Text]
    action: Mapped[str] = mapped_column(String(60))
    object_type: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[Text]
    detail: Mapped[Object]
